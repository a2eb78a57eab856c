package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// asUTF16 is a log file as Windows PowerShell's ">" makes one of what a server
// prints.
type asUTF16 struct {
	t *testing.T
	*logFile
}

func (u asUTF16) Write(b []byte) (int, error) {
	_, err := u.f.Write(utf16le(u.t, string(b), unicode.IgnoreBOM))
	return len(b), err
}

func utf16le(t *testing.T, s string, mark unicode.BOMPolicy) []byte {
	t.Helper()
	b, err := unicode.UTF16(unicode.LittleEndian, mark).NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestServerLogUTF16: the refusal of the run is found in a log that a shell
// writes as UTF-16 while the run lasts, whether or not something stood in it.
func TestServerLogUTF16(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]string{
		"new": "", "grown": `{"level":"info","time":"2026-11-28T10:00:00+08:00","msg":"【cluster】上线"}` + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := newLogFile(t)
			if _, err := log.f.Write(utf16le(t, before, unicode.UseBOM)); err != nil {
				t.Fatal(err)
			}
			bubble(t, func(t *testing.T, n *memnet.Network) {
				s := serveOn(t, n, sandbox.Config{Generation: sandbox.V2, Log: asUTF16{t, log}})
				f := &terminal{net: n, width: 120}
				code := f.run(t, "diagnose", "--api", s.APIURL(), "--token-flag", "0", "--sdk", "js", "--server-log", log.path)
				if out := f.stdout.String(); code != exitFinding || !strings.Contains(out, "the refusal of this run is in it") || strings.Contains(out, "\x00") {
					t.Errorf("exit code %d\n%s", code, out)
				}
			})
		})
	}
}

// TestServerLogUnreadable: a log that cannot be unpacked is refused before
// anything is sent.
func TestServerLogUnreadable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "error.log.zst")
	if err := os.WriteFile(path, []byte("\x28\xb5\x2f\xfd\x04\x00abcdefgh"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &terminal{}
	code := run(context.Background(), piped(f, strings.NewReader("")), []string{"wkctl", "diagnose", "--api", "http://127.0.0.1:1", "--server-log", path})
	if code != exitUsage || !strings.Contains(f.stderr.String(), "it is packed with zstd, expected text or gzip") || f.stdout.Len() > 0 {
		t.Errorf("exit code %d: %s", code, &f.stderr)
	}
}
