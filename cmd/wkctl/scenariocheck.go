package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// outcome is what a scenario's command came to.
type outcome struct {
	exit     int
	findings []probe.Finding // in order
	stdout   string
	stderr   string
}

// reportFile is where the run's findings are taken from, whatever format it
// prints.
const reportFile = "diagnosis.json"

// run runs the scenario's command in this process. The environment variables of
// this program do not reach it, as far as it reads them through its world.
func (st *stage) run(ctx context.Context, getenv func(string) string) (outcome, error) {
	var stdout, stderr bytes.Buffer
	w := &world{
		stdin:  strings.NewReader(st.expand(st.sc.Stdin)),
		stdout: stream{Writer: &stdout}, stderr: stream{Writer: &stderr},
		getenv: func(name string) string {
			if strings.HasPrefix(name, envPrefix) {
				return ""
			}
			return getenv(name)
		},
	}
	args := st.args()
	path := filepath.Join(st.dir, reportFile)
	if st.sc.Run[0] == "diagnose" {
		args = append(args, "--output", "json="+path)
	}
	out := outcome{exit: run(ctx, w, args), stdout: stdout.String(), stderr: stderr.String()}
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
	out.findings = d.Findings
	return out, nil
}

// codes lists the findings by code.
func (o *outcome) codes() []string {
	codes := make([]string, len(o.findings))
	for i, f := range o.findings {
		codes[i] = f.Code
	}
	return codes
}

// first is the code of the first finding, "" where there is none.
func (o *outcome) first() string {
	if len(o.findings) == 0 {
		return ""
	}
	return o.findings[0].Code
}

// differences lists in what an outcome is not what was expected.
func (e *scenarioExpect) differences(o outcome) []string {
	var list []string
	differ := func(what, want, got string) {
		list = append(list, fmt.Sprintf("%s: expected %s, got %s", what, want, got))
	}
	codes := o.codes()
	if e.First != nil && *e.First != o.first() {
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
		if !strings.Contains(flat(o.stdout), flat(text)) && !strings.Contains(flat(o.stderr), flat(text)) {
			differ("output", fmt.Sprintf("the text %q", text), fmt.Sprintf("none of it in %d bytes", len(o.stdout)+len(o.stderr)))
		}
	}
	said := strings.ToLower(flat(o.stdout) + "\n" + flat(o.stderr))
	for _, text := range e.Unsaid {
		if strings.Contains(said, strings.ToLower(flat(text))) {
			differ("output", fmt.Sprintf("nothing of the text %q", text), "it")
		}
	}
	if e.Exit != o.exit {
		differ("exit code", fmt.Sprint(e.Exit), fmt.Sprint(o.exit))
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
