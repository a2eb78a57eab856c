package main

import (
	"slices"

	"github.com/urfave/cli/v2"
)

// question is what `wkctl diagnose` is asked: each is a mode of its own, and a flag
// that the mode does not use is refused. Taken in silence it would look as if the
// answer were about it.
type question uint8

const (
	asksTable question = 1 << iota // which pairings does this server accept?
	asksSetup                      // will my client log in?
	asksUser                       // why can this user not log in?
	asksAny   = asksTable | asksSetup | asksUser
)

// modeFlag is a flag of diagnose and the questions that it is part of.
type modeFlag struct {
	name string
	of   question
}

// modeFlags lists the flags that are not part of every question, in the order in
// which they are complained of.
func modeFlags() []modeFlag {
	return []modeFlag{
		{"flags", asksTable}, {"connect-flags", asksTable},
		{"token-flag", asksSetup}, {"connect-flag", asksSetup | asksUser},
		{"uid-prefix", asksTable | asksSetup}, {"keep", asksTable | asksSetup},
		{"token", asksUser}, {"token-file", asksUser}, {"token-stdin", asksUser},
		{"sweep", asksUser}, {"no-sweep", asksUser}, {"force", asksUser}, {"hold", asksUser},
	}
}

func questionOf(c *cli.Context) question {
	switch {
	case c.IsSet("uid"):
		return asksUser
	case c.String("token-flag") != "" || c.String("connect-flag") != "":
		return asksSetup
	}
	return asksTable
}

// checkMode refuses the typed flags that the mode does not use, each with the flag
// that it goes with or against. A variable is no question: it may be meant for
// another run.
func (sh *shell) checkMode(asked question) error {
	for _, f := range modeFlags() {
		switch {
		case f.of&asked != 0 || !sh.fromCommandLine(f.name):
		case f.of == asksUser:
			return usage("needs-uid", "flag", f.name)
		case asked == asksUser:
			return usage("contradiction", "one", "--uid", "other", "--"+f.name)
		default:
			return usage("contradiction", "one", "--"+f.name, "other", "--token-flag")
		}
	}
	return nil
}

// without refuses typed flags that a command does not use where another one was
// given.
func (sh *shell) without(given string, unused ...string) error {
	if i := slices.IndexFunc(unused, sh.fromCommandLine); i >= 0 {
		return usage("contradiction", "one", "--"+given, "other", "--"+unused[i])
	}
	return nil
}
