package main

import (
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/report/text"
)

// manCommand prints the manual page, section 1.
func (a *app) manCommand(app *cli.App) *cli.Command {
	return a.command(&cli.Command{
		Name: "man",
		Action: func(*cli.Context) error {
			return a.print(roff(a.manual(app.Commands)))
		},
	})
}

// manual writes the page in Markdown, of what help says of each command.
func (a *app) manual(commands []*cli.Command) string {
	m, say := &manual{}, func(id string) string { return a.say.Text(id) }
	m.title("wkctl", built(), "wkctl "+shortVersion(toolVersion()), say("man.manual"))
	m.section(say("man.name"))
	m.para("wkctl - " + say("app.usage"))
	var pages []commandPage
	for _, c := range commands {
		if !c.Hidden {
			pages = append(pages, a.described(c))
		}
	}
	m.section(say("man.synopsis"))
	var lines []string
	for _, p := range pages {
		lines = append(lines, p.synopsis)
	}
	m.verbatim(strings.Join(lines, "\n"))
	m.section(say("man.description"))
	m.para(rejoined(say("app.description")))
	m.section(say("help.examples"))
	m.verbatim(say("app.examples"))
	m.section(say("help.commands"))
	common := commonFlags(pages)
	for _, p := range pages {
		a.manCommandPage(m, p, common)
	}
	m.section(say("man.common"))
	for _, g := range common {
		m.group(g)
	}
	a.manEnd(m)
	return m.b.String()
}

// manCommandPage writes one command: its own flags, and where the others stand.
func (a *app) manCommandPage(m *manual, p commandPage, common []flagGroup) {
	m.subsection(p.synopsis)
	m.para(p.usage + a.say.Text("man.stop"))
	if p.description != "" {
		m.para(p.description)
	}
	var also []string
	for _, g := range p.groups {
		own, named := apart(g, common)
		m.group(own)
		also = append(also, named...)
	}
	if len(also) > 0 {
		m.para(a.say.Text("man.also", text.Args{"flags": strings.Join(also, a.say.Text("list.separator")), "formats": p.formats}))
	}
}

// manEnd writes what belongs to no command.
func (a *app) manEnd(m *manual) {
	m.section(a.say.Text("help.exit-codes"))
	m.list(entries(a.say.Text("app.exit-codes")))
	m.section(a.say.Text("man.environment"))
	m.para(a.say.Text("app.environment"))
	m.section(a.say.Text("man.files"))
	m.list(entries(a.say.Text("man.file-list")))
	m.para(a.say.Text("man.file-none"))
	m.section(a.say.Text("man.see-also"))
	m.para(a.say.Text("man.see-also-text"))
}

// shared is in how many commands a flag is at least, to be explained once for all.
const shared = 2

// commonFlags gathers the flags of server and output that several commands have, as
// the first of them explains each. The others are few, and a command is easier to
// understand with them in its place.
func commonFlags(pages []commandPage) (list []flagGroup) {
	n, done := map[string]int{}, map[string]bool{}
	eachFlag(pages, func(g flagGroup, f flagLine) { n[g.id+f.name]++ })
	for _, id := range []string{groupServer, groupOutput} {
		all := flagGroup{id: id}
		eachFlag(pages, func(g flagGroup, f flagLine) {
			if g.id == id && !done[f.name] && n[id+f.name] >= shared {
				done[f.name], all.title = true, g.title
				all.flags = append(all.flags, f)
			}
		})
		list = append(list, all)
	}
	return list
}

func eachFlag(pages []commandPage, do func(flagGroup, flagLine)) {
	for _, p := range pages {
		for _, g := range p.groups {
			for _, f := range g.flags {
				do(g, f)
			}
		}
	}
}

// formatFlag takes fewer values with some commands, and is the same flag yet.
const formatFlag = "--format"

// apart parts a group of a command: flags that are its own, or mean something of
// their own there, and the names under which the others stand among the common ones,
// which is the name of the group where all of it is meant.
func apart(g flagGroup, common []flagGroup) (own flagGroup, named []string) {
	own = flagGroup{id: g.id, title: g.title}
	for _, f := range g.flags {
		same := func(c flagLine) bool { return c.name == f.name && (c.meaning == f.meaning || f.name == formatFlag) }
		if slices.ContainsFunc(common, func(c flagGroup) bool { return c.id == g.id && slices.ContainsFunc(c.flags, same) }) {
			named = append(named, f.name)
		} else {
			own.flags = append(own.flags, f)
		}
	}
	for _, c := range common {
		if c.id == g.id && len(named) == len(c.flags) {
			named = []string{g.title}
		}
	}
	return own, named
}

// shortVersion leaves of a version that the Go toolchain made up what fits into a
// footer: v0.0.0-1040baa for v0.0.0-20261122185117-1040baaa82b3+dirty.
func shortVersion(version string) string {
	madeUp := regexp.MustCompile(`[-.]\d{14}-([0-9a-f]{7})[0-9a-f]*(\+dirty)?$`)
	return madeUp.ReplaceAllString(version, "-$1")
}

// built gives the day of the commit that this program was built from; "" = it was
// not built from one.
func built() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			day, _, _ := strings.Cut(s.Value, "T")
			return day
		}
	}
	return ""
}
