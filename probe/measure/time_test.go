package measure

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/wire"
)

// TestFarAway: however long a byte is under way, nothing that is accepted is called
// refused, nothing is looked at twice, and the server gets no PING with its CONNECT.
func TestFarAway(t *testing.T) {
	t.Parallel()
	for _, g := range []sandbox.Generation{sandbox.V1, sandbox.V20, sandbox.V2} {
		for _, row := range []struct {
			delay  time.Duration
			waited time.Duration // before a PING
		}{
			{0, minSilence}, {12 * ms, minSilence}, {13 * ms, 260 * ms}, {50 * ms, time.Second},
			{65 * ms, idleCloseTo}, {300 * ms, idleCloseTo},
		} {
			sub(t, fmt.Sprint(g, " ", row.delay), func(t *lab) {
				t.net.Delay = row.delay
				s := stand(t, sandbox.Config{Generation: g})
				d := proberOf(t, s.APIURL()).Diagnose(t.Context(), threeByThree())
				checkTable(t, d, probe.Generation(g), false)
				harmless(t, s)
				for _, r := range resultsOf(d) {
					if r.Attempts != 1 || r.Proof == probe.ProofPingClose && r.WaitedMS != millis(row.waited) {
						t.Errorf("%d attempts, a PING after %v ms, want %s", r.Attempts, r.WaitedMS, row.waited)
					}
				}
			})
		}
	}
}

// TestPingFollows: a server of unknown speed has read the CONNECT for 1.3 s when the
// PING arrives, one that answers in 2 ms for a quarter of a second.
func TestPingFollows(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		var apart time.Duration
		address := script(t, func(c net.Conn, _ string) {
			took := since()
			_, _ = c.Read(make([]byte, 16))
			apart = took()
		})
		if c := connected(t, address, "u", "tok-secret", 1); c.Observed != probe.Silent && c.Observed != probe.Closed {
			t.Errorf("got %s", c.Observed)
		}
		if apart != unknownSpeed {
			t.Errorf("a PING %s behind the CONNECT, want %s", apart, unknownSpeed)
		}
	})
}

// TestMuteRuns: a run against somebody who says nothing takes exactly the limits
// that it runs into.
func TestMuteRuns(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, fault string
		plan        Plan
		took        time.Duration
	}{
		{"the API", "api-mute", threeByThree(), defaultTimeout},
		{"the registration", "api-mute:/user/token", onePairing(1, 1), 2*defaultTimeout + 14*hop}, // the first one, and all others at once
		{"the clean-up", "api-mute:/user/device_quit", threeByThree(), 2*cleanupLimit + minSilence + tcpPause + lookAgain + 32*hop},
		{"the upgrade", "no-upgrade", threeByThree(), 10438 * ms},
		{"the CONNECT", "mute", threeByThree(), answerLimit + 24*hop},
		{"every CONNECT but the control's", "mute-after:1", threeByThree(), answerLimit + afterClose + 30*hop},
	} {
		sub(t, row.name, func(t *lab) {
			s := stand(t, sandbox.Config{}, row.fault)
			took := since()
			d := proberOf(t, s.APIURL()).Diagnose(t.Context(), row.plan)
			// Of two requests at one instant, one may find no idle connection and dials.
			if dial := took() - row.took; dial != 0 && dial != 2*hop || d.ElapsedMS != millis(took()) || !d.Complete {
				t.Errorf("complete %t, %v ms by its own clock and %s by ours, want %s", d.Complete, d.ElapsedMS, took(), row.took)
			}
			unharmed(t, s)
		})
	}
}

// TestPollerFirst: where the socket's deadline fires before the context has ended,
// the fault of a dial still names the limit, and the end of the run for what it is.
func TestPollerFirst(t *testing.T) {
	t.Parallel()
	const hole = "192.0.2.1:5100"
	for _, row := range []struct {
		name    string
		maxTime time.Duration // 0 = none
		kind    probe.FaultKind
		limit   time.Duration
		exit    int
	}{
		{"the limit of a dial", 0, probe.FaultTimeout, defaultTimeout, 3},
		{"and a run that goes on", time.Minute, probe.FaultTimeout, defaultTimeout, 3},
		{"the run's end", 2 * time.Second, probe.FaultCanceled, 0, 130},
		{"both at once", defaultTimeout, probe.FaultCanceled, 0, 130},
	} {
		sub(t, row.name, func(t *lab) {
			t.net.PollerFirst = true
			t.net.Blackhole(hole)
			ctx := t.Context()
			if row.maxTime > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, row.maxTime)
				defer cancel()
			}
			p := proberOf(t, "http://127.0.0.1:1")
			p.WS = "tcp://" + hole
			c := p.Connect(ctx, ConnectOptions{UID: "u", Flag: wire.FlagWeb})
			if f := c.Fault; f == nil || f.Kind != row.kind || f.LimitMS != millis(row.limit) || c.Verdict.ExitCode != row.exit {
				t.Errorf("got %+v, exit code %d", c.Fault, c.Verdict.ExitCode)
			}
		})
	}
	sub(t, "an address that is only opened", func(t *lab) {
		t.net.PollerFirst = true
		t.net.Blackhole("192.0.2.1")
		s := stand(t, sandbox.Config{Advertise: sandbox.Advertise{TCP: hole, WSS: "wss://192.0.2.1:5210"}})
		d := proberOf(t, s.APIURL()).Diagnose(t.Context(), onePairing(1, 1))
		for _, a := range d.Addresses {
			if a.Role != probe.RoleWS && (a.Fault == nil || a.Fault.Kind != probe.FaultTimeout || a.Fault.LimitMS != millis(defaultTimeout)) {
				t.Errorf("%s: got %+v", a.Role, a.Fault)
			}
		}
	})
}
