package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// causeRow is a Diagnosis that has a cause, or is as near to one as can be
// without having it.
type causeRow struct {
	code    string
	name    string
	absent  bool   // the cause must not be found
	variant string // of its texts; "" = not looked at
	also    string // must be found before it; "" = it is the first finding of its severity
	d       *probe.Diagnosis
}

// causeRows has a positive row and its nearest negative for every code.
func causeRows() []causeRow {
	return slices.Concat(healthRows(), apiRows(), clusterRows(), networkRows(), addressRows(), gatewayRows(), advertisedRows(), tokenRows(), serverRows(), ownRows(), afterRows(), residualRows(), sdkRows(), configRunRows())
}

func TestCauses(t *testing.T) {
	t.Parallel()
	say := printers()
	for _, row := range causeRows() {
		t.Run(row.code+" "+row.name, func(t *testing.T) {
			t.Parallel()
			Explain(row.d)
			found := row.d.Finding(row.code)
			switch {
			case row.absent && found != nil:
				t.Fatalf("found: %v", found.Evidence)
			case row.absent:
				return
			case found == nil:
				t.Fatalf("not found, only %v", codesIn(row.d))
			}
			if got := found.Args["variant"]; row.variant != "" && got != row.variant {
				t.Errorf("variant %q, want %q", got, row.variant)
			}
			if len(found.Evidence) == 0 {
				t.Error("no evidence")
			}
			want := row.code
			if row.also != "" {
				want = row.also
			}
			if first := firstOfSeverity(row.d, found.Severity); first != want {
				t.Errorf("first is %s, want %s of %v", first, want, codesIn(row.d))
			}
			sayable(t, say, found)
		})
	}
}

func codesIn(d *probe.Diagnosis) (codes []string) {
	for _, f := range d.Findings {
		codes = append(codes, f.Code+"/"+string(f.Severity))
	}
	return codes
}

func firstOfSeverity(d *probe.Diagnosis, s probe.Severity) string {
	for _, f := range d.Findings {
		if f.Severity == s {
			return f.Code
		}
	}
	return ""
}

// sayable fails where a text of the finding needs an argument that it does not
// have: such a hole shows as two blanks or an empty pair of quotes.
func sayable(t *testing.T, say []*text.Printer, f *probe.Finding) {
	t.Helper()
	for _, p := range say {
		for _, part := range []string{"title", "cause", "fix"} {
			id := f.Code + "." + part
			if v := f.Args["variant"]; v != "" && p.Has(f.Code+"."+v+"."+part) {
				id = f.Code + "." + v + "." + part
			}
			said := p.Text(id, text.Args(f.Args))
			if said == "" || strings.Contains(said, "[WK") || strings.Contains(said, "  ") || strings.Contains(said, "<no value>") {
				t.Errorf("%s in %s: %q", id, p.Lang(), said)
			}
		}
	}
}

// printers gives one printer for each language.
func printers() (list []*text.Printer) {
	for _, lang := range text.Langs() {
		list = append(list, text.New(lang))
	}
	return list
}

// fine is a run in which nothing is wrong: a v2 server whose token
// authentication is on.
func fine(mode probe.Mode) *probe.Diagnosis {
	return &probe.Diagnosis{
		Schema: probe.Schema, Complete: true, Mode: mode,
		Target: probe.Target{
			API: "http://im.example.com:5001", WS: "ws://im.example.com:5200", WSSource: probe.SourceRoute, SDK: "js",
			Advertised: &probe.Advertised{TCP: "im.example.com:5100", WS: "ws://im.example.com:5200"},
		},
		Server: probe.Server{Generation: probe.GenV2, TokenAuth: probe.AuthOn},
		Checks: []probe.Check{{ID: probe.CheckAPI, Outcome: probe.OutcomePass}},
		Addresses: []probe.Address{
			{Role: probe.RoleTCP, URL: "im.example.com:5100", Class: probe.ClassName, SameHost: true, Outcome: probe.OutcomePass, Speaks: probe.SpeaksTCP},
			{Role: probe.RoleWS, URL: "ws://im.example.com:5200", Class: probe.ClassName, SameHost: true, Outcome: probe.OutcomePass, Speaks: probe.SpeaksWebSocket},
			{Role: probe.RoleWSS, Class: probe.ClassEmpty, Outcome: probe.OutcomeSkip},
		},
	}
}

func good() probe.Result {
	return probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack, ReasonCode: wire.ReasonSuccess, Reason: "Success",
		SessionKey: &probe.SessionKey{ServerKeyBytes: 44, SaltBytes: 16}, AnswerMS: 1, Attempts: 1}
}

func quiet() probe.Result {
	return probe.Result{Observed: probe.Silent, Proof: probe.ProofPingClose, WaitedMS: 250, Attempts: 1}
}

func turnedAway(reason wire.Reason) probe.Result {
	return probe.Result{Observed: probe.Refused, Proof: probe.ProofConnack, ReasonCode: reason, Reason: reason.String(), AnswerMS: 1, Attempts: 1}
}

// table is a whole run of the table mode with one pairing on and one off the
// diagonal.
func table(edits ...func(*probe.Diagnosis)) *probe.Diagnosis {
	d := fine(probe.ModeTable)
	right, wrong := good(), quiet()
	d.Checks = append(d.Checks,
		probe.Check{ID: probe.CheckRegister, Outcome: probe.OutcomePass},
		probe.Check{ID: probe.CheckWS, Outcome: probe.OutcomePass},
		probe.Check{ID: probe.CheckRightToken, Outcome: probe.OutcomePass, Result: &right},
		probe.Check{ID: probe.CheckWrongToken, Outcome: probe.OutcomePass, Result: &wrong})
	d.Pairings = []probe.Pairing{
		{ID: "0->0", UID: "wkctl-1-0-0", SDK: "js-1.3.5", Result: good(), ExpectToken: probe.TokenMatch, ExpectTokenSource: probe.FromRegistering},
		{ID: "0->1", ConnectFlag: 1, UID: "wkctl-1-0-1", SDK: "js-1.3.5", Result: quiet(), ExpectToken: probe.TokenEmpty, ExpectTokenSource: probe.FromRegistering},
	}
	return edited(d, edits)
}

// user is a whole run of my-user mode: alice logs in with flag 1, her token is
// stored for it.
func user(edits ...func(*probe.Diagnosis)) *probe.Diagnosis {
	d := fine(probe.ModeUser)
	unknown := quiet()
	d.Checks = append(d.Checks,
		probe.Check{ID: probe.CheckStore, Outcome: probe.OutcomePass},
		probe.Check{ID: probe.CheckOnline, Outcome: probe.OutcomePass},
		probe.Check{ID: probe.CheckWS, Outcome: probe.OutcomePass},
		probe.Check{ID: probe.CheckUnknownUser, Outcome: probe.OutcomePass, Result: &unknown})
	d.User = &probe.User{
		UID: "alice", Token: "T0", ConnectFlag: 1, StoreKnown: true, OnlineKnown: true,
		Stored: []probe.StoredState{{DeviceFlag: 1, State: probe.TokenMatch}},
	}
	d.Pairings = []probe.Pairing{{
		ID: "1->1", TokenFlag: 1, ConnectFlag: 1, UID: "alice", Token: "T0", SDK: "js-1.3.5", Result: good(),
		ExpectToken: probe.TokenMatch, ExpectTokenSource: probe.FromStore,
	}}
	return edited(d, edits)
}

func edited(d *probe.Diagnosis, edits []func(*probe.Diagnosis)) *probe.Diagnosis {
	for _, edit := range edits {
		edit(d)
	}
	return d
}

// failed makes a check fail and takes away what needs it.
func failed(id probe.CheckID, f probe.Fault, speaks probe.Speaks) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) {
		at := slices.IndexFunc(d.Checks, func(c probe.Check) bool { return c.ID == id })
		d.Checks = append(d.Checks[:at], probe.Check{ID: id, Outcome: probe.OutcomeFail, Fault: &f, Speaks: speaks})
		for i := range d.Pairings {
			d.Pairings[i].Result = probe.Result{Observed: probe.NotRun}
		}
		d.Server.TokenAuth = probe.AuthUnknown
		if id == probe.CheckAPI {
			d.Target.Advertised, d.Addresses = nil, nil
		}
		if id == probe.CheckWS {
			for i := range d.Addresses {
				if a := &d.Addresses[i]; a.URL == d.Target.WS || "tcp://"+a.URL == d.Target.WS {
					a.Outcome, a.Fault, a.Speaks = probe.OutcomeFail, &f, speaks
				}
			}
		}
	}
}

// TestFineRuns is checked once: without it every negative row would be worth nothing.
func TestFineRuns(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]*probe.Diagnosis{"table": table(), "user": user()} {
		Explain(d)
		for _, f := range d.Findings {
			if f.Severity != probe.SeverityInfo {
				t.Errorf("%s: %s/%s", name, f.Code, f.Severity)
			}
		}
		if d.Verdict.ExitCode != exitOK {
			t.Errorf("%s: exit code %d", name, d.Verdict.ExitCode)
		}
	}
}
