package report

import (
	"fmt"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// The diagnoses that the golden reports show, written by hand: what a run
// against such a server finds. Times are invented and round.

// sample makes one case; lang is the language of the findings' texts, which
// stand here and not in the catalogue, so that a better wording there does not
// change every golden file.
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

func say(lang text.Lang, en, zh string) string {
	if lang == text.Chinese {
		return zh
	}
	return en
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
	for i := range d.Pairings {
		if d.Pairings[i].Observed == probe.Refused {
			d.Pairings[i].Code = "WK501"
		}
	}
	d.Findings = []probe.Finding{{
		Code: "WK501", ID: "token-under-other-flag", Severity: probe.SeverityInfo,
		Title: say(lang, "The token is stored under another device flag", "token 存在另一个设备标识下"),
		Cause: say(lang, "A token counts for the device flag it was stored under, and for no other.", "token 只对存入时的设备标识有效。"),
	}}
	return d
}

func healthyV2(lang text.Lang) *probe.Diagnosis {
	d := base(probe.GenV2, "2.2.5", 5)
	d.ElapsedMS = 890
	d.Target.WSSource = probe.SourceDefault
	d.Checks = checks(silence())
	d.Pairings = square(flags(0, 1, 2), flags(0, 1, 2), silence(), probe.FromStore)
	d.Findings = []probe.Finding{silentNote(lang)}
	d.Addresses = advertised()
	return d
}

func advertised() []probe.Address {
	return []probe.Address{
		{Role: probe.RoleTCP, URL: "127.0.0.1:5100", Class: probe.ClassLoopback, Outcome: probe.OutcomePass, SameHost: true, ElapsedMS: 0.4},
		{Role: probe.RoleWS, URL: "ws://127.0.0.1:5200", Class: probe.ClassLoopback, Outcome: probe.OutcomePass, SameHost: true, ElapsedMS: 0.9},
		{Role: probe.RoleWSS, Class: probe.ClassEmpty, Outcome: probe.OutcomeSkip},
	}
}

func silentNote(lang text.Lang) probe.Finding {
	return probe.Finding{
		Code: "WK510", ID: "silent-rejection", Severity: probe.SeverityInfo,
		Title: say(lang, "This server refuses without a word", "该服务端拒绝连接时不作任何回应"),
		Cause: say(lang,
			"WuKongIM 2.0.8 to 2.2.5 send no CONNACK when a token does not fit; the connection is closed after 4 to 6 s. The JS SDK shows no error and reconnects every 3 s for ever.",
			"WuKongIM 2.0.8 到 2.2.5 在 token 不对时不返回 CONNACK，4 到 6 秒后才断开。JS SDK 不报错，每 3 秒重连一次，永不停止。"),
		Evidence: []probe.Evidence{{Source: "connect", Text: "wrong token: no CONNACK in 250 ms, closed on PING"}},
		Fix: probe.Fix{Text: say(lang,
			"Treat a connection that stays in “connecting” for more than 5 s as refused, and look into the server's log.",
			"客户端停留在“连接中”超过 5 秒，就按认证失败处理，并查看服务端日志。")},
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
	d.Verdict.Outcome = probe.OutcomeWarn
	d.Findings = []probe.Finding{{
		Code: "WK508", ID: "token-shared-across-flags", Severity: probe.SeverityWarning,
		Title: say(lang, "This server keeps one token per user, not one per device flag", "该服务端每个用户只存一个 token，不区分设备标识"),
		Cause: say(lang,
			"WuKongIM 2.0.0-beta stores the token under the uid alone. Any device flag is accepted with it, and registering a token for one flag overwrites those of all the others.",
			"WuKongIM 2.0.0-beta 只按 uid 存 token：任何设备标识都能用它登录，为一个设备标识注册 token 会覆盖其他设备标识的 token。"),
		Evidence: []probe.Evidence{{Source: "connect", Text: "token stored with device_flag=0 accepted with device_flag=1 and 2"}},
		Fix:      probe.Fix{Text: say(lang, "Upgrade to 2.0.1 or later, and register a token per device flag.", "升级到 2.0.1 或更高版本，并为每个设备标识分别注册 token。")},
	}}
	return d
}

func openV3(lang text.Lang) *probe.Diagnosis {
	d := base(probe.GenV3, "", 6)
	d.Server.TokenAuth = probe.AuthOff
	d.Checks = checks(refusal())
	for i := 4; i < 7; i++ {
		res := acceptance()
		d.Checks[i].Outcome, d.Checks[i].Code, d.Checks[i].Result = probe.OutcomeFail, "WK507", &res
	}
	d.Pairings = square(flags(0, 1, 2), flags(0, 1, 2), acceptance(), "")
	for i := range d.Pairings {
		p := &d.Pairings[i]
		p.Verdict, p.Code, p.ExpectToken = probe.OutcomeSkip, "WK507", probe.TokenUnknown
	}
	d.Verdict = probe.Verdict{Outcome: probe.OutcomeFail, ExitCode: 1}
	d.Findings = []probe.Finding{{
		Code: "WK507", ID: "token-auth-off", Severity: probe.SeverityError,
		Title: say(lang, "The server accepts a wrong token", "服务端接受错误的 token"),
		Cause: say(lang,
			"A wrong token, an empty one and a user that was never registered all logged in: this server does not check tokens. Version 3 beta has no token check at all.",
			"错误的 token、空 token、未注册的用户都登录成功：该服务端不校验 token。3.0 beta 版本根本没有 token 认证。"),
		Evidence: []probe.Evidence{
			{Source: "connect", Text: "wrong token: CONNACK reason 1 (Success)"},
			{Source: "connect", Text: "empty token: CONNACK reason 1 (Success)"},
		},
		Fix: probe.Fix{
			Text:     say(lang, "Do not expose this server. For v1 and v2 set in wk.yaml:", "不要将该服务端暴露到公网。v1、v2 请在 wk.yaml 中设置："),
			Commands: []string{"tokenAuthOn: true"},
		},
	}}
	return d
}

func setupV1(lang text.Lang) *probe.Diagnosis {
	return setup(lang, base(probe.GenV1, "1.2.6", 3), refusal())
}

func setupV2(lang text.Lang) *probe.Diagnosis {
	d := setup(lang, base(probe.GenV2, "2.2.5", 5), silence())
	d.Findings = append(d.Findings, silentNote(lang))
	d.Findings[1].DependsOn = "WK501"
	d.Pairings[0].ExpectTokenSource = probe.FromStore
	return d
}

func setup(lang text.Lang, d *probe.Diagnosis, refused probe.Result) *probe.Diagnosis {
	d.Mode = probe.ModeSetup
	d.ElapsedMS = 96
	d.Checks = append(checks(refused)[:7:7],
		probe.Check{ID: probe.CheckFix, Outcome: probe.OutcomePass, ElapsedMS: 4.2, Text: "registered with device_flag=1, accepted"},
		probe.Check{ID: probe.CheckCleanup, Outcome: probe.OutcomePass, ElapsedMS: 5.5})
	d.Pairings = square(flags(0), flags(1), refused, probe.FromRegistering)
	p := &d.Pairings[0]
	p.Expected, p.Verdict, p.Code = probe.Accepted, probe.OutcomeFail, "WK501"
	d.Verdict = probe.Verdict{Outcome: probe.OutcomeFail, ExitCode: 1}
	d.Findings = []probe.Finding{{
		Code: "WK501", ID: "token-under-other-flag", Severity: probe.SeverityError,
		Title:    say(lang, "The token is stored under another device flag", "token 存在另一个设备标识下"),
		Pairings: []probe.PairingID{"0->1"},
		Cause: say(lang,
			"The back end stored the token with device_flag 0 (APP). The JS SDK connects with device flag 1 (WEB), so the server looks under (uid, 1), finds nothing and refuses. The token itself is right.",
			"后端用 device_flag 0（APP）注册了 token，而 JS SDK 以设备标识 1（WEB）连接。服务端到 (uid, 1) 下查找，什么也没找到，于是拒绝。token 本身没有问题。"),
		Evidence: []probe.Evidence{
			{Source: "api", Text: "POST /user/token device_flag=0: 200"},
			{Source: "connect", Text: "CONNECT device_flag=1, same uid and token: refused"},
			{Source: "connect", Text: "CONNECT device_flag=0, same uid and token: CONNACK reason 1 (Success)"},
		},
		Fix: probe.Fix{
			Text: say(lang, `Register the token with the flag that the client connects with, "device_flag": 1:`, `用客户端连接时的设备标识注册 token，即 "device_flag": 1：`),
			Commands: []string{
				`curl -X POST http://127.0.0.1:5001/user/token -H 'Content-Type: application/json' -d '{"uid":"alice","token":"…","device_flag":1,"device_level":0}'`,
			},
		},
		Links: []string{"https://github.com/WuKongIM/WuKongIM/issues/138"},
		Args:  map[string]string{"token_flag": "0", "connect_flag": "1"},
	}}
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
	p.UID, p.Token, p.Verdict, p.ExpectToken, p.Code = "alice", "T0", probe.OutcomeFail, probe.TokenOther, "WK503"
	d.Verdict = probe.Verdict{Outcome: probe.OutcomeFail, ExitCode: 1}
	d.Findings = []probe.Finding{{
		Code: "WK503", ID: "token-overwritten", Severity: probe.SeverityError,
		Title:    say(lang, "The server has stored another token for this device flag", "服务端在这个设备标识下存的是另一个 token"),
		Pairings: []probe.PairingID{"1->1"},
		Cause: say(lang,
			"A newer call of /user/token has replaced the token that the client still uses: it was issued again, or two apps share device flag 1.",
			"之后又有一次 /user/token 调用，覆盖了客户端仍在使用的 token：可能重新签发过，也可能两个应用共用设备标识 1。"),
		Evidence: []probe.Evidence{{Source: "store", Text: "GET /cluster/devices?uid=alice: device_flag 1 holds T1, the client sent T0"}},
		Fix: probe.Fix{
			Text:     say(lang, "Give the client the token that was issued last, and issue one only at login.", "把最后一次签发的 token 下发给客户端，并且只在登录时签发。"),
			Commands: []string{"wkctl token --list --uid alice"},
		},
	}}
	return d
}
