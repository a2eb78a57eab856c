package main

import (
	"strings"

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

// para wraps a text again.
func (p *helpPage) para(s string) {
	for _, line := range report.Wrap(rejoined(s), p.width) {
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

// exitCodes writes the codes below their heading.
func (p *helpPage) exitCodes(title, codes string) {
	p.line("\n" + title)
	for _, e := range entries(codes) {
		p.entry(e.name, e.meaning, len("  130  "))
	}
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
	p.exitCodes(h("exit-codes"), a.say.Text("app.exit-codes"))
	p.line("")
	p.para(h("more"))
	return p.template()
}

func (a *app) commandHelp(c *cli.Command) string {
	p, h := a.helpPage(), func(id string) string { return a.say.Text("help." + id) }
	page := a.described(c)
	p.para("wkctl " + page.name + " - " + page.usage)
	if page.examples != "" {
		p.line("\n" + h("examples"))
		p.line(indent(page.examples))
	}
	if page.description != "" {
		p.line("")
		p.para(page.description)
	}
	p.line("\n" + h("usage"))
	p.line("  " + page.synopsis)
	var names []string
	for _, g := range page.groups {
		for _, f := range g.flags {
			names = append(names, f.typed())
		}
	}
	column := p.column(names)
	for _, g := range page.groups {
		p.line("\n" + g.title)
		for _, f := range g.flags {
			p.entry(f.typed(), f.meaning, column)
		}
	}
	if page.exitCodes != "" {
		p.exitCodes(h("exit-codes"), page.exitCodes)
	}
	if page.environment != "" {
		p.line("")
		p.para(page.environment)
	}
	return p.template()
}

func indent(s string) string {
	return "  " + strings.ReplaceAll(s, "\n", "\n  ")
}
