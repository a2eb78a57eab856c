package nesting

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/parser"
)

func TestDepth(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"":                                    0,
		"a":                                   0,
		"a: 1\nb: 2":                          1,
		"a:\n  b:\n    c: 1\nd: 2":            3,
		"a:\n- b\n- c\nd:\n- e":               2,
		"- - - a\n- b":                        3,
		"- a: 1\n  b: 2\n- a: 1":              2,
		"[a, [b], {c: [d]}]":                  3,
		"a: '[[[['\nb: \"{{{{\"\n# [[[[":      1,
		"a: |\n  [[[[\n  - - - -\nb: 1":       1,
		"a: it's [[ not\nb: [c]":              2,
		"? a\n: b":                            2, // one too many, which does no harm
		"a: !x !y !z b":                       4,
		"a: &x b\nc: *x":                      2,
		"a:\n  b: 1\n---\na:\n  b:\n c: 1":    2,
		"a: b [ 'c\nd: [[e]]":                 3,
		"- !!str a\n- !!str a\n- !!str a":     2,
		"a: {\"b\":{\"c\":1},\"d\":[]}\ne: 1": 3,
	} {
		got, err := Check([]byte(text))
		if err != nil || got.Depth != want {
			t.Errorf("%q: depth %d, %v, want %d", text, got.Depth, err, want)
		}
	}
}

// hostile are texts of at most a megabyte that were made to cost much.
func hostile() map[string]string {
	const size = 1 << 20
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	some := func(s string) string { return strings.Repeat(s, 9_000) }
	var stairs, long strings.Builder
	for i := range 1400 {
		stairs.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	for i := range 60 {
		long.WriteString(strings.Repeat(" ", i) + strings.Repeat("k", 8000) + ":\n")
	}
	long.WriteString(strings.Repeat(strings.Repeat(" ", 60)+"a: 1\n", 5000))
	return map[string]string{
		"brackets": fill("["), "some brackets": some("["), "braces": some("{"), "maps": fill("{a: "), "some maps": some("{a: "),
		"lists": fill("- "), "some lists": some("- "), "questions": some("? "), "tags": some("!a "), "anchors": some("&a "), "colons": some(": "),
		"stairs": stairs.String(), "long keys": long.String(), "commas": "[" + fill("x,"), "some commas": "[" + some("x,"), "entries": some("-\n"),
		"hidden brackets": "a: b 'c\nd: e " + some("[") + "\nf: " + some("[") + "'", "one key": fill("k") + ": 1", "spaces": fill(" "), "text": fill("a "),
		"aliases": "- &a b\n" + some("- *a\n"), "merges": some("<<: {}\n"), "documents": some("---\n"), "quotes": some("''"), "one list of keys": some("a: 1\n"), "two keys": some("- a: 1\n  b: 2\n"),
		"keys of one": strings.Repeat("k", 400) + ":\n" + some(" a: 1\n"), "wide flow": "{" + strings.Repeat("k", 400) + ": [" + some("a,") + "]}",
	}
}

// TestHostile: what is refused is refused cheaply, and what is let through costs
// the parser little.
func TestHostile(t *testing.T) {
	const limit = 128 << 20 // the lexer takes up to 96 MiB for a text of 1 MiB
	for name, text := range hostile() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Check([]byte(text))
		if err == nil {
			_, _ = parser.ParseBytes([]byte(text), 0)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > limit {
			t.Errorf("%s: %d MiB for %d KiB (%v)", name, took>>20, len(text)>>10, err)
		}
	}
	for name, want := range map[string]Limit{
		"brackets": Signs, "some brackets": Depth, "some maps": Depth, "some lists": Depth, "stairs": Depth, "tags": Depth, "long keys": Path, "hidden brackets": Depth, "one key": Path, "one list of keys": Signs,
	} {
		_, err := Check([]byte(hostile()[name]))
		var e *Error
		if !errors.As(err, &e) || e.Limit != want || e.Line == 0 || strings.Contains(err.Error(), ": expected") == false {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

// TestOwnFiles: nothing that people write meets a bound.
func TestOwnFiles(t *testing.T) {
	t.Parallel()
	n := 0
	for _, pattern := range []string{"../../testdata/cases/*.yaml", "../../testdata/serverconf/*/*", "../../report/text/*/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				continue
			}
			n++
			if got, err := Check(b); err != nil || got.Depth > MaxDepth/4 {
				t.Errorf("%s: depth %d, %v", name, got.Depth, err)
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d files", n)
	}
}

// FuzzCheck: what is let through costs the parser little, whatever it is.
func FuzzCheck(f *testing.F) {
	for _, text := range []string{"a: [b, {c: d}]", "- - - a", "? a\n: b", "&a !b c", "a: |\n  b\n", "'", "a: b 'c\nd: [[e]]"} {
		f.Add(text, 3)
	}
	f.Fuzz(func(t *testing.T, text string, times int) {
		text = strings.Repeat(text, min(max(times, 1), 2000))
		if len(text) > 64<<10 {
			t.Skip()
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Check([]byte(text)); err != nil {
			return
		}
		func() {
			defer func() { _ = recover() }() // as all who call the parser
			_, _ = parser.ParseBytes([]byte(text), 0)
		}()
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 96<<20 {
			t.Errorf("%d MiB for %d bytes", took>>20, len(text))
		}
	})
}
