package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/diagnose"
	"github.com/wkctl/wkctl/probe/foreign"
	"github.com/wkctl/wkctl/probe/input"
	"github.com/wkctl/wkctl/report"
)

// maxSaved bounds a saved diagnosis, in bytes: one of probe.MaxPairings pairings
// with everything else at its limit stays below half of it.
const maxSaved = 16 << 20

func (a *app) reportCommand() *cli.Command {
	return a.command(&cli.Command{
		Name:      "report",
		ArgsUsage: a.say.Text("report.arguments"),
		Flags: append([]cli.Flag{
			a.boolFlag("report", "explain"),
			a.boolFlag("report", "schema"),
		}, append(a.outputFlags(), a.quietFlag())...),
		Action: a.report,
	})
}

// report renders a saved diagnosis again. What it prints, and the exit code, are
// those of the run that was saved; only the texts are taken again from the
// catalogue, in the language of now.
func (a *app) report(c *cli.Context) error {
	if c.Bool("schema") {
		if c.NArg() > 0 {
			return usage("contradiction", "one", "--schema", "other", c.Args().First())
		}
		return a.print(report.Schema())
	}
	out, err := a.outputs(c)
	if err != nil {
		return err
	}
	if c.NArg() != 1 {
		return usage("report-file", "n", strconv.Itoa(c.NArg()))
	}
	d, err := a.saved(c.Context, c.Args().First())
	if err != nil {
		return err
	}
	if c.Bool("explain") {
		diagnose.Explain(d)
	}
	// A job that renders one run in several formats has one summary.
	out.step = out.step && out.format.Traits().Step
	return a.emitDiagnosis(d, out)
}

// saved reads a diagnosis from a file, or from standard input for "-".
func (a *app) saved(ctx context.Context, path string) (*probe.Diagnosis, error) {
	b, err := input.Read(ctx, a.stdin, path, maxSaved)
	var long input.TooLong
	switch {
	case errors.Is(err, context.Canceled):
		return nil, exitError(exitInterrupted)
	case errors.As(err, &long):
		return nil, usage("report-big", "file", path, "max", strconv.Itoa(maxSaved>>20))
	case err != nil:
		return nil, usage("report-read", "file", path, "why", input.Reason(err))
	}
	// Windows PowerShell redirects into UTF-16, with a byte order mark.
	if b, _, err = transform.Bytes(unicode.BOMOverride(transform.Nop), b); err != nil {
		return nil, usage("report-json", "file", path, "why", err.Error())
	}
	var head struct {
		Schema   string     `json:"schema"`
		Pairings []struct{} `json:"pairings"` // counted before any memory is spent on them
	}
	err = json.Unmarshal(b, &head) // a wrong kind of value leaves the rest filled in
	if err != nil && head.Schema == "" {
		return nil, notSaved(path, b, err)
	}
	if head.Schema != probe.Schema {
		return nil, usage("report-schema", "file", path, "schema", probe.Schema, "got", strconv.Quote(foreign.Clean(head.Schema, 60)))
	}
	if n := len(head.Pairings); n > probe.MaxPairings {
		return nil, usage("report-pairings", "file", path, "n", strconv.Itoa(n), "max", strconv.Itoa(probe.MaxPairings))
	}
	d := &probe.Diagnosis{}
	if err := json.Unmarshal(b, d); err != nil {
		return nil, notSaved(path, b, err)
	}
	if !slices.Contains([]int{exitOK, exitFinding, exitNoDiagnosis, exitInterrupted}, d.Verdict.ExitCode) {
		return nil, usage("report-exit", "file", path, "got", strconv.Itoa(d.Verdict.ExitCode))
	}
	return d, nil
}

// notSaved says why a text is no diagnosis, without quoting more of it than a
// name.
func notSaved(path string, b []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case len(bytes.TrimSpace(b)) == 0:
		return usage("report-empty", "file", path)
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(bytes.TrimRight(b, " \t\r\n"))):
		return usage("report-cut", "file", path)
	case errors.As(err, &kind) && kind.Field != "":
		return usage("report-kind", "file", path, "key", foreign.Clean(kind.Field, 60), "got", foreign.Clean(kind.Value, 30))
	case errors.As(err, &kind):
		return usage("report-json", "file", path, "why", foreign.Clean(kind.Value, 30))
	}
	return usage("report-json", "file", path, "why", foreign.Clean(err.Error(), 120))
}

// print writes what is finished to stdout.
func (a *app) print(b []byte) error {
	if _, err := a.stdout.Write(b); err != nil {
		return trouble("write", "file", "stdout", "why", input.Reason(err))
	}
	return nil
}
