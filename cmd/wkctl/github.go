package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/input"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// maxSummary is what GitHub takes as the summary of one step, in bytes; of a
// longer file it shows nothing (docs.github.com, workflow commands).
const maxSummary = 1 << 20

// inActions says whether this is a step of a GitHub Actions workflow.
func (a *app) inActions() bool { return a.getenv("GITHUB_ACTIONS") == "true" }

// actionsFormat gives the format of a step's log, where none was asked for.
func (a *app) actionsFormat(c *cli.Context, allowed []report.Format) (report.Format, bool) {
	return report.StepFormat(), a.inActions() && !c.IsSet("format") && allowed == nil
}

// stepFiles writes what a workflow reads beside the log: the summary of the step
// and its outputs. That they cannot be written is worth a warning, but says
// nothing about the server, so it changes no exit code.
func (a *app) stepFiles(d *probe.Diagnosis, style report.Style) {
	for _, name := range []string{"GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"} {
		path := a.getenv(name)
		if path == "" {
			continue
		}
		content, err := report.StepOutputs(d), error(nil)
		if name == "GITHUB_STEP_SUMMARY" {
			content, err = report.StepSummary(d, style)
		}
		if err == nil {
			err = appendTo(path, content, name == "GITHUB_STEP_SUMMARY")
		}
		if err != nil {
			a.complain("warning.step-file", text.Args{"name": name, "why": input.Reason(err)})
		}
	}
}

// appendTo adds to a file that other steps and other commands of this step write
// as well.
func appendTo(path string, b []byte, limited bool) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if info, statErr := f.Stat(); limited && statErr == nil && info.Size()+int64(len(b)) > maxSummary {
		err = fmt.Errorf("expected at most %d bytes, got %d", maxSummary, info.Size()+int64(len(b)))
	} else {
		_, err = f.Write(b)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// inert keeps the lines of a report for people from being read as workflow
// commands: the runner looks for "::" behind leading blanks, and for its old
// form "##[" anywhere in a line (actions/runner, ActionCommand.cs). The format
// github does so by itself.
func inert(b []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(b) {
		line = bytes.ReplaceAll(line, []byte("##["), []byte("# #["))
		if start := bytes.TrimLeft(line, " \t"); strings.HasPrefix(string(start), "::") {
			line = bytes.Replace(line, []byte("::"), []byte(": :"), 1)
		}
		out.Write(line)
	}
	return out.Bytes()
}

// inert gives a world whose messages are no workflow commands: the runner reads
// stderr as well.
func (w *world) inert() *world {
	safe := *w
	safe.stderr.Writer = inertWriter{w.stderr.Writer}
	return &safe
}

// inertWriter takes whole lines.
type inertWriter struct{ w io.Writer }

func (i inertWriter) Write(b []byte) (int, error) {
	if _, err := i.w.Write(inert(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}
