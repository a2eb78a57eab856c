package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"github.com/wkctl/wkctl/probe/diagnose"
	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// TestReportIsTheSame: a saved diagnosis gives, in every format, the bytes that
// the run itself has written, and its exit code.
func TestReportIsTheSame(t *testing.T) {
	t.Parallel()
	user := inFile(t, "secret")
	for name, tc := range map[string]sameReport{
		"table":       {[]string{"--sandbox", "v1"}, nil, exitOK},
		"set-up":      {[]string{"--sandbox", "v2", "--token-flag", "0"}, []string{"--lang", "zh", "--verbose"}, exitFinding},
		"open":        {[]string{"--sandbox", "v3"}, []string{"--lang", "zh", "--ascii"}, exitFinding},
		"allowed":     {[]string{"--sandbox", "v3", "--allow-no-auth"}, []string{"--ascii", "--verbose"}, exitOK},
		"user":        {[]string{"--uid", "alice", "--token-file", user}, []string{"--verbose"}, exitFinding},
		"unreachable": {[]string{"--api", "http://127.0.0.1:1"}, []string{"--lang", "zh"}, exitNoDiagnosis},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, tc.check)
		})
	}
}

// sameReport is a run whose report is rendered again.
type sameReport struct {
	args  []string
	style []string
	code  int
}

func (r sameReport) check(t *testing.T, n *memnet.Network) {
	s := serveOn(t, n, sandbox.Config{Generation: sandbox.V20})
	s.Register("alice", "another", 1, 0)
	dir := t.TempDir()
	style := append([]string{"--color", "always"}, r.style...)
	run := &terminal{net: n, width: 120, env: map[string]string{"CI": "1"}}
	args := append(append([]string{"diagnose"}, r.args...), style...)
	if r.args[0] == "--uid" {
		args = append(args, "--api", s.APIURL())
	}
	if code := run.run(t, append(args, everyOutput(dir)...)...); code != r.code {
		t.Fatalf("exit code %d, want %d\n%s", code, r.code, &run.stderr)
	}
	file := filepath.Join(dir, "json")
	again := &terminal{width: 120, env: run.env}
	if code := again.run(t, append([]string{"report", file}, style...)...); code != r.code {
		t.Errorf("report: exit code %d, want %d\n%s", code, r.code, &again.stderr)
	}
	if !bytes.Equal(run.stdout.Bytes(), again.stdout.Bytes()) {
		t.Errorf("the run printed\n%s\nthe report prints\n%s", &run.stdout, &again.stdout)
	}
	for _, f := range report.Formats() {
		sameAgain(t, file, filepath.Join(dir, string(f)), f, r.code, r.style)
	}
}

// sameAgain renders the saved diagnosis as f and compares with the file that the
// run has written.
func sameAgain(t *testing.T, saved, written string, f report.Format, code int, style []string) {
	t.Helper()
	want, err := os.ReadFile(written)
	if err != nil {
		t.Fatal(err)
	}
	if exit := f.Traits().Exit; exit != nil {
		code = exit(readDiagnosis(t, saved))
	}
	pipe := &terminal{}
	if got := pipe.run(t, append([]string{"report", saved, "--format", string(f)}, style...)...); got != code {
		t.Errorf("report --format %s: exit code %d, want %d", f, got, code)
	}
	if !bytes.Equal(pipe.stdout.Bytes(), want) {
		t.Errorf("%s: the run wrote\n%s\nthe report prints\n%s", f, want, &pipe.stdout)
	}
}

// TestReportFromWindows: Windows PowerShell redirects into UTF-16, with a byte
// order mark.
func TestReportFromWindows(t *testing.T) {
	t.Parallel()
	run := &terminal{}
	bubble(t, func(t *testing.T, n *memnet.Network) {
		run.net = n
		run.run(t, "diagnose", "--sandbox", "v1", "--format", "json")
	})
	for name, enc := range map[string]unicode.Endianness{"little": unicode.LittleEndian, "big": unicode.BigEndian} {
		b, err := unicode.UTF16(enc, unicode.UseBOM).NewEncoder().Bytes(run.stdout.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "d.json")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		f := &terminal{}
		if code := f.run(t, "report", file, "--format", "json"); code != exitOK || !bytes.Equal(f.stdout.Bytes(), run.stdout.Bytes()) {
			t.Errorf("%s endian: exit code %d, %s", name, code, &f.stderr)
		}
	}
}

// TestReportIsBounded: a file without end is given up, and one that promises
// more pairings than a run can have is not believed.
func TestReportIsBounded(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ content, want string }{
		"blanks":   {`{"schema": "wkctl.diagnosis/v1", "verdict": {"exit_code": 0}` + strings.Repeat(" ", maxSaved) + "}", "this is larger"},
		"pairings": {`{"schema": "wkctl.diagnosis/v1", "pairings": [{}` + strings.Repeat(",{}", 2_000_000) + `], "verdict": {"exit_code": 0}}`, "expected at most 1024 pairings, got 2000001"},
		"number":   {`{"schema": "wkctl.diagnosis/v1", "pairings": [{"token_flag": 1` + strings.Repeat("0", 100_000) + "}]}", "token_flag cannot be number 1000"},
		"schema":   {`{"schema": "` + strings.Repeat(`\u001b[2J::error::x`, 10_000) + `"}`, `got "::error::x`},
		"depth":    {strings.Repeat("[", 1_000_000), "exceeded max depth"},
	} {
		w := &world{stdin: strings.NewReader(tc.content), getenv: func(string) string { return "" }}
		var out, err bytes.Buffer
		w.stdout, w.stderr = stream{Writer: &out}, stream{Writer: &err}
		if code := run(context.Background(), w, []string{"wkctl", "report", "-"}); code != exitUsage || out.Len() > 0 {
			t.Errorf("%s: exit code %d, stdout %q", name, code, &out)
		}
		if said := err.String(); !strings.Contains(said, tc.want) || len(said) > 400 || strings.Contains(said, "\x1b") {
			t.Errorf("%s: %.500s", name, said)
		}
	}
}

// TestReportSurvives takes parts out of saved diagnoses, or replaces them: what
// comes out may be a poor report or a refusal, but nothing else.
func TestReportSurvives(t *testing.T) {
	t.Parallel()
	say := text.New(text.English)
	for _, name := range []string{"setup-v2", "user"} {
		b, err := os.ReadFile("../../testdata/golden/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var doc any
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatal(err)
		}
		variants := 0
		mutate(doc, func(path string) {
			broken, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			formats := report.Formats()
			survive(t, name+path, broken, formats[variants%len(formats)], say)
			variants++
		})
		if variants < 200 {
			t.Errorf("%s: only %d variants", name, variants)
		}
	}
}

// survive reads, renders and explains one, and renders it again.
func survive(t *testing.T, name string, b []byte, f report.Format, say *text.Printer) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s: panic: %v\n%s", name, r, debug.Stack())
		}
	}()
	a := &app{world: &world{stdin: bytes.NewReader(b)}, say: say}
	d, err := a.saved(t.Context(), "-")
	if err != nil {
		return
	}
	for range 2 {
		report.Localize(d, a.say)
		if err := report.Write(&bytes.Buffer{}, d, f, report.Style{Verbose: true, Text: a.say}); err != nil {
			t.Errorf("%s: %s: %v", name, f, err)
		}
		diagnose.Explain(d)
	}
}

// mutate visits the values of doc, of each list the first only, and calls f with
// each of them taken out and replaced.
func mutate(doc any, f func(path string)) { mutateAt("", doc, f) }

func mutateAt(path string, value any, f func(path string)) {
	swap := func(key string, old any, set func(any)) {
		for _, other := range []any{nil, "", 0, []any{}, map[string]any{}, []any{nil}} {
			if fmt.Sprintf("%T", other) == fmt.Sprintf("%T", old) || other == nil || path == "" {
				set(other)
				f(fmt.Sprintf("%s = %v", key, other))
			}
		}
		set(old)
	}
	switch value := value.(type) {
	case map[string]any:
		for key, old := range value {
			at := path + "." + key
			swap(at, old, func(v any) { value[key] = v })
			mutateAt(at, old, f)
		}
	case []any:
		for i, old := range value[:min(1, len(value))] {
			swap(path+"[]", old, func(v any) { value[i] = v })
			mutateAt(path+"[]", old, f)
		}
	}
}

// TestUnwritable: in every format and on every way out a report that nobody has
// got is an error with a clear line, not a success.
func TestUnwritable(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	t.Cleanup(func() { _ = full.Close() })
	for _, f := range report.Formats() {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			r, closed, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = closed.Close() }()
			_ = r.Close()
			for stdout, why := range map[*os.File]string{full: "no space left on device", closed: "broken pipe"} {
				p := &terminal{}
				w := p.world()
				w.stdout = stream{Writer: stdout}
				if code := run(t.Context(), w, []string{"wkctl", "report", "../../testdata/golden/v1.json", "--format", string(f)}); code != exitNoDiagnosis || p.stderr.String() != "wkctl: cannot write stdout: "+why+"\n" {
					t.Errorf("%s: exit code %d, stderr %q", why, code, &p.stderr)
				}
			}
			for file, why := range map[string]string{"/dev/full": "no space left on device", t.TempDir(): "is a directory", "/proc/version": "", filepath.Join(t.TempDir(), "no", "x"): "no such file or directory"} {
				p := &terminal{}
				code := p.run(t, "report", "../../testdata/golden/v1.json", "--output", string(f)+"="+file)
				if want := "wkctl: cannot write " + file + ": " + why; code != exitNoDiagnosis || !strings.HasPrefix(p.stderr.String(), want) || strings.Count(p.stderr.String(), "\n") != 1 {
					t.Errorf("%s: exit code %d, stderr %q, want %q", file, code, &p.stderr, want)
				}
				if !strings.Contains(p.stdout.String(), "All 9 pairings") {
					t.Errorf("%s: the report is not on stdout: %s", file, &p.stdout)
				}
			}
		})
	}
}

// TestSummaryIsBounded: GitHub shows nothing of a summary above 1 MiB, so what
// would make it so is left out, with a warning.
func TestSummaryIsBounded(t *testing.T) {
	t.Parallel()
	summary := filepath.Join(t.TempDir(), "summary.md")
	if err := os.WriteFile(summary, bytes.Repeat([]byte("earlier\n"), (maxSummary-500)/8), 0o600); err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(summary)
	f := &terminal{env: map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary}}
	if code := f.run(t, "report", "../../testdata/golden/v1.json"); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	after, err := os.Stat(summary)
	if err != nil || after.Size() != before.Size() {
		t.Errorf("%d bytes, %v, want %d", after.Size(), err, before.Size())
	}
	if want := "wkctl: warning: cannot write what GITHUB_STEP_SUMMARY names: expected at most 1048576 bytes"; !strings.HasPrefix(f.stderr.String(), want) {
		t.Errorf("stderr %q, want %q", &f.stderr, want)
	}
}

// TestFlagsFirst: words and flags in any order, for the commands that take words.
func TestFlagsFirst(t *testing.T) {
	t.Parallel()
	a := &app{say: text.New(text.English), world: &world{getenv: func(string) string { return "" }}}
	app := a.cliApp()
	for line, want := range map[string]string{
		"wkctl report d.json":                         "wkctl report -- d.json",
		"wkctl report d.json --format html":           "wkctl report --format html -- d.json",
		"wkctl report --format html d.json --explain": "wkctl report --format html --explain -- d.json",
		"wkctl report --explain d.json":               "wkctl report --explain -- d.json",
		"wkctl report - --format=json":                "wkctl report --format=json -- -",
		"wkctl report --ascii -- --odd.json":          "wkctl report --ascii -- --odd.json",
		"wkctl report -verbose a b --lang zh":         "wkctl report -verbose --lang zh -- a b",
		"wkctl report d.json --format":                "wkctl report --format",
		"wkctl report --format -- d.json":             "wkctl report --format -- -- d.json",
		"wkctl report d.json --frob x":                "wkctl report --frob -- d.json x",
		"wkctl explain WK501 --lang zh":               "wkctl explain --lang zh -- WK501",
		"wkctl diagnose x --flags 1":                  "wkctl diagnose x --flags 1",
		"wkctl":                                       "wkctl",
		"wkctl frobnicate x --y":                      "wkctl frobnicate x --y",
		"wkctl __complete -- report --f":              "wkctl __complete -- report --f",
	} {
		args := strings.Fields(line)
		if got := strings.Join(flagsFirst(app, args), " "); got != want || strings.Join(args, " ") != line {
			t.Errorf("%s: got %s, want %s (args now %q)", line, got, want, args)
		}
	}
}
