package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/report"
)

// Help is laid out here and handed to the library as a finished text: its own
// templates neither wrap nor know that Chinese characters take two columns, and
// they sort the sections by name.

// Widths of help texts, in columns.
const (
	helpWidth    = 80 // not a terminal, or a wide one
	helpMinWidth = 40
	helpNames    = 28 // longest name that has its explanation beside it
)

// helpPage collects lines.
type helpPage struct {
	b     strings.Builder
	width int
}

func (a *app) helpPage() *helpPage {
	width := helpWidth
	if w := a.stdout.width; w > 0 && w < width {
		width = max(w, helpMinWidth)
	}
	return &helpPage{width: width}
}

func (p *helpPage) line(s string) { p.b.WriteString(s + "\n") }

// para wraps a text again: where its lines end in the catalogue means nothing.
func (p *helpPage) para(s string) {
	lines := strings.Split(s, "\n")
	s = lines[0]
	for _, line := range lines[1:] {
		before, _ := utf8.DecodeLastRuneInString(s)
		after, _ := utf8.DecodeRuneInString(line)
		if report.Columns(string(before)) < 2 && report.Columns(string(after)) < 2 {
			s += " " // Chinese is joined without one; "…" alone is not Chinese
		}
		s += line
	}
	for _, line := range report.Wrap(s, p.width) {
		p.line(line)
	}
}

// entry writes a name and, beside or below it, what it means.
func (p *helpPage) entry(name, meaning string, column int) {
	lead := report.Pad("  "+name, column)
	if report.Columns(name)+4 > column {
		p.line("  " + name)
		lead = strings.Repeat(" ", column)
	}
	for _, line := range report.Wrap(meaning, p.width-column) {
		p.line(lead + line)
		lead = strings.Repeat(" ", column)
	}
}

// column is where the meanings begin, so that all but the longest names fit
// before it.
func (p *helpPage) column(names []string) int {
	widest := 0
	for _, n := range names {
		if c := report.Columns(n); c <= helpNames && c <= p.width/3 {
			widest = max(widest, c)
		}
	}
	return widest + 4
}

// template gives the page as a template that prints just it.
func (p *helpPage) template() string {
	return strings.ReplaceAll(p.b.String(), "{{", `{{"{{"}}`)
}

func (a *app) appHelp(commands []*cli.Command) string {
	p, h := a.helpPage(), func(id string) string { return a.say.Text("help." + id) }
	p.para("wkctl - " + a.say.Text("app.usage"))
	p.line("")
	p.para(a.say.Text("app.description"))
	p.line("\n" + h("usage"))
	p.line("  wkctl " + h("synopsis"))
	p.line("\n" + h("commands"))
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	for _, c := range commands {
		if !c.Hidden {
			p.entry(c.Name, c.Usage, p.column(names))
		}
	}
	p.line("\n" + h("examples"))
	p.line(indent(a.say.Text("app.examples")))
	p.line("\n" + h("exit-codes"))
	for _, line := range strings.Split(a.say.Text("app.exit-codes"), "\n") {
		code, meaning, _ := strings.Cut(line, " ")
		p.entry(code, strings.TrimSpace(meaning), len("  130  "))
	}
	p.line("")
	p.para(h("more"))
	return p.template()
}

func (a *app) commandHelp(c *cli.Command) string {
	p, h := a.helpPage(), func(id string) string { return a.say.Text("help." + id) }
	p.para("wkctl " + c.Name + " - " + c.Usage)
	if c.Description != "" {
		p.line("")
		p.para(c.Description)
	}
	p.line("\n" + h("usage"))
	synopsis := "  wkctl " + c.Name + " [" + h("flags-word") + "]"
	if c.ArgsUsage != "" {
		synopsis += " " + c.ArgsUsage
	}
	p.line(synopsis)
	var names []string
	for _, f := range c.Flags {
		names = append(names, flagName(f))
	}
	column := p.column(names)
	for _, category := range categories(c.Flags) {
		if category == "" {
			p.line("\n" + h("flags"))
		} else {
			p.line("\n" + category)
		}
		for _, f := range c.Flags {
			if categoryOf(f) == category {
				p.entry(flagName(f), a.flagMeaning(f), column)
			}
		}
	}
	if len(c.Flags) > 0 {
		p.line("")
		p.para(h("environment"))
	}
	return p.template()
}

// categories lists the sections in the order in which flags name them.
func categories(flags []cli.Flag) (list []string) {
	seen := map[string]bool{}
	for _, f := range flags {
		if name := categoryOf(f); !seen[name] {
			seen[name] = true
			list = append(list, name)
		}
	}
	return list
}

func categoryOf(f cli.Flag) string {
	if c, ok := f.(cli.CategorizableFlag); ok {
		return c.GetCategory()
	}
	return ""
}

// flagName gives "--api URL".
func flagName(f cli.Flag) string {
	name := "--" + f.Names()[0]
	if placeholder, _ := placeholder(f); placeholder != "" {
		name += " " + placeholder
	}
	return name
}

// placeholder cuts a usage text at its `PLACEHOLDER`: the word in the
// backquotes, and the text without them.
func placeholder(f cli.Flag) (word, usage string) {
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return "", ""
	}
	usage = doc.GetUsage()
	before, rest, found := strings.Cut(usage, "`")
	word, after, closed := strings.Cut(rest, "`")
	if !found || !closed || !doc.TakesValue() {
		return "", usage
	}
	return word, before + word + after
}

// flagMeaning is the usage text and the default, where there is one.
func (a *app) flagMeaning(f cli.Flag) string {
	_, usage := placeholder(f)
	value := ""
	switch f := f.(type) {
	case *cli.StringFlag:
		value = f.Value
	case *cli.DurationFlag:
		if f.Value > 0 {
			value = f.Value.String()
		}
	}
	if value != "" {
		usage += fmt.Sprintf(a.say.Text("help.default"), value)
	}
	return usage
}

func indent(s string) string {
	return "  " + strings.ReplaceAll(s, "\n", "\n  ")
}
