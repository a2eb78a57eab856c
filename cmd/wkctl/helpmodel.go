package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// commandPage is what there is to say of a command. Help and the manual page are
// both made of it, so that they say the same.
type commandPage struct {
	name, usage, description string
	synopsis                 string // "wkctl report [flags] FILE"
	examples, exitCodes      string // lines; "" = none of its own
	groups                   []flagGroup
	formats                  string // that --format takes; "" = all, or it has no such flag
	environment              string // how a variable stands for a flag; "" = not worth saying
}

// flagGroup is the flags under one heading.
type flagGroup struct {
	id, title string // "set-up", "MY SET-UP"
	flags     []flagLine
}

type flagLine struct{ name, placeholder, meaning string } // "--api", "URL"

// typed gives "--api URL".
func (f flagLine) typed() string { return strings.TrimSpace(f.name + " " + f.placeholder) }

// groupOrder lists the groups as help shows them: what is asked first, where it is
// asked next, how the answer looks last.
func groupOrder() []string {
	return []string{"set-up", "my-user", "user", "client", "table", "report", groupServer, "evidence", "sandbox", groupOutput}
}

// The groups that most commands have.
const (
	groupServer = "server"
	groupOutput = "output"
)

// described gathers the page of a command.
func (a *app) described(c *cli.Command) commandPage {
	own := func(id string) string {
		if id = "command." + c.Name + "." + id; a.say.Has(id) {
			return a.say.Text(id)
		}
		return ""
	}
	p := commandPage{
		name: c.Name, usage: c.Usage, description: rejoined(c.Description), examples: own("examples"), groups: a.groups(c.Flags),
		synopsis: strings.TrimSpace("wkctl " + c.Name + a.flagsWord(c) + " " + c.ArgsUsage),
	}
	if c.Name == "diagnose" || c.Name == "report" {
		p.exitCodes = a.say.Text("app.exit-codes")
	}
	for _, f := range c.Flags {
		if list := a.formats[f]; len(list) < len(report.Formats()) && len(list) > 0 {
			p.formats = choices(list)
		}
	}
	if i := slices.IndexFunc(p.groups, func(g flagGroup) bool { return g.id != groupOutput }); i >= 0 {
		name := p.groups[i].flags[0].name
		p.environment = a.say.Text("help.environment", text.Args{"flag": name, "variable": env(strings.TrimPrefix(name, "--"))[0]})
	}
	return p
}

// flagsWord is " [flags]" where there are flags to give.
func (a *app) flagsWord(c *cli.Command) string {
	if len(a.groups(c.Flags)) == 0 {
		return ""
	}
	return " [" + a.say.Text("help.flags-word") + "]"
}

// groups sorts flags into groups, within which they keep their order.
func (a *app) groups(flags []cli.Flag) (list []flagGroup) {
	for _, id := range groupOrder() {
		g := flagGroup{id: id, title: a.category(id)}
		for _, f := range flags {
			if categoryOf(f) == g.title && visible(f) {
				word, _ := placeholder(f)
				g.flags = append(g.flags, flagLine{"--" + f.Names()[0], word, a.flagMeaning(f)})
			}
		}
		if len(g.flags) > 0 {
			list = append(list, g)
		}
	}
	return list
}

func visible(f cli.Flag) bool {
	v, ok := f.(cli.VisibleFlag)
	return !ok || v.IsVisible()
}

func categoryOf(f cli.Flag) string {
	if c, ok := f.(cli.CategorizableFlag); ok {
		return c.GetCategory()
	}
	return ""
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

// rejoined makes one line of a text: where its lines end in the catalogue means
// nothing.
func rejoined(s string) string {
	lines := strings.Split(s, "\n")
	s = lines[0]
	for _, line := range lines[1:] {
		before, _ := utf8.DecodeLastRuneInString(s)
		after, _ := utf8.DecodeRuneInString(line)
		if blankBetween(before, after) {
			s += " "
		}
		s += line
	}
	return s
}

// blankBetween says whether two characters that a line end parted have a blank
// between them: words have, also where one of them is Chinese; Chinese characters
// have none, nor has what follows or leads up to Chinese punctuation.
func blankBetween(a, b rune) bool {
	chinese := func(r rune) bool { return unicode.Is(unicode.Han, r) }
	wide := func(r rune) bool { return r >= utf8.RuneSelf && report.Columns(string(r)) == 2 && !chinese(r) }
	switch {
	case wide(a), wide(b), chinese(a) && b >= utf8.RuneSelf, chinese(b) && a >= utf8.RuneSelf:
		return false
	}
	return true
}

// entries reads lines of a name, two blanks or more, and what it means.
func entries(s string) (list []flagLine) {
	for _, line := range strings.Split(s, "\n") {
		name, meaning, _ := strings.Cut(line, "  ")
		list = append(list, flagLine{name: name, meaning: strings.TrimSpace(meaning)})
	}
	return list
}
