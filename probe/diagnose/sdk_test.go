package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
)

func accepted() probe.Result {
	return probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack, ReasonCode: wire.ReasonSuccess, Reason: "Success", Attempts: 1}
}

func refusedWith(reason wire.Reason) probe.Result {
	return probe.Result{Observed: probe.Refused, Proof: probe.ProofConnack, ReasonCode: reason, Reason: reason.String(), Attempts: 1}
}

func silent() probe.Result {
	return probe.Result{Observed: probe.Silent, Proof: probe.ProofPingClose, WaitedMS: 250, Attempts: 1}
}

func closed() probe.Result {
	return probe.Result{Observed: probe.Closed, Attempts: 1, Fault: &probe.Fault{Phase: probe.PhaseAnswer, Kind: probe.FaultEOF}}
}

// sdkRun is a run whose controls held, on a server of that generation.
func sdkRun(mode probe.Mode, gen probe.Generation, version string) *probe.Diagnosis {
	right, wrong := accepted(), refusedWith(wire.ReasonAuthFail)
	return &probe.Diagnosis{
		Schema: probe.Schema, Complete: true, Mode: mode, Target: probe.Target{API: "http://127.0.0.1:5001", WS: "ws://127.0.0.1:5200"},
		Server: probe.Server{Generation: gen, Version: version, TokenAuth: probe.AuthOn},
		Checks: []probe.Check{
			{ID: probe.CheckAPI, Outcome: probe.OutcomePass}, {ID: probe.CheckWS, Outcome: probe.OutcomePass},
			{ID: probe.CheckRightToken, Outcome: probe.OutcomePass, Result: &right},
			{ID: probe.CheckWrongToken, Outcome: probe.OutcomePass, Result: &wrong},
		},
	}
}

// setup is the one pairing of set-up mode, as an SDK of the catalogue makes it.
func setup(gen probe.Generation, name string, token wire.DeviceFlag, r probe.Result) *probe.Diagnosis {
	s, err := sdk.Find(name)
	if err != nil {
		panic(err)
	}
	d := sdkRun(probe.ModeSetup, gen, "")
	p := probe.Pairing{
		ID: probe.NewPairingID(token, s.EffectiveFlag), TokenFlag: token, ConnectFlag: s.EffectiveFlag, SDK: s.ID, UID: "wkctl-1",
		Result: r, ExpectToken: probe.TokenEmpty, ExpectTokenSource: probe.FromRegistering,
	}
	if token == s.EffectiveFlag {
		p.ExpectToken = probe.TokenMatch
	}
	d.Pairings = []probe.Pairing{p}
	return d
}

func codesOf(d *probe.Diagnosis) (list []string) {
	for _, f := range d.Findings {
		code := f.Code
		if f.Severity == probe.SeverityError {
			code += "!"
		}
		list = append(list, code)
	}
	return list
}

// TestSetupOfAnSDK: which finding comes first where the login fails because of the
// SDK, what it names to fix it, and what is said of the user's view.
func TestSetupOfAnSDK(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		d     *probe.Diagnosis
		codes string // "!" is severity error
		exit  int
		fixes []string // in the commands of the first finding
		sees  string   // of which end the first finding tells
	}{
		"JSON-RPC on v1":              {setup(probe.GenV1, "easyjs", 1, closed()), "WK511!", 1, nil, "closed"},
		"JSON-RPC on v3":              {openAuth(setup(probe.GenV3, "easyandroid", 0, closed())), "WK511! WK507!", 1, nil, "closed"},
		"JSON-RPC on v2.1.3":          {setup(probe.GenV2, "easyrust", 2, closed()), "WK511!", 1, nil, "closed"},
		"JSON-RPC turned off":         {withVersion(setup(probe.GenV2, "easyjs", 1, closed()), "v2.2.5-20260422"), "WK511!", 1, []string{"disableJSONRPC: false"}, "closed"},
		"JSON-RPC, then closed":       {fixed(withVersion(setup(probe.GenV2, "easyjs", 1, closed()), "v2.2.5")), "WK517!", 1, nil, ""},
		"JSON-RPC, no control":        {without(setup(probe.GenV1, "easyjs", 1, closed()), probe.CheckRightToken), "WK604", 3, nil, ""},
		"binary SDK closed":           {setup(probe.GenV1, "js", 1, closed()), "WK517!", 1, nil, ""},
		"client key wanted":           {setup(probe.GenV2, "easyjs", 1, refusedWith(wire.ReasonClientKeyIsEmpty)), "WK512!", 1, nil, "refused"},
		"flag never sent":             {setup(probe.GenV2, "easyandroid@1.0.2", 1, silent()), "WK513! WK501! WK510", 1, []string{`"device_flag": 0`}, "silent"},
		"flag never sent, registered": {setup(probe.GenV2, "easyandroid@1.0.2", 0, accepted()), "", 0, nil, ""},
		"numbered from 1, app":        {setup(probe.GenV2, "easyios@1.0.2", 0, silent()), "WK514! WK501! WK510", 1, []string{`"device_flag": 1`}, "silent"},
		"numbered from 1, knob":       {setup(probe.GenV2, "easyios@1.0.2", 2, silent()), "WK514! WK501! WK510", 1, []string{`"device_flag": 1`, "deviceFlag(.web)"}, "silent"},
		"zero sent as 2":              {setup(probe.GenV2, "easyjs@1.0.13", 0, silent()), "WK514! WK501! WK510", 1, []string{`"device_flag": 2`}, "silent"},
		"zero can be sent since":      {setup(probe.GenV2, "easyjs@1.0.14", 0, silent()), "WK501! WK510", 1, nil, "silent"},
		"JS with a token of 0":        {setup(probe.GenV1, "js", 0, refusedWith(wire.ReasonAuthFail)), "WK501!", 1, nil, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Explain(tc.d)
			if got := strings.Join(codesOf(tc.d), " "); got != tc.codes || tc.d.Verdict.ExitCode != tc.exit {
				t.Fatalf("got %q, exit %d, want %q, exit %d", got, tc.d.Verdict.ExitCode, tc.codes, tc.exit)
			}
			if tc.codes == "" || tc.codes == "WK604" || tc.codes == "WK517!" {
				return
			}
			first := tc.d.Findings[0]
			commands := strings.Join(first.Fix.Commands, "\n")
			for _, want := range tc.fixes {
				if !strings.Contains(commands, want) {
					t.Errorf("%q is not in the commands %q", want, commands)
				}
			}
			if first.Args["sees"] != tc.sees || first.Args["sees_sdk"] != tc.d.Pairings[0].SDK {
				t.Errorf("sees %q of %q, want %q", first.Args["sees"], first.Args["sees_sdk"], tc.sees)
			}
			if p := tc.d.Pairings[0]; p.Code != first.Code || p.Verdict != probe.OutcomeFail {
				t.Errorf("pairing: code %q, verdict %s", p.Code, p.Verdict)
			}
			if moved := tc.d.Finding("WK501"); moved != nil && first.Code != "WK501" && moved.DependsOn != first.Code {
				t.Errorf("WK501 follows from %q", moved.DependsOn)
			}
		})
	}
}

func openAuth(d *probe.Diagnosis) *probe.Diagnosis {
	d.Server.TokenAuth = probe.AuthOff
	return d
}

func withVersion(d *probe.Diagnosis, v string) *probe.Diagnosis {
	d.Server.Version = v
	return d
}

// fixed adds that the same SDK was let in with a token of its own flag.
func fixed(d *probe.Diagnosis) *probe.Diagnosis {
	r := accepted()
	d.Checks = append(d.Checks, probe.Check{ID: probe.CheckFix, Outcome: probe.OutcomePass, Result: &r})
	return d
}

func without(d *probe.Diagnosis, id probe.CheckID) *probe.Diagnosis {
	d.Checks = slices.DeleteFunc(d.Checks, func(c probe.Check) bool { return c.ID == id })
	return d
}

// TestExistingUserOfAnSDK: the same causes where an existing user cannot log in.
func TestExistingUserOfAnSDK(t *testing.T) {
	t.Parallel()
	asUser := func(d *probe.Diagnosis, stored ...probe.StoredState) *probe.Diagnosis {
		d.Mode = probe.ModeUser
		d.User = &probe.User{UID: "alice", Token: "T0", ConnectFlag: d.Pairings[0].ConnectFlag, StoreKnown: true, Stored: stored}
		refused := refusedWith(wire.ReasonAuthFail)
		d.Checks = append(without(d, probe.CheckRightToken).Checks, probe.Check{ID: probe.CheckUnknownUser, Outcome: probe.OutcomePass, Result: &refused})
		return d
	}
	d := asUser(setup(probe.GenV2, "easyandroid", 1, silent()), probe.StoredState{DeviceFlag: 1, State: probe.TokenMatch})
	Explain(d)
	if got := strings.Join(codesOf(d), " "); !strings.HasPrefix(got, "WK513! WK501!") {
		t.Errorf("easyandroid: %s", got)
	}
	if c := d.Findings[0].Fix.Commands; len(c) == 0 || !strings.Contains(c[0], `"uid": "alice"`) {
		t.Errorf("easyandroid: commands %q", c)
	}
	d = asUser(setup(probe.GenV1, "easyjs", 1, closed()))
	Explain(d)
	if got := codesOf(d); len(got) == 0 || got[0] != "WK511!" || d.Verdict.ExitCode != 1 {
		t.Errorf("easyjs on v1: %v, exit %d", got, d.Verdict.ExitCode)
	}
}

// TestTableOfAnSDK: the cells that an SDK cannot make are explained, not missed,
// and a table over JSON-RPC on a server without it is an error.
func TestTableOfAnSDK(t *testing.T) {
	t.Parallel()
	table := func(gen probe.Generation, name string, cell func(s sdk.SDK, token, connect wire.DeviceFlag) probe.Result) *probe.Diagnosis {
		s, err := sdk.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		d := sdkRun(probe.ModeTable, gen, "")
		for _, token := range []wire.DeviceFlag{0, 1, 2} {
			for _, connect := range []wire.DeviceFlag{0, 1, 2} {
				_, possible := measure.AskFor(s, connect)
				p := probe.Pairing{
					ID: probe.NewPairingID(token, connect), TokenFlag: token, ConnectFlag: connect, SDK: s.ID, Impossible: !possible,
					Result: probe.Result{Observed: probe.NotRun}, ExpectToken: probe.TokenUnknown,
				}
				if possible {
					p.Result, p.ExpectToken = cell(s, token, connect), probe.TokenEmpty
				}
				d.Pairings = append(d.Pairings, p)
			}
		}
		Explain(d)
		return d
	}
	own := func(_ sdk.SDK, token, connect wire.DeviceFlag) probe.Result {
		if token == connect {
			return accepted()
		}
		return silent()
	}
	for name, want := range map[string]string{"easyandroid": "WK513", "easyjs@1.0.13": "WK514", "easyios@1.0.2": "", "js": ""} {
		d := table(probe.GenV2, name, own)
		if got := strings.Join(codesOf(d), " "); got != want || d.Verdict.ExitCode != 0 {
			t.Errorf("%s: %s, exit %d, want %s", name, got, d.Verdict.ExitCode, want)
		}
		for _, p := range d.Pairings {
			if p.Impossible && (p.Verdict != probe.OutcomeSkip || !strings.HasPrefix(want, p.Code)) {
				t.Errorf("%s %s: verdict %s, code %q", name, p.ID, p.Verdict, p.Code)
			}
		}
	}
	d := table(probe.GenV1, "easyjs", func(sdk.SDK, wire.DeviceFlag, wire.DeviceFlag) probe.Result { return closed() })
	if got := strings.Join(codesOf(d), " "); got != "WK511!" || d.Verdict.ExitCode != 1 {
		t.Errorf("easyjs on v1: %s, exit %d", got, d.Verdict.ExitCode)
	}
}
