package sandbox

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/wkctl/wkctl/probe/serverlog"
)

// logBuffer is a log that several connections write to.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestLogLines: what the stand-in logs of refused logins is what the reader of
// real logs, which was written from captured ones, makes of the generation.
func TestLogLines(t *testing.T) {
	t.Parallel()
	type refusal struct {
		uid, token string
		kinds      map[Generation]serverlog.Kind
	}
	every := func(k serverlog.Kind) map[Generation]serverlog.Kind {
		return map[Generation]serverlog.Kind{V10: k, V1: k, V2Beta: k, V20: k, V2: k}
	}
	for _, r := range []refusal{
		{"stored", "other", map[Generation]serverlog.Kind{
			V10: serverlog.KindTokenRefused, V1: serverlog.KindTokenMismatch, V2Beta: serverlog.KindTokenMismatch, V20: serverlog.KindTokenMismatch, V2: serverlog.KindTokenMismatch}},
		{"never", "any", map[Generation]serverlog.Kind{
			V10: serverlog.KindTokenRefused, V1: serverlog.KindTokenUnset, V2Beta: serverlog.KindTokenUnset, V20: serverlog.KindDeviceNotFound, V2: serverlog.KindDeviceNotFound}},
		{"quit", "tok", map[Generation]serverlog.Kind{
			V10: serverlog.KindTokenRefused, V1: serverlog.KindTokenUnset, V2Beta: serverlog.KindTokenUnset, V20: serverlog.KindTokenCleared, V2: serverlog.KindTokenCleared}},
		{"stored", "", every(serverlog.KindTokenMissing)},
		{"banned", "tok", every(serverlog.KindBanned)},
	} {
		for gen, want := range r.kinds {
			t.Run(string(gen)+" "+r.uid+" "+r.token, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					var out logBuffer
					s := start(t, Config{Generation: gen, Log: &out})
					for _, uid := range []string{"stored", "quit", "banned"} {
						s.Register(uid, "tok", 0, 0)
					}
					s.Quit("quit", 0)
					s.Ban("banned")
					attempt(t, s, "tcp", who{uid: r.uid, token: r.token})
					kinds := kindsOf(t, &out)
					if len(kinds) != 1 || kinds[0] != want {
						t.Errorf("read as %v, want %s:\n%s", kinds, want, &out)
					}
				})
			})
		}
	}
}

// kindsOf reads the lines.
func kindsOf(t *testing.T, out *logBuffer) (kinds []serverlog.Kind) {
	t.Helper()
	synctest.Wait()
	var s serverlog.Scanner
	_, err := s.Scan(context.Background(), strings.NewReader(out.String()), func(e serverlog.Entry) error {
		kinds = append(kinds, e.Kind)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

// TestAdvertiseListeners: one listener can be advertised as another.
func TestAdvertiseListeners(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, Config{Advertise: Advertise{TCP: "{ws_host}", WS: "ws://{tcp_host}", WSS: "none"}})
		_, body, _ := call(t, s, "GET", s.APIURL()+"/route", "")
		want := `{"tcp_addr":"` + strings.TrimPrefix(s.WSURL(), "ws://") + `","ws_addr":"ws://` + s.TCPAddr() + `","wss_addr":""}`
		if body != want {
			t.Errorf("got %s, want %s", body, want)
		}
	})
}
