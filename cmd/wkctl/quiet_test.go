package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/report"
)

// TestQuiet: the exit code says it, and the files are written.
func TestQuiet(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]int{
		"diagnose --sandbox v2 --quiet":              exitOK,
		"diagnose --sandbox v2 -q --token-flag 0":    exitFinding,
		"diagnose --api http://127.0.0.1:1 -q":       exitNoDiagnosis,
		"diagnose --sandbox v2 -q --uid u":           exitUsage,
		"diagnose --sandbox v2 -q --uid u --token t": exitFinding,
	} {
		bubble(t, func(t *testing.T, n *memnet.Network) {
			file := filepath.Join(t.TempDir(), "d.json")
			f := &terminal{net: n, width: 80, env: map[string]string{}}
			code := f.run(t, append(strings.Fields(line), "--output", "json="+file)...)
			if code != want || f.stdout.Len() > 0 || (f.stderr.Len() > 0) != (want == exitUsage) {
				t.Errorf("%s: exit code %d, stdout %q, stderr %q", line, code, &f.stdout, &f.stderr)
			}
			if want == exitUsage {
				return
			}
			again := &terminal{}
			if code := again.run(t, "report", "-q", file); code != want || again.stdout.Len()+again.stderr.Len() > 0 {
				t.Errorf("%s, read again: exit code %d, stdout %q", line, code, &again.stdout)
			}
		})
	}
	f := &terminal{}
	if code := f.run(t, "diagnose", "--sandbox", "v2", "-q", "--output", "json=/none/d.json"); code != exitNoDiagnosis || !strings.Contains(f.stderr.String(), "/none/d.json") {
		t.Errorf("a file that cannot be written: exit code %d, stderr %q", code, &f.stderr)
	}
}

// TestQuietInActions: the step keeps its summary and its outputs, the log is empty.
func TestQuietInActions(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		outputs := filepath.Join(t.TempDir(), "outputs")
		f := &terminal{net: n, env: map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": outputs}}
		code := f.run(t, "diagnose", "--sandbox", "v2", "-q")
		b, err := os.ReadFile(outputs)
		if code != exitOK || f.stdout.Len()+f.stderr.Len() > 0 || err != nil || !strings.Contains(string(b), "verdict=pass") {
			t.Errorf("exit code %d, stdout %q, outputs %q, %v", code, &f.stdout, b, err)
		}
	})
}

// TestFailOn: a warning makes the exit code 1 where that was asked for, in the saved
// diagnosis as well, and the sentence stays what it is.
func TestFailOn(t *testing.T) {
	t.Parallel()
	warned := []string{"diagnose", "--sandbox", "v3", "--allow-no-auth", "--page-origin", "http://app.example.com"}
	for _, tc := range []struct {
		args []string
		want int
	}{
		{[]string{"diagnose", "--sandbox", "v2", "--fail-on", "warning"}, exitOK},
		{[]string{"diagnose", "--sandbox", "v2", "--fail-on", "error"}, exitOK},
		{warned, exitOK},
		{append(warned, "--fail-on", "warning"), exitOK}, // what was said to be right is no failure
		{[]string{"diagnose", "--sandbox", "v2", "--fail-on", "info"}, exitUsage},
	} {
		bubble(t, func(t *testing.T, n *memnet.Network) {
			f := &terminal{net: n}
			if code := f.run(t, tc.args...); code != tc.want {
				t.Errorf("%v: exit code %d, want %d\n%s%s", tc.args, code, tc.want, &f.stdout, &f.stderr)
			}
		})
	}
}

// TestFailOnWarning: a run whose worst finding is a warning, in every format.
func TestFailOnWarning(t *testing.T) {
	t.Parallel()
	for failOn, want := range map[string]int{"error": exitOK, "warning": exitFinding} {
		dir := t.TempDir()
		file := filepath.Join(dir, "d.json")
		settings := filepath.Join(dir, "wk.yaml")
		if err := os.WriteFile(settings, []byte("mode: release\ntokenAuthON: true\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		f := &terminal{}
		code := f.run(t, "diagnose", "--sandbox", "v2", "--server-config", settings, "--fail-on", failOn, "--output", "json="+file)
		var d probe.Diagnosis
		b, err := os.ReadFile(file)
		if err != nil || json.Unmarshal(b, &d) != nil {
			t.Fatal(err)
		}
		if code != want || d.Verdict.Outcome != probe.OutcomeWarn || d.Verdict.ExitCode != want || !strings.Contains(f.stdout.String(), "! All 9 pairings behave as expected.") {
			t.Fatalf("--fail-on %s: exit code %d, verdict %+v\n%s", failOn, code, d.Verdict, &f.stdout)
		}
		if said := strings.Contains(f.stdout.String(), "exit 1 (a warning, --fail-on warning)"); said != (want == exitFinding) {
			t.Errorf("--fail-on %s: the report says why: %v\n%s", failOn, said, &f.stdout)
		}
		for _, format := range report.Formats() {
			expected := want
			if format == report.Nagios {
				expected = 1
			}
			for _, explain := range [][]string{nil, {"--explain"}} {
				again := &terminal{}
				args := append([]string{"report", file, "--format", string(format)}, explain...)
				if code := again.run(t, args...); code != expected {
					t.Errorf("%v after --fail-on %s: exit code %d, want %d", args, failOn, code, expected)
				}
				if failed := strings.Contains(again.stdout.String(), "<failure"); format == report.JUnit && failed != (want == exitFinding) {
					t.Errorf("junit after --fail-on %s: has a failure: %v", failOn, failed)
				}
			}
		}
	}
}
