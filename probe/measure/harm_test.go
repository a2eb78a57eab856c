package measure

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// noHello fails the test where the run sent a TLS greeting, or ended the server.
func noHello(t testing.TB, s *sandbox.Server) {
	t.Helper()
	if s.Died() {
		t.Error("the server went down")
	}
	for _, h := range s.Hazards() {
		if strings.Contains(h, "TLS") {
			t.Errorf("hazard: %s", h)
		}
	}
}

// TestNoHello: where the client uses no wss, no address and no port is greeted
// with TLS, whatever it is named as. One ClientHello crashes v1.1.0 to v2.2.5 where
// wssAddr is set and no certificate is.
func TestNoHello(t *testing.T) {
	t.Parallel()
	for _, g := range []sandbox.Generation{sandbox.V1, sandbox.V20, sandbox.V2} {
		for name, point := range map[string]func(p *Prober, s *sandbox.Server){
			"advertised":       func(*Prober, *sandbox.Server) {},
			"ws on the wss":    func(p *Prober, s *sandbox.Server) { p.WS = "ws://" + hostOf(s.WSSURL()) },
			"tcp on the wss":   func(p *Prober, s *sandbox.Server) { p.WS = "tcp://" + hostOf(s.WSSURL()) },
			"ws on the tcp":    func(p *Prober, s *sandbox.Server) { p.WS = "ws://" + s.TCPAddr() },
			"ws on the API":    func(p *Prober, s *sandbox.Server) { p.WS = "ws://" + hostOf(s.APIURL()) },
			"API on the wss":   func(p *Prober, s *sandbox.Server) { p.API.Base = "http://" + hostOf(s.WSSURL()) },
			"API on the tcp":   func(p *Prober, s *sandbox.Server) { p.API.Base = "http://" + s.TCPAddr() },
			"API on the ws":    func(p *Prober, s *sandbox.Server) { p.API.Base = "http://" + hostOf(s.WSURL()) },
			"http page":        func(p *Prober, s *sandbox.Server) { p.Origin = "http://shop.example" },
			"page with its ws": func(p *Prober, s *sandbox.Server) { p.Origin, p.WS = "https://shop.example", s.WSURL() },
		} {
			sub(t, fmt.Sprint(g, " ", name), func(t *lab) {
				s := stand(t, sandbox.Config{Generation: g}, "die-on-tls")
				for _, mode := range []string{"table", "set-up", "user"} {
					p := proberOf(t, s.APIURL())
					point(p, s)
					switch mode {
					case "table":
						p.Diagnose(t.Context(), threeByThree())
					case "set-up":
						p.Diagnose(t.Context(), Plan{Mode: probe.ModeSetup, TokenFlags: flags(0), ConnectFlags: flags(1)})
					case "user":
						p.DiagnoseUser(t.Context(), UserPlan{UID: "alice", Token: (&secret.Vault{}).User("tok-of-alice"), Flag: 1, SweepFlags: flags(0, 1, 2)})
					}
					noHello(t, s)
				}
				harmless(t, s)
			})
		}
	}
}

// TestHelloOfTheClient: where the client itself uses wss, the greeting comes
// before any user is registered, and what became of the server is written down.
func TestHelloOfTheClient(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{"and stays away": "die-on-tls", "and comes back": "die-on-tls:150ms"} {
		for _, g := range []sandbox.Generation{sandbox.V1, sandbox.V2} {
			sub(t, fmt.Sprint(g, " ", name), func(t *lab) {
				s := stand(t, sandbox.Config{Generation: g}, fault)
				p := proberOf(t, s.APIURL())
				p.WS = s.WSSURL()
				d := p.Diagnose(t.Context(), threeByThree())
				if h := d.Health; h == nil || h.Gone == "" || !h.Hello || !strings.Contains(h.SentLast, "ClientHello") || len(h.Evidence) == 0 {
					t.Errorf("health: got %+v", h)
				}
				if len(d.Left) != 0 {
					t.Errorf("left: %v", d.Left)
				}
				for _, r := range s.Requests() {
					if r.Method == "POST" {
						t.Errorf("%s %s was sent to a server that was to be greeted with TLS", r.Method, r.Path)
					}
				}
				if n := strings.Count(strings.Join(s.Hazards(), "\n"), "ClientHello"); n != 1 {
					t.Errorf("%d greetings, want 1: %v", n, s.Hazards())
				}
				if !d.Complete || outcomeOf(d, probe.CheckWS) != probe.OutcomeFail || outcomeOf(d, probe.CheckRegister) != probe.OutcomeSkip {
					t.Errorf("complete %t, ws %q, register %q", d.Complete, outcomeOf(d, probe.CheckWS), outcomeOf(d, probe.CheckRegister))
				}
			})
		}
	}
	sub(t, "a certificate", func(t *lab) {
		s := stand(t, sandbox.Config{Generation: sandbox.V1, TLS: "valid"})
		p := proberOf(t, s.APIURL())
		p.WS, p.TLS = s.WSSURL(), &tls.Config{RootCAs: x509.NewCertPool()}
		p.TLS.RootCAs.AppendCertsFromPEM(s.CACert())
		checkTable(t, p.Diagnose(t.Context(), threeByThree()), probe.GenV1, false)
		harmless(t, s)
	})
}

// TestHealth: a server that goes away in a run, or restarts, is written down;
// its users are cleared when it is back.
func TestHealth(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		gen   sandbox.Generation
		fault []string
		gone  probe.Gone
	}{
		{"restarts", sandbox.V1, []string{"restart:500ms", "slow:900ms"}, probe.GoneRestarted},
		{"restarts", sandbox.V2, []string{"restart:500ms", "slow:900ms"}, probe.GoneRestarted},
		{"stays", sandbox.V1, []string{"slow:900ms"}, ""},
		{"stays", sandbox.V3, nil, ""},
	} {
		sub(t, fmt.Sprint(row.gen, " ", row.name), func(t *lab) {
			_, d := faulty(t, sandbox.Config{Generation: row.gen}, threeByThree(), row.fault...)
			if d.Health == nil || d.Health.Gone != row.gone || !d.Health.Before.Answered {
				t.Errorf("got %+v, want %q", d.Health, row.gone)
			}
			if len(d.Left) != 0 {
				t.Errorf("left: %v", d.Left)
			}
		})
	}
}

// TestUptimeOf reads what servers print, and nothing else.
func TestUptimeOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0s": "0s", "59s": "59s", "1m0s": "1m0s", "2h3m4s": "2h3m4s", "1d2h3m4s": "26h3m4s", "1y0d0h0m1s": "8760h0m1s",
		"": "", "5": "", "-1s": "", "1s2m": "", "99999999999d1s": "", "now": "",
	} {
		d, ok := uptimeOf(&Answer{Status: 200, Body: fmt.Appendf(nil, `{"uptime":%q}`, text)})
		if ok != (want != "") || ok && d.String() != want {
			t.Errorf("%q: got %s, %t, want %q", text, d, ok, want)
		}
	}
}

// TestClusterNode: nodes of three are away, so that the users of their slots
// cannot be registered, the first of the right-token control among them. The
// others are, the controls hold, and no more than their cells are left out.
func TestClusterNode(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		away, prefix string // the prefix decides which uids fall to whom
		tried        int
	}{{"forward-fails:1/3", "wkctl-node3", 7}, {"forward-fails:2/3", "wkctl-node1", 6}} {
		sub(t, row.away, func(t *lab) {
			plan := threeByThree()
			plan.UIDPrefix = row.prefix
			_, d := faulty(t, sandbox.Config{}, plan, row.away)
			c := d.Check(probe.CheckRegister)
			if c.Outcome != probe.OutcomeFail || c.Failed == 0 || c.Count == 0 || c.Fault == nil || !strings.Contains(c.Fault.Text, "dial tcp") {
				t.Fatalf("register: got %+v", c)
			}
			if outcomeOf(d, probe.CheckRightToken) != probe.OutcomePass || d.Server.TokenAuth != probe.AuthOn {
				t.Errorf("control %s, token auth %s", outcomeOf(d, probe.CheckRightToken), d.Server.TokenAuth)
			}
			tried := 0
			for i := range d.Pairings {
				p := &d.Pairings[i]
				want := probe.Silent
				if p.TokenFlag == p.ConnectFlag {
					want = probe.Accepted
				}
				switch {
				case p.Fault != nil && p.Observed == probe.NotRun:
				case p.Observed != want:
					t.Errorf("%s: got %s", p.ID, p.Observed)
				default:
					tried++
				}
			}
			if tried != row.tried {
				t.Errorf("%d pairings were tried, want %d", tried, row.tried)
			}
		})
	}
}

// TestMissingNode: the node that was asked says that it could not ask another one.
func TestMissingNode(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		const said = `Get "http://10.0.0.2:5001/cluster/node": dial tcp 10.0.0.2:5001: connect: connection refused`
		_, d := faulty(t, sandbox.Config{}, onePairing(1, 1), "api-error:400:/cluster/nodes:"+said)
		if f := d.Server.NodesFault; f == nil || f.Text != said {
			t.Errorf("got %v", f)
		}
		if _, d := faulty(t, sandbox.Config{}, onePairing(1, 1), "api-error:400:/cluster/nodes:no"); d.Server.NodesFault != nil {
			t.Errorf("got %v", d.Server.NodesFault)
		}
	})
}

// TestOwnTokenRefused: an own token that is refused is looked at twice: in the
// store, and with a fresh user.
func TestOwnTokenRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		fault  string
		rows   []probe.ExpectToken
		own    probe.Observed // of 1->1
		passed probe.Outcome  // right-token control
	}{
		{"refuse-flag:1", []probe.ExpectToken{probe.TokenMatch, probe.TokenMatch}, probe.Silent, probe.OutcomePass},
		{"forgets-tokens:1", []probe.ExpectToken{probe.TokenEmpty, probe.TokenMatch}, probe.Accepted, probe.OutcomePass},
		{"forgets-tokens", []probe.ExpectToken{probe.TokenEmpty, probe.TokenEmpty}, probe.NotRun, probe.OutcomeFail},
	} {
		sub(t, row.fault, func(t *lab) {
			_, d := faulty(t, sandbox.Config{}, onePairing(1, 1), row.fault)
			var got []probe.ExpectToken
			for _, r := range d.OwnRows {
				got = append(got, r.State)
			}
			if fmt.Sprint(got) != fmt.Sprint(row.rows) {
				t.Errorf("own rows: got %v, want %v", got, row.rows)
			}
			if p := cell(t, d, 1, 1); row.own != probe.NotRun && p.Observed != row.own {
				t.Errorf("1->1: got %s, want %s", p.Observed, row.own)
			}
			if outcomeOf(d, probe.CheckRightToken) != row.passed {
				t.Errorf("control: got %s", outcomeOf(d, probe.CheckRightToken))
			}
		})
	}
}

// TestSlowestLogin: the control takes 1 ms, one login 120 ms and another 1.5 s.
// The second look finds that the slow one has waited long enough by the measure of
// the others; the third still has to be taken.
func TestSlowestLogin(t *testing.T) {
	t.Parallel()
	for _, delay := range []string{"900ms", "1500ms", "2400ms"} {
		sub(t, delay, func(t *lab) {
			_, d := faulty(t, sandbox.Config{}, Plan{Mode: probe.ModeTable, TokenFlags: flags(1, 2), ConnectFlags: flags(1, 2)},
				"slow-flag:2:120ms", "slow-flag:1:"+delay)
			for _, f := range []wire.DeviceFlag{1, 2} {
				if p := cell(t, d, f, f); p.Observed != probe.Accepted {
					t.Errorf("%s: got %s, proof %q, waited %.0f ms", p.ID, p.Observed, p.Proof, p.WaitedMS)
				}
			}
		})
	}
}
