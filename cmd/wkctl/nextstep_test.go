package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// TestConnectSaysHowToFindOut: a login that fails ends with the command that says
// why, which runs as it is printed; one that succeeds does not.
func TestConnectSaysHowToFindOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "my token.txt")
	if err := os.WriteFile(file, []byte("secret-1234\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bubble(t, func(t *testing.T, n *memnet.Network) {
		s := serveOn(t, n, sandbox.Config{Generation: sandbox.V2})
		defer s.Close()
		api := []string{"--api", s.APIURL()}
		with := func(args ...string) *terminal {
			f := &terminal{net: n}
			f.run(t, append(args, api...)...)
			return f
		}
		with("token", "--uid", "u1", "--flags", "0", "--token-file", file)
		last := func(f *terminal) string {
			lines := strings.Split(strings.TrimSpace(f.stdout.String()), "\n")
			return strings.TrimSpace(lines[len(lines)-1])
		}
		got := last(with("connect", "--uid", "u1", "--token-file", file))
		want := "why: wkctl diagnose --uid u1 --token-file '" + file + "' --sdk js --api " + s.APIURL()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if found := with("diagnose", "--uid", "u1", "--token-file", file, "--sdk", "js"); !strings.Contains(found.stdout.String(), "WK501") {
			t.Errorf("the command does not say why:\n%s%s", &found.stdout, &found.stderr)
		}
		if f := with("connect", "--uid", "u1", "--token", "secret-1234", "--lang", "zh"); !strings.Contains(last(f), "查明原因：wkctl diagnose --uid u1 --token TOKEN --sdk js") || strings.Contains(f.stdout.String(), "secret") {
			t.Errorf("got %q", &f.stdout)
		}
		for _, args := range [][]string{
			{"connect", "--uid", "u1", "--token-file", file, "--connect-flag", "0"}, {"connect", "--uid", "u1", "--token-file", file, "--format", "json"},
		} {
			if f := with(args...); strings.Contains(f.stdout.String(), "wkctl diagnose") {
				t.Errorf("%v: got %s", args, &f.stdout)
			}
		}
	})
}

// TestInShell: what is printed can be pasted.
func TestInShell(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"alice": "alice", "a@b": "a@b", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$(x)": "'$(x)'", `C:\t`: `'C:\t'`, "http://h:1/p": "http://h:1/p", "~/x": "'~/x'",
	} {
		if got := inShell(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}
