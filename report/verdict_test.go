package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/diagnose"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// The two sides of the matrix: what became of the login that was asked about, and
// what else there is to say.
var (
	logins  = []string{"accepted", "refused", "not tried", "unknown"}
	besides = []string{"nothing", "this client", "another address", "the API"}
	modes   = []probe.Mode{probe.ModeTable, probe.ModeSetup, probe.ModeUser}
)

func resultFor(login string) probe.Result {
	switch login {
	case "accepted":
		return probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack, ReasonCode: 1, Attempts: 1}
	case "refused":
		return probe.Result{Observed: probe.Refused, Proof: probe.ProofConnack, ReasonCode: wire.ReasonAuthFail, Attempts: 1}
	case "unknown":
		return probe.Result{Observed: probe.Silent, Attempts: 1, Fault: &probe.Fault{Phase: probe.PhaseAnswer, Kind: probe.FaultTimeout, Address: "im.example.com:5200", LimitMS: 7000}}
	}
	return probe.Result{Observed: probe.NotRun}
}

// run builds the diagnosis of one login under flag 1 of a v1 server at a public
// address, whose controls hold wherever a login was tried.
func run(mode probe.Mode, login, beside string) *probe.Diagnosis {
	good, bad := resultFor("accepted"), resultFor("refused")
	d := &probe.Diagnosis{
		Schema: probe.Schema, Complete: true, Mode: mode, Tool: probe.Tool{Name: "wkctl", Version: "test"},
		Target: probe.Target{
			API: "http://im.example.com:5001", WS: "ws://im.example.com:5200", WSSource: probe.SourceFlag, SDK: "js",
			Advertised: &probe.Advertised{TCP: "im.example.com:5100", WS: "ws://im.example.com:5200", WSS: "wss://im.example.com:5210"},
		},
		Server: probe.Server{Generation: probe.GenV1, TokenAuth: probe.AuthOn, Evidence: []probe.Evidence{}},
		Health: &probe.Health{Before: probe.Reading{Asked: true, Answered: true}, After: probe.Reading{Asked: true, Answered: true}},
		Checks: []probe.Check{{ID: probe.CheckAPI, Outcome: probe.OutcomePass}},
		Pairings: []probe.Pairing{{ID: "1->1", TokenFlag: 1, ConnectFlag: 1, SDK: "js-1.3.5", UID: "alice", Token: "T0", Result: resultFor(login),
			ExpectToken: probe.TokenMatch, ExpectTokenSource: probe.FromRegistering}},
	}
	if mode == probe.ModeUser {
		d.User = &probe.User{UID: "alice", Token: "T0", ConnectFlag: 1}
	} else {
		d.Checks = append(d.Checks, probe.Check{ID: probe.CheckRegister, Outcome: probe.OutcomePass, Count: 4})
	}
	control := probe.CheckRightToken
	if mode == probe.ModeUser {
		control = probe.CheckUnknownUser
	}
	if login == "not tried" {
		stop(d, beside, control)
		return d
	}
	d.Checks = append(d.Checks, probe.Check{ID: probe.CheckWS, Outcome: probe.OutcomePass})
	if mode == probe.ModeUser {
		d.Checks = append(d.Checks, probe.Check{ID: control, Outcome: probe.OutcomePass, Result: &bad})
	} else {
		d.Checks = append(d.Checks, probe.Check{ID: control, Outcome: probe.OutcomePass, Result: &good}, probe.Check{ID: probe.CheckWrongToken, Outcome: probe.OutcomePass, Result: &bad})
	}
	add(d, beside)
	return d
}

// add puts in what else there is to say.
func add(d *probe.Diagnosis, beside string) {
	switch beside {
	case "this client":
		d.Target.PageOrigin = "https://shop.example" // and ws://: a browser refuses to open it
	case "another address":
		d.Addresses = []probe.Address{{Role: probe.RoleWSS, URL: "wss://im.example.com:5210", Class: probe.ClassName, SameHost: true, Outcome: probe.OutcomeFail,
			Fault: &probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultRefused, Address: "im.example.com:5210"}}}
	case "the API":
		if d.Mode == probe.ModeUser {
			d.Checks[0] = probe.Check{ID: probe.CheckAPI, Outcome: probe.OutcomeFail, Fault: &probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultRefused, Address: "im.example.com:5001"}}
			return
		}
		d.Checks[1].Outcome, d.Checks[1].Failed, d.Checks[1].Count = probe.OutcomeFail, 1, 3
		d.Checks[1].Fault = &probe.Fault{Phase: probe.PhaseRequest, Method: "POST", Kind: probe.FaultStatus, Status: 500, Address: "http://im.example.com:5001/user/token"}
	}
}

// stop leaves the logins out: because of the API, or because the client port
// refuses the connection.
func stop(d *probe.Diagnosis, beside string, control probe.CheckID) {
	fault := &probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultRefused, Address: "im.example.com:5001"}
	if beside == "the API" {
		d.Checks = []probe.Check{{ID: probe.CheckAPI, Outcome: probe.OutcomeFail, Fault: fault}, {ID: probe.CheckWS, Outcome: probe.OutcomeSkip, Needs: probe.CheckAPI}}
		d.Health = nil
		return
	}
	add(d, beside)
	fault.Address = "im.example.com:5200"
	d.Checks = append(d.Checks, probe.Check{ID: probe.CheckWS, Outcome: probe.OutcomeFail, Fault: fault}, probe.Check{ID: control, Outcome: probe.OutcomeSkip, Needs: probe.CheckWS})
}

// TestVerdictMatrix: for every login, whatever else there is to say, in every
// mode, exit code and sentence answer the question, and every format says so.
func TestVerdictMatrix(t *testing.T) {
	t.Parallel()
	type want struct {
		exit       int
		conclusion probe.Conclusion
	}
	works, fails := want{0, probe.ConcludedWorks}, want{1, probe.ConcludedFails}
	hindered, unreached := want{1, probe.ConcludedHindered}, want{3, probe.ConcludedNotTried}
	expected := map[string]map[string]want{
		"accepted":  {"nothing": works, "this client": hindered, "another address": works, "the API": hindered},
		"refused":   {"nothing": fails, "this client": fails, "another address": fails, "the API": fails},
		"not tried": {"nothing": unreached, "this client": unreached, "another address": unreached, "the API": unreached},
		"unknown":   {"nothing": {3, probe.ConcludedUnknown}, "this client": {1, probe.ConcludedUnknown}, "another address": {3, probe.ConcludedUnknown}, "the API": {1, probe.ConcludedUnknown}},
	}
	for _, mode := range modes {
		for _, login := range logins {
			for _, beside := range besides {
				w := expected[login][beside]
				if mode == probe.ModeUser && login == "accepted" && beside == "the API" {
					w = works // who was let in does not need it
				}
				t.Run(fmt.Sprint(mode, " ", login, " ", beside), func(t *testing.T) {
					t.Parallel()
					d := run(mode, login, beside)
					diagnose.Explain(d)
					if d.Verdict.ExitCode != w.exit || d.Verdict.Conclusion != w.conclusion {
						t.Errorf("got exit code %d, %q with %s, want %d, %q", d.Verdict.ExitCode, d.Verdict.Conclusion, codes(d), w.exit, w.conclusion)
					}
					if d.Verdict.ExitCode != 0 && len(d.Findings) == 0 {
						t.Error("trouble without a finding")
					}
					for lang, printer := range report.Printers() {
						report.Localize(d, printer)
						said(t, d, lang, printer)
					}
				})
			}
		}
	}
}

func codes(d *probe.Diagnosis) (list []string) {
	for _, f := range d.Findings {
		list = append(list, f.Code+"/"+string(f.Severity))
	}
	return list
}

// said holds every format against the diagnosis: exit code and sentence are
// those of the JSON.
func said(t *testing.T, d *probe.Diagnosis, lang text.Lang, printer *text.Printer) {
	t.Helper()
	sentence := report.VerdictText(d, printer)
	contradicts(t, d, sentence, lang)
	for _, f := range report.Formats() {
		var buf bytes.Buffer
		if err := report.Write(&buf, d, f, report.Style{Width: 1000, Text: printer}); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		out := buf.String()
		switch f {
		case report.Table, report.Short:
			if !strings.Contains(out, sentence) {
				t.Errorf("%s %s lacks %q:\n%s", f, lang, sentence, out)
			}
		case report.HTML:
			if !strings.Contains(html.UnescapeString(out), sentence) {
				t.Errorf("%s %s lacks %q", f, lang, sentence)
			}
		case report.Markdown:
			if !strings.Contains(strings.ReplaceAll(out, `\`, ""), sentence) {
				t.Errorf("%s %s lacks %q:\n%s", f, lang, sentence, out)
			}
		case report.JSON:
			var back probe.Diagnosis
			if err := json.Unmarshal(buf.Bytes(), &back); err != nil || back.Verdict != d.Verdict {
				t.Errorf("json: %v, got %+v, want %+v", err, back.Verdict, d.Verdict)
			}
		case report.Prometheus:
			if !strings.Contains(out, fmt.Sprintf("wkctl_exit_code %d\n", d.Verdict.ExitCode)) {
				t.Errorf("prometheus lacks the exit code %d", d.Verdict.ExitCode)
			}
		case report.JUnit:
			if bad := strings.Contains(out, "<failure") || strings.Contains(out, "<error"); bad != (d.Verdict.ExitCode != 0) {
				t.Errorf("junit: failures or errors %t, exit code %d:\n%s", bad, d.Verdict.ExitCode, out)
			}
		case report.GitHub:
			if bad := strings.Contains(out, "::error"); bad != (d.Verdict.ExitCode == 1) && !(bad && d.Verdict.ExitCode == 3) {
				t.Errorf("github: error %t, exit code %d:\n%s", bad, d.Verdict.ExitCode, out)
			}
		case report.Nagios:
			state := map[bool]string{true: "WKCTL OK - ", false: "WKCTL "}[d.Verdict.ExitCode == 0 && d.Verdict.Outcome == probe.OutcomePass]
			if ok := strings.HasPrefix(out, "WKCTL OK"); !strings.HasPrefix(out, state) || !strings.Contains(out, " - "+strings.ReplaceAll(sentence, "|", "/")) || ok && d.Verdict.ExitCode != 0 {
				t.Errorf("nagios %s lacks %q:\n%s", lang, sentence, out)
			}
		default:
			t.Errorf("where %s states the verdict is not known here", f)
		}
	}
}

// contradicts holds a sentence against what was seen: an accepted login is never
// said not to log in, one that was not tried is never said to be refused, and
// nothing that failed is said to work.
func contradicts(t *testing.T, d *probe.Diagnosis, sentence string, lang text.Lang) {
	t.Helper()
	never := map[text.Lang][3]string{text.English: {"will not log in", "cannot log in", "not accepted"}, text.Chinese: {"无法登录", "不会被接受", "无法用"}}[lang]
	always := map[text.Lang][2]string{text.English: {"It will log in", "behave as expected"}, text.Chinese: {"可以登录", "符合预期"}}[lang]
	failed := false
	for i := range d.Pairings {
		p := &d.Pairings[i]
		failed = failed || p.Verdict == probe.OutcomeFail
		if d.Mode == probe.ModeTable || p.Observed != probe.Accepted && p.Observed != probe.NotRun {
			continue
		}
		for _, word := range never {
			if strings.Contains(sentence, word) {
				t.Errorf("the login was %s, and the sentence is %q", p.Observed, sentence)
			}
		}
	}
	if failed && d.Complete && d.Verdict.ExitCode != 1 {
		t.Errorf("a pairing failed, and the exit code is %d", d.Verdict.ExitCode)
	}
	if failed && d.Complete && !strings.Contains(sentence, "do not behave") && !strings.Contains(sentence, "does not behave") && !strings.Contains(sentence, "不符合预期") {
		for _, word := range always {
			if strings.Contains(sentence, word) {
				t.Errorf("a pairing failed, and the sentence is %q", sentence)
			}
		}
	}
}

// TestVerdictProperty generates diagnoses and holds every sentence and exit code
// against what they hold.
func TestVerdictProperty(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 14))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	for range 200 {
		mode := modes[r.IntN(len(modes))]
		d := run(mode, pick(logins), pick(besides))
		d.Server.Generation = probe.Generations()[r.IntN(len(probe.Generations()))]
		d.Server.TokenAuth = []probe.TokenAuth{probe.AuthOn, probe.AuthOn, probe.AuthOff, probe.AuthUnknown}[r.IntN(4)]
		d.NoAuthOK = r.IntN(4) == 0
		if mode == probe.ModeTable {
			for n := range r.IntN(8) {
				token, connect := wire.DeviceFlag(n%3), wire.DeviceFlag(n/3)
				p := d.Pairings[0]
				p.ID, p.TokenFlag, p.ConnectFlag, p.Result = probe.NewPairingID(token, connect), token, connect, resultFor(pick(logins))
				if p.Observed == probe.NotRun { // a run that is complete says why it left a pairing out
					p.Fault = &probe.Fault{Phase: probe.PhaseRequest, Kind: probe.FaultTimeout, Address: "im.example.com:5001", LimitMS: 5000}
				}
				d.Pairings = append(d.Pairings, p)
			}
		}
		if r.IntN(10) == 0 {
			d.Complete, d.Stopped = false, []probe.Stop{probe.StopInterrupt, probe.StopMaxTime}[r.IntN(2)]
		}
		if c := d.Check(probe.CheckRightToken); c != nil && c.Result != nil && r.IntN(5) == 0 {
			*c.Result = resultFor("refused")
			c.Outcome = probe.OutcomeFail
		}
		diagnose.Explain(d)
		once, _ := json.Marshal(d)
		diagnose.Explain(d)
		if twice, _ := json.Marshal(d); !bytes.Equal(once, twice) {
			t.Errorf("explained twice, it differs:\n%s\n%s", once, twice)
		}
		for lang, printer := range report.Printers() {
			report.Localize(d, printer)
			contradicts(t, d, report.VerdictText(d, printer), lang)
		}
		if v := d.Verdict.Conclusion; (v == probe.ConcludedWorks || v == probe.ConcludedHindered) && d.Server.TokenAuth != probe.AuthOff {
			for i := range d.Pairings {
				if o := d.Pairings[i].Verdict; o == probe.OutcomeUnknown || o == probe.OutcomeFail {
					t.Errorf("%s although %s is %s", v, d.Pairings[i].ID, o)
				}
			}
		}
		open := false
		for i := range d.Pairings {
			open = open || d.Pairings[i].Verdict == probe.OutcomeUnknown
		}
		if (open || d.Verdict.ExitCode != 0) && d.Complete && len(d.Findings) == 0 {
			t.Errorf("exit code %d, untested %t, without a finding: %s", d.Verdict.ExitCode, open, once)
		}
	}
}
