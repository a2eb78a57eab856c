package report

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// Format names a writer.
type Format string

// The formats.
const (
	Table      Format = "table"      // for a terminal
	Markdown   Format = "markdown"   // for a ticket
	JSON       Format = "json"       // the contract wkctl.diagnosis/v1
	JUnit      Format = "junit"      // XML for a CI system
	GitHub     Format = "github"     // the log of a GitHub Actions step
	HTML       Format = "html"       // one self-contained page
	Short      Format = "short"      // at most 15 lines, for a chat
	Prometheus Format = "prometheus" // text exposition, for a textfile collector
	Nagios     Format = "nagios"     // the line of a monitoring plugin, with its exit codes
)

// Traits are what a program that prints a format has to do for it.
type Traits struct {
	Mode  fs.FileMode // permissions of a new file
	Lines bool        // lines for people, in which a CI runner must find no commands
	Step  bool        // the log of a CI step: chosen there by itself, with the step's own files beside it
	// Exit gives the exit code of a command that prints the format; nil = that of the
	// diagnosis, as in all formats but one. It takes nil for what came to no diagnosis.
	Exit func(*probe.Diagnosis) int
}

// Reports may name hosts and users: only their owner reads them. Metrics are read
// by a collector, which is another user, and hold neither uids nor texts.
const (
	private fs.FileMode = 0o600
	public  fs.FileMode = 0o644
)

// row is all that is known of a format. A new one is a row here and the file of
// its writer.
type row struct {
	name   Format
	write  func(*bytes.Buffer, *probe.Diagnosis, Style) error
	traits Traits
}

// rows lists the formats, the default first.
func rows() []row {
	return []row{
		{Table, writeTable, Traits{Mode: private, Lines: true}},
		{Markdown, writeMarkdown, Traits{Mode: private}},
		{JSON, writeJSON, Traits{Mode: private}},
		{JUnit, writeJUnit, Traits{Mode: private}},
		{GitHub, writeGitHub, Traits{Mode: private, Step: true}},
		{HTML, writeHTML, Traits{Mode: private}},
		{Short, writeShort, Traits{Mode: private, Lines: true}},
		{Prometheus, writePrometheus, Traits{Mode: public}},
		{Nagios, writeNagios, Traits{Mode: private, Lines: true, Exit: pluginExit}},
	}
}

// Formats lists the formats, the default first.
func Formats() (list []Format) {
	for _, r := range rows() {
		list = append(list, r.name)
	}
	return list
}

// StepFormat is the format of a CI step's log where none was asked for.
func StepFormat() Format {
	all := rows()
	return all[slices.IndexFunc(all, func(r row) bool { return r.traits.Step })].name
}

// Traits are those of a known format; of any other they are the most careful ones.
func (f Format) Traits() Traits {
	r, err := find(f)
	if err != nil {
		return Traits{Mode: private, Lines: true}
	}
	return r.traits
}

// ParseFormat reads the name of a format. The error lists those that there are.
func ParseFormat(name string) (Format, error) {
	r, err := find(Format(name))
	return r.name, err
}

func find(f Format) (row, error) {
	all := rows()
	if i := slices.IndexFunc(all, func(r row) bool { return r.name == f }); i >= 0 {
		return all[i], nil
	}
	return row{}, fmt.Errorf("choosing format %q: expected one of %s", f, listed(Formats(), ", "))
}

// Write renders d and writes it to w in one call, so that a reader sees a whole
// report or an error. Foreign text is cleaned here, for every format at once.
func Write(w io.Writer, d *probe.Diagnosis, f Format, s Style) error {
	r, err := find(f)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := r.write(&buf, prepared(d), s); err != nil {
		return err
	}
	return flush(w, buf.Bytes())
}

// writer is one of the formats that a document other than a diagnosis has.
type writer struct {
	format Format
	write  func(*bytes.Buffer) error
}

// writeAs does the same for such a document; the first of its writers is the
// default. doing is what an unknown format fails at.
func writeAs(w io.Writer, doing string, f Format, writers ...writer) error {
	known := make([]Format, len(writers))
	for i, one := range writers {
		known[i] = one.format
		if f != one.format && (f != "" || i > 0) {
			continue
		}
		var buf bytes.Buffer
		if err := one.write(&buf); err != nil {
			return err
		}
		return flush(w, buf.Bytes())
	}
	last := len(known) - 1
	return fmt.Errorf("%s as %q: expected %s or %s", doing, f, listed(known[:last], ", "), known[last])
}

func listed(formats []Format, separator string) string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = string(f)
	}
	return strings.Join(names, separator)
}

func flush(w io.Writer, b []byte) error {
	n, err := w.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return fmt.Errorf("writing report: %w", err)
	}
	return nil
}
