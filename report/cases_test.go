package report

import (
	"fmt"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/diagnose"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// The diagnoses that the golden reports show: what a run against such a server
// measures is written by hand, with round times.

// sample makes one case: what was measured stands here, what it means is what
// package diagnose makes of it, in the words of lang.
type sample struct {
	name string
	make func(lang text.Lang) *probe.Diagnosis
}

func samples() []sample {
	return []sample{
		{"v1", healthyV1},
		{"v2", healthyV2},
		{"v2-beta", healthyBeta},
		{"v3", openV3},
		{"setup-v1", setupV1},
		{"setup-v2", setupV2},
		{"user", existingUser},
		{"unreachable", unreachable},
		{"interrupted", interrupted},
		{"accepted", wronglyAccepted},
		{"range", wholeRange},
	}
}

// told is d with its causes and their words.
func told(d *probe.Diagnosis, lang text.Lang) *probe.Diagnosis {
	diagnose.Explain(d)
	Localize(d, printer(lang))
	return d
}

func base(gen probe.Generation, version string, protocol int) *probe.Diagnosis {
	return &probe.Diagnosis{
		Schema:   probe.Schema,
		Tool:     probe.Tool{Name: "wkctl", Version: "0.1.0", OS: "linux", Arch: "amd64"},
		Complete: true,
		Mode:     probe.ModeTable,
		Target: probe.Target{
			API: "http://127.0.0.1:5001", WS: "ws://127.0.0.1:5200", WSSource: probe.SourceRoute,
			Advertised: &probe.Advertised{TCP: "127.0.0.1:5100", WS: "ws://127.0.0.1:5200"},
		},
		Server: probe.Server{
			Generation: gen, Version: version, Protocol: protocol, TokenAuth: probe.AuthOn,
			Evidence: []probe.Evidence{
				{Source: "api", Text: `GET /varz: version "` + version + `"`},
				{Source: "connect", Text: "control with a wrong token was refused"},
			},
		},
		StartedAt: time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC),
		ElapsedMS: 420,
		Verdict:   probe.Verdict{Outcome: probe.OutcomePass},
	}
}

// checks gives the checks of a run in which the controls behaved.
func checks(refused probe.Result) []probe.Check {
	accepted := probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack, ReasonCode: 1, Reason: "Success", ElapsedMS: 3.2, Attempts: 1}
	return []probe.Check{
		{ID: probe.CheckAPI, Outcome: probe.OutcomePass, ElapsedMS: 2.4, Text: "GET /route 200"},
		{ID: probe.CheckRegister, Outcome: probe.OutcomePass, ElapsedMS: 11, Text: "12 users"},
		{ID: probe.CheckWS, Outcome: probe.OutcomePass, ElapsedMS: 1.3, Text: "101"},
		{ID: probe.CheckRightToken, Outcome: probe.OutcomePass, ElapsedMS: 3.2, Result: &accepted},
		{ID: probe.CheckWrongToken, Outcome: probe.OutcomePass, ElapsedMS: refused.ElapsedMS, Result: &refused},
		{ID: probe.CheckEmptyToken, Outcome: probe.OutcomePass, ElapsedMS: refused.ElapsedMS, Result: &refused},
		{ID: probe.CheckUnknownUser, Outcome: probe.OutcomePass, ElapsedMS: refused.ElapsedMS, Result: &refused},
		{ID: probe.CheckCleanup, Outcome: probe.OutcomePass, ElapsedMS: 9.1},
	}
}

func refusal() probe.Result {
	return probe.Result{
		Observed: probe.Refused, Proof: probe.ProofConnack, ReasonCode: wire.ReasonAuthFail, Reason: "AuthFail",
		ElapsedMS: 3.1, AnswerMS: 1.2, Attempts: 1, Steps: steps(1.2),
	}
}

func silence() probe.Result {
	return probe.Result{
		Observed: probe.Silent, Proof: probe.ProofPingClose, ElapsedMS: 256, WaitedMS: 250, Attempts: 1, Steps: steps(254),
	}
}

func acceptance() probe.Result {
	return probe.Result{
		Observed: probe.Accepted, Proof: probe.ProofConnack, ReasonCode: wire.ReasonSuccess, Reason: "Success",
		ElapsedMS: 3.4, AnswerMS: 1.5, Attempts: 1, Steps: steps(1.5),
	}
}

func steps(answer float64) []probe.Step {
	return []probe.Step{
		{Name: probe.StepDial, ElapsedMS: 0.3}, {Name: probe.StepUpgrade, ElapsedMS: 1.1},
		{Name: probe.StepConnect, ElapsedMS: 0.2}, {Name: probe.StepAnswer, ElapsedMS: answer},
	}
}

// square gives tokens × connects pairings; a token is accepted on its own flag,
// and refused as told on the others.
func square(tokens, connects []wire.DeviceFlag, refused probe.Result, src probe.ExpectTokenSource) []probe.Pairing {
	var list []probe.Pairing
	for _, t := range tokens {
		for _, c := range connects {
			p := probe.Pairing{
				ID: probe.NewPairingID(t, c), TokenFlag: t, ConnectFlag: c, SDK: "js-1.3.5",
				UID: fmt.Sprintf("wkctl-5e1f-%d-%d", t, c), Token: fmt.Sprintf("T%d", len(list)),
				Result: acceptance(), Expected: probe.Accepted, Verdict: probe.OutcomePass,
				ExpectToken: probe.TokenMatch, ExpectTokenSource: src,
			}
			if t != c {
				p.Result, p.Expected, p.ExpectToken = refused, probe.Refused, probe.TokenEmpty
			}
			list = append(list, p)
		}
	}
	return list
}

func flags(n ...wire.DeviceFlag) []wire.DeviceFlag { return n }

func healthyV1(lang text.Lang) *probe.Diagnosis {
	d := base(probe.GenV1, "1.2.6", 3)
	d.Checks = checks(refusal())
	d.Pairings = square(flags(0, 1, 2), flags(0, 1, 2), refusal(), probe.FromRegistering)
	return told(d, lang)
}

func healthyV2(lang text.Lang) *probe.Diagnosis {
	d := base(probe.GenV2, "2.2.5", 5)
	d.ElapsedMS = 890
	d.Target.WSSource = probe.SourceDefault
	d.Checks = checks(silence())
	d.Pairings = square(flags(0, 1, 2), flags(0, 1, 2), silence(), probe.FromStore)
	d.Addresses = advertised()
	return told(d, lang)
}

func advertised() []probe.Address {
	return []probe.Address{
		{Role: probe.RoleTCP, URL: "127.0.0.1:5100", Class: probe.ClassLoopback, Outcome: probe.OutcomePass, SameHost: true, ElapsedMS: 0.4},
		{Role: probe.RoleWS, URL: "ws://127.0.0.1:5200", Class: probe.ClassLoopback, Outcome: probe.OutcomePass, SameHost: true, ElapsedMS: 0.9},
		{Role: probe.RoleWSS, Class: probe.ClassEmpty, Outcome: probe.OutcomeSkip},
	}
}

func healthyBeta(lang text.Lang) *probe.Diagnosis {
	d := base(probe.GenV2Beta, "", 3)
	d.Checks = checks(refusal())
	d.Pairings = square(flags(0, 1, 2), flags(0, 1, 2), acceptance(), probe.FromRegistering)
	for i := range d.Pairings {
		p := &d.Pairings[i]
		p.Expected, p.ExpectToken = probe.Accepted, probe.TokenMatch
	}
	return told(d, lang)
}

func openV3(lang text.Lang) *probe.Diagnosis {
	d := base(probe.GenV3, "", 6)
	d.Server.TokenAuth = probe.AuthOff
	d.Checks = checks(refusal())
	for i := 4; i < 7; i++ {
		res := acceptance()
		d.Checks[i].Outcome, d.Checks[i].Result = probe.OutcomeFail, &res
	}
	d.Pairings = square(flags(0, 1, 2), flags(0, 1, 2), acceptance(), "")
	for i := range d.Pairings {
		d.Pairings[i].ExpectToken = probe.TokenUnknown
	}
	return told(d, lang)
}

func setupV1(lang text.Lang) *probe.Diagnosis {
	return told(setup(base(probe.GenV1, "1.2.6", 3), refusal()), lang)
}

func setupV2(lang text.Lang) *probe.Diagnosis {
	d := setup(base(probe.GenV2, "2.2.5", 5), silence())
	d.Pairings[0].ExpectTokenSource = probe.FromStore
	return told(d, lang)
}

func setup(d *probe.Diagnosis, refused probe.Result) *probe.Diagnosis {
	d.Mode = probe.ModeSetup
	d.ElapsedMS = 96
	works := acceptance()
	d.Checks = append(checks(refused)[:7:7],
		probe.Check{ID: probe.CheckFix, Outcome: probe.OutcomePass, ElapsedMS: 4.2, Text: "registered with device_flag=1, accepted", Result: &works},
		probe.Check{ID: probe.CheckClientFix, Outcome: probe.OutcomePass, ElapsedMS: 3.9, Text: "connected with device_flag=0, accepted", Result: &works},
		probe.Check{ID: probe.CheckCleanup, Outcome: probe.OutcomePass, ElapsedMS: 5.5})
	d.Pairings = square(flags(0), flags(1), refused, probe.FromRegistering)
	return d
}

func existingUser(lang text.Lang) *probe.Diagnosis {
	d := base(probe.GenV20, "2.0.7", 4)
	d.Mode = probe.ModeUser
	d.ElapsedMS = 38
	d.Checks = []probe.Check{
		{ID: probe.CheckAPI, Outcome: probe.OutcomePass, ElapsedMS: 2.4},
		{ID: probe.CheckWS, Outcome: probe.OutcomePass, ElapsedMS: 1.3},
	}
	d.User = &probe.User{
		UID: "alice", Token: "T0", ConnectFlag: 1, StoreKnown: true,
		Stored: []probe.StoredState{
			{DeviceFlag: 0, State: probe.TokenMatch},
			{DeviceFlag: 1, DeviceLevel: wire.LevelMaster, State: probe.TokenOther},
		},
	}
	d.Pairings = square(flags(1), flags(1), refusal(), probe.FromStore)
	p := &d.Pairings[0]
	p.Result = refusal()
	p.UID, p.Token, p.ExpectToken = "alice", "T0", probe.TokenOther
	return told(d, lang)
}
