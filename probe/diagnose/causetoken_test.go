package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// stored replaces what the server has for alice, and what her login came to.
func stored(expect probe.ExpectToken, r probe.Result, rows ...probe.StoredState) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) {
		d.User.Stored = rows
		d.Pairings[0].ExpectToken, d.Pairings[0].Result = expect, r
	}
}

// blind is a server that shows no rows, as v1; tries are the logins on other
// flags.
func blind(tries ...probe.SweepResult) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) {
		d.Server.Generation = probe.GenV1
		d.User.StoreKnown, d.User.Stored, d.User.Sweep = false, nil, tries
		p := &d.Pairings[0]
		p.ExpectToken, p.ExpectTokenSource, p.Result = probe.TokenUnknown, "", turnedAway(wire.ReasonAuthFail)
		for _, s := range tries {
			switch {
			case s.Observed != probe.Accepted:
			case s.Changed != "":
				p.ExpectToken, p.ExpectTokenSource = probe.TokenOther, probe.FromInference
			default:
				p.ID, p.TokenFlag = probe.NewPairingID(s.ConnectFlag, p.ConnectFlag), s.ConnectFlag
				p.ExpectToken, p.ExpectTokenSource = probe.TokenEmpty, probe.FromInference
			}
		}
	}
}

func try(flag wire.DeviceFlag, changed probe.TokenDefect, r probe.Result) probe.SweepResult {
	return probe.SweepResult{ConnectFlag: flag, Changed: changed, Result: r}
}

// elsewhere is a token of alice that is registered as flag 0.
func elsewhere(d *probe.Diagnosis) {
	d.User.Stored = []probe.StoredState{{DeviceFlag: 0, State: probe.TokenMatch}}
	p := &d.Pairings[0]
	p.ID, p.TokenFlag, p.ExpectToken, p.Result = "0->1", 0, probe.TokenEmpty, quiet()
}

// tokenRows are the causes that lie in a token: WK501 to WK505 and WK521.
func tokenRows() []causeRow {
	no := turnedAway(wire.ReasonAuthFail)
	row := func(flag wire.DeviceFlag, state probe.ExpectToken, slip probe.TokenDefect) probe.StoredState {
		return probe.StoredState{DeviceFlag: flag, State: state, Differs: slip}
	}
	return []causeRow{
		{code: "WK501", name: "rows", variant: "user", d: user(elsewhere)},
		{code: "WK501", name: "other flags, other tokens", variant: "user-other", d: user(stored(probe.TokenEmpty, quiet(), row(0, probe.TokenOther, ""), row(2, probe.TokenOther, "")))},
		{code: "WK501", name: "found by trying", variant: "user", d: user(blind(try(0, "", good())))},
		{code: "WK501", name: "set-up", d: setUp(0, 1, quiet())},
		{code: "WK501", name: "its own flag", absent: true, d: user()},
		{code: "WK501", name: "a row under the flag, cleared", absent: true, d: user(stored(probe.TokenEmpty, quiet(), row(1, probe.TokenEmpty, "")))},
		{code: "WK502", name: "no rows", d: user(stored(probe.TokenEmpty, quiet()))},
		{code: "WK502", name: "refused on every flag", variant: "sweep", d: user(blind(try(0, "", no), try(2, "", no)))},
		{code: "WK502", name: "another spelling of the uid", variant: "similar", d: user(stored(probe.TokenEmpty, quiet()), func(d *probe.Diagnosis) { d.User.SimilarUID = "Alice" })},
		{code: "WK502", name: "a row under another flag", absent: true, d: user(elsewhere)},
		{code: "WK502", name: "other flags not tried", absent: true, d: user(blind())},
		{code: "WK503", name: "another token", d: user(stored(probe.TokenOther, quiet(), row(1, probe.TokenOther, "")))},
		{code: "WK503", name: "blank at the end", variant: "sent-blanks", d: user(stored(probe.TokenOther, quiet(), row(1, probe.TokenOther, probe.DefectSentBlanks)))},
		{code: "WK503", name: "quotes in the store", variant: "stored-quotes", d: user(stored(probe.TokenOther, quiet(), row(1, probe.TokenOther, probe.DefectStoredQuotes)))},
		{code: "WK503", name: "capitals", variant: "case", d: user(stored(probe.TokenOther, quiet(), row(1, probe.TokenOther, probe.DefectCase)))},
		{code: "WK503", name: "Bearer in the store", variant: "stored-bearer", d: user(stored(probe.TokenOther, quiet(), extra(probe.DefectStoredBearer, nil, probe.ExtraBearer)))},
		{code: "WK503", name: "Token before the one that is sent", variant: "sent-prefix", d: user(stored(probe.TokenOther, quiet(), extra(probe.DefectSentPrefix, []probe.TokenExtra{probe.ExtraToken})))},
		{code: "WK503", name: "something on both sides", variant: "several", d: user(stored(probe.TokenOther, quiet(),
			extra(probe.DefectSeveral, []probe.TokenExtra{probe.ExtraBearer, probe.ExtraBlanks}, probe.ExtraQuotes)))},
		{code: "WK503", name: "tidied up it is let in", variant: "sent-quotes", d: user(blind(try(1, probe.DefectSentQuotes, good())))},
		{code: "WK503", name: "the same token", absent: true, d: user(func(d *probe.Diagnosis) { d.Pairings[0].Result = quiet() })},
		{code: "WK504", name: "cleared", d: user(stored(probe.TokenEmpty, quiet(), row(1, probe.TokenEmpty, "")))},
		{code: "WK504", name: "no row", absent: true, d: user(stored(probe.TokenEmpty, quiet()))},
		{code: "WK505", name: "none sent", d: user(stored(probe.TokenOther, quiet(), row(1, probe.TokenOther, "")), func(d *probe.Diagnosis) { d.User.Token = "" })},
		{code: "WK505", name: "one sent", absent: true, d: user(stored(probe.TokenOther, quiet(), row(1, probe.TokenOther, "")))},
		{code: "WK521", name: "@ in the uid", d: user(uid("a@b", probe.Result{Observed: probe.Closed, ElapsedMS: 2}))},
		{code: "WK521", name: "blank uid", d: user(uid(" ", probe.Result{Observed: probe.Closed, ElapsedMS: 2}))},
		{code: "WK521", name: "v1 takes it", absent: true, d: user(uid("a@b", no))},
		{code: "WK521", name: "an ordinary uid that is closed", absent: true, d: user(uid("a-b", probe.Result{Observed: probe.Closed, ElapsedMS: 2}))},
	}
}

// extra is a row under flag 1 whose token differs from the sent one in this only.
func extra(defect probe.TokenDefect, sent []probe.TokenExtra, stored ...probe.TokenExtra) probe.StoredState {
	return probe.StoredState{DeviceFlag: 1, State: probe.TokenOther, Differs: defect, SentExtra: sent, StoredExtra: stored}
}

func uid(name string, r probe.Result) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) {
		stored(probe.TokenEmpty, r)(d)
		d.User.UID, d.Pairings[0].UID = name, name
	}
}

// TestLookupFlag: v1.0.0 to v1.0.5 look under (uid, 0) whatever flag connects, and
// that is where the texts, the evidence and the fix point.
func TestLookupFlag(t *testing.T) {
	t.Parallel()
	for gen, want := range map[probe.Generation]string{probe.GenV10: "0", probe.GenV1: "1"} {
		d := user(blind(), func(d *probe.Diagnosis) {
			d.Server.Generation = gen
			p := &d.Pairings[0]
			p.ExpectToken, p.ExpectTokenSource = probe.TokenOther, probe.FromLog
			d.Log = &probe.LogFacts{Entries: []probe.LogLine{{Kind: string(serverlog.KindTokenMismatch), Pairing: p.ID, ExpectToken: probe.TokenOther, HasRow: true, Text: "token verify fail"}}}
		})
		Explain(d)
		found := d.Finding("WK503")
		if found == nil {
			t.Fatalf("%s: only %v", gen, codesIn(d))
		}
		always := want == "0"
		row := "(alice, " + want + ")"
		shown := slices.ContainsFunc(found.Evidence, func(e probe.Evidence) bool {
			return strings.HasPrefix(e.Text, row) && strings.Contains(e.Text, "whatever flag connects") == always
		})
		if found.Args["connect_number"] != want || !shown || !strings.Contains(found.Fix.Commands[0], `"device_flag": `+want) {
			t.Errorf("%s: %v, %v, %v", gen, found.Args, found.Evidence, found.Fix.Commands)
		}
		for _, say := range printers() {
			said := say.Text("WK503.cause", text.Args{"uid": "alice", "connect_number": want, "always": found.Args["always"]})
			if !strings.Contains(said, row) || strings.Contains(said, map[text.Lang]string{text.English: "whatever flag connects", text.Chinese: "无论用哪个设备标识连接"}[say.Lang()]) != always {
				t.Errorf("%s in %s: %s", gen, say.Lang(), said)
			}
		}
	}
}

// setUp is a run of set-up mode.
func setUp(token, connect wire.DeviceFlag, r probe.Result) *probe.Diagnosis {
	d := table()
	d.Mode = probe.ModeSetup
	fix := good()
	d.Checks = append(d.Checks, probe.Check{ID: probe.CheckFix, Outcome: probe.OutcomePass, Result: &fix})
	p := d.Pairings[1]
	p.ID, p.TokenFlag, p.ConnectFlag, p.Result = probe.NewPairingID(token, connect), token, connect, r
	d.Pairings = []probe.Pairing{p}
	return d
}

// serverRows are what the server does whatever the token is: WK506 to WK510 and
// WK516.
func serverRows() []causeRow {
	off := func(d *probe.Diagnosis) { d.Server.TokenAuth = probe.AuthOff }
	wrong := func(outcome probe.Outcome, r probe.Result) func(*probe.Diagnosis) {
		return func(d *probe.Diagnosis) { c := d.Check(probe.CheckRightToken); c.Outcome, c.Result = outcome, &r }
	}
	refusedMatch := func(r probe.Result) func(*probe.Diagnosis) {
		return func(d *probe.Diagnosis) { d.Server.Generation, d.Pairings[0].Result = probe.GenV20, r }
	}
	wrongLetIn := func(d *probe.Diagnosis) {
		r := good()
		c := d.Check(probe.CheckWrongToken)
		c.Outcome, c.Result = probe.OutcomeFail, &r
	}
	return []causeRow{
		{code: "WK506", name: "the same", d: user(stored(probe.TokenEmpty, quiet()), func(d *probe.Diagnosis) { d.User.TokenIsManager = true })},
		{code: "WK506", name: "another", absent: true, d: user(withManager, stored(probe.TokenEmpty, quiet()))},
		{code: "WK507", name: "off", variant: "off", d: table(off, wrongLetIn)},
		{code: "WK507", name: "v3", variant: "v3", d: table(off, wrongLetIn, func(d *probe.Diagnosis) { d.Server.Generation = probe.GenV3 })},
		{code: "WK507", name: "on", absent: true, d: table()},
		{code: "WK508", name: "v1.0, flag 1", variant: "v1.0", d: user(blind(), func(d *probe.Diagnosis) { d.Server.Generation = probe.GenV10 })},
		{code: "WK508", name: "v2-beta", variant: "v2-beta", d: table(func(d *probe.Diagnosis) { d.Server.Generation, d.Pairings[1].Result = probe.GenV2Beta, good() })},
		{code: "WK508", name: "v1", absent: true, d: user(blind())},
		{code: "WK509", name: "off the diagonal", d: table(func(d *probe.Diagnosis) { d.Pairings[1].Result = good() })},
		{code: "WK509", name: "as v2-beta does", absent: true, d: table(func(d *probe.Diagnosis) { d.Server.Generation, d.Pairings[1].Result = probe.GenV2Beta, good() })},
		{code: "WK510", name: "silence", d: setUp(0, 1, quiet())},
		{code: "WK510", name: "an answer", absent: true, d: setUp(0, 1, turnedAway(wire.ReasonAuthFail))},
		{code: "WK516", name: "right token refused", d: table(wrong(probe.OutcomeFail, quiet()))},
		{code: "WK516", name: "stored and refused", variant: "user", d: user(refusedMatch(turnedAway(wire.ReasonAuthFail)))},
		{code: "WK516", name: "banned", absent: true, d: user(refusedMatch(turnedAway(wire.ReasonBan)))},
		{code: "WK516", name: "right token accepted", absent: true, d: table()},
	}
}

// afterRows are what happens behind a login, and in the client: WK515, WK518 to
// WK520 and WK6xx.
func afterRows() []causeRow {
	login := func(edit func(*probe.Pairing)) func(*probe.Diagnosis) {
		return func(d *probe.Diagnosis) { edit(&d.Pairings[0]) }
	}
	visitor := func(name string) *probe.Diagnosis { return user(uid(name, good())) }
	online := func(edit func(*probe.User)) *probe.Diagnosis {
		return user(func(d *probe.Diagnosis) {
			d.User.Online = []probe.Online{{UID: "alice", DeviceFlag: 1, Online: 1}}
			edit(d.User)
		})
	}
	logged := func(past probe.LogPast) func(*probe.Diagnosis) {
		return func(d *probe.Diagnosis) { d.Log = &probe.LogFacts{Source: "server.log", Past: past} }
	}
	named := func(sdk string) *probe.Diagnosis { return user(func(d *probe.Diagnosis) { d.Target.SDK = sdk }) }
	idle := `{"level":"debug","msg":"max idle time exceeded","maxIdle":2000}`
	return []causeRow{
		{code: "WK515", name: "suffix", d: visitor("guest___vstr")},
		{code: "WK515", name: "a suffix of its own", variant: "other-suffix", d: visitor("guest-7")},
		{code: "WK515", name: "the right token", absent: true, d: user()},
		{code: "WK518", name: "short salt", d: user(login(func(p *probe.Pairing) { p.SessionKey = &probe.SessionKey{ServerKeyBytes: 44, SaltBytes: 8} }))},
		{code: "WK518", name: "JSON-RPC has none", absent: true, d: user(login(func(p *probe.Pairing) { p.SessionKey = nil }))},
		{code: "WK519", name: "closings only", d: table(logged(probe.LogPast{NoConnect: 3, Text: idle}))},
		{code: "WK519", name: "clients were refused, too", absent: true, d: table(logged(probe.LogPast{NoConnect: 3, Refusals: 1, Text: idle}))},
		{code: "WK519", name: "too few", absent: true, d: table(logged(probe.LogPast{NoConnect: 2, Text: idle}))},
		{code: "WK520", name: "uni-app", variant: "uniapp-socket", d: named("js@1.1.0")},
		{code: "WK520", name: "Flutter", variant: "no-connect-again", d: named("flutter@1.5.9")},
		{code: "WK520", name: "HarmonyOS", variant: "harmony-401", d: named("harmony")},
		{code: "WK520", name: "CONNACK misread", variant: "connack-misread", d: named("js-1.0.1")},
		{code: "WK520", name: "mended", absent: true, d: named("flutter@1.6.1")},
		{code: "WK520", name: "no version named", absent: true, d: named("js")},
		{code: "WK601", name: "DISCONNECT 12", d: user(login(func(p *probe.Pairing) {
			p.Disconnect = &probe.Disconnect{ReasonCode: wire.ReasonConnectKick, Reason: "ConnectKick", AfterMS: 100}
		}))},
		{code: "WK601", name: "held back", variant: "held-back", d: online(func(u *probe.User) { u.HeldBack, u.OnlineMaster = true, true })},
		{code: "WK601", name: "kicks", variant: "kicks", d: online(func(u *probe.User) { u.Kicked = true })},
		{code: "WK601", name: "both online", absent: true, d: online(func(*probe.User) {})},
		{code: "WK602", name: "dropped", d: user(login(func(p *probe.Pairing) { p.Dropped, p.HeldMS = true, 100 }))},
		{code: "WK602", name: "held", absent: true, d: user(login(func(p *probe.Pairing) { p.HeldMS = 300 }))},
		{code: "WK603", name: "second try", d: user(login(func(p *probe.Pairing) {
			p.Lost, p.Attempts = []string{"upgrade im.example.com:5200: connection reset by peer"}, 2
		}))},
		{code: "WK603", name: "first try", absent: true, d: user()},
	}
}

// TestRoot: where several things are wrong, the one that a client meets first, or
// that explains the others, stands first, and decides the exit code.
func TestRoot(t *testing.T) {
	t.Parallel()
	refused := dial(probe.FaultRefused)
	private := address(probe.RoleWS, "ws://192.168.1.5:5200", probe.ClassPrivate, dial(probe.FaultTimeout))
	for _, row := range []struct {
		name  string
		d     *probe.Diagnosis
		first string
		exit  int
	}{
		{"the address that /route gives, before the token", user(elsewhere, private), "WK406", 1},
		{"the token, where the address was given", user(elsewhere, private, given("ws://im.example.com:5200")), "WK501", 1},
		{"the token, where the bad address is not the one in use", user(elsewhere, address(probe.RoleTCP, "10.0.0.5:5100", probe.ClassPrivate, dial(probe.FaultTimeout))), "WK501", 1},
		{"auth off, before a token that seems right", user(func(d *probe.Diagnosis) { d.Server.TokenAuth = probe.AuthOff }), "WK507", 1},
		{"an unreachable server has no diagnosis", table(failed(probe.CheckAPI, dial(probe.FaultRefused), "")), "WK201", 3},
		{"an address that explains why it is unreachable is one", table(private, func(d *probe.Diagnosis) { d.Target.WS = "ws://192.168.1.5:5200" }, failed(probe.CheckWS, dial(probe.FaultTimeout), "")), "WK406", 1},
		{"the address that the run had to use, ws", table(failed(probe.CheckWS, refused, "")), "WK405", 3},
		{"the address that the run had to use, tcp", user(given("tcp://im.example.com:5100"), func(d *probe.Diagnosis) { d.Target.WSSource = probe.SourceRoute },
			failed(probe.CheckWS, refused, "")), "WK405", 3},
		{"an address that was given", table(given("ws://im.example.com:5200"), failed(probe.CheckWS, refused, "")), "WK302", 3},
		{"the manager token, before what it leads to", user(stored(probe.TokenEmpty, quiet()), func(d *probe.Diagnosis) { d.User.TokenIsManager = true }), "WK506", 1},
	} {
		Explain(row.d)
		if len(row.d.Findings) == 0 || row.d.Findings[0].Code != row.first || row.d.Verdict.ExitCode != row.exit {
			t.Errorf("%s: %v, exit code %d; want %s, %d", row.name, codesIn(row.d), row.d.Verdict.ExitCode, row.first, row.exit)
		}
	}
}
