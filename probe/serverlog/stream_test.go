package serverlog

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const logDir = "../../testdata/logs"

// readLog gives one captured log.
func readLog(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(logDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// logNames lists the captured logs.
func logNames(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(logDir, "*.log"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("expected captured logs in %s, got %d (%v)", logDir, len(paths), err)
	}
	names := make([]string, 0, len(paths))
	for _, p := range paths {
		names = append(names, filepath.Base(p))
	}
	return names
}

// ordinary are lines of a server that works, as v2.2 writes them at level info.
const ordinary = `{"level":"info","time":"2026-11-22T13:51:20.101112131+00:00","msg":"【cluster】node online","nodeId":1001,"uptime":"3m12s","connections":1284}
{"level":"info","time":"2026-11-22T13:51:20.204415+00:00","msg":"【handler】channel leader changed","channelId":"group-7741","channelType":2,"oldLeader":1001,"newLeader":1002,"term":7}
{"level":"info","time":"2026-11-22T13:51:21.3+00:00","msg":"【Webhook】delivered","event":"msg.notify","messages":17,"cost":12}
{"level":"debug","time":"2026-11-22T13:51:21.400417212+00:00","msg":"【replica[1001:slot-9]】no ack","nodeId":1001,"term":1,"lastLogIndex":2,"committedIndex":1}
`

// mixedBlock is a piece of a realistic log: many ordinary lines, a few refusals.
func mixedBlock(t testing.TB) []byte {
	var b strings.Builder
	for range 50 {
		b.WriteString(ordinary)
	}
	b.Write(readLog(t, "v2.2.5-wrong-flag-unregistered.log"))
	b.Write(readLog(t, "v2.2.5-wrong-token.log"))
	return []byte(b.String())
}

// errorBlock holds nothing but refusals, one line or two each.
func errorBlock(t testing.TB) []byte {
	var b strings.Builder
	for _, name := range []string{
		"v1.2.6-wrong-flag-unregistered.log", "v2.0.7-wrong-token.log",
		"v2.2.5-wrong-token.log", "v2.2.5-wrong-flag-unregistered.log", "v2.2.5-banned.log",
	} {
		for _, ln := range strings.SplitAfter(string(readLog(t, name)), "\n") {
			if strings.Contains(ln, `"level":"error"`) {
				b.WriteString(ln)
			}
		}
	}
	return []byte(b.String())
}

// repeat reads the same block again and again without ever holding the whole.
type repeat struct {
	block []byte
	left  int // blocks still to come
	at    int
}

func (r *repeat) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && r.left > 0 {
		c := copy(p[n:], r.block[r.at:])
		n += c
		if r.at += c; r.at == len(r.block) {
			r.at = 0
			r.left--
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
