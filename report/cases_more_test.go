package report

import (
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

func unreachable(lang text.Lang) *probe.Diagnosis {
	d := base(probe.GenUnknown, "", 0)
	d.Target = probe.Target{API: "http://127.0.0.1:5001"}
	d.Server = probe.Server{Generation: probe.GenUnknown, TokenAuth: probe.AuthUnknown}
	d.ElapsedMS = 2
	d.Checks = []probe.Check{{
		ID: probe.CheckAPI, Outcome: probe.OutcomeFail, ElapsedMS: 0.4,
		Fault: &probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultRefused, Address: "127.0.0.1:5001", AfterMS: 0.4},
	}}
	for _, id := range []probe.CheckID{probe.CheckRegister, probe.CheckWS, probe.CheckRightToken, probe.CheckWrongToken, probe.CheckEmptyToken, probe.CheckUnknownUser} {
		d.Checks = append(d.Checks, probe.Check{ID: id, Outcome: probe.OutcomeSkip, Needs: probe.CheckAPI})
	}
	d.Pairings = square(flags(0, 1, 2), flags(0, 1, 2), probe.Result{}, "")
	for i := range d.Pairings {
		p := &d.Pairings[i]
		p.UID, p.Token, p.Result, p.ExpectToken = "", "", probe.Result{Observed: probe.NotRun}, probe.TokenUnknown
	}
	return told(d, lang)
}

func interrupted(lang text.Lang) *probe.Diagnosis {
	d := base(probe.GenV2, "2.2.5", 5)
	d.Complete = false
	d.ElapsedMS = 310
	d.Checks = checks(silence())
	d.Pairings = square(flags(0, 1, 2), flags(0, 1, 2), silence(), probe.FromRegistering)
	for i := 4; i < 9; i++ {
		p := &d.Pairings[i]
		p.Result = probe.Result{Observed: probe.NotRun}
		p.ExpectToken, p.ExpectTokenSource = probe.TokenUnknown, ""
	}
	return told(d, lang)
}

func wronglyAccepted(lang text.Lang) *probe.Diagnosis {
	d := base(probe.GenV20, "2.0.7", 4)
	d.Checks = checks(refusal())
	d.Pairings = square(flags(0, 1, 2), flags(0, 1, 2), refusal(), probe.FromRegistering)
	p := &d.Pairings[1]
	p.Result, p.ExpectToken = acceptance(), probe.TokenEmpty
	q := &d.Pairings[4]
	q.Result = probe.Result{
		Observed: probe.Unreachable, ElapsedMS: 3000, Attempts: 3, Lost: []string{"reset", "reset"},
		Fault: &probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultReset, Address: "127.0.0.1:5200"},
	}
	q.ExpectToken = probe.TokenUnknown
	d.Addresses = advertised()
	d.Addresses[1] = probe.Address{
		Role: probe.RoleWS, URL: "ws://172.17.0.2:5200", Class: probe.ClassContainer, Outcome: probe.OutcomeFail, ElapsedMS: 2000,
		Fault: &probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultTimeout, Address: "172.17.0.2:5200", LimitMS: 2000},
	}
	return told(d, lang)
}

func wholeRange(lang text.Lang) *probe.Diagnosis {
	d := base(probe.GenV1, "1.2.6", 3)
	d.ElapsedMS = 2310
	d.Checks = checks(refusal())
	var all []wire.DeviceFlag
	for f := range 256 {
		all = append(all, wire.DeviceFlag(f))
	}
	d.Pairings = square(all, flags(1), refusal(), probe.FromRegistering)
	return told(d, lang)
}

// credentials gives two tokens, one of them cleared.
func credentials() *probe.Credentials {
	var vault secret.Vault
	when := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	return &probe.Credentials{
		Schema: probe.CredentialsSchema, API: "http://127.0.0.1:5001", WS: "ws://127.0.0.1:5200",
		UID: "wkctl-7f3a", Source: string(probe.FromRegistering),
		Tokens: []probe.StoredToken{
			{DeviceFlag: 0, Token: vault.User(rawToken), UpdatedAt: &when},
			{DeviceFlag: 1, DeviceLevel: wire.LevelMaster, Token: vault.User(rawToken + "<&>")},
			{DeviceFlag: 7},
		},
	}
}

// rawToken must never be seen except where a person asked for it.
const rawToken = "s3cr3t-raw-token"

// connection gives a refused login with its frames.
func connection() *probe.Connection {
	var vault secret.Vault
	d := base(probe.GenV1, "1.2.6", 3)
	return &probe.Connection{
		Schema: probe.ConnectionSchema, Tool: d.Tool, Target: d.Target, SDK: "js-1.3.5", UID: "alice",
		Token: vault.User(rawToken), ConnectFlag: 1, Result: refusal(),
		Frames: []probe.FrameDump{
			{Sent: true, AtMS: 1.6, Name: "CONNECT", Hex: "10720501002165633737" + "0005616c696365" + "0010********************************" + "000001965a3b1c00"},
			{AtMS: 2.8, Name: "CONNACK", Hex: "200d00000000000000000200000000"},
		},
		Verdict: probe.Verdict{Outcome: probe.OutcomeFail, ExitCode: 1},
	}
}
