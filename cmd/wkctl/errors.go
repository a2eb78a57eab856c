package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// The exit codes, by short names: the command ends in many places.
const (
	exitOK          = probe.ExitOK
	exitFinding     = probe.ExitFinding
	exitUsage       = probe.ExitUsage
	exitNoDiagnosis = probe.ExitNoDiagnosis
	exitInterrupted = probe.ExitInterrupted
)

// userError is a message for the person at the keyboard: a text id and what to
// fill in. The text "<id>.hint", where there is one, says what to do next.
type userError struct {
	code int
	id   string
	args text.Args
}

func (e *userError) Error() string { return e.id }

// usage makes the error for wrong input. Names and values alternate.
func usage(id string, args ...string) error {
	return &userError{code: exitUsage, id: "error." + id, args: pairs(args)}
}

// trouble makes the error for what cannot be done, with exit code 3.
func trouble(id string, args ...string) error {
	return &userError{code: exitNoDiagnosis, id: "error." + id, args: pairs(args)}
}

func pairs(list []string) text.Args {
	args := text.Args{}
	for i := 0; i+1 < len(list); i += 2 {
		args[list[i]] = list[i+1]
	}
	return args
}

// exitError ends a command whose report has been printed.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// finish prints what there is to say of err and gives the exit code.
func finish(w io.Writer, p *text.Printer, err error) int {
	var exit exitError
	var user *userError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return int(exit)
	case errors.As(err, &user):
		for _, e := range joined(err) {
			say(w, p, e)
		}
		return user.code
	}
	say(w, p, libraryError(err))
	return exitUsage
}

// joined lists every message of an error: several files may be unwritable.
func joined(err error) (list []*userError) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			list = append(list, joined(e)...)
		}
		return list
	}
	var user *userError
	if errors.As(err, &user) {
		list = append(list, user)
	}
	return list
}

// say prints a message and its hints. All that reaches stderr of what somebody typed
// or wrote into a file goes through here or through warn.
func say(w io.Writer, p *text.Printer, e *userError) {
	args := printable(e.args)
	_, _ = fmt.Fprintln(w, "wkctl: "+p.Text(e.id, args))
	if p.Has(e.id + ".hint") {
		for _, line := range strings.Split(p.Text(e.id+".hint", args), "\n") {
			_, _ = fmt.Fprintln(w, "wkctl: "+p.Text("error.hint")+line)
		}
	}
}

// warn prints a line that ends nothing.
func (a *app) warn(id string, args text.Args) {
	if !a.quiet {
		a.complain(id, args)
	}
}

// complain is warn for what was to be written and could not be: that is an error.
func (a *app) complain(id string, args text.Args) {
	_, _ = fmt.Fprintln(a.stderr, "wkctl: "+a.say.Text(id, printable(args)))
}

// maxArgument is how much of an argument a message repeats, in characters.
const maxArgument = 2000

// printable makes what fills a message fit for a terminal: what does not print is
// escaped as in a Go string, so that it can neither repaint the terminal nor pass
// for a message of its own. A list of choices is ours, and has lines.
func printable(args text.Args) text.Args {
	safe := make(text.Args, len(args))
	for name, value := range args {
		var b strings.Builder
		n := 0
		for len(value) > 0 && n < maxArgument {
			r, size := utf8.DecodeRuneInString(value)
			switch {
			case r == utf8.RuneError && size == 1:
				fmt.Fprintf(&b, `\x%02x`, value[0])
			case unicode.IsPrint(r), r == '\n' && name == "choices":
				b.WriteRune(r)
			default:
				b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
			}
			value = value[size:]
			n++
		}
		if value != "" {
			b.WriteString("…")
		}
		safe[name] = b.String()
	}
	return safe
}
