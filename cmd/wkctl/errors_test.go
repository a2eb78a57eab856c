package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/report/text"
)

func TestPrintable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a b  c": "a b  c", "中文": "中文", "\x1b[2J": `\x1b[2J`, "a\nwkctl: b": `a\nwkctl: b`, "\u202egnp.exe": `\u202egnp.exe`, "\xd6\xd0": `\xd6\xd0`,
		"\u00a0": `\u00a0`, "\x00": `\x00`, `"it's"`: `"it's"`, strings.Repeat("a", 3000): strings.Repeat("a", 2000) + "…",
	} {
		if got := printable(text.Args{"value": in})["value"]; got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := printable(text.Args{"choices": "a\nb"})["choices"]; got != "a\nb" {
		t.Errorf("choices: %q", got)
	}
}

// TestNoControlBytes: whatever is typed, or stands in a file, stderr and the lines
// of the sandbox hold no control character of it.
func TestNoControlBytes(t *testing.T) {
	t.Parallel()
	const evil = "\x1b]0;x\x07\x1b[31m\rwkctl: all is well\n\u202e"
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key := write("key.yaml", "run: [version]\n\"\\e[31m\\r\": 1\n")
	differs := write("differs.yaml", "run: [version]\nexpect: {first: \"\\e[31m\\r\", exit: 7}\n")
	named := write("a\x1b[31m\rb.yaml", "run: [version]\nexpect: {exit: 0}\n")
	bubble(t, func(t *testing.T, n *memnet.Network) {
		for _, args := range [][]string{
			{evil}, {"help", evil}, {"diagnose", "--" + evil}, {"diagnose", evil}, {"explain", evil}, {"explain", "WK501", evil},
			{"diagnose", "--api", evil}, {"diagnose", "--ws", evil}, {"diagnose", "--flags", evil}, {"diagnose", "--sdk", evil}, {"diagnose", "--timeout", evil},
			{"diagnose", "--uid", evil, "--token", "t"}, {"diagnose", "--page-origin", evil}, {"diagnose", "--server-config", evil}, {"diagnose", "--server-log", evil},
			{"diagnose", "--server-log-command", evil, "--api", "http://127.0.0.1:1"}, {"diagnose", "--output", evil}, {"diagnose", "--output", "json=/no/such/folder/" + evil, "--api", "http://127.0.0.1:1"},
			{"connect", "--credentials", evil}, {"connect", "--uid", "u", "--token-file", "/x/" + evil}, {"connect", "--uid", evil, "--token", "t", "--api", "http://127.0.0.1:1"},
			{"register", "--uid", evil}, {"report", evil}, {"sandbox", "--fault", evil}, {"sandbox", "--scenario", evil}, {"sandbox", "--generation", evil},
			{"sandbox", "--scenario", key, "--check"}, {"sandbox", "--scenario", differs, "--check"}, {"sandbox", "--scenario", named, "--check"}, {"completion", evil}, {"sdks", "--name", evil},
		} {
			f := &terminal{net: n}
			f.run(t, args...)
			for name, got := range map[string]string{"stderr": f.stderr.String(), "stdout": f.stdout.String()} {
				if i := strings.IndexFunc(got, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
					t.Errorf("%q: %s holds %q", args, name, got[i:])
				}
				if strings.Contains(got, "\nwkctl: all is well") {
					t.Errorf("%q: a forged line: %q", args, got)
				}
			}
		}
	})
}
