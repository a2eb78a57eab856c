package measure

import (
	"fmt"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// TestEndingMeaning: what a close without an answer means, at every boundary.
func TestEndingMeaning(t *testing.T) {
	t.Parallel()
	none, ping, idle := probe.ProofNone, probe.ProofPingClose, probe.ProofIdleClose
	rows := []struct {
		name     string
		e        ending
		observed probe.Observed
		proof    probe.Proof
		lost     bool
	}{
		{"at once", ending{sinceDial: 1 * ms, sinceConnect: 0}, probe.Closed, none, false},
		{"at once, by RST", ending{sinceDial: 1 * ms, sinceConnect: 0, reset: true}, probe.Closed, none, true},
		{"just within a second", ending{sinceDial: 1000 * ms, sinceConnect: 999 * ms}, probe.Closed, none, false},
		{"after a second", ending{sinceDial: 1001 * ms, sinceConnect: 1000 * ms}, probe.Closed, none, false},
		{"after a second, by RST", ending{sinceDial: 1001 * ms, sinceConnect: 1000 * ms, reset: true}, probe.Closed, none, false},
		{"before the window", ending{sinceDial: 1899 * ms, sinceConnect: 1898 * ms}, probe.Closed, none, false},
		{"the window opens", ending{sinceDial: 1900 * ms, sinceConnect: 1870 * ms}, probe.Silent, none, true},
		{"in the window, CONNECT just sent", ending{sinceDial: 2000 * ms, sinceConnect: 1 * ms}, probe.Silent, none, true},
		{"in the window, by RST", ending{sinceDial: 2000 * ms, sinceConnect: 1999 * ms, reset: true}, probe.Silent, none, true},
		{"the window's end", ending{sinceDial: 3499 * ms, sinceConnect: 3499 * ms}, probe.Silent, none, true},
		{"in the window of a slow upgrade", ending{sinceDial: 9 * ms, sinceConnect: 8 * ms, upgrade: 1891 * ms}, probe.Silent, none, true},
		{"before that window", ending{sinceDial: 9 * ms, sinceConnect: 8 * ms, upgrade: 1890 * ms}, probe.Closed, none, false},
		{"behind it, however slow the upgrade", ending{sinceDial: 3500 * ms, sinceConnect: 3500 * ms, upgrade: 1900 * ms}, probe.Silent, idle, false},
		{"behind it", ending{sinceDial: 3500 * ms, sinceConnect: 3500 * ms}, probe.Silent, idle, false},
		{"behind it, CONNECT sent late", ending{sinceDial: 3500 * ms, sinceConnect: 3499 * ms}, probe.Closed, none, false},
		{"v2's four seconds", ending{sinceDial: 4001 * ms, sinceConnect: 4000 * ms}, probe.Silent, idle, false},
		{"v2's six seconds", ending{sinceDial: 6001 * ms, sinceConnect: 6000 * ms}, probe.Silent, idle, false},

		{"on the PING", ending{sinceDial: 251 * ms, sinceConnect: 250 * ms, pinged: true}, probe.Silent, ping, false},
		{"on the PING, by RST", ending{sinceDial: 251 * ms, sinceConnect: 250 * ms, pinged: true, reset: true}, probe.Silent, ping, false},
		{"slowly on the PING", ending{sinceDial: 1249 * ms, sinceConnect: 1248 * ms, pinged: true, sincePing: 999 * ms}, probe.Silent, ping, false},
		{"too late for the PING", ending{sinceDial: 1250 * ms, sinceConnect: 1249 * ms, pinged: true, sincePing: 1000 * ms}, probe.Silent, none, true},
		{"the last PING before the window", ending{sinceDial: 1899 * ms, sinceConnect: 1898 * ms, pinged: true, sincePing: 499 * ms}, probe.Silent, ping, false},
		{"a PING that runs into the window", ending{sinceDial: 1900 * ms, sinceConnect: 1899 * ms, pinged: true, sincePing: 500 * ms}, probe.Silent, none, true},
		{"unread, PING and all", ending{sinceDial: 3000 * ms, sinceConnect: 2999 * ms, pinged: true, sincePing: 2750 * ms}, probe.Silent, none, true},
		{"unread, on a busy machine", ending{sinceDial: 4200 * ms, sinceConnect: 4199 * ms, pinged: true, sincePing: 3949 * ms}, probe.Silent, none, true},
		{"a PING behind the window", ending{sinceDial: 3501 * ms, sinceConnect: 3500 * ms, pinged: true, sincePing: 1 * ms}, probe.Silent, ping, false},
		{"idle in spite of it", ending{sinceDial: 6000 * ms, sinceConnect: 5999 * ms, pinged: true, sincePing: 2500 * ms}, probe.Silent, none, true},
	}
	for _, row := range rows {
		o, p, lost := row.e.meaning()
		if o != row.observed || p != row.proof || lost != row.lost {
			t.Errorf("%s: got %s, proof %q, lost %t, want %s, %q, %t", row.name, o, p, lost, row.observed, row.proof, row.lost)
		}
		if lost && p != probe.ProofNone {
			t.Errorf("%s: lost, and proof of a refusal at once", row.name)
		}
	}
}

// TestUntilPing: never inside the window in which unread connections are closed,
// never sooner than asked, and not put off further than needed.
func TestUntilPing(t *testing.T) {
	t.Parallel()
	for silence := 1 * ms; silence <= 8*time.Second; silence += 37 * ms {
		for d := time.Duration(0); d <= 5*time.Second; d += 41 * ms {
			for _, upgrade := range []time.Duration{0, 100 * ms, 3 * time.Second} {
				wait := patience{silence: silence, limit: answerLimit}.untilPing(d, upgrade)
				at := d + wait
				switch {
				case at+upgrade > lastPing && at < idleCloseTo:
					t.Fatalf("silence %s, %s after a dial of %s: PING after %s, in the window", silence, d, upgrade, at)
				case wait < silence:
					t.Fatalf("silence %s, %s after a dial of %s: waits %s only", silence, d, upgrade, wait)
				case wait > silence && at != idleCloseTo:
					t.Fatalf("silence %s, %s after a dial of %s: waits %s for nothing", silence, d, upgrade, wait)
				}
			}
		}
	}
	rows := []struct{ silence, d, upgrade, want time.Duration }{
		{minSilence, 0, 0, minSilence},
		{lastPing, 0, 0, lastPing},
		{lastPing + 1, 0, 0, idleCloseTo},
		{lastPing, 1, 0, idleCloseTo - 1},
		{lastPing, 0, 1, idleCloseTo},
		{time.Second, 0, 400 * ms, time.Second},
		{time.Second, 0, 401 * ms, idleCloseTo},
		{idleCloseTo, 0, 0, idleCloseTo},
		{idleCloseTo - 1, 0, 0, idleCloseTo},
		{time.Second, 3 * time.Second, 0, time.Second},
	}
	for _, row := range rows {
		if got := (patience{silence: row.silence}).untilPing(row.d, row.upgrade); got != row.want {
			t.Errorf("silence %s, %s after the dial: got %s, want %s", row.silence, row.d, got, row.want)
		}
	}
	if got := (patience{limit: answerLimit}).untilPing(0, 0); got <= answerLimit {
		t.Errorf("no PING wanted: got one after %s, within the limit", got)
	}
	if lastPing+pingReaction/2 > idleCloseFrom {
		t.Error("a PING before the window leaves no time for the reaction to it")
	}
}

func TestSilenceFor(t *testing.T) {
	t.Parallel()
	rows := []struct{ answer, want time.Duration }{
		{-5 * ms, minSilence}, {0, minSilence}, {ms, minSilence}, {25 * ms, minSilence}, {26 * ms, 260 * ms},
		{100 * ms, time.Second}, {350 * ms, maxSilence}, {600 * ms, maxSilence}, {time.Hour, maxSilence},
	}
	for _, row := range rows {
		if got := silenceFor(row.answer); got != row.want {
			t.Errorf("an answer after %s: got %s, want %s", row.answer, got, row.want)
		}
	}
}

// TestPace: a connection that was slow to upgrade gets a longer silence, one on
// which no PING is wanted still gets none.
func TestPace(t *testing.T) {
	t.Parallel()
	rows := []struct {
		silence, upgrade time.Duration
		want             time.Duration
	}{
		{minSilence, 2 * ms, minSilence}, {minSilence, 80 * ms, 800 * ms}, {time.Second, 30 * ms, time.Second},
		{minSilence, 2 * time.Second, maxSilence}, {0, 80 * ms, 0},
	}
	for _, row := range rows {
		a := attempt{patience: patience{silence: row.silence}}
		a.result.Steps = []probe.Step{{Name: probe.StepDial, ElapsedMS: 900}, {Name: probe.StepUpgrade, ElapsedMS: millis(row.upgrade)}}
		if got := a.pace().silence; got != row.want {
			t.Errorf("silence %s, upgrade %s: got %s, want %s", row.silence, row.upgrade, got, row.want)
		}
	}
}

// TestDoubtful: which silences are looked at again, and how long.
func TestDoubtful(t *testing.T) {
	t.Parallel()
	silent := func(own bool, waited float64) *trial {
		return &trial{sameFlag: own, result: probe.Result{Observed: probe.Silent, Proof: probe.ProofPingClose, WaitedMS: waited}}
	}
	accepted := func(own bool, answer float64) *trial {
		return &trial{sameFlag: own, result: probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack, AnswerMS: answer}}
	}
	rows := []struct {
		name   string
		trials []*trial
		least  time.Duration
		want   string // the doubtful ones, then the wait
	}{
		{"a fast server", []*trial{accepted(true, 1), silent(false, 250)}, againSilence, "[] 1s"},
		{"its own token refused", []*trial{accepted(true, 1), silent(true, 250)}, againSilence, "[1] 1s"},
		{"its own token refused again", []*trial{accepted(true, 1), silent(true, 1000)}, maxSilence, "[1] 3.5s"},
		{"its own token refused for good", []*trial{accepted(true, 1), silent(true, 3500)}, maxSilence, "[] 3.5s"},
		{"another answer was slow", []*trial{accepted(true, 60), silent(false, 250), silent(false, 601)}, againSilence, "[1] 1s"},
		{"another answer was very slow", []*trial{accepted(true, 200), silent(false, 250), silent(false, 1001)}, againSilence, "[1 2] 2s"},
		{"a wrong token was let in", []*trial{accepted(true, 1), accepted(false, 1), silent(false, 250)}, againSilence, "[2] 1s"},
		{"and the others waited long", []*trial{accepted(true, 1), accepted(false, 1), silent(false, 3500)}, maxSilence, "[] 3.5s"},
		{"other ends are no doubts", []*trial{
			{sameFlag: true, result: probe.Result{Observed: probe.Refused, Proof: probe.ProofConnack}}, {sameFlag: true, result: probe.Result{Observed: probe.Closed}},
			{sameFlag: true, result: probe.Result{Observed: probe.Silent, Proof: probe.ProofIdleClose}}, {sameFlag: true, result: probe.Result{Observed: probe.NotRun}},
		}, againSilence, "[] 1s"},
	}
	broken := &run{layout: &layout{right: silent(true, 3500)}}
	if list, _ := broken.doubtful([]*trial{silent(true, 250)}, maxSilence); len(list) != 0 {
		t.Error("an own token is doubted though the control's was refused too")
	}
	for _, row := range rows {
		r := &run{answer: ms, layout: &layout{right: accepted(true, 1)}}
		list, wait := r.doubtful(row.trials, row.least)
		places := []int{}
		for i, s := range row.trials {
			for _, d := range list {
				if s == d {
					places = append(places, i)
				}
			}
		}
		if got := fmt.Sprint(places, " ", wait); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}
