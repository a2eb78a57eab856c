package measure

import (
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// faulty runs the plan against a stand-in with faults.
func faulty(t *lab, cfg sandbox.Config, plan Plan, faults ...string) (*sandbox.Server, *probe.Diagnosis) {
	t.Helper()
	s := stand(t, cfg, faults...)
	d := proberOf(t, s.APIURL()).Diagnose(t.Context(), plan)
	if !d.Complete {
		t.Error("not complete")
	}
	harmless(t, s)
	return s, d
}

// TestFaultLost: lost CONNECTs are no verdict, they are tried again and counted.
// Servers close such a connection after 2 to 3 s.
func TestFaultLost(t *testing.T) {
	t.Parallel()
	unread := sandbox.Config{IdleClose: 2500 * ms}
	sub(t, "the first of each user (v2.0.8)", func(t *lab) {
		_, d := faulty(t, unread, threeByThree(), "lose-first")
		checkTable(t, d, probe.GenV2, false)
		for _, r := range resultsOf(d) {
			if r.Attempts < 2 || len(r.Lost) == 0 || len(r.Lost) >= r.Attempts || !strings.Contains(r.Lost[0], "answer") {
				t.Errorf("%d attempts, lost %q, want one that was lost", r.Attempts, r.Lost)
			}
		}
	})
	sub(t, "two in a row", func(t *lab) {
		_, d := faulty(t, unread, onePairing(0, 1), "lose:2")
		checkTable(t, d, probe.GenV2, false)
		if r := d.Check(probe.CheckRightToken).Result; r.Observed != probe.Accepted || r.Attempts != 3 || len(r.Lost) != 2 {
			t.Errorf("the control: %s after %d attempts, lost %q", r.Observed, r.Attempts, r.Lost)
		}
	})
	sub(t, "all", func(t *lab) {
		s, d := faulty(t, unread, Plan{Mode: probe.ModeTable}, "lose")
		r := d.Check(probe.CheckRightToken).Result
		if r.Observed != probe.Silent || r.Proof != probe.ProofNone || r.Attempts != tries || len(r.Lost) != tries-1 || r.Fault == nil {
			t.Errorf("the control: %+v", r)
		}
		if d.Server.TokenAuth != probe.AuthUnknown || outcomeOf(d, probe.CheckRightToken) != probe.OutcomeUnknown {
			t.Errorf("token auth %s, control %q: a loss is no verdict", d.Server.TokenAuth, outcomeOf(d, probe.CheckRightToken))
		}
		if ws, _, _ := s.Dials(); ws > 4*tries {
			t.Errorf("%d dials for 4 trials", ws)
		}
	})
}

// TestFaultNoConnack: a login whose CONNACK is lost is accepted all the same: it
// answers PING.
func TestFaultNoConnack(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		_, d := faulty(t, sandbox.Config{}, onePairing(1, 1), "no-connack")
		for _, r := range []*probe.Result{d.Check(probe.CheckRightToken).Result, &cell(t, d, 1, 1).Result} {
			if r.Observed != probe.Accepted || r.Proof != probe.ProofPong {
				t.Errorf("got %s, proof %q", r.Observed, r.Proof)
			}
		}
		if d.Server.TokenAuth != probe.AuthOn {
			t.Errorf("token auth %s", d.Server.TokenAuth)
		}
	})
}

// TestFaultMute: a server that never answers gives no verdict, and the pairings
// do not wait for it again.
func TestFaultMute(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		s, d := faulty(t, sandbox.Config{}, threeByThree(), "mute")
		right := d.Check(probe.CheckWS)
		if right == nil || outcomeOf(d, probe.CheckRightToken) != probe.OutcomeUnknown || outcomeOf(d, probe.CheckWrongToken) != probe.OutcomeSkip {
			t.Errorf("ws %q, right %q, wrong %q", outcomeOf(d, probe.CheckWS), outcomeOf(d, probe.CheckRightToken), outcomeOf(d, probe.CheckWrongToken))
		}
		if r := d.Check(probe.CheckRightToken).Result; r == nil || r.Observed != probe.Silent || r.Proof != probe.ProofNone || r.Fault == nil || r.Fault.Kind != probe.FaultTimeout || r.WaitedMS != millis(maxSilence) {
			t.Errorf("the control: %+v", r)
		}
		for i := range d.Pairings {
			if p := &d.Pairings[i]; p.Observed != probe.NotRun || p.Verdict == probe.OutcomeFail {
				t.Errorf("%s: %s", p.ID, p.Observed)
			}
		}
		if ws, _, _ := s.Dials(); ws != 1 {
			t.Errorf("%d WebSocket dials, want the control's", ws)
		}
	})
}

// TestFaultGarbage: bytes that are no frame are said to be garbage, in hex and
// cut short; nothing is concluded.
func TestFaultGarbage(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		_, d := faulty(t, sandbox.Config{Generation: sandbox.V1}, onePairing(0, 0), "garbage")
		for _, r := range resultsOf(d) {
			if r.Observed != probe.Closed || r.Fault == nil || r.Fault.Kind != probe.FaultGarbage || r.Attempts != 1 {
				t.Errorf("got %s, %v after %d attempts", r.Observed, r.Fault, r.Attempts)
			}
		}
		if d.Server.TokenAuth != probe.AuthUnknown || d.Server.Generation != probe.GenV1 {
			t.Errorf("token auth %s, generation %s", d.Server.TokenAuth, d.Server.Generation)
		}
	})
}

// TestFaultReset: resets while dialling are tried again and counted, up to a
// point.
func TestFaultReset(t *testing.T) {
	t.Parallel()
	sub(t, "twice", func(t *lab) {
		s, d := faulty(t, sandbox.Config{Generation: sandbox.V1}, threeByThree(), "reset-on-dial:2")
		checkTable(t, d, probe.GenV1, false)
		r := d.Check(probe.CheckRightToken).Result
		if r.Attempts != 3 || len(r.Lost) != 2 || !strings.Contains(r.Lost[0], "reset") {
			t.Errorf("%d attempts, lost %q", r.Attempts, r.Lost)
		}
		if ws, _, _ := s.Dials(); ws != 15 {
			t.Errorf("%d dials, want 15", ws)
		}
	})
	sub(t, "always", func(t *lab) {
		_, d := faulty(t, sandbox.Config{}, threeByThree(), "reset-on-dial")
		c := d.Check(probe.CheckWS)
		if c.Outcome != probe.OutcomeFail || c.Fault.Kind != probe.FaultReset || outcomeOf(d, probe.CheckRightToken) != probe.OutcomeSkip {
			t.Errorf("ws: %s, %v", c.Outcome, c.Fault)
		}
		notRun(t, d, probe.TokenMatch)
	})
}

// notRun wants no pairing tried, and of the first one to know what was stored.
func notRun(t testing.TB, d *probe.Diagnosis, first probe.ExpectToken) {
	t.Helper()
	for i := range d.Pairings {
		if p := &d.Pairings[i]; p.Observed != probe.NotRun || p.Attempts != 0 {
			t.Errorf("%s: %s after %d attempts", p.ID, p.Observed, p.Attempts)
		}
	}
	if got := d.Pairings[0].ExpectToken; got != first {
		t.Errorf("%s: expect_token %s, want %s", d.Pairings[0].ID, got, first)
	}
}

// TestFaultWS: WebSocket ports that cannot be used.
func TestFaultWS(t *testing.T) {
	t.Parallel()
	rows := []struct {
		fault string
		limit time.Duration
		phase probe.Phase
		kind  probe.FaultKind
	}{
		{"refuse-ws", 0, probe.PhaseDial, probe.FaultRefused},
		{"no-upgrade", defaultTimeout, probe.PhaseUpgrade, probe.FaultTimeout},
	}
	for _, row := range rows {
		sub(t, row.fault, func(t *lab) {
			s := stand(t, sandbox.Config{}, row.fault)
			p := proberOf(t, s.APIURL())
			p.WS = s.WSURL()
			d := p.Diagnose(t.Context(), threeByThree())
			c := d.Check(probe.CheckWS)
			if c == nil || c.Outcome != probe.OutcomeFail || c.Fault == nil {
				t.Fatalf("got %+v", c)
			}
			if c.Fault.Phase != row.phase || c.Fault.Kind != row.kind || c.Speaks != "" {
				t.Errorf("got %s, %v, speaks %q", c.Outcome, c.Fault, c.Speaks)
			}
			if row.limit > 0 && c.Fault.LimitMS != millis(row.limit) {
				t.Errorf("the limit is %v ms, want %s", c.Fault.LimitMS, row.limit)
			}
			for _, id := range []probe.CheckID{probe.CheckRightToken, probe.CheckWrongToken, probe.CheckEmptyToken, probe.CheckUnknownUser} {
				if skipped := d.Check(id); skipped == nil || skipped.Outcome != probe.OutcomeSkip || skipped.Needs != probe.CheckWS {
					t.Errorf("check %s: %+v", id, skipped)
				}
			}
			notRun(t, d, probe.TokenMatch)
			harmless(t, s)
		})
	}
}

// TestFaultCloses: a server that closes every CONNECT at once refuses nobody.
func TestFaultCloses(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		_, d := faulty(t, sandbox.Config{}, onePairing(0, 0), "close-on-connect")
		for _, r := range resultsOf(d) {
			if r.Observed != probe.Closed || r.Fault == nil || r.Attempts != 1 {
				t.Errorf("got %s, %v after %d attempts", r.Observed, r.Fault, r.Attempts)
			}
		}
		if d.Server.TokenAuth != probe.AuthUnknown {
			t.Errorf("token auth %s", d.Server.TokenAuth)
		}
	})
}

// TestFaultDropped: what happens to a connection after its login changes no
// verdict.
func TestFaultDropped(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"drop-after:1ms", "kick-after:1ms", "short-salt", "short-server-key", "no-pong"} {
		sub(t, fault, func(t *lab) {
			_, d := faulty(t, sandbox.Config{Generation: sandbox.V1}, threeByThree(), fault)
			checkTable(t, d, probe.GenV1, false)
		})
	}
}

// TestFallback: where the advertised address cannot be used the usual port is
// tried, and the first fault is told.
func TestFallback(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		s := stand(t, sandbox.Config{Advertise: sandbox.Advertise{WS: "ws://127.0.0.1:1", TCP: "none"}})
		d := proberOf(t, s.APIURL()).Diagnose(t.Context(), onePairing(0, 0))
		c := d.Check(probe.CheckWS)
		if c.Outcome != probe.OutcomeFail || c.Fault.Address != "127.0.0.1:1" || d.Target.WS != "ws://127.0.0.1:1" || d.Target.WSSource != probe.SourceRoute {
			t.Errorf("got %s, fault %v, target %q from %s", c.Outcome, c.Fault, d.Target.WS, d.Target.WSSource)
		}
		harmless(t, s)
	})
}
