package main

import (
	"errors"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report"
)

// quietFlag leaves the answer to the exit code, as in grep -q: no report on stdout,
// whatever was found, and nothing on stderr but errors. Files are written all the
// same: who asks for one wants it.
func (a *app) quietFlag() cli.Flag {
	f := a.boolFlag("output", "quiet")
	f.Aliases = []string{"q"}
	return a.ruled(f, flagRule{against: []string{"format", "verbose"}, typed: true})
}

// exitCode is the exit code of a diagnosis that was printed.
func (o outputs) exitCode(d *probe.Diagnosis) int {
	if exit := o.format.Traits().Exit; exit != nil && !o.quiet {
		return exit(d)
	}
	return d.Verdict.ExitCode
}

// asPlugin turns the end of a command line into that of a monitoring plugin, where
// its format is one: wrong usage must not be 2, which means critical there, and the
// line on stdout is all that the monitoring shows. It looks for the format by hand,
// since what could not be parsed ends here too.
func (a *app) asPlugin(err error, code int) int {
	exit := report.Format(byHand(a.world, a.args, "format")).Traits().Exit
	if exit == nil || err == nil || a.quiet {
		return code
	}
	var ended exitError
	var user *userError
	switch {
	case errors.As(err, &ended) && ended == exitInterrupted:
		return exit(nil)
	case errors.As(err, &ended):
		return code
	case !errors.As(err, &user):
		user = libraryError(err)
	}
	if user.id != "error.write" { // behind a report
		line, _, _ := strings.Cut(a.say.Text(user.id, printable(user.args)), "\n")
		_, _ = a.stdout.Write([]byte(report.PluginUnknown(line)))
	}
	return exit(nil)
}
