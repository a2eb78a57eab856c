package main

import (
	"regexp"
	"sort"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/spell"
	"github.com/wkctl/wkctl/report/text"
)

// libraryError puts the errors of the flag parser into our words. They are
// plain strings of package flag and urfave/cli v2.27.7; one that is not known
// is shown as it is.
func libraryError(err error) *userError {
	said := err.Error()
	for _, known := range []struct{ pattern, id string }{
		{`^flag provided but not defined: -+(?P<flag>\S+)$`, "unknown-flag"},
		{`^flag needs an argument: -+(?P<flag>\S+)$`, "flag-argument"},
		{`^invalid (?:boolean )?value "(?P<value>.*?)" for (?:flag )?-(?P<flag>\S+): (?P<why>.*)$`, "flag-value"},
		{`^could not parse "(?P<value>.*?)" as .* value from environment variable "(?P<flag>\S+)" for flag`, "env-value"},
	} {
		re := regexp.MustCompile(known.pattern)
		m := re.FindStringSubmatch(said)
		if m == nil {
			continue
		}
		args := text.Args{}
		for i, name := range re.SubexpNames() {
			if name != "" {
				args[name] = m[i]
			}
		}
		if known.id == "unknown-flag" {
			args["typed"] = dashed(args["flag"])
		}
		if strings.Contains(args["flag"], "token") {
			args["value"] = "…" // --token-stdin=SECRET
		}
		return &userError{code: exitUsage, id: "error." + known.id, args: args}
	}
	return &userError{code: exitUsage, id: "error.other", args: text.Args{"said": said}}
}

// onUsageError hands a parse error on, with the nearest flag that exists.
// Without it the library prints the whole help on stdout.
func (a *app) onUsageError(c *cli.Context, err error, _ bool) error {
	e := libraryError(err)
	e.args["command"] = commandPath(c)
	if e.id != "error.unknown-flag" || c.Command == nil {
		return e
	}
	if near := a.meant(c.Command, e.args["flag"]); near != "" {
		e.id = "error.unknown-flag-near"
		e.args["near"] = near
	}
	return e
}

func commandPath(c *cli.Context) string {
	if c.Command == nil || c.Command.Name == "" || c.Command.Name == "wkctl" {
		return "wkctl"
	}
	return "wkctl " + c.Command.Name
}

// unknownCommand explains a first word that is no command.
func unknownCommand(app *cli.App, word string) error {
	var names []string
	for _, c := range app.Commands {
		if !c.Hidden {
			names = append(names, c.Names()...)
		}
	}
	if near := nearest(word, names); near != "" {
		return usage("unknown-command-near", "word", word, "near", near)
	}
	sort.Strings(names)
	return usage("unknown-command", "word", word, "names", strings.Join(names, ", "))
}

// nearest gives the name that is at most two edits away, and "" where none is:
// a wild guess is worse than none.
func nearest(word string, names []string) string {
	best, near := 3, ""
	for _, n := range names {
		if len(n) < 2 {
			continue
		}
		if d := spell.Distance(word, n); d < best && d < len(n)-1 {
			best, near = d, n
		}
	}
	return near
}

// noArguments refuses positional arguments: the flag parser stops at the first
// one, so flags behind it would be lost without a word.
func noArguments(c *cli.Context) error {
	if c.NArg() == 0 {
		return nil
	}
	return usage("argument", "value", c.Args().First(), "command", commandPath(c))
}
