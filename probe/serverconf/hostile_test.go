package serverconf

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// hostileSettings are files of at most a megabyte that were made to cost much.
func hostileSettings() map[string][]Source {
	const size = 1 << 20
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	numbered := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	compose := "services:\n  wukongim:\n    image: wukongim/wukongim:v2\n"
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 30; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9))
	}
	one := func(name, text string) []Source { return []Source{{name, []byte(text)}} }
	return map[string][]Source{
		"brackets":         one("wk.yaml", "a: "+fill("[")),
		"some brackets":    one("wk.yaml", "a: "+strings.Repeat("[", 25_000)),
		"lists":            one("wk.yaml", "a:\n"+strings.Repeat("- ", 20_000)),
		"keys":             one("wk.yaml", numbered(60_000, "key%d: 1\n")),
		"some keys":        one("wk.yaml", numbered(2_500, "key%d: 1\n")),
		"near keys":        one("wk.yaml", numbered(2_500, "external%d: 1\n")),
		"aliases":          one("wk.yaml", bomb),
		"many aliases":     one("wk.yaml", "a: &a ["+strings.Repeat("x,", 5_000)+"]\n"+numbered(4_000, "b%d: *a\n")),
		"merges":           one("wk.yaml", "a: &a {"+numbered(1_000, "k%d: 1, ")+"}\nb:\n"+strings.Repeat("  <<: *a\n", 2_000)),
		"compose brackets": one("compose.yaml", compose+"    environment: "+strings.Repeat("{a: ", 5_000)),
		"ports":            one("compose.yaml", compose+"    ports:\n"+strings.Repeat("    - \"1-2000:1-2000\"\n", 5_000)),
		"environment":      one("compose.yaml", compose+"    environment:\n"+numbered(9_000, "    - WK_V%d=1\n")),
		"variables":        {{"compose.yaml", []byte(compose + "    environment:\n      A: " + strings.Repeat("${A}", 5_000) + "\n")}, {".env", []byte("A=" + fill("x"))}},
		"nested variables": one("compose.yaml", compose+"    image: "+strings.Repeat("${A-", 7_000)+"\n"),
		"servers":          one("compose.yaml", "services:\n"+numbered(3_000, "  n%d: {image: wukongim, env_file: .env}\n")),
		"servers and env":  {{"compose.yaml", []byte("services:\n" + numbered(3_000, "  n%d: {image: wukongim, env_file: .env}\n"))}, {".env", []byte(numbered(5_000, "WK_V%d=1\n"))}},
		"env":              one(".env", numbered(60_000, "WK_V%d=1\n")),
		"toml":             one("wukongim.toml", numbered(70_000, "k%d = 1\n")),
		"toml array":       one("wukongim.toml", "a = [\n"+fill("1,\n")),
		"toml quotes":      one("wukongim.toml", "a = [ \"\n"+fill("x\n")),
		"toml text":        one("wukongim.toml", "a = \"\"\""+fill("x")),
		"toml brackets":    one("wukongim.toml", "a = "+fill("[")),
		"toml nested":      one("wukongim.toml", "a = "+strings.Repeat("[", 9_000)+strings.Repeat("]", 9_000)),
		"toml braces":      one("wukongim.toml", "a = "+strings.Repeat("{a=", 20_000)),
		"toml dots":        one("wukongim.toml", fill("a.")+"a = 1\n"),
		"toml long key":    one("wukongim.toml", "[\""+strings.Repeat("x", size/2)+"\"]\n"+numbered(2_500, "k%d = 1\n")),
		"toml some keys":   one("wukongim.toml", numbered(2_600, "k%d = 1\n")),
		"toml tables":      one("wukongim.toml", strings.Repeat("[[a]]\nb = 1\n", 1_500)),
		"toml inline":      one("wukongim.toml", "a = {"+numbered(25_000, "k%d = 1, ")+"b"),
		"toml lists":       one("wukongim.toml", numbered(2_000, "[[a%d]]\n")+"a.b = 1\n"),
	}
}

// TestHostileSettings: whatever a file holds, reading it costs little.
func TestHostileSettings(t *testing.T) {
	const limit = 128 << 20 // bytes allocated in all, most of them short-lived
	for name, sources := range hostileSettings() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := inspect("", sources...)
		runtime.ReadMemStats(&after)
		if mem := after.TotalAlloc - before.TotalAlloc; mem > limit {
			t.Errorf("%s: %d MiB, %d issues", name, mem>>20, len(r.issues))
		} else {
			t.Logf("%s: %d MiB, %d issues", name, mem>>20, len(r.issues))
		}
	}
}

// TestTooDeep names the line.
func TestTooDeep(t *testing.T) {
	t.Parallel()
	r := inspect("v2", yamlSource("mode: debug", "external: "+strings.Repeat("[", 100)+strings.Repeat("]", 100)))
	if is := issueOf(t, r, CodeSyntax); is.Args["reason"] != "too-deep" || is.Where != "wk.yaml:2" {
		t.Errorf("got %+v", is)
	}
}

// FuzzSettings reads several files together, as one deployment: it ends, and
// within bounds.
func FuzzSettings(f *testing.F) {
	files, _ := filepath.Glob(deployments + "/*/*")
	for _, name := range files {
		if data, err := os.ReadFile(name); err == nil && strings.Contains(string(data), "services:") {
			f.Add(string(data), "WK_MODE=debug\nA=b", "mode: debug\n", 1)
		}
	}
	f.Add("services:\n  wukongim:\n    image: ${A-${B}}\n    ports: [\"1-2:1-2\"]\n", "A=[", "a: [", 900)
	f.Add("a: &a [*a]", "\"", "k = [", 50)
	f.Fuzz(func(t *testing.T, compose, env, settings string, times int) {
		times = min(max(times, 1), 1000)
		var sources []Source
		for name, text := range map[string]string{"compose.yaml": compose, ".env": env, "wk.yaml": settings, "wukongim.toml": settings} {
			text += "\n" + strings.Repeat(text[max(0, len(text)-20):], times)
			sources = append(sources, Source{name, []byte(text[:min(len(text), 64<<10)])})
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		inspect("", sources...)
		runtime.ReadMemStats(&after)
		if mem := after.TotalAlloc - before.TotalAlloc; mem > 256<<20 {
			t.Errorf("%d MiB", mem>>20)
		}
	})
}
