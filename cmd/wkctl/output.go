package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/report"
)

// outputs is where a command's report goes.
type outputs struct {
	format report.Format // on stdout
	files  []outputFile
	style  report.Style
}

type outputFile struct {
	format report.Format
	path   string
}

// outputs reads the output flags. allowed narrows the formats; nil = all.
func (sh *shell) outputs(c *cli.Context, allowed ...report.Format) (outputs, error) {
	var o outputs
	var err error
	if o.format, err = format("format", c.String("format"), allowed); err != nil {
		return o, err
	}
	for _, spec := range c.StringSlice("output") {
		name, path, ok := strings.Cut(spec, "=")
		if !ok || path == "" {
			return o, usage("output", "value", strconv.Quote(spec))
		}
		f, err := format("output", name, allowed)
		if err != nil {
			return o, err
		}
		o.files = append(o.files, outputFile{f, path})
	}
	switch lang := c.String("lang"); strings.ToLower(lang) {
	case "auto", "en", "zh":
	default:
		return o, usage("choice", "flag", "lang", "value", strconv.Quote(lang), "choices", "en, zh, auto")
	}
	o.style, err = sh.style(c, sh.stdout)
	return o, err
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
func (sh *shell) style(c *cli.Context, s stream) (report.Style, error) {
	color, err := sh.color(c.String("color"), s)
	if err != nil {
		return report.Style{}, err
	}
	return report.Style{
		Width: s.width, Color: color, ASCII: c.Bool("ascii") || !sh.utf8(), Verbose: c.Bool("verbose"), Text: sh.say,
	}, nil
}

// color asks, in this order: --color, NO_COLOR, FORCE_COLOR and CLICOLOR_FORCE,
// CLICOLOR, TERM, and whether the stream is a terminal.
func (sh *shell) color(flag string, s stream) (bool, error) {
	switch flag {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
	default:
		return false, usage("choice", "flag", "color", "value", strconv.Quote(flag), "choices", "auto, always, never")
	}
	force := func(name string) bool { v := sh.getenv(name); return v != "" && v != "0" }
	switch {
	case sh.getenv("NO_COLOR") != "":
		return false, nil
	case force("FORCE_COLOR"), force("CLICOLOR_FORCE"):
		return true, nil
	case sh.getenv("CLICOLOR") == "0", sh.getenv("TERM") == "dumb":
		return false, nil
	}
	return s.tty, nil
}

// utf8 is false where the locale names another encoding, or is C or POSIX.
func (sh *shell) utf8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := sh.getenv(name); v != "" {
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
func (sh *shell) emit(o outputs, render func(*bytes.Buffer, report.Format, report.Style) error) error {
	var failed []error
	for _, f := range o.files {
		var buf bytes.Buffer
		err := render(&buf, f.format, o.plain())
		if err == nil {
			err = writeWhole(f.path, buf.Bytes())
		}
		if err != nil {
			failed = append(failed, trouble("write", "file", f.path, "why", reason(err)))
		}
	}
	var buf bytes.Buffer
	err := render(&buf, o.format, o.style)
	if err == nil {
		_, err = sh.stdout.Write(buf.Bytes())
	}
	if err != nil {
		failed = append(failed, trouble("write", "file", "stdout", "why", reason(err)))
	}
	return errors.Join(failed...)
}

// writeWhole writes beside the file and renames, so that nobody sees half of
// it. Reports may name hosts and users: only their owner reads them.
func writeWhole(path string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	if err == nil {
		err = tmp.Sync()
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
