package casebook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// Outcome is what a scenario's command came to.
type Outcome struct {
	Exit     int
	Findings []probe.Finding // in order
	Stdout   string
	Stderr   string
}

// Program runs a command line, the program's name first, and gives its exit code.
// No setting of the process around it may decide what it does.
type Program func(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int

// reportFile is where the run's findings are taken from, whatever format it
// prints.
const reportFile = "diagnosis.json"

// Run runs the scenario's command.
func (st *Stage) Run(ctx context.Context, program Program) (Outcome, error) {
	var stdout, stderr bytes.Buffer
	args := st.Args()
	path := filepath.Join(st.dir, reportFile)
	if st.Scenario.Run[0] == "diagnose" {
		args = append(args, "--output", "json="+path)
		if !slices.Contains(args, "--verbose") { // what is said may be a detail
			args = append(args, "--verbose")
		}
	}
	exit := program(ctx, args, strings.NewReader(st.expand(st.Scenario.Stdin)), &stdout, &stderr)
	out := Outcome{Exit: exit, Stdout: stdout.String(), Stderr: stderr.String()}
	b, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return out, nil // wrong usage, or a command without findings
	}
	if err != nil {
		return out, err
	}
	var d probe.Diagnosis
	if err := json.Unmarshal(b, &d); err != nil {
		return out, err
	}
	out.Findings = d.Findings
	return out, nil
}

// codes lists the findings by code.
func (o *Outcome) codes() []string {
	codes := make([]string, len(o.Findings))
	for i, f := range o.Findings {
		codes[i] = f.Code
	}
	return codes
}

// First is the code of the first finding, "" where there is none.
func (o *Outcome) First() string {
	if len(o.Findings) == 0 {
		return ""
	}
	return o.Findings[0].Code
}

// Differences lists in what an outcome is not what was expected.
func (e *Expect) Differences(o Outcome) []string {
	var list []string
	differ := func(what, want, got string) {
		list = append(list, fmt.Sprintf("%s: expected %s, got %s", what, want, got))
	}
	codes := o.codes()
	if e.First != nil && *e.First != o.First() {
		differ("first finding", orNone(*e.First), orNone(strings.Join(codes, ", ")))
	}
	for _, code := range e.Codes {
		if !slices.Contains(codes, code) {
			differ("findings", code+" among them", orNone(strings.Join(codes, ", ")))
		}
	}
	for _, code := range e.Not {
		if slices.Contains(codes, code) {
			differ("findings", "no "+code, strings.Join(codes, ", "))
		}
	}
	for _, text := range e.Says {
		if !strings.Contains(flat(o.Stdout), flat(text)) && !strings.Contains(flat(o.Stderr), flat(text)) {
			differ("output", fmt.Sprintf("the text %q", text), fmt.Sprintf("none of it in %d bytes", len(o.Stdout)+len(o.Stderr)))
		}
	}
	said := strings.ToLower(flat(o.Stdout) + "\n" + flat(o.Stderr))
	for _, text := range e.Unsaid {
		if strings.Contains(said, strings.ToLower(flat(text))) {
			differ("output", fmt.Sprintf("nothing of the text %q", text), "it")
		}
	}
	if e.Exit != o.Exit {
		differ("exit code", fmt.Sprint(e.Exit), fmt.Sprint(o.Exit))
	}
	return list
}

// flat takes the line breaks out of a report, which depend on its width.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
