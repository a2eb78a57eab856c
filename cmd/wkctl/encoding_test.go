package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// gbk is "中文" as a GBK terminal sends it.
const gbk = "\xd6\xd0\xce\xc4"

// TestNotUTF8: what JSON cannot carry is refused before anything is sent.
func TestNotUTF8(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		s := serveOn(t, n, sandbox.Config{})
		file := filepath.Join(t.TempDir(), "token.txt")
		if err := os.WriteFile(file, []byte(gbk+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		credentials := filepath.Join(t.TempDir(), "c.json")
		if err := os.WriteFile(credentials, []byte(`{"schema":"wkctl.credentials/v1","uid":"`+gbk+`"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			flag string
			args []string
		}{
			{"uid", []string{"register", "--uid", gbk}},
			{"uid", []string{"register", "--uid", gbk, "--remove"}},
			{"uid", []string{"token", "--uid", "a" + gbk}},
			{"uid", []string{"token", "--uid", gbk, "--list"}},
			{"uid", []string{"connect", "--uid", gbk, "--token", "t"}},
			{"uid", []string{"diagnose", "--uid", gbk, "--token", "t"}},
			{"uid-prefix", []string{"diagnose", "--uid-prefix", gbk}},
			{"token", []string{"connect", "--uid", "u", "--token", gbk}},
			{"token", []string{"diagnose", "--uid", "u", "--token", gbk}},
			{"token-file", []string{"diagnose", "--uid", "u", "--token-file", file}},
			{"token-file", []string{"token", "--uid", "u", "--token-file", file}},
			{"manager-token-file", []string{"diagnose", "--manager-token-file", file}},
			{"credentials", []string{"connect", "--credentials", credentials}},
		} {
			for lang, want := range map[string]string{"en": "expected UTF-8", "zh": "应为 UTF-8"} {
				f := &terminal{net: n}
				code := f.run(t, append(tc.args, "--api", s.APIURL(), "--lang", lang)...)
				if got := f.stderr.String(); code != exitUsage || !strings.Contains(got, "--"+tc.flag) || !strings.Contains(got, want) || strings.Contains(got, gbk) {
					t.Errorf("%q: exit code %d, stderr %q", tc.args, code, got)
				}
			}
		}
		if n := len(s.Requests()); n > 0 {
			t.Errorf("%d requests were sent", n)
		}
		f := &terminal{net: n}
		if code := f.run(t, "token", "--uid", "中文", "--api", s.APIURL()); code != exitOK {
			t.Errorf("UTF-8: exit code %d, %s", code, &f.stderr)
		}
	})
}
