package diagnose

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// away is a server that was not there any more when the run ended.
func away(gone probe.Gone, hello bool) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) {
		refused := probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultRefused, Address: "im.example.com:5001"}
		d.Health = &probe.Health{
			Before: probe.Reading{Asked: true, Answered: true, UptimeS: 900}, After: probe.Reading{Asked: true, Fault: &refused},
			Gone: gone, Hello: hello, SentLast: "CONNECT device_flag=1", Evidence: []probe.Evidence{{Source: "api", Text: "GET /varz: connection refused"}},
		}
		if hello {
			d.Health.SentLast = "TLS ClientHello to im.example.com:5210"
		}
		if gone == probe.GoneRestarted {
			d.Health.After = probe.Reading{Asked: true, Answered: true, UptimeS: 2}
		}
	}
}

// leaving leaves tokens of n test users behind.
func leaving(n int) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) {
		for i := range n {
			uid := "wkctl-" + string(rune('a'+i))
			d.Left = append(d.Left, probe.LeftToken{UID: uid}, probe.LeftToken{UID: uid, DeviceFlag: 1})
		}
		d.Checks = append(d.Checks, probe.Check{ID: probe.CheckCleanup, Outcome: probe.OutcomeWarn, Fault: &probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultRefused, Address: "im.example.com:5001"}})
	}
}

// panicked puts a panic of the TLS listener into the server's log.
func panicked(before bool) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) {
		d.Log = &probe.LogFacts{Source: "server.log", Entries: []probe.LogLine{{Kind: string(kindTLSPanic), Before: before,
			Text: "panic: runtime error: invalid memory address or nil pointer dereference crypto/tls.(*Conn).readClientHello"}}}
	}
}

// onlyTCP advertises a wss address to which nothing was sent.
func onlyTCP(url string) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) {
		address(probe.RoleWSS, url, probe.ClassName, probe.Fault{})(d)
		d.Addresses[2].OnlyTCP, d.Addresses[2].SameHost = true, true
	}
}

// healthRows are WK308, WK213 and WK214.
func healthRows() []causeRow {
	secure := given("wss://im.example.com:5210")
	reset := probe.Result{Observed: probe.Unreachable, Attempts: 3, Fault: &probe.Fault{Phase: probe.PhaseUpgrade, Kind: probe.FaultReset, Address: "im.example.com:5210"}}
	return []causeRow{
		{code: "WK308", name: "the client's own hello", variant: "sent", d: table(secure, alone, away(probe.GoneAway, true), untestedFor(reset), leaving(1))},
		{code: "WK308", name: "the log shows it", variant: "log", d: table(away(probe.GoneAway, false), panicked(false))},
		{code: "WK308", name: "the log shows an older one", variant: "past", d: table(panicked(true))},
		{code: "WK308", name: "advertised", variant: "advertised", d: table(onlyTCP("wss://im.example.com:5210"))},
		{code: "WK308", name: "advertised, a proxy's port", absent: true, d: table(onlyTCP("wss://im.example.com/ws"))},
		{code: "WK308", name: "advertised, the settings are known", absent: true, d: table(onlyTCP("wss://im.example.com:5210"), func(d *probe.Diagnosis) { d.Config = &probe.ConfigFacts{} })},
		{code: "WK308", name: "v3 has no such listener", absent: true, d: table(onlyTCP("wss://im.example.com:5210"), func(d *probe.Diagnosis) { d.Server.Generation = probe.GenV3 })},
		{code: "WK308", name: "it went away after something else", absent: true, d: table(away(probe.GoneAway, false))},
		{code: "WK213", name: "away", variant: "away", d: table(away(probe.GoneAway, false), leaving(5))},
		{code: "WK213", name: "restarted", variant: "restarted", d: user(away(probe.GoneRestarted, false))},
		{code: "WK213", name: "after a hello", absent: true, d: table(secure, alone, away(probe.GoneAway, true))},
		{code: "WK213", name: "there all along", absent: true, d: table(away("", false))},
		{code: "WK214", name: "one user", d: table(leaving(1))},
		{code: "WK214", name: "many users", d: table(withManager, leaving(5))},
		{code: "WK214", name: "the server went away", absent: true, d: table(away(probe.GoneAway, false), leaving(1))},
		{code: "WK214", name: "none", absent: true, d: table()},
	}
}

// TestOutageFirst: a server that went away is said first, what was seen after it
// follows, and the setting that explains it is its root.
func TestOutageFirst(t *testing.T) {
	t.Parallel()
	gone := probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultRefused, Address: "im.example.com:5200"}
	cert := func(d *probe.Diagnosis) {
		d.Config = &probe.ConfigFacts{Issues: []probe.ConfigIssue{{
			Code: "WK715", Severity: probe.SeverityError, Where: "wk.yaml:3", Evidence: "x",
			Args: map[string]string{"where": "wk.yaml:3", "missing": "wssConfig.certFile", "setting": "wssAddr"}, Setting: "wssAddr",
		}}}
	}
	secure := given("wss://im.example.com:5210")
	for name, tc := range map[string]struct {
		d     *probe.Diagnosis
		codes string // of the first findings
		root  string // of the second
	}{
		"the WebSocket, gone":  {table(away(probe.GoneAway, false), given("ws://im.example.com:5200"), failed(probe.CheckWS, gone, "")), "WK213 WK302", "WK213"},
		"the token, before it": {user(elsewhere, away(probe.GoneRestarted, false)), "WK213 WK501", ""},
		"a hello":              {table(secure, alone, away(probe.GoneAway, true), failed(probe.CheckWS, gone, "")), "WK308 WK302", "WK308"},
		"a hello, by settings": {table(secure, alone, cert, away(probe.GoneAway, true)), "WK715 WK308", "WK715"},
	} {
		Explain(tc.d)
		if got := strings.Join(listed(tc.d), " "); !strings.HasPrefix(got, tc.codes) || tc.d.Findings[1].DependsOn != tc.root {
			t.Errorf("%s: %s, want %s; the second follows from %q, want %q", name, got, tc.codes, tc.d.Findings[1].DependsOn, tc.root)
		}
	}
}

// TestOutageTakesTheRest: a pairing that fails without a cause of its own is not
// unexplained where the server went away.
func TestOutageTakesTheRest(t *testing.T) {
	t.Parallel()
	d := table(away(probe.GoneAway, false), func(d *probe.Diagnosis) { d.Pairings[0].Result = quiet() })
	Explain(d)
	if found := d.Finding("WK213"); d.Finding("WK517") != nil || !slices.Contains(found.Pairings, "0->0") || d.Pairings[0].Code != "WK213" {
		t.Errorf("%v, pairings %v", codesIn(d), found.Pairings)
	}
}

// TestClearLeft: the fix clears what is left, one command for each user, as long
// as they are few.
func TestClearLeft(t *testing.T) {
	t.Parallel()
	d := table(withManager, leaving(5))
	d.Left[0].UID, d.Left[1].UID = "it's me", "it's me"
	Explain(d)
	found := d.Finding("WK214")
	if len(found.Fix.Commands) != 3 || found.Args["more"] != "2" || found.Args["left_users"] != "5" || found.Args["left"] != "10" {
		t.Fatalf("%v, %v", found.Fix.Commands, found.Args)
	}
	if want := `wkctl register --remove --api http://im.example.com:5001 --uid 'it'\''s me' --flags 0,1 --manager-token-file FILE`; found.Fix.Commands[0] != want {
		t.Errorf("got  %s\nwant %s", found.Fix.Commands[0], want)
	}
	if c := d.Check(probe.CheckCleanup); c.Code != "WK214" {
		t.Errorf("the clean-up is explained by %q", c.Code)
	}
	if d = table(away(probe.GoneAway, false), leaving(1)); true {
		Explain(d)
		if commands := d.Finding("WK213").Fix.Commands; !strings.HasPrefix(commands[len(commands)-1], "wkctl register --remove") {
			t.Errorf("%q", commands)
		}
	}
}

// ownRows are WK523 and what becomes of WK503, WK504 and WK516 for users that the
// run made itself.
func ownRows() []causeRow {
	row := func(uid string, s probe.ExpectToken) probe.OwnRow { return probe.OwnRow{UID: uid, State: s} }
	held := func(rows ...probe.OwnRow) func(*probe.Diagnosis) {
		return func(d *probe.Diagnosis) {
			r := quiet()
			c := d.Check(probe.CheckRightToken)
			c.Outcome, c.Result, d.OwnRows = probe.OutcomeFail, &r, rows
		}
	}
	shown := func(s probe.ExpectToken, source probe.ExpectTokenSource) func(*probe.Diagnosis) {
		return func(d *probe.Diagnosis) {
			p := &d.Pairings[0]
			p.Result, p.ExpectToken, p.ExpectTokenSource = quiet(), s, source
		}
	}
	empty, other, match := probe.TokenEmpty, probe.TokenOther, probe.TokenMatch
	return []causeRow{
		{code: "WK523", name: "always", variant: "always", d: table(held(row("wkctl-1", empty), row("wkctl-2", empty)))},
		{code: "WK523", name: "once", variant: "once", d: table(held(row("wkctl-1", empty), row("wkctl-2", match)))},
		{code: "WK523", name: "a pairing", variant: "seen", d: table(shown(empty, probe.FromStore))},
		{code: "WK523", name: "another token", variant: "seen", d: setUpOwn(shown(other, probe.FromLog))},
		{code: "WK523", name: "kept", absent: true, d: table(held(row("wkctl-1", match)))},
		{code: "WK523", name: "an existing user", absent: true, d: user(stored(empty, quiet(), probe.StoredState{DeviceFlag: 1, State: empty}))},
		{code: "WK504", name: "a user of this run", absent: true, d: table(shown(empty, probe.FromStore))},
		{code: "WK503", name: "a user of this run", absent: true, d: table(shown(other, probe.FromStore))},
		{code: "WK516", name: "not kept", absent: true, d: table(held(row("wkctl-1", empty)))},
		{code: "WK516", name: "kept", variant: "kept", d: table(held(row("wkctl-1", match)))},
	}
}

// setUpOwn is set-up mode with a token under the client's own flag.
func setUpOwn(edits ...func(*probe.Diagnosis)) *probe.Diagnosis {
	d := setUp(1, 1, quiet())
	d.Pairings[0].ExpectToken = probe.TokenMatch
	return edited(d, edits)
}

// residualRows are WK517 and WK604.
func residualRows() []causeRow {
	no := turnedAway(wire.ReasonAuthFail)
	mute := probe.Result{Observed: probe.Silent, ElapsedMS: 7000, Attempts: 1}
	resets := probe.Result{Observed: probe.Unreachable, Attempts: 3, Fault: &probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultReset, Address: "im.example.com:5200"}}
	first := func(r probe.Result) func(*probe.Diagnosis) {
		return func(d *probe.Diagnosis) { d.Pairings[0].Result = r }
	}
	cut := func(why probe.Stop) func(*probe.Diagnosis) {
		return func(d *probe.Diagnosis) {
			d.Complete, d.Stopped, d.Pairings[1].Result = false, why, probe.Result{Observed: probe.NotRun}
		}
	}
	return []causeRow{
		{code: "WK517", name: "nothing known", d: user(blind())},
		{code: "WK517", name: "its own flag, table", variant: "own", d: table(first(quiet()))},
		{code: "WK517", name: "its own flag, set-up", variant: "own", d: setUpOwn()},
		{code: "WK517", name: "another flag, nothing known of it", variant: "other", d: edited(setUp(0, 1, no), []func(*probe.Diagnosis){func(d *probe.Diagnosis) { d.Pairings[0].ExpectToken = probe.TokenUnknown }})},
		{code: "WK517", name: "another cause says it", absent: true, d: user(blind(try(0, "", no)))},
		{code: "WK517", name: "not kept", absent: true, d: table(func(d *probe.Diagnosis) {
			p := &d.Pairings[0]
			p.Result, p.ExpectToken, p.ExpectTokenSource = quiet(), probe.TokenEmpty, probe.FromStore
		})},
		{code: "WK517", name: "refused as it should be", absent: true, d: table()},
		{code: "WK604", name: "mute", variant: "mute", d: table(untestedFor(mute))},
		{code: "WK604", name: "resets", variant: "closed", d: table(untestedFor(resets))},
		{code: "WK604", name: "its user was not registered", variant: "register", d: table(func(d *probe.Diagnosis) {
			f := request(probe.FaultReset, 0, "")
			d.Pairings[1].Result = probe.Result{Observed: probe.NotRun, Fault: &f}
		}, func(d *probe.Diagnosis) { d.Complete = false })},
		{code: "WK604", name: "time is up", variant: "time", d: table(cut(probe.StopMaxTime))},
		{code: "WK604", name: "interrupted", absent: true, d: table(cut(probe.StopInterrupt))},
		{code: "WK604", name: "the API says why", absent: true, d: table(failed(probe.CheckRegister, posted(probe.FaultStatus, 403, ""), ""))},
		{code: "WK604", name: "all tested", absent: true, d: table()},
	}
}

// TestExplainTwice: a saved diagnosis can be explained again, and says the same.
func TestExplainTwice(t *testing.T) {
	t.Parallel()
	for _, row := range causeRows() {
		Explain(row.d)
		once, err := json.Marshal(row.d)
		if err != nil {
			t.Fatal(err)
		}
		var saved probe.Diagnosis
		if err := json.Unmarshal(once, &saved); err != nil {
			t.Fatal(err)
		}
		Explain(&saved)
		twice, err := json.Marshal(&saved)
		if err != nil {
			t.Fatal(err)
		}
		if string(once) != string(twice) {
			t.Errorf("%s %s: explained again it differs:\n%s\n%s", row.code, row.name, once, twice)
		}
	}
}
