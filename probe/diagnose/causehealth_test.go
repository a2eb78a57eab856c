package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
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
		d.Log = &probe.LogFacts{Source: "server.log", Entries: []probe.LogLine{{Kind: string(serverlog.KindTLSPanic), Before: before,
			Text: "panic: runtime error: invalid memory address or nil pointer dereference crypto/tls.(*Conn).readClientHello"}}}
	}
}

// Lines with which servers end.
const (
	inUse    = "panic: listen tcp 0.0.0.0:5100: bind: address already in use"
	notLocal = "panic: listen tcp 203.0.113.7:5200: bind: cannot assign requested address"
	noPEM    = "panic: tls: failed to find any PEM data in certificate input"
)

// ended puts such a line into the server's log.
func ended(kind serverlog.Kind, before bool, line string) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) {
		d.Log = &probe.LogFacts{Source: "server.log", Entries: []probe.LogLine{{Kind: string(kind), Before: before, Text: line}}}
	}
}

func apiRefused() probe.Fault {
	return probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultRefused, Address: "im.example.com:5001"}
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
		{code: "WK308", name: "an address that takes connections", absent: true, d: table(onlyTCP("wss://im.example.com:5210"))},
		{code: "WK308", name: "it went away after something else", absent: true, d: table(away(probe.GoneAway, false))},
		{code: "WK308", name: "nothing answers now", variant: "down", d: table(failed(probe.CheckAPI, apiRefused(), ""), panicked(true))},
		{code: "WK215", name: "port in use", variant: "in-use", d: table(failed(probe.CheckAPI, apiRefused(), ""), ended(serverlog.KindPanic, true, inUse))},
		{code: "WK215", name: "address of another machine", variant: "not-local", d: table(failed(probe.CheckAPI, apiRefused(), ""), ended(serverlog.KindPanic, true, notLocal))},
		{code: "WK215", name: "certificate without PEM", variant: "certificate", d: table(failed(probe.CheckAPI, apiRefused(), ""), ended(serverlog.KindPanic, true, noPEM))},
		{code: "WK215", name: "wk.yaml", variant: "config", d: table(failed(probe.CheckAPI, apiRefused(), ""), ended(serverlog.KindConfigUnreadable, true, "read config file error: yaml: line 3"))},
		{code: "WK215", name: "slots", variant: "slots", d: table(failed(probe.CheckAPI, apiRefused(), ""), ended(serverlog.KindSlotNotReady, true, "wait all slots ready timeout"))},
		{code: "WK215", name: "behind a gateway", variant: "panic", d: table(failed(probe.CheckAPI, request(probe.FaultStatus, 502, ""), ""), ended(serverlog.KindPanic, true, "panic: boom"))},
		{code: "WK215", name: "in this run", variant: "login", d: table(away(probe.GoneAway, false), ended(serverlog.KindManagerTokenPanic, false, "panic: x"))},
		{code: "WK215", name: "before a run in which it went away", absent: true, d: table(away(probe.GoneAway, false), ended(serverlog.KindPanic, true, inUse))},
		{code: "WK215", name: "it answers", absent: true, d: table(ended(serverlog.KindPanic, true, inUse))},
		{code: "WK215", name: "packets are lost", absent: true, d: table(failed(probe.CheckAPI, dial(probe.FaultTimeout), ""), ended(serverlog.KindPanic, true, inUse))},
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
	d = table(away(probe.GoneAway, false), leaving(1))
	Explain(d)
	if commands := d.Finding("WK213").Fix.Commands; !strings.HasPrefix(commands[len(commands)-1], "wkctl register --remove") {
		t.Errorf("%q", commands)
	}
}

// TestPagesSendNoHello: what a page tells its reader to type must not end the
// server that it is about.
func TestPagesSendNoHello(t *testing.T) {
	t.Parallel()
	for _, say := range printers() {
		for _, c := range Catalogue() {
			for _, part := range []string{"problem", "how", "confirm", "fix"} {
				said := say.Text("explain."+c.Code+"."+part, nil)
				for _, tool := range []string{"s_client", "gnutls-cli", "testssl", "sslscan", "curl -i https://HOST", "curl -k"} {
					if strings.Contains(said, tool) {
						t.Errorf("%s.%s in %s: %s sends a TLS greeting", c.Code, part, say.Lang(), tool)
					}
				}
			}
		}
	}
}
