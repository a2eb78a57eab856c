package casebook

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestScenarioFile: what no scenario is gets one line with its place, and costs
// little.
func TestScenarioFile(t *testing.T) {
	const plain = "ticket: a\nrun: [version]\n"
	for name, tc := range map[string]struct{ text, want string }{
		"deep":          {plain + "before: " + strings.Repeat("[", 9_000), "line 3: expected at most 64 levels of nesting"},
		"deep lists":    {plain + "before:\n" + strings.Repeat("- ", 9_000), "line 4: expected at most 64 levels of nesting"},
		"much":          {plain + "before: " + strings.Repeat("[", 900_000), "line 3: expected at most 30000 lines"},
		"many files":    {plain + "files:\n" + strings.Repeat(" a: b\n", 20_000), "expected at most 30000 lines"},
		"aliases":       {plain + "files: &a {b: c}\n", "line 3: expected no anchors"},
		"nothing":       {"", "the file is empty"},
		"unknown key":   {plain + "runs: 1\n", "unknown field"},
		"itself":        {"run: [sandbox, --scenario, a.yaml]\n", "run: expected one of diagnose"},
		"hidden itself": {"run: [--version=false, sandbox, --scenario, a.yaml]\n", "run: expected one of diagnose"},
		"no command":    {"ticket: a\n", "run: expected a command"},
		"escape as key": {plain + "\"\\x1b[2J\": 1\n", "unknown field"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Parse([]byte(tc.text))
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", name, err, tc.want)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
			t.Errorf("%s: %d MiB", name, took>>20)
		}
	}
}

// FuzzScenario: any file ends in a scenario that can be staged, or in one
// line that says why not, within bounds.
func FuzzScenario(f *testing.F) {
	files, err := filepath.Glob("../../testdata/cases/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("run: [a]\nserver: {faults: [mute]}\nbefore: [{ban: u}]"))
	f.Add([]byte("run: [a]\nfiles: {../x: y}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = b[:min(len(b), 64<<10)]
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		sc, err := Parse(b)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 128<<20 {
			t.Errorf("%d MiB", took>>20)
		}
		switch {
		case err == nil && (len(sc.Run) == 0 || sc.check() != nil):
			t.Errorf("%q was taken", b)
		case err != nil && strings.Contains(err.Error(), "\n"):
			t.Errorf("%q: %v", b, err)
		}
	})
}
