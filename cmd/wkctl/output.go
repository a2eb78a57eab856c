package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/input"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// outputs is where a command's report goes.
type outputs struct {
	format report.Format // on stdout
	files  []outputFile
	style  report.Style
	step   bool // write the files of a GitHub Actions step, too
	quiet  bool // nothing goes to stdout
}

type outputFile struct {
	format report.Format
	path   string
}

// outputs reads the output flags. allowed narrows the formats; nil = all.
func (a *app) outputs(c *cli.Context, allowed ...report.Format) (outputs, error) {
	o, err := formats(c, allowed...)
	if err != nil {
		return o, err
	}
	o.step, o.quiet = a.inActions(), c.Bool("quiet")
	a.quiet = o.quiet
	if f, ok := a.actionsFormat(c, allowed); ok {
		o.format = f
	}
	langs := append(spoken(), text.Auto)
	if lang := c.String("lang"); !slices.Contains(langs, strings.ToLower(lang)) {
		return o, usage("choice", "flag", "lang", "value", strconv.Quote(lang), "choices", strings.Join(langs, ", "))
	}
	o.style, err = a.style(c, a.stdout)
	return o, err
}

// formats reads --format and --output alone.
func formats(c *cli.Context, allowed ...report.Format) (o outputs, err error) {
	if o.format, err = format("format", c.String("format"), allowed); err == nil {
		o.files, err = outputFiles(c.StringSlice("output"), allowed)
	}
	return o, err
}

// spoken lists the languages by their names.
func spoken() (list []string) {
	for _, lang := range text.Langs() {
		list = append(list, string(lang))
	}
	return list
}

// outputFiles reads FORMAT=FILE. Two reports in one file, or a second one on
// stdout, would be neither: both are refused.
func outputFiles(specs []string, allowed []report.Format) ([]outputFile, error) {
	var list []outputFile
	seen := map[string]bool{}
	for _, spec := range specs {
		name, path, ok := strings.Cut(spec, "=")
		if !ok || path == "" {
			return nil, usage("output", "value", strconv.Quote(spec))
		}
		f, err := format("output", name, allowed)
		if err != nil {
			return nil, err
		}
		if isStdout(path) {
			return nil, usage("output-stdout", "value", strconv.Quote(spec), "format", name)
		}
		whole, err := filepath.Abs(path)
		if err != nil {
			whole = filepath.Clean(path)
		}
		if seen[whole] {
			return nil, usage("output-twice", "file", path)
		}
		seen[whole] = true
		list = append(list, outputFile{f, path})
	}
	return list, nil
}

func isStdout(path string) bool {
	return slices.Contains([]string{"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}, path)
}

func format(flag, name string, allowed []report.Format) (report.Format, error) {
	f, err := report.ParseFormat(name)
	if err != nil || allowed != nil && !slices.Contains(allowed, f) {
		return "", usage("choice", "flag", flag, "value", strconv.Quote(name), "choices", choices(allowed))
	}
	return f, nil
}

// choices lists formats for a person; none = all.
func choices(formats []report.Format) string {
	if formats == nil {
		formats = report.Formats()
	}
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}

// style decides colour, width and characters for one stream.
func (a *app) style(c *cli.Context, s stream) (report.Style, error) {
	color, err := a.color(c.String("color"), s)
	if err != nil {
		return report.Style{}, err
	}
	return report.Style{
		Width: s.width, Color: color, ASCII: c.Bool("ascii") || !a.utf8(), Verbose: c.Bool("verbose"), Text: a.say,
	}, nil
}

// color asks, in this order: --color, NO_COLOR, FORCE_COLOR and CLICOLOR_FORCE,
// CLICOLOR, TERM, and whether the stream is a terminal.
func (a *app) color(flag string, s stream) (bool, error) {
	switch flag {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
	default:
		return false, usage("choice", "flag", "color", "value", strconv.Quote(flag), "choices", "auto, always, never")
	}
	force := func(name string) bool { v := a.getenv(name); return v != "" && v != "0" }
	switch {
	case a.getenv("NO_COLOR") != "":
		return false, nil
	case force("FORCE_COLOR"), force("CLICOLOR_FORCE"):
		return true, nil
	case a.getenv("CLICOLOR") == "0", a.getenv("TERM") == "dumb":
		return false, nil
	}
	return s.tty, nil
}

// utf8 is false where the locale names another encoding, or is C or POSIX.
func (a *app) utf8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := a.getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}

// plain is the style of a file: no colour, the usual width.
func (o outputs) plain() report.Style {
	s := o.style
	s.Color, s.Width = false, 0
	return s
}

// emit renders into stdout and every file. A file is written whole or not at
// all. What could not be written is an error, after everything was tried.
func (a *app) emit(o outputs, render func(*bytes.Buffer, report.Format, report.Style) error) error {
	var failed []error
	for _, f := range o.files {
		var buf bytes.Buffer
		err := render(&buf, f.format, o.plain())
		if err == nil {
			_, err = taken(a.ended, patienceWith(f.path), func() (struct{}, error) {
				return struct{}{}, writeMode(f.path, buf.Bytes(), f.format.Traits().Mode)
			})
		}
		if err != nil {
			failed = append(failed, trouble("write", "file", f.path, "why", input.Reason(err)))
		}
	}
	if o.quiet {
		return errors.Join(failed...)
	}
	var buf bytes.Buffer
	err := render(&buf, o.format, o.style)
	if err == nil {
		b := buf.Bytes()
		if a.inActions() && o.format.Traits().Lines {
			b = inert(b)
		}
		_, err = a.stdout.Write(b)
	}
	if err != nil {
		failed = append(failed, trouble("write", "file", "stdout", "why", input.Reason(err)))
	}
	return errors.Join(failed...)
}

// patienceWith gives how long a file may take behind the signal.
func patienceWith(path string) time.Duration {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return takenWithin
	}
	return writtenWithin
}

// writeMode writes a file whole or not at all: beside the file and renames, so that nobody sees half of it.
// The disk is not waited for: a busy one takes many seconds, in which no signal
// ends a process, and a report that a power failure takes can be made again.
// A file that is there keeps its mode, and a link stays a link. A device or a
// pipe cannot be replaced and is written to: root would otherwise turn /dev/null
// into a file.
func writeMode(path string, b []byte, mode os.FileMode) error {
	if !isDevice(path) {
		var err error
		if path, err = linked(path); err != nil {
			return err
		}
	}
	info, err := os.Stat(path)
	switch {
	case isDevice(path), err == nil && !info.Mode().IsRegular():
		return writeInto(path, b)
	case err == nil:
		mode = info.Mode().Perm()
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	if err == nil {
		err = tmp.Chmod(mode)
	}
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

// maxLinks is how many links a name may lead through, as in the systems themselves.
const maxLinks = 40

// linked gives what a link leads to in the end, which need not be there yet: the
// link of a report that is written for the first time must not become the report.
func linked(path string) (string, error) {
	for range maxLinks {
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&os.ModeSymlink == 0 {
			return path, nil // what is wrong with it shows when it is written
		}
		next, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(next) {
			// Not joined: ".." behind a link to a folder leads elsewhere.
			next = filepath.Dir(path) + string(filepath.Separator) + next
		}
		path = next
	}
	return "", fmt.Errorf("expected a file, got more than %d links", maxLinks)
}

// isDevice recognises names of open files, which may be regular ones.
func isDevice(path string) bool {
	return path == "/dev/stderr" || strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/")
}

func writeInto(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
