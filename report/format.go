package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// Format names a writer.
type Format string

// The formats.
const (
	Table    Format = "table"    // for a terminal
	Markdown Format = "markdown" // for a ticket
	JSON     Format = "json"     // the contract wkctl.diagnosis/v1
)

// Formats lists the formats, the default first.
func Formats() []Format {
	return []Format{Table, Markdown, JSON}
}

// ParseFormat reads the name of a format.
func ParseFormat(name string) (Format, error) {
	known := make([]string, 0, len(Formats()))
	for _, f := range Formats() {
		if string(f) == name {
			return f, nil
		}
		known = append(known, string(f))
	}
	return "", fmt.Errorf("choosing format %q: expected one of %s", name, strings.Join(known, ", "))
}

// Write renders d and writes it to w in one call, so that a reader sees a whole
// report or an error. Foreign text is cleaned here, for every format at once.
func Write(w io.Writer, d *probe.Diagnosis, f Format, s Style) error {
	d = cleaned(d)
	var buf bytes.Buffer
	if err := render(&buf, d, f, s); err != nil {
		return err
	}
	return flush(w, buf.Bytes())
}

func render(buf *bytes.Buffer, d *probe.Diagnosis, f Format, s Style) error {
	switch f {
	case Table:
		return writeTable(buf, d, s)
	case Markdown:
		return writeMarkdown(buf, d, s)
	case JSON:
		return writeJSON(buf, d)
	}
	_, err := ParseFormat(string(f))
	return err
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
