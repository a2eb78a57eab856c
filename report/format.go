package report

import (
	"bytes"
	"fmt"
	"io"
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
)

// Formats lists the formats, the default first.
func Formats() []Format {
	return []Format{Table, Markdown, JSON, JUnit, GitHub, HTML, Short, Prometheus}
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
	d = prepared(d)
	var buf bytes.Buffer
	if err := render(&buf, d, f, s); err != nil {
		return err
	}
	return flush(w, buf.Bytes())
}

// prepared gives a copy of d that is safe to show and has no unsaid state: a
// diagnosis that was cut short may leave some empty.
func prepared(d *probe.Diagnosis) *probe.Diagnosis {
	d = cleaned(d)
	setDefault(&d.Mode, probe.ModeTable)
	setDefault(&d.Server.Generation, probe.GenUnknown)
	setDefault(&d.Server.TokenAuth, probe.AuthUnknown)
	setDefault(&d.Verdict.Outcome, probe.OutcomeUnknown)
	for i := range d.Checks {
		setDefault(&d.Checks[i].Outcome, probe.OutcomeUnknown)
		if r := d.Checks[i].Result; r != nil {
			setDefault(&r.Observed, probe.NotRun)
		}
	}
	for i := range d.Addresses {
		setDefault(&d.Addresses[i].Outcome, probe.OutcomeUnknown)
	}
	for i := range d.Pairings {
		p := &d.Pairings[i]
		p.ID = probe.NewPairingID(p.TokenFlag, p.ConnectFlag)
		setDefault(&p.Observed, probe.NotRun)
		setDefault(&p.Expected, probe.NotRun)
		setDefault(&p.Verdict, probe.OutcomeUnknown)
		setDefault(&p.ExpectToken, probe.TokenUnknown)
	}
	d.SDKs = rectangular(d.SDKs)
	for i := range d.SDKs {
		for j := range d.SDKs[i].TokenFlags {
			setDefault(&d.SDKs[i].TokenFlags[j].Observed, probe.NotRun)
			setDefault(&d.SDKs[i].TokenFlags[j].Verdict, probe.OutcomeUnknown)
		}
	}
	for i := range d.Findings {
		setDefault(&d.Findings[i].Severity, probe.SeverityInfo)
	}
	if d.User != nil {
		for i := range d.User.Stored {
			setDefault(&d.User.Stored[i].State, probe.TokenUnknown)
		}
	}
	return d
}

// rectangular leaves out the rows of the second table that are not about the
// flags of its first row: no run has any, and no table could show them.
func rectangular(rows []probe.SDKRow) []probe.SDKRow {
	return slices.DeleteFunc(rows, func(row probe.SDKRow) bool {
		return !slices.EqualFunc(row.TokenFlags, rows[0].TokenFlags, func(a, b probe.SDKCell) bool { return a.TokenFlag == b.TokenFlag })
	})
}

func setDefault[S ~string](field *S, fallback S) {
	if *field == "" {
		*field = fallback
	}
}

func render(buf *bytes.Buffer, d *probe.Diagnosis, f Format, s Style) error {
	switch f {
	case Table:
		return writeTable(buf, d, s)
	case Markdown:
		return writeMarkdown(buf, d, s)
	case JSON:
		return writeJSON(buf, d)
	case JUnit:
		return writeJUnit(buf, d, s)
	case GitHub:
		return writeGitHub(buf, d, s)
	case HTML:
		return writeHTML(buf, d, s)
	case Short:
		return writeShort(buf, d, s)
	case Prometheus:
		return writePrometheus(buf, d)
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
