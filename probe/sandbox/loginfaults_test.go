package sandbox

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestRefuseFlag: the right token is refused in the way of the generation, on one
// flag, with token authentication on and off.
func TestRefuseFlag(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		want := a2
		if g == V2 {
			want = silence
		}
		for _, off := range []bool{false, true} {
			s := start(t, Config{Generation: g, NoTokenAuth: off, Faults: []Fault{{Name: "refuse-flag", Flag: 1}}})
			s.Register("u", "T", 1, 0)
			s.Register("u", "T", 0, 0)
			if got := attempt(t, s, "tcp", who{uid: "u", token: "T", flag: 1}); got != want {
				t.Errorf("auth off %t: flag 1 got %s, want %s", off, got, want)
			}
			if got := attempt(t, s, "ws", who{uid: "u", token: "T"}); got != a1 {
				t.Errorf("auth off %t: flag 0 got %s", off, got)
			}
		}
	})
}

// TestSlowFlags: each flag has a delay of its own.
func TestSlowFlags(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := faulty(t, "slow-flag:0:20ms", "slow-flag:1:300ms")
		s.Register("u", "T", 1, 0)
		for flag, want := range []time.Duration{20 * time.Millisecond, 300 * time.Millisecond} {
			took := stopwatch()
			loggedIn(t, s, "tcp", who{uid: "u", token: "T", flag: uint8(flag), device: fmt.Sprint(flag)})
			if took() != want {
				t.Errorf("flag %d: answered after %v, want %v", flag, took(), want)
			}
		}
	})
}

// TestMuteAfter: refusals with a CONNACK count, those in silence do not; then there
// is no answer, no close and no PONG, beyond the limits of an idle socket too.
func TestMuteAfter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, g := range []Generation{V1, V2} {
			s := start(t, Config{Generation: g, Faults: []Fault{{Name: "mute-after", Count: 2}}})
			s.Register("u", "T", 0, 0)
			s.Register("u", "T", 1, 0)
			first := loggedIn(t, s, "ws", who{uid: "u", token: "T"})
			attempt(t, s, "tcp", who{uid: "u", token: "no"})
			if g == V2 {
				loggedIn(t, s, "tcp", who{uid: "u", token: "T", flag: 1})
			}
			for _, w := range []who{{uid: "u", token: "T", flag: 1}, {uid: "u", token: "no"}} {
				c := dial(t, s, "tcp")
				c.write(w.packet())
				if b, err := c.read(30 * time.Second); !errors.Is(err, errSilence) {
					t.Errorf("%s: %+v: got % x, %v", g, w, b, err)
				}
				if err := c.pingFor(30 * time.Second); !errors.Is(err, errSilence) {
					t.Errorf("%s: %+v: a PING: got %v", g, w, err)
				}
			}
			if err := first.ping(); err != nil {
				t.Errorf("%s: the login from before: %v", g, err)
			}
			records := s.Connects()
			for _, rec := range records[len(records)-2:] {
				if rec.Verdict != Lost {
					t.Errorf("%s: recorded as %s", g, rec.Verdict)
				}
			}
		}
	})
}

// TestForwardFails: the uids of some slots, and always the same, are answered 400.
func TestForwardFails(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := faulty(t, "forward-fails:1/3", "node-offline")
		failed := map[string]bool{}
		for round := range 2 {
			for i := range 30 {
				uid := fmt.Sprintf("user-%d", i)
				for _, path := range []string{"/user/token", "/user/device_quit"} {
					status, body, _ := call(t, s, "POST", s.APIURL()+path, fmt.Sprintf(`{"uid":%q,"token":"T","device_flag":0}`, uid))
					host := reachable(s.nowhere)
					text := fmt.Sprintf(`{"msg":"Post \"http://%s%s\": dial tcp %s: connect: connection refused","status":400}`, host, path, host)
					switch {
					case status == 400 && body == text && (round == 0 && path == "/user/token" || failed[uid]):
						failed[uid] = true
					case status != 200 || failed[uid]:
						t.Errorf("%s of %s: got %d %s, failed before: %t", path, uid, status, body, failed[uid])
					}
				}
			}
		}
		if n := len(failed); n < 3 || n > 20 {
			t.Errorf("%d of 30 uids failed, want about ten", n)
		}
		for _, row := range s.Tokens() {
			if failed[row.UID] {
				t.Errorf("stored all the same: %+v", row)
			}
		}
		if !refused(t, s, reachable(s.nowhere)) {
			t.Error("the address that the text names is open")
		}
		if status, body, _ := call(t, s, "GET", s.APIURL()+"/health", ""); status != 200 || body != `{"status":"ok"}` {
			t.Errorf("health: got %d %s", status, body)
		}
		if _, nodes, _ := call(t, s, "GET", s.APIURL()+"/cluster/nodes", ""); !strings.Contains(nodes, `"total":3`) || strings.Count(nodes, `"online":1`) != 2 {
			t.Errorf("nodes: %s", nodes)
		}
		all := faulty(t, "forward-fails:3/3")
		if _, nodes, _ := call(t, all, "GET", all.APIURL()+"/cluster/nodes", ""); strings.Count(nodes, `"online":1`) != 3 {
			t.Errorf("nodes, none offline: %s", nodes)
		}
	})
}

// TestForgetsTokens: the row is there, its token is empty, and the right one is
// refused.
func TestForgetsTokens(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for fault, want := range map[string][]string{"forgets-tokens": {"", "", ""}, "forgets-tokens:2": {"", "", "T"}} {
			s := faulty(t, fault)
			for i, token := range want {
				uid := fmt.Sprint("w", i)
				register(t, s, uid, "T", 1, 0)
				rows := s.Tokens()
				if row := rows[len(rows)-1]; len(rows) != i+2 || row.UID != uid || row.Flag != 1 || row.Token != token {
					t.Errorf("%s: stored %+v", fault, rows)
				}
				answer := silence
				if token != "" {
					answer = a1
				}
				if got := attempt(t, s, "tcp", who{uid: uid, token: "T", flag: 1}); got != answer {
					t.Errorf("%s: %s got %s, want %s", fault, uid, got, answer)
				}
			}
		}
	})
}
