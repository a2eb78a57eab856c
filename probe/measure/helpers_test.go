package measure

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

const managerRaw, userRaw = "manager-secret-1", "user-secret/2\"é"

// client is an HTTP client whose connections end with the test.
func client(t *lab) *http.Client {
	transport := NewTransport(nil, t.dial())
	transport.Proxy = nil // whatever the environment says
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// apiOf is an API that the handler plays, with a manager token and a vault.
func apiOf(t *lab, serve http.HandlerFunc) *API {
	t.Helper()
	v := &secret.Vault{}
	return &API{Base: page(t, serve), Client: client(t), Vault: v, ManagerToken: v.Manager(managerRaw)}
}

// ledgerOf is a ledger of an API that the handler plays.
func ledgerOf(t *lab, serve http.HandlerFunc) *Ledger {
	t.Helper()
	return &Ledger{API: &API{Base: page(t, serve), Client: client(t)}}
}

// proberOf measures the API at base; the WebSocket address comes from /route.
func proberOf(t *lab, base string) *Prober {
	return &Prober{API: &API{Base: base, Client: client(t)}, Version: "test", Dial: t.dial()}
}

// dialerOf dials as a run does.
func dialerOf(t *lab) *dialer {
	return &dialer{network: t.dial(), timeout: defaultTimeout, decode: wire.Decode, vault: &secret.Vault{}}
}

// confirm is the answer of every server to what it has carried out.
func confirm(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"status":200}`)) }

// said is an answer in WuKongIM's own words.
func said(status int, msg string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "msg": msg})
	}
}

func (r row) String() string { return fmt.Sprintf("%s/%d", r.uid, r.flag) }

func rowsLeft(l *Ledger) string { return fmt.Sprint(l.left()) }

func tokenOf(raw string, flag wire.DeviceFlag) probe.StoredToken {
	return probe.StoredToken{DeviceFlag: flag, Token: (&secret.Vault{}).User(raw)}
}

func flags(list ...wire.DeviceFlag) []wire.DeviceFlag { return list }

// threeByThree is the default table.
func threeByThree() Plan {
	return Plan{Mode: probe.ModeTable, TokenFlags: flags(0, 1, 2), ConnectFlags: flags(0, 1, 2)}
}

func onePairing(token, connect wire.DeviceFlag) Plan {
	return Plan{Mode: probe.ModeTable, TokenFlags: flags(token), ConnectFlags: flags(connect)}
}

// cell gives one pairing of a Diagnosis.
func cell(t testing.TB, d *probe.Diagnosis, token, connect wire.DeviceFlag) *probe.Pairing {
	t.Helper()
	i := slices.IndexFunc(d.Pairings, func(p probe.Pairing) bool { return p.TokenFlag == token && p.ConnectFlag == connect })
	if i < 0 {
		t.Fatalf("no pairing %d->%d among %d", token, connect, len(d.Pairings))
	}
	return &d.Pairings[i]
}

// outcomeOf gives the outcome of a check, and "" where there is none.
func outcomeOf(d *probe.Diagnosis, id probe.CheckID) probe.Outcome {
	if c := d.Check(id); c != nil {
		return c.Outcome
	}
	return ""
}

// resultsOf gives what every connection of a Diagnosis saw, by uid where it has one.
func resultsOf(d *probe.Diagnosis) (list []*probe.Result) {
	for _, c := range d.Checks {
		if c.Result != nil {
			list = append(list, c.Result)
		}
	}
	for i := range d.Pairings {
		list = append(list, &d.Pairings[i].Result)
	}
	return list
}

// ofUser lists the stand-in's CONNECTs of one uid.
func ofUser(s *sandbox.Server, uid string) []sandbox.ConnectRecord {
	return slices.DeleteFunc(s.Connects(), func(r sandbox.ConnectRecord) bool { return r.UID != uid })
}

// harmless fails the test where a probing rule was broken: something that harms
// real servers, two attempts at once on one uid, or a token that was left.
func harmless(t testing.TB, s *sandbox.Server) {
	t.Helper()
	unharmed(t, s)
	for _, row := range s.Tokens() {
		if row.Token != "" {
			t.Errorf("uid %q flag %d: a token of level %d is left", row.UID, row.Flag, row.Level)
		}
	}
}

// unharmed is harmless where tokens may stay.
func unharmed(t testing.TB, s *sandbox.Server) {
	t.Helper()
	for _, h := range s.Hazards() {
		t.Errorf("hazard: %s", h)
	}
	for _, c := range s.Connects() {
		if c.Overlapped {
			t.Errorf("two attempts at once on uid %q", c.UID)
		}
	}
}
