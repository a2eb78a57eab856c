package measure

import (
	"cmp"
	"context"
	"os"
	"strconv"
	"testing"

	"github.com/wkctl/wkctl/probe"
)

// TestLiveTable runs the default table against a real server, named by
// WKCTL_LIVE_API, as often as WKCTL_LIVE_RUNS says (default once), and wants
// every cell known and the same every time: with its generation's rules.
func TestLiveTable(t *testing.T) {
	base := os.Getenv("WKCTL_LIVE_API")
	if base == "" {
		t.Skip("WKCTL_LIVE_API is not set")
	}
	runs, err := strconv.Atoi(cmp.Or(os.Getenv("WKCTL_LIVE_RUNS"), "1"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range runs {
		p := proberOf(onThisMachine(t), base)
		p.WS = os.Getenv("WKCTL_LIVE_WS")
		d := p.Diagnose(t.Context(), threeByThree())
		lost, dials, slowest := 0, 0, 0.0
		for i := range d.Pairings {
			q := &d.Pairings[i]
			lost, dials, slowest = lost+len(q.Lost), dials+q.Attempts, max(slowest, q.AnswerMS)
			accepted, known := q.Result.LetIn()
			if want := liveAccepts(d.Server.Generation, q); !known || accepted != want {
				t.Errorf("run %d, %s: %s (proof %q, lost %q, fault %v), accepted should be %v", n, q.ID, q.Observed, q.Proof, q.Lost, q.Fault, want)
			}
			if q.ExpectTokenSource == "" || q.ExpectToken == probe.TokenUnknown {
				t.Errorf("run %d, %s: expect_token %q from %q", n, q.ID, q.ExpectToken, q.ExpectTokenSource)
			}
		}
		for _, id := range []probe.CheckID{probe.CheckAPI, probe.CheckRegister, probe.CheckWS, probe.CheckRightToken, probe.CheckCleanup} {
			if got := outcomeOf(d, id); got != probe.OutcomePass {
				t.Errorf("run %d: check %s is %q: %v", n, id, got, d.Check(id))
			}
		}
		t.Logf("run %d: %s %q, token auth %s, %.0f ms, control answered in %.2f ms, slowest %.2f ms, %d dials for %d pairings, %d lost", n,
			d.Server.Generation, d.Server.Version, d.Server.TokenAuth, d.ElapsedMS, d.Check(probe.CheckRightToken).Result.AnswerMS, slowest,
			dials, len(d.Pairings), lost)
	}
}

// liveAccepts is what each generation was measured to do.
func liveAccepts(g probe.Generation, p *probe.Pairing) bool {
	switch g {
	case probe.GenV10:
		return p.TokenFlag == 0
	case probe.GenV2Beta, probe.GenV3:
		return true
	}
	return p.TokenFlag == p.ConnectFlag
}

// TestLiveConnect makes single connections to a real server over WebSocket and,
// where WKCTL_LIVE_TCP names its port, over TCP: a right token, a wrong one, and
// one registered as another flag, as often as WKCTL_LIVE_RUNS says.
func TestLiveConnect(t *testing.T) {
	base, tcp := os.Getenv("WKCTL_LIVE_API"), os.Getenv("WKCTL_LIVE_TCP")
	if base == "" {
		t.Skip("WKCTL_LIVE_API is not set")
	}
	runs, err := strconv.Atoi(cmp.Or(os.Getenv("WKCTL_LIVE_RUNS"), "1"))
	if err != nil {
		t.Fatal(err)
	}
	p := proberOf(onThisMachine(t), base)
	gen := p.Diagnose(t.Context(), onePairing(1, 1)).Server.Generation
	ledger := &Ledger{API: p.API}
	t.Cleanup(func() {
		if _, err := ledger.Clear(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	ws, _, err := p.WSAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	addresses := []string{cmp.Or(os.Getenv("WKCTL_LIVE_WS"), ws)}
	if tcp != "" {
		addresses = append(addresses, "tcp://"+tcp)
	}
	for n := range runs {
		uid, _ := p.NewUID()
		right, _ := p.NewToken()
		wrong, _ := p.NewToken()
		if err := ledger.Register(t.Context(), uid, probe.StoredToken{DeviceFlag: 1, Token: right}); err != nil {
			t.Fatal(err)
		}
		for _, address := range addresses {
			for _, try := range []struct {
				name   string
				o      ConnectOptions
				accept bool
			}{
				{"right", ConnectOptions{UID: uid, Token: right, Flag: 1}, gen != probe.GenV10},
				{"wrong", ConnectOptions{UID: uid, Token: wrong, Flag: 1}, gen == probe.GenV3},
				{"other flag", ConnectOptions{UID: uid, Token: right, Flag: 0}, gen == probe.GenV3 || gen == probe.GenV2Beta},
			} {
				p.WS = address
				c := p.Connect(t.Context(), try.o)
				if accepted, known := c.Result.LetIn(); !known || accepted != try.accept {
					t.Errorf("run %d, %s, %s: %s (proof %q, lost %q, %v)", n, address, try.name, c.Observed, c.Proof, c.Lost, c.Fault)
				}
				t.Logf("run %d, %s, %s: %s %q, answer %.2f ms, %.0f ms in all, %d attempts", n, address, try.name,
					c.Observed, c.Proof, c.AnswerMS, c.ElapsedMS, c.Attempts)
			}
		}
	}
}
