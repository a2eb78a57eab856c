package logwatch

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/secret"
)

const (
	call401  = `[GIN] 2026/11/23 - 10:00:01 | 401 |  59.902µs | 10.0.0.7 | POST     "/user/token"`
	call400  = `[GIN] 2026/11/23 - 10:00:02 | 400 |  88.245µs | 10.0.0.7 | POST     "/user/token?token=in-clear"`
	call200  = `[GIN] 2026/11/23 - 10:00:03 | 200 | 15.8462ms | 10.0.0.7 | POST     "/user/token"`
	quit200  = `[GIN] 2026/11/23 - 10:00:04 | 200 | 1.00242ms | 10.0.0.7 | POST     "/user/device_quit"`
	route401 = `[GIN] 2026/11/23 - 10:00:05 | 401 |  19.185µs | 10.0.0.7 | GET      "/route"`
	notJSON  = `{"level":"error","time":"2026-11-23T10:00:06.1+00:00","msg":"【user】数据格式有误！","error":"EOF"}`
	inUse    = `panic: listen tcp 0.0.0.0:5001: bind: address already in use`
)

// callsOf writes calls as "before /user/token 401 x2".
func callsOf(calls []probe.LogCall) string {
	var list []string
	for _, c := range calls {
		when := "during"
		if c.Before {
			when = "before"
		}
		list = append(list, fmt.Sprintf("%s %s %d x%d", when, c.Path, c.Status, c.Count))
	}
	return strings.Join(list, ", ")
}

// TestCountCall: answers are counted by path and status, with the last line of each.
func TestCountCall(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lines []string
		want  string
	}{
		"none":      {[]string{route401, mismatchV2("u0", "a", "b")}, ""},
		"401":       {[]string{call401, call401, call200}, "during /user/token 401 x2, during /user/token 200 x1"},
		"400":       {[]string{call400, notJSON}, "during  400 x1, during /user/token 400 x1"},
		"quit":      {[]string{quit200, call200}, "during /user/device_quit 200 x1, during /user/token 200 x1"},
		"body once": {[]string{notJSON, strings.Replace(call400, "?token=in-clear", "", 1)}, "during  400 x1"},
	} {
		var calls []probe.LogCall
		for _, e := range logged(t, tc.lines...) {
			calls = CountCall(calls, &e.Entry, false)
		}
		if got := callsOf(sortCalls(calls)); got != tc.want {
			t.Errorf("%s: expected %q, got %q", name, tc.want, got)
		}
		for _, c := range calls {
			if c.Text == "" || c.Last == nil || c.NoZone != strings.HasPrefix(c.Text, "[GIN]") || strings.Contains(c.Text, "in-clear") {
				t.Errorf("%s: %+v", name, c)
			}
		}
	}
}

// TestCountCallBound: a log of a proxy that answers with everything fills no report.
func TestCountCallBound(t *testing.T) {
	t.Parallel()
	var calls []probe.LogCall
	for status := 400; status < 400+2*probe.MaxLogCalls; status++ {
		for _, e := range logged(t, strings.Replace(call401, "401", fmt.Sprint(status), 1)) {
			calls = CountCall(calls, &e.Entry, true)
		}
	}
	if len(calls) != probe.MaxLogCalls {
		t.Errorf("%d calls", len(calls))
	}
}

// TestWatchCalls: what stood in a file is told from what came while the run
// lasted, the refused calls are kept, and the
// server's last words where they were its end.
func TestWatchCalls(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		past, during, calls, kept string
	}{
		"both":        {call401 + "\n" + call401 + "\n", call200 + "\n", "before /user/token 401 x2, during /user/token 200 x1", "token-call-unauthorized token-call-unauthorized"},
		"it ended":    {call401 + "\n" + inUse + "\n", "", "before /user/token 401 x1", "token-call-unauthorized listen-in-use"},
		"it came up":  {inUse + "\n" + call200 + "\n", "", "before /user/token 200 x1", ""},
		"in the run":  {call200 + "\n", inUse + "\n", "before /user/token 200 x1", "listen-in-use"},
		"nothing yet": {"", "", "", ""},
	} {
		path := filepath.Join(t.TempDir(), "server.log")
		if err := os.WriteFile(path, []byte(tc.past), 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := Start(context.Background(), Options{Path: path, Vault: &secret.Vault{}})
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(f, tc.during)
		_ = f.Close()
		d := &probe.Diagnosis{}
		w.Attach(context.Background(), d, func() {})
		var kinds []string
		for _, e := range d.Log.Entries {
			kinds = append(kinds, e.Kind)
		}
		if got, kept := callsOf(d.Log.Calls), strings.Join(kinds, " "); got != tc.calls || kept != tc.kept {
			t.Errorf("%s: expected %q %q, got %q %q", name, tc.calls, tc.kept, got, kept)
		}
	}
}
