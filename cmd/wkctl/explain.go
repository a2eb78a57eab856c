package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/diagnose"
	"github.com/wkctl/wkctl/probe/input"
	"github.com/wkctl/wkctl/probe/logwatch"
	"github.com/wkctl/wkctl/probe/serverlog"
	"github.com/wkctl/wkctl/probe/spell"
	"github.com/wkctl/wkctl/report"
)

func (a *app) explainCommand() *cli.Command {
	return a.command(&cli.Command{
		Name:      "explain",
		ArgsUsage: a.say.Text("explain.arguments"),
		Flags:     append([]cli.Flag{a.text("evidence", "log", "")}, a.outputFlags(report.Table, report.Markdown, report.JSON)...),
		Action:    a.explain,
	})
}

// explain takes one argument, a code or an id.
func (a *app) explain(c *cli.Context) error {
	word := c.Args().First()
	if c.NArg() > 1 {
		return usage("explain-words", "value", c.Args().Get(1))
	}
	out, err := a.outputs(c, report.Table, report.Markdown, report.JSON)
	if err != nil {
		return err
	}
	path := c.String("log")
	switch {
	case word != "" && a.fromCommandLine("log"):
		return usage("explain-both")
	case word == "" && path != "":
		return a.explainLog(c.Context, path, out)
	case word == "":
		return a.emit(out, func(buf *bytes.Buffer, f report.Format, s report.Style) error {
			return report.ExplainList(buf, codePages(), f, s)
		})
	}
	page, err := findCode(word)
	if err != nil {
		return err
	}
	return a.emit(out, func(buf *bytes.Buffer, f report.Format, s report.Style) error {
		return report.Explain(buf, page, f, s)
	})
}

// codePages lists what can be explained, by code.
func codePages() (list []report.CodePage) {
	for _, c := range diagnose.Catalogue() {
		list = append(list, report.CodePage{Code: c.Code, ID: c.ID, Links: c.Links})
	}
	slices.SortFunc(list, func(a, b report.CodePage) int { return strings.Compare(a.Code, b.Code) })
	return list
}

// findCode takes a code or an id, in capitals or not, the code also without its
// letters.
func findCode(word string) (report.CodePage, error) {
	var names []string
	for _, p := range codePages() {
		if strings.EqualFold(word, p.Code) || strings.EqualFold(word, p.ID) || "WK"+word == p.Code {
			return p, nil
		}
		names = append(names, p.Code, p.ID)
	}
	if near := nearCodes(word, names); near != "" {
		return report.CodePage{}, usage("explain-code-near", "value", strconv.Quote(word), "near", near)
	}
	return report.CodePage{}, usage("explain-code", "value", strconv.Quote(word))
}

// maxNear is how many codes are proposed for one that does not exist.
const maxNear = 4

// nearCodes lists what may have been meant: codes with one digit wrong, or ids
// that are spelt nearly so or hold the word.
func nearCodes(word string, names []string) string {
	upper, lower := strings.ToUpper(word), strings.ToLower(word)
	var near []string
	for _, n := range names {
		isCode := strings.HasPrefix(n, "WK")
		if isCode && spell.Distance(upper, n) <= 1 || !isCode && (spell.Distance(lower, n) <= 2 || len(lower) > 3 && strings.Contains(n, lower)) {
			near = append(near, n)
		}
	}
	return strings.Join(near[:min(len(near), maxNear)], ", ")
}

// explainLog reads a server's log of any size and says what it means.
func (a *app) explainLog(ctx context.Context, path string, out outputs) error {
	var in io.Reader = a.stdin
	size := int64(0)
	if path != "-" {
		f, err := logwatch.Open(ctx, path)
		if err != nil {
			return inputError("log", path, err)
		}
		defer func() { _ = f.Close() }()
		info, err := f.Stat()
		if err != nil {
			return inputError("log", path, err)
		}
		in, size = f, info.Size()
		if !info.Mode().IsRegular() {
			in = &patientReader{ended: ctx, r: f} // what was read so far is still reported
		}
	}
	bar := a.readBar(in, size)
	sum, stats, err := (&serverlog.Scanner{}).Summarise(ctx, bar)
	bar.clear()
	r := diagnose.ExplainLog(sum, stats)
	r.Tool = probe.Tool{Name: "wkctl", Version: toolVersion(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if r.Source = path; path == "-" {
		r.Source = "stdin"
	}
	r.Complete = err == nil
	failed := a.emit(out, func(buf *bytes.Buffer, f report.Format, s report.Style) error {
		return report.LogSummary(buf, r, f, s)
	})
	switch {
	case failed != nil:
		return failed
	case errors.Is(err, context.Canceled):
		return exitError(exitInterrupted)
	case err != nil:
		return usage("log-read", "file", r.Source, "why", input.Reason(errors.Unwrap(err)))
	}
	return exitError(r.Verdict.ExitCode)
}
