package main

import (
	"slices"

	"github.com/urfave/cli/v2"
)

// flagRule says beside what a flag makes no sense. It is given where the flag is
// defined, and checked before the command begins. Taken in silence such a flag would
// look as if the answer were about it.
type flagRule struct {
	of      question // diagnose only: the questions that it is part of; 0 = all
	against []string // flags that contradict it
	typed   bool     // these count only where they were typed: a variable may be meant for another run
	needs   string   // the flag without which it is nothing; "" = none
	id      string   // of the message; "" = "contradiction" or "check-alone"
}

// ruled makes rules hold for a flag.
func (a *app) ruled(f cli.Flag, rules ...flagRule) cli.Flag {
	if a.rules == nil {
		a.rules = map[cli.Flag][]flagRule{}
	}
	a.rules[f] = append(a.rules[f], rules...)
	return f
}

// checkFlags refuses what the rules of a command's flags forbid.
func (a *app) checkFlags(c *cli.Context, flags []cli.Flag) error {
	for _, f := range flags {
		name := f.Names()[0]
		if !given(c, name) {
			continue
		}
		for _, r := range a.rules[f] {
			if r.needs != "" && !given(c, r.needs) {
				return usage("check-alone", "flag", name)
			}
			there := func(other string) bool { return a.fromCommandLine(other) || !r.typed && given(c, other) }
			i := slices.IndexFunc(r.against, there)
			switch {
			case i < 0:
			case r.id != "":
				return usage(r.id, "flag", r.against[i])
			default:
				return usage("contradiction", "one", "--"+name, "other", "--"+r.against[i])
			}
		}
	}
	return nil
}

// given says whether a flag has a value that says something, wherever it is from.
func given(c *cli.Context, name string) bool {
	switch v := c.Value(name).(type) {
	case string:
		return v != ""
	case bool:
		return v
	}
	return c.IsSet(name)
}

// question is what `wkctl diagnose` is asked: each is a mode of its own, and a flag
// that the mode does not use is refused.
type question uint8

const (
	asksTable question = 1 << iota // which pairings does this server accept?
	asksSetup                      // will my client log in?
	asksUser                       // why can this user not log in?
	asksAny   = asksTable | asksSetup | asksUser
)

// only makes a flag of diagnose part of some questions.
func (a *app) only(of question, f cli.Flag) cli.Flag { return a.ruled(f, flagRule{of: of}) }

func questionOf(c *cli.Context) question {
	switch {
	case c.IsSet("uid"):
		return asksUser
	case c.String("token-flag") != "" || c.String("connect-flag") != "":
		return asksSetup
	}
	return asksTable
}

func (a *app) questions(f cli.Flag) question {
	for _, r := range a.rules[f] {
		if r.of != 0 {
			return r.of
		}
	}
	return asksAny
}

// checkMode refuses the typed flags that the mode does not use, each with the flag
// that it goes with or against. A variable is no question: it may be meant for
// another run.
func (a *app) checkMode(flags []cli.Flag, asked question) error {
	for _, f := range flags {
		name, of := f.Names()[0], a.questions(f)
		switch {
		case of&asked != 0 || !a.fromCommandLine(name):
		case of == asksUser:
			return usage("needs-uid", "flag", name)
		case asked == asksUser:
			return usage("contradiction", "one", "--uid", "other", "--"+name)
		default:
			return usage("contradiction", "one", "--"+name, "other", "--token-flag")
		}
	}
	return nil
}
