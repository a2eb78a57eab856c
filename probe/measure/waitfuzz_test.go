package measure

import (
	"slices"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// slowServer is a v2 that accepts every login, each after a time of its own, and
// closes a connection that sends PING before.
type slowServer struct {
	upgrade, reaction time.Duration // what the dial took; from a PING to the close
}

// connect plays one connection whose login is accepted delay after its CONNECT.
func (s slowServer) connect(t *testing.T, delay, silence time.Duration) probe.Result {
	t.Helper()
	for range tries {
		at := patience{silence: silence, limit: answerLimit}.untilPing(0, s.upgrade)
		if at+s.upgrade > lastPing && at < idleCloseTo || at < silence || at > silence+idleCloseTo {
			t.Fatalf("silence %s after a dial of %s: PING after %s", silence, s.upgrade, at)
		}
		if delay <= at {
			return probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack, AnswerMS: millis(delay)}
		}
		end := ending{sinceDial: at + s.reaction, sinceConnect: at + s.reaction, upgrade: s.upgrade, pinged: true, sincePing: s.reaction}
		observed, proof, lost := end.meaning()
		if !lost {
			return probe.Result{Observed: observed, Proof: proof, WaitedMS: millis(at)}
		}
		if proof != probe.ProofNone {
			t.Fatalf("%+v is lost, and proof of %q", end, proof)
		}
	}
	return probe.Result{Observed: probe.Silent}
}

// FuzzWaiting: however long a server takes over each login, as long as it is within
// what the slowest releases take, none that it accepts is called refused; every look
// has its bounds, and there are three at most.
func FuzzWaiting(f *testing.F) {
	f.Add(uint16(1), uint16(0), uint16(1), []byte{0, 12, 150})
	f.Add(uint16(1), uint16(0), uint16(0), []byte{255, 255, 255, 0})
	f.Add(uint16(340), uint16(100), uint16(900), []byte{1, 40, 99, 250})
	f.Add(uint16(3000), uint16(1500), uint16(999), []byte{200})
	f.Fuzz(func(t *testing.T, control, upgrade, reaction uint16, delays []byte) {
		if len(delays) > 64 {
			delays = delays[:64]
		}
		s := slowServer{upgrade: time.Duration(upgrade%5000) * ms, reaction: time.Duration(reaction%1000) * ms}
		answer := time.Duration(control%3000) * ms
		r := &run{answer: answer, layout: &layout{right: &trial{sameFlag: true}}}
		r.layout.right.result = s.connect(t, answer, maxSilence)
		of := map[*trial]time.Duration{}
		var trials []*trial
		for i, d := range delays {
			one := &trial{sameFlag: i%3 != 2}
			of[one] = time.Duration(d) * 12 * ms // up to 3.06 s
			one.result = s.connect(t, of[one], silenceFor(answer))
			trials = append(trials, one)
		}
		for _, least := range []time.Duration{againSilence, maxSilence} {
			again, wait := r.doubtful(trials, least)
			if wait < least || wait > maxSilence {
				t.Fatalf("a look of at least %s waits %s", least, wait)
			}
			for _, one := range again {
				if !slices.Contains(trials, one) || one.result.Proof != probe.ProofPingClose {
					t.Fatalf("%+v is not in doubt", one.result)
				}
				one.result = s.connect(t, of[one], wait)
			}
		}
		for _, one := range trials {
			works, _ := r.layout.right.result.LetIn()
			if accepted, known := one.result.LetIn(); known && !accepted && (one.sameFlag && works) {
				t.Errorf("accepted after %s, called refused: %+v", of[one], one.result)
			}
		}
	})
}

// FuzzEnding: an end that could be the idle limit proves nothing, and none proves a
// refusal without a reaction to the PING or a close behind that limit.
func FuzzEnding(f *testing.F) {
	f.Add(uint32(250), uint32(249), uint32(1), uint32(0), true, false)
	f.Add(uint32(2500), uint32(2400), uint32(2000), uint32(100), false, true)
	f.Add(uint32(6000), uint32(6000), uint32(0), uint32(0), false, false)
	f.Fuzz(func(t *testing.T, dial, connect, ping, upgrade uint32, pinged, reset bool) {
		e := ending{sinceDial: time.Duration(dial) * ms, sinceConnect: time.Duration(connect) * ms, upgrade: time.Duration(upgrade) * ms, pinged: pinged, reset: reset}
		if pinged {
			e.sincePing = time.Duration(ping) * ms
		}
		o, p, lost := e.meaning()
		idle := e.sinceDial+e.upgrade >= idleCloseFrom && e.sinceDial < idleCloseTo
		switch {
		case o == probe.Accepted || o == probe.Refused:
			t.Errorf("%+v: %s", e, o)
		case (idle || lost) && p != probe.ProofNone, idle && !lost:
			t.Errorf("%+v: %s, proof %q, lost %t", e, o, p, lost)
		case p == probe.ProofPingClose && (!pinged || e.sincePing >= pingReaction):
			t.Errorf("%+v: no reaction to a PING", e)
		case p == probe.ProofIdleClose && (pinged || e.sinceConnect < idleCloseTo):
			t.Errorf("%+v: not behind the idle limit", e)
		}
	})
}
