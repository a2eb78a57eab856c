package sandbox

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestBatchDrop: on v2 a good CONNECT that arrives together with a bad one of the
// same uid is lost; other uids and other generations are not touched.
func TestBatchDrop(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g, RefusalClose: time.Minute})
		s.Register("u", "T", 0, 0)
		s.Register("w", "T", 0, 0)
		bad, good, other := dial(t, s, "tcp"), dial(t, s, "tcp"), dial(t, s, "tcp")
		bad.write(who{uid: "u", token: "no", flag: 1}.packet())
		synctest.Wait() // it is decided first, at the same instant
		good.write(who{uid: "u", token: "T"}.packet())
		other.write(who{uid: "w", token: "T"}.packet())
		time.Sleep(s.t.ackDelay)
		synctest.Wait()
		want := []Verdict{Refused, Accepted, Accepted}
		switch g {
		case V2:
			want = []Verdict{Silent, Lost, Accepted}
		case V3:
			want[0] = Accepted
		}
		got := map[string]Verdict{}
		overlapped := map[string]bool{}
		for _, rec := range s.Connects() {
			got[rec.UID+rec.Token], overlapped[rec.UID+rec.Token] = rec.Verdict, rec.Overlapped
		}
		if got["uno"] != want[0] || got["uT"] != want[1] || got["wT"] != want[2] {
			t.Errorf("verdicts %v, want %v", got, want)
		}
		if _, err := good.frame(time.Second); errors.Is(err, errSilence) != (g == V2) {
			t.Errorf("the good CONNECT: got %v", err)
		}
		if overlapped["uno"] || overlapped["wT"] || overlapped["uT"] != (g == V2 || g == V20) {
			t.Errorf("overlapped: %v", overlapped)
		}
		if hazards := len(s.Hazards()); (hazards > 0) != (g == V2) {
			t.Errorf("hazards: %q", s.Hazards())
		}
	})
}

// TestBatchWindow decides the rule without sockets: what is dropped and what not.
func TestBatchWindow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		now := time.Now()
		rows := []struct {
			name  string
			g     Generation
			after time.Duration
			open  bool
			want  bool
		}{
			{"together", V2, time.Millisecond, true, true},
			{"decided before it, arrived after", V2, -time.Millisecond, true, true},
			{"later", V2, 2 * batchWindow, true, false},
			{"the failing socket is gone", V2, time.Millisecond, false, false},
			{"another generation", V20, time.Millisecond, true, false},
		}
		for _, row := range rows {
			s := start(t, Config{Generation: row.g})
			bad, good := &conn{s: s}, &conn{s: s}
			f := &flight{open: map[*conn]time.Time{}, arrivedAt: map[*conn]time.Time{good: now.Add(row.after)}, failed: bad, failedAt: now}
			s.mu.Lock()
			s.flight["u"] = f
			if row.open {
				s.conns[bad] = struct{}{}
			}
			s.mu.Unlock()
			if got := s.dropped(good, "u"); got != row.want {
				t.Errorf("%s: dropped %v, want %v", row.name, got, row.want)
			}
			s.mu.Lock()
			delete(s.conns, bad)
			s.mu.Unlock()
		}
	})
}

// TestAttemptsInTurn: one attempt after the other on one uid is no hazard, whether
// it was accepted, refused in silence and given up, or lost.
func TestAttemptsInTurn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, Config{RefusalClose: time.Minute})
		s.Register("u", "T", 0, 0)
		for i, w := range []who{{token: "T"}, {token: "no"}, {token: "T"}, {token: ""}} {
			w.uid = "u"
			c := dial(t, s, "ws")
			c.write(w.packet())
			if i%2 == 0 {
				if _, err := c.frame(soon); err != nil {
					t.Fatal(err)
				}
				continue
			}
			time.Sleep(2 * unanswered)
			c.write(pingFrame)
			closesAtOnce(t, c, V2)
		}
		for i, rec := range s.Connects() {
			if rec.Overlapped {
				t.Errorf("attempt %d overlaps", i)
			}
		}
		noHazards(t, s)
	})
}

// TestPingWhileDeciding: a PING kills a good CONNECT that is being processed.
func TestPingWhileDeciding(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g, IdleClose: time.Minute, RefusalClose: time.Minute, Faults: []Fault{{Name: "slow", Delay: 200 * time.Millisecond}}})
		s.Register("u", "T", 0, 0)
		c := dial(t, s, "ws")
		c.write(who{uid: "u", token: "T"}.packet())
		settles(t, func() bool { return len(s.Connects()) == 1 })
		c.write(pingFrame)
		closesAtOnce(t, c, g)
		if got := attempt(t, s, "tcp", who{uid: "u", token: "T"}); got != a1 {
			t.Errorf("left alone: got %s", got)
		}
		settles(t, func() bool { return s.Connects()[0].Verdict == Closed })
		if s.Connects()[1].Overlapped {
			t.Error("the second attempt counts as overlapping, its predecessor was closed")
		}
	})
}

// TestConnectHazards: the client keys that kill servers, the manager uid.
func TestConnectHazards(t *testing.T) {
	t.Parallel()
	empty, short, noBase64 := "", "AAAA", "%%%"
	rows := []struct {
		want string
		as   who
	}{
		{"empty client key", who{uid: "u", key: &empty}},
		{"less than 32 bytes", who{uid: "u", key: &short}},
		{"not base64", who{uid: "u", key: &noBase64}},
		{"manager uid", who{uid: "____manager", token: "no"}},
	}
	for _, row := range rows {
		t.Run(row.want, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := start(t, Config{ManagerToken: "m-secret"})
				attempt(t, s, "tcp", row.as)
				if got := strings.Join(s.Hazards(), "; "); !strings.Contains(got, row.want) {
					t.Errorf("got %q, want %q in it", got, row.want)
				}
			})
		})
	}
}
