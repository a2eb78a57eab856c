package probe

import (
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/wire"
)

// faulty runs the plan against a stand-in with faults.
func faulty(t *testing.T, cfg sandbox.Config, plan Plan, faults ...string) (*sandbox.Server, *Diagnosis) {
	t.Helper()
	s := stand(t, cfg, faults...)
	d := proberOf(t, s.APIURL()).Diagnose(t.Context(), plan)
	if !d.Complete {
		t.Error("not complete")
	}
	harmless(t, s)
	return s, d
}

func onePairing(token, connect wire.DeviceFlag) Plan {
	return Plan{Mode: ModeTable, TokenFlags: flags(token), ConnectFlags: flags(connect)}
}

// TestFaultLost: lost CONNECTs are no verdict, they are tried again and counted.
// Servers close such a connection after 2 to 3 s.
func TestFaultLost(t *testing.T) {
	t.Parallel()
	unread := sandbox.Config{RefusalClose: never, IdleClose: 1950 * ms}
	t.Run("the first of each user (v2.0.8)", func(t *testing.T) {
		t.Parallel()
		_, d := faulty(t, unread, threeByThree(), "lose-first")
		checkTable(t, d, GenV2, false)
		for _, r := range resultsOf(d) {
			if r.Attempts < 2 || len(r.Lost) == 0 || len(r.Lost) >= r.Attempts || !strings.Contains(r.Lost[0], "answer") {
				t.Errorf("%d attempts, lost %q, want one that was lost", r.Attempts, r.Lost)
			}
		}
	})
	t.Run("two in a row", func(t *testing.T) {
		t.Parallel()
		_, d := faulty(t, unread, onePairing(0, 1), "lose:2")
		checkTable(t, d, GenV2, false)
		if r := d.Check(CheckRightToken).Result; r.Observed != Accepted || r.Attempts != 3 || len(r.Lost) != 2 {
			t.Errorf("the control: %s after %d attempts, lost %q", r.Observed, r.Attempts, r.Lost)
		}
	})
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		s, d := faulty(t, unread, Plan{Mode: ModeTable}, "lose")
		r := d.Check(CheckRightToken).Result
		if r.Observed != Silent || r.Proof != ProofNone || r.Attempts != tries || len(r.Lost) != tries-1 || r.Fault == nil {
			t.Errorf("the control: %+v", r)
		}
		if d.Server.TokenAuth != AuthUnknown || outcomeOf(d, CheckRightToken) != OutcomeUnknown {
			t.Errorf("token auth %s, control %q: a loss is no verdict", d.Server.TokenAuth, outcomeOf(d, CheckRightToken))
		}
		if ws, _, _ := s.Dials(); ws > 4*tries {
			t.Errorf("%d dials for 4 seats", ws)
		}
	})
}

// TestFaultNoConnack: a login whose CONNACK is lost is accepted all the same: it
// answers PING.
func TestFaultNoConnack(t *testing.T) {
	t.Parallel()
	_, d := faulty(t, sandbox.Config{RefusalClose: never, IdleClose: never}, onePairing(1, 1), "no-connack")
	for _, r := range []*Result{d.Check(CheckRightToken).Result, &cell(t, d, 1, 1).Result} {
		if r.Observed != Accepted || r.Proof != ProofPong {
			t.Errorf("got %s, proof %q", r.Observed, r.Proof)
		}
	}
	if d.Server.TokenAuth != AuthOn {
		t.Errorf("token auth %s", d.Server.TokenAuth)
	}
}

// TestFaultMute: a server that never answers gives no verdict, and the pairings
// do not wait for it again.
func TestFaultMute(t *testing.T) {
	t.Parallel()
	s, d := faulty(t, sandbox.Config{}, threeByThree(), "mute")
	right := d.Check(CheckWS)
	if right == nil || outcomeOf(d, CheckRightToken) != OutcomeUnknown || outcomeOf(d, CheckWrongToken) != OutcomeSkip {
		t.Errorf("ws %q, right %q, wrong %q", outcomeOf(d, CheckWS), outcomeOf(d, CheckRightToken), outcomeOf(d, CheckWrongToken))
	}
	if r := d.Check(CheckRightToken).Result; r == nil || r.Observed != Silent || r.Proof != ProofNone || r.Fault == nil || r.Fault.Kind != FaultTimeout || r.WaitedMS < millis(maxSilence)-1 {
		t.Errorf("the control: %+v", r)
	}
	for i := range d.Pairings {
		if p := &d.Pairings[i]; p.Observed != NotRun || p.Verdict == OutcomeFail {
			t.Errorf("%s: %s", p.ID, p.Observed)
		}
	}
	if ws, _, _ := s.Dials(); ws != 1 {
		t.Errorf("%d WebSocket dials, want the control's", ws)
	}
}

// TestFaultGarbage: bytes that are no frame are said to be garbage, in hex and
// cut short; nothing is concluded.
func TestFaultGarbage(t *testing.T) {
	t.Parallel()
	_, d := faulty(t, sandbox.Config{Generation: sandbox.V1}, onePairing(0, 0), "garbage")
	for _, r := range resultsOf(d) {
		if r.Observed != Closed || r.Fault == nil || r.Fault.Kind != FaultGarbage || r.Attempts != 1 {
			t.Errorf("got %s, %v after %d attempts", r.Observed, r.Fault, r.Attempts)
		}
	}
	if d.Server.TokenAuth != AuthUnknown || d.Server.Generation != GenV1 {
		t.Errorf("token auth %s, generation %s", d.Server.TokenAuth, d.Server.Generation)
	}
}

// TestFaultReset: resets while dialling are tried again and counted, up to a
// point.
func TestFaultReset(t *testing.T) {
	t.Parallel()
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		s, d := faulty(t, sandbox.Config{Generation: sandbox.V1}, threeByThree(), "reset-on-dial:2")
		checkTable(t, d, GenV1, false)
		r := d.Check(CheckRightToken).Result
		if r.Attempts != 3 || len(r.Lost) != 2 || !strings.Contains(r.Lost[0], "reset") {
			t.Errorf("%d attempts, lost %q", r.Attempts, r.Lost)
		}
		if ws, _, _ := s.Dials(); ws != 15 {
			t.Errorf("%d dials, want 15", ws)
		}
	})
	t.Run("always", func(t *testing.T) {
		t.Parallel()
		_, d := faulty(t, sandbox.Config{}, threeByThree(), "reset-on-dial")
		c := d.Check(CheckWS)
		if c.Outcome != OutcomeFail || c.Fault.Kind != FaultReset || outcomeOf(d, CheckRightToken) != OutcomeSkip {
			t.Errorf("ws: %s, %v", c.Outcome, c.Fault)
		}
		notRun(t, d, TokenMatch)
	})
}

// notRun wants no pairing tried, and of the first one to know what was stored.
func notRun(t *testing.T, d *Diagnosis, first ExpectToken) {
	t.Helper()
	for i := range d.Pairings {
		if p := &d.Pairings[i]; p.Observed != NotRun || p.Attempts != 0 {
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
		phase Phase
		kind  FaultKind
	}{
		{"refuse-ws", 0, PhaseDial, FaultRefused},
		{"no-upgrade", 200 * ms, PhaseUpgrade, FaultTimeout},
	}
	for _, row := range rows {
		t.Run(row.fault, func(t *testing.T) {
			t.Parallel()
			s := stand(t, sandbox.Config{}, row.fault)
			p := proberOf(t, s.APIURL())
			p.WS, p.Timeout, p.API.Timeout = s.WSURL(), row.limit, 10*time.Second
			d := p.Diagnose(t.Context(), threeByThree())
			c := d.Check(CheckWS)
			if c == nil || c.Outcome != OutcomeFail || c.Fault == nil {
				t.Fatalf("got %+v", c)
			}
			if c.Fault.Phase != row.phase || c.Fault.Kind != row.kind || c.Speaks != "" {
				t.Errorf("got %s, %v, speaks %q", c.Outcome, c.Fault, c.Speaks)
			}
			if row.limit > 0 && c.Fault.LimitMS != millis(row.limit) {
				t.Errorf("the limit is %v ms, want %s", c.Fault.LimitMS, row.limit)
			}
			for _, id := range []CheckID{CheckRightToken, CheckWrongToken, CheckEmptyToken, CheckUnknownUser} {
				if skipped := d.Check(id); skipped == nil || skipped.Outcome != OutcomeSkip || skipped.Needs != CheckWS {
					t.Errorf("check %s: %+v", id, skipped)
				}
			}
			notRun(t, d, TokenMatch)
			harmless(t, s)
		})
	}
}

// TestFaultCloses: a server that closes every CONNECT at once refuses nobody.
func TestFaultCloses(t *testing.T) {
	t.Parallel()
	_, d := faulty(t, sandbox.Config{}, onePairing(0, 0), "close-on-connect")
	for _, r := range resultsOf(d) {
		if r.Observed != Closed || r.Fault == nil || r.Attempts != 1 {
			t.Errorf("got %s, %v after %d attempts", r.Observed, r.Fault, r.Attempts)
		}
	}
	if d.Server.TokenAuth != AuthUnknown {
		t.Errorf("token auth %s", d.Server.TokenAuth)
	}
}

// TestFaultDropped: what happens to a connection after its login changes no
// verdict.
func TestFaultDropped(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"drop-after:1ms", "kick-after:1ms", "short-salt", "short-server-key", "no-pong"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			_, d := faulty(t, sandbox.Config{Generation: sandbox.V1}, threeByThree(), fault)
			checkTable(t, d, GenV1, false)
		})
	}
}

// TestFallback: where the advertised address cannot be used the usual port is
// tried, and the first fault is told.
func TestFallback(t *testing.T) {
	t.Parallel()
	s := stand(t, sandbox.Config{Advertise: sandbox.Advertise{WS: "ws://127.0.0.1:1", TCP: "none"}})
	d := proberOf(t, s.APIURL()).Diagnose(t.Context(), onePairing(0, 0))
	c := d.Check(CheckWS)
	if c.Outcome != OutcomeFail || c.Fault.Address != "127.0.0.1:1" || d.Target.WS != "ws://127.0.0.1:1" || d.Target.WSSource != SourceRoute {
		t.Errorf("got %s, fault %v, target %q from %s", c.Outcome, c.Fault, d.Target.WS, d.Target.WSSource)
	}
	harmless(t, s)
}
