package measure

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// refusalOf is how a generation refuses.
func refusalOf(g probe.Generation) (probe.Observed, probe.Proof) {
	if g == probe.GenV2 { // v2.0.8 internal/user/process/connect.go:22-24 sends no CONNACK
		return probe.Silent, probe.ProofPingClose
	}
	return probe.Refused, probe.ProofConnack
}

// checkTable wants every cell of the table to be what the generation does.
func checkTable(t testing.TB, d *probe.Diagnosis, g probe.Generation, authOff bool) {
	t.Helper()
	for i := range d.Pairings {
		p := &d.Pairings[i]
		observed, proof := probe.Accepted, probe.ProofConnack
		if !authOff && !liveAccepts(g, p) {
			observed, proof = refusalOf(g)
		}
		if p.Observed != observed || p.Proof != proof {
			t.Errorf("%s: got %s, proof %q (fault %v, lost %q), want %s, %q", p.ID, p.Observed, p.Proof, p.Fault, p.Lost, observed, proof)
		}
		if p.Proof == probe.ProofPingClose && p.WaitedMS < millis(minSilence) {
			t.Errorf("%s: a PING after %.2f ms", p.ID, p.WaitedMS)
		}
		if observed == probe.Refused && (p.ReasonCode != wire.ReasonAuthFail || p.Reason == "" || (p.NodeID != nil) != (g == probe.GenV20)) {
			t.Errorf("%s: reason %d %q, node id %v", p.ID, p.ReasonCode, p.Reason, p.NodeID)
		}
		if p.ID != probe.NewPairingID(p.TokenFlag, p.ConnectFlag) || p.SDK == "" || !strings.HasPrefix(p.Token, "T") {
			t.Errorf("%s: sdk %q, token %q", p.ID, p.SDK, p.Token)
		}
	}
}

// TestTable: the default table on every generation, cell by cell, with what the
// server has stored for each and how that is known, and the work it takes.
func TestTable(t *testing.T) {
	for _, g := range sandbox.Generations() {
		sub(t, string(g), func(t *lab) {
			gen := probe.Generation(g)
			s := stand(t, sandbox.Config{Generation: g})
			d := proberOf(t, s.APIURL()).Diagnose(t.Context(), threeByThree())
			if len(d.Pairings) != 9 || !d.Complete {
				t.Fatalf("%d pairings, complete %t", len(d.Pairings), d.Complete)
			}
			checkTable(t, d, gen, false)
			if d.Server.Generation != gen || len(d.Server.Evidence) == 0 || d.Server.Version != "" {
				t.Errorf("generation %s, version %q, evidence %v", d.Server.Generation, d.Server.Version, d.Server.Evidence)
			}
			if want := map[bool]probe.TokenAuth{true: probe.AuthOff, false: probe.AuthOn}[gen == probe.GenV3]; d.Server.TokenAuth != want {
				t.Errorf("token auth %s, want %s", d.Server.TokenAuth, want)
			}
			refused := checkExpectations(t, d, gen)
			checkControls(t, d, gen)
			checkWork(t, s, d, refused)
			harmless(t, s)
		})
	}
}

// checkExpectations looks at expect_token and counts the refused cells.
func checkExpectations(t testing.TB, d *probe.Diagnosis, gen probe.Generation) (refused int) {
	t.Helper()
	for i := range d.Pairings {
		p := &d.Pairings[i]
		want, source := registered(gen, p.TokenFlag, p.ConnectFlag), probe.FromRegistering
		if p.Observed != probe.Accepted {
			refused++
			if gen.HasDeviceStore() {
				source = probe.FromStore
			}
		}
		if p.ExpectToken != want || p.ExpectTokenSource != source {
			t.Errorf("%s: expect_token %s from %s, want %s from %s", p.ID, p.ExpectToken, p.ExpectTokenSource, want, source)
		}
	}
	return refused
}

func checkControls(t testing.TB, d *probe.Diagnosis, gen probe.Generation) {
	t.Helper()
	for _, id := range []probe.CheckID{probe.CheckAPI, probe.CheckRegister, probe.CheckWS, probe.CheckRightToken, probe.CheckWrongToken, probe.CheckEmptyToken, probe.CheckUnknownUser, probe.CheckCleanup} {
		want := probe.OutcomePass
		if gen == probe.GenV3 && (id == probe.CheckWrongToken || id == probe.CheckEmptyToken || id == probe.CheckUnknownUser) {
			want = probe.OutcomeFail
		}
		if got := outcomeOf(d, id); got != want {
			t.Errorf("check %s: got %q, want %s", id, got, want)
		}
	}
	if c := d.Check(probe.CheckCleanup); c == nil || c.Count != 12 {
		t.Errorf("clean-up: %+v, want 12 tokens", c)
	}
}

// checkWork counts dials and requests: one connection a pairing and a control,
// one for the TCP address that /route names, and a registration and a clean-up a
// user, without a second look; and the wait before every PING.
func checkWork(t testing.TB, s *sandbox.Server, d *probe.Diagnosis, refused int) {
	t.Helper()
	attempts := 0
	for _, r := range resultsOf(d) {
		attempts += r.Attempts
		if r.Proof == probe.ProofPingClose && r.WaitedMS != millis(minSilence) {
			t.Errorf("a PING after %v ms, want %s", r.WaitedMS, minSilence)
		}
	}
	if ws, wss, tcp := s.Dials(); attempts != 13 || ws != 13 || wss != 0 || tcp != 1 {
		t.Errorf("%d attempts, dials: ws %d, wss %d, tcp %d, want 13, 0 and 1", attempts, ws, wss, tcp)
	}
	requests := map[string]int{}
	for _, r := range s.Requests() {
		requests[r.Method+" "+r.Path]++
	}
	want := map[string]int{"GET /route": 1, "POST /user/token": 12, "POST /user/device_quit": 12}
	for _, path := range fingerprintPaths() {
		want["GET "+path] = 1
	}
	if health := "GET " + uptimePath; requests[health] == 2 { // the second look at its health
		want[health]++
	} else {
		want["GET "+routePath]++
	}
	if d.Server.Generation.HasDeviceStore() {
		want["GET /cluster/devices"] = refused
	}
	if fmt.Sprint(requests) != fmt.Sprint(want) {
		t.Errorf("requests: got %v, want %v", requests, want)
	}
	checkConnects(t, s, d)
}

// checkConnects looks at what each CONNECT presented: a uid for each pairing, a
// device id for each connection, both in the shape they should have, and the
// version of the JS SDK.
func checkConnects(t testing.TB, s *sandbox.Server, d *probe.Diagnosis) {
	t.Helper()
	devices := map[string]bool{}
	for _, c := range s.Connects() {
		if devices[c.DeviceID] {
			t.Errorf("device id %q twice", c.DeviceID)
		}
		devices[c.DeviceID] = true
		if c.Version != 5 || len(c.DeviceID) != 33 || !strings.HasSuffix(c.DeviceID, "W") || c.JSONRPC || !strings.HasPrefix(c.UID, "wkctl-") {
			t.Errorf("CONNECT of %q: version %d, device id %q", c.UID, c.Version, c.DeviceID)
		}
	}
	uids := map[string]bool{}
	for i := range d.Pairings {
		p := &d.Pairings[i]
		if uids[p.UID] {
			t.Errorf("uid %q has two pairings", p.UID)
		}
		uids[p.UID] = true
		sent := ofUser(s, p.UID)
		if len(sent) != p.Attempts {
			t.Errorf("%s: %d CONNECTs, %d attempts", p.ID, len(sent), p.Attempts)
		}
		for _, c := range sent {
			if c.Flag != uint8(p.ConnectFlag) {
				t.Errorf("%s: connected as %d", p.ID, c.Flag)
			}
		}
	}
}

// TestTableWaves: nothing is dialled while the server closes what it has refused,
// which it does on the PING. A large table goes in waves, each behind the PINGs
// of the one before.
func TestTableWaves(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		many := flags(0, 1, 2, 3, 4, 5, 6, 7)
		s := stand(t, sandbox.Config{})
		d := proberOf(t, s.APIURL()).Diagnose(t.Context(), Plan{Mode: probe.ModeTable, TokenFlags: many, ConnectFlags: many})
		checkTable(t, d, probe.GenV2, false)
		harmless(t, s)
		at := map[time.Duration]int{} // dials, by the time behind the first wave
		var first time.Time
		for i, c := range slices.DeleteFunc(s.Connects(), func(c sandbox.ConnectRecord) bool { return c.Transport != "ws" }) {
			if i == 0 { // the control
				continue
			}
			if first.IsZero() {
				first = c.Dialed
			}
			at[c.Dialed.Sub(first)]++
		}
		const wave = 4*hop + minSilence + 2*hop + afterClose // a dial and its upgrade, and a PING and the close on it
		if want := map[time.Duration]int{0: 32, wave: 32, 2 * wave: 3}; !maps.Equal(at, want) {
			t.Errorf("dials: got %v, want %v", at, want)
		}
	})
}

// TestTableSettings: the same table with a manager token, with a version that
// the server states, with a server that says nothing of itself, and with token
// auth off.
func TestTableSettings(t *testing.T) {
	t.Parallel()
	versions := map[sandbox.Generation]string{
		sandbox.V10: "v1.0.5", sandbox.V1: "v1.2.6", sandbox.V2Beta: "v2.0.0-beta", sandbox.V20: "v2.0.7-20241104",
		sandbox.V2: "v2.2.5-20260422", sandbox.V3: "v3.0.0",
	}
	for _, g := range sandbox.Generations() {
		gen := probe.Generation(g)
		sub(t, string(g)+" manager token", func(t *lab) {
			s := stand(t, sandbox.Config{Generation: g, ManagerToken: managerRaw})
			p := proberOf(t, s.APIURL())
			p.Vault = &secret.Vault{}
			p.API.ManagerToken = p.Vault.Manager(managerRaw)
			d := p.Diagnose(t.Context(), threeByThree())
			checkTable(t, d, gen, false)
			if d.Server.Generation != gen || !d.Target.ManagerToken {
				t.Errorf("generation %s, manager token %t", d.Server.Generation, d.Target.ManagerToken)
			}
			checkExpectations(t, d, gen)
			harmless(t, s)
		})
		sub(t, string(g)+" version", func(t *lab) {
			s := stand(t, sandbox.Config{Generation: g, Version: versions[g]})
			d := proberOf(t, s.APIURL()).Diagnose(t.Context(), Plan{Mode: probe.ModeTable, TokenFlags: flags(1), ConnectFlags: flags(1)})
			want := versions[g]
			if g == sandbox.V3 { // shows none
				want = ""
			}
			if d.Server.Generation != gen || d.Server.Version != want {
				t.Errorf("got %s %q, want %s %q", d.Server.Generation, d.Server.Version, gen, want)
			}
		})
		sub(t, string(g)+" token auth off", func(t *lab) {
			s := stand(t, sandbox.Config{Generation: g, NoTokenAuth: true})
			d := proberOf(t, s.APIURL()).Diagnose(t.Context(), threeByThree())
			checkTable(t, d, gen, true)
			// v1.0 without token auth cannot be told from v1.0.6 to v1.1.8, nor
			// v2.0 from v2.0.8 to v2.1.0.
			unknown := gen == probe.GenV10 || gen == probe.GenV20
			if d.Server.TokenAuth != probe.AuthOff || d.Server.Generation != gen && (!unknown || d.Server.Generation != probe.GenUnknown) {
				t.Errorf("got %s, token auth %s", d.Server.Generation, d.Server.TokenAuth)
			}
			harmless(t, s)
		})
	}
}

// TestTableKeep: the tokens stay when asked, under the prefix that was asked.
func TestTableKeep(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		s := stand(t, sandbox.Config{Generation: sandbox.V1})
		plan := threeByThree()
		plan.Keep, plan.UIDPrefix = true, "ci-smoke"
		d := proberOf(t, s.APIURL()).Diagnose(t.Context(), plan)
		if outcomeOf(d, probe.CheckCleanup) != probe.OutcomeSkip {
			t.Errorf("clean-up: %q, want skip", outcomeOf(d, probe.CheckCleanup))
		}
		kept := 0
		for _, row := range s.Tokens() {
			if row.Token != "" {
				kept++
			}
			if !strings.HasPrefix(row.UID, "ci-smoke-") || row.Level != 0 {
				t.Errorf("uid %q, level %d", row.UID, row.Level)
			}
		}
		if kept != 12 {
			t.Errorf("%d tokens kept, want 12", kept)
		}
		// The same users again, without keeping: nothing is left of either run.
		plan.Keep = false
		checkTable(t, proberOf(t, s.APIURL()).Diagnose(t.Context(), plan), probe.GenV1, false)
		harmless(t, s)
	})
}

// TestTrials: a flag named twice is one, every trial has a uid and a token of its
// own, and what is too much is said before anything leaves.
func TestTrials(t *testing.T) {
	t.Parallel()
	p := &Prober{API: &API{}}
	s, err := p.layOut(Plan{Mode: probe.ModeTable, TokenFlags: flags(0, 1, 0, 1), ConnectFlags: flags(1, 1, 255)})
	if err != nil || len(s.pairings) != 4 || len(s.keys) != 4 {
		t.Fatalf("%d pairings, %v, want 4", len(s.pairings), err)
	}
	uids, tokens := map[string]bool{}, map[string]bool{}
	for _, trial := range append(s.others(), s.right) {
		if uids[trial.uid] || !trial.send.Empty() && tokens[trial.send.Reveal()] {
			t.Errorf("uid %q or its token twice", trial.uid)
		}
		uids[trial.uid], tokens[trial.send.Reveal()] = true, true
		for _, row := range trial.stored {
			if row.DeviceLevel != wire.LevelSlave {
				t.Errorf("uid %q: level %d, which kicks", trial.uid, row.DeviceLevel)
			}
		}
	}
	if s.wrong.send.Equal(s.wrong.stored[0].Token) || !s.empty.send.Empty() || len(s.unknown.stored) != 0 {
		t.Error("the controls do not differ from the right one")
	}
	var all []wire.DeviceFlag
	for f := range 256 {
		all = append(all, wire.DeviceFlag(f))
	}
	if _, err := p.layOut(Plan{TokenFlags: all, ConnectFlags: flags(0, 1, 2, 3, 4)}); err == nil {
		t.Error("1280 pairings are laid out")
	}
}

// TestTableNothing: a plan without flags measures the controls.
func TestTableNothing(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		s := stand(t, sandbox.Config{})
		d := proberOf(t, s.APIURL()).Diagnose(t.Context(), Plan{Mode: probe.ModeTable})
		if len(d.Pairings) != 0 || d.Server.TokenAuth != probe.AuthOn || outcomeOf(d, probe.CheckRightToken) != probe.OutcomePass {
			t.Errorf("%d pairings, token auth %s", len(d.Pairings), d.Server.TokenAuth)
		}
		harmless(t, s)
	})
}

// TestSetup: one pairing and the fix for it, tried on this server.
func TestSetup(t *testing.T) {
	t.Parallel()
	for _, g := range sandbox.Generations() {
		for _, pair := range [][2]wire.DeviceFlag{{0, 1}, {1, 1}, {2, 0}} {
			sub(t, fmt.Sprint(g, pair), func(t *lab) {
				gen := probe.Generation(g)
				s := stand(t, sandbox.Config{Generation: g})
				d := proberOf(t, s.APIURL()).Diagnose(t.Context(), Plan{Mode: probe.ModeSetup, TokenFlags: flags(pair[0]), ConnectFlags: flags(pair[1])})
				checkTable(t, d, gen, false)
				fix := d.Check(probe.CheckFix)
				switch {
				case pair[0] == pair[1], gen == probe.GenV3: // v3 lets any token in, so that a fix proves nothing there
					if fix != nil {
						t.Errorf("a fix for what works: %+v", fix)
					}
				case fix == nil:
					t.Error("no fix was tried")
				default:
					works := gen != probe.GenV10 || pair[1] == 0
					if got := fix.Outcome == probe.OutcomePass; got != works {
						t.Errorf("the fix works: %t (%s), want %t", got, fix.Result.Observed, works)
					}
				}
				client := d.Check(probe.CheckClientFix)
				switch {
				case pair[0] == pair[1]:
					if client != nil {
						t.Errorf("a fix in the client for what works: %+v", client)
					}
				case client == nil:
					t.Error("no fix in the client was tried")
				default:
					works := gen != probe.GenV10 || pair[0] == 0
					if got := client.Outcome == probe.OutcomePass; got != works || client.Outcome == probe.OutcomeFail {
						t.Errorf("the fix in the client: %s (%s), want it to work: %t", client.Outcome, client.Result.Observed, works)
					}
				}
				if d.Mode != probe.ModeSetup || d.Server.Generation != gen && d.Server.Generation != probe.GenUnknown {
					t.Errorf("mode %s, generation %s", d.Mode, d.Server.Generation)
				}
				harmless(t, s)
			})
		}
	}
}
