package measure

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// diagnoseUser runs mode user for a token on a stand-in.
func diagnoseUser(t *lab, s *sandbox.Server, token string, plan UserPlan) *probe.Diagnosis {
	t.Helper()
	p := proberOf(t, s.APIURL())
	p.Vault = &secret.Vault{}
	plan.Token = p.Vault.User(token)
	d := p.DiagnoseUser(t.Context(), plan)
	if len(d.Pairings) != 1 || d.User == nil {
		t.Fatalf("%d pairings, user %v", len(d.Pairings), d.User)
	}
	return d
}

// readOnly wants nothing written to the server: GETs and one query, and the rows
// as they were.
func readOnly(t testing.TB, s *sandbox.Server, rows int) {
	t.Helper()
	for _, r := range s.Requests() {
		if r.Method != "GET" && r.Path != "/user/onlinestatus" {
			t.Errorf("%s %s: something was written", r.Method, r.Path)
		}
	}
	if got := s.Tokens(); len(got) != rows {
		t.Errorf("%d rows, want %d", len(got), rows)
	}
	unharmed(t, s)
}

// TestUser: an existing user on every generation, with the flag its token is
// stored under and with another.
func TestUser(t *testing.T) {
	t.Parallel()
	for _, g := range sandbox.Generations() {
		for _, flag := range flags(0, 1) {
			sub(t, fmt.Sprint(g, " ", flag), func(t *lab) {
				gen := probe.Generation(g)
				s := stand(t, sandbox.Config{Generation: g})
				s.Register("alice", "alice-secret", 0, 0)
				d := diagnoseUser(t, s, "alice-secret", UserPlan{UID: "alice", Flag: flag, SweepFlags: flags(0, 1)})
				q := &d.Pairings[0]
				want := liveAccepts(gen, &probe.Pairing{TokenFlag: 0, ConnectFlag: flag})
				if accepted, known := q.Result.LetIn(); !known || accepted != want {
					t.Errorf("got %s, proof %q, %v, want accepted %t", q.Observed, q.Proof, q.Fault, want)
				}
				if d.User.StoreKnown != gen.HasDeviceStore() || !d.User.OnlineKnown || !d.Complete {
					t.Errorf("store known %t, online known %t, complete %t", d.User.StoreKnown, d.User.OnlineKnown, d.Complete)
				}
				if !want && (q.TokenFlag != 0 || q.ExpectToken != probe.TokenEmpty) {
					t.Errorf("the token is registered as flag 0: got %d, expect_token %s from %s", q.TokenFlag, q.ExpectToken, q.ExpectTokenSource)
				}
				if strings.Contains(fmt.Sprintf("%+v %+v", *d.User, *q), "alice-secret") {
					t.Error("the token shows")
				}
				readOnly(t, s, 1)
			})
		}
	}
}

// TestUserManager: a server's own account is not tried even where it has another
// name than usual, which /varz tells.
func TestUserManager(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		for _, uid := range []string{"____manager", "root"} {
			for _, g := range []sandbox.Generation{sandbox.V1, sandbox.V20, sandbox.V2} {
				s := stand(t, sandbox.Config{Generation: g, ManagerUID: uid})
				d := diagnoseUser(t, s, "not the manager token", UserPlan{UID: uid, Flag: 0, SweepFlags: flags(0, 1)})
				if q := &d.Pairings[0]; q.Observed != probe.NotRun || q.Fault == nil || !strings.Contains(q.Fault.Text, "refusing") {
					t.Errorf("%s on %s: got %s, %v", uid, g, q.Observed, q.Fault)
				}
				if sent := ofUser(s, uid); len(sent) != 0 {
					t.Errorf("%s on %s: %d CONNECTs", uid, g, len(sent))
				}
				readOnly(t, s, 0)
			}
		}
	})
}

// TestUserOnline: a user who is online where our login could end the connection
// is left alone, unless that is asked for.
func TestUserOnline(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		for name, force := range map[string]bool{"held back": false, "forced": true} {
			s := stand(t, sandbox.Config{Generation: sandbox.V1})
			s.Register("alice", "alice-secret", 1, uint8(wire.LevelMaster))
			live, err := s.Online(sandbox.Login{UID: "alice", Token: "alice-secret", Flag: 1})
			if err != nil {
				t.Fatal(err)
			}
			d := diagnoseUser(t, s, "alice-secret", UserPlan{UID: "alice", Flag: 1, Force: force})
			if d.User.HeldBack == force || len(ofUser(s, "alice")) != map[bool]int{true: 1}[force] {
				t.Errorf("%s: held back %t, %d CONNECTs", name, d.User.HeldBack, len(ofUser(s, "alice")))
			}
			if !force && !live.Connected() {
				t.Errorf("%s: the live client was disturbed", name)
			}
			readOnly(t, s, 1)
		}
	})
}
