package main

import (
	"cmp"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/casebook"
)

// variant is a relative of a ticket: what its user may have run into instead.
type variant struct {
	name   string
	gens   string // "" = v1, v2.0 and v2 where it is about a token, else v2
	server casebook.Server
	before []casebook.Step
	run    []string // behind "diagnose --api {api}"
	first  string
	exit   int
}

func stores(uid, token string, flag uint8) casebook.Step {
	return casebook.Step{Token: &casebook.Token{UID: uid, Token: token, DeviceFlag: flag}}
}

func asUser(token string, more ...string) []string {
	return append([]string{"--uid", "alice", "--token", token, "--sdk", "js"}, more...)
}

func asNative(sdk string, more ...string) []string {
	return append([]string{"--uid", "alice", "--token", "tok", "--sdk", sdk}, more...)
}

// tokenVariants are the ways in which a token can be wrong.
func tokenVariants() []variant {
	web, app := []casebook.Step{stores("alice", "tok", 1)}, []casebook.Step{stores("alice", "tok", 0)}
	list := []variant{
		{name: "nothing wrong", before: web, run: asUser("tok")},
		{name: "flag 2 for web", before: []casebook.Step{stores("alice", "tok", 2)}, run: asUser("tok"), first: "WK501", exit: 1},
		{name: "flag 4 for web", before: []casebook.Step{stores("alice", "tok", 4)}, run: asUser("tok"), first: "WK501", exit: 1},
		{name: "web for pc", before: web, run: []string{"--uid", "alice", "--token", "tok", "--connect-flag", "pc"}, first: "WK501", exit: 1},
		{name: "set-up pc for web", run: []string{"--token-flag", "pc", "--sdk", "js"}, first: "WK501", exit: 1},
		{name: "never registered", run: asUser("tok"), first: "WK502", exit: 1},
		{name: "empty", before: web, run: asUser(""), first: "WK505", exit: 1},
		{name: "blank behind", before: web, run: asUser("tok "), first: "WK503", exit: 1},
		{name: "line end behind", before: web, run: asUser("tok\n"), first: "WK503", exit: 1},
		{name: "in quotes", before: web, run: asUser(`"tok"`), first: "WK503", exit: 1},
		{name: "with Bearer", before: web, run: asUser("Bearer tok"), first: "WK503", exit: 1},
		{name: "stored with a line end", gens: "v2.0 v2", before: []casebook.Step{stores("alice", "tok\n", 1)}, run: asUser("tok"), first: "WK503", exit: 1},
		{name: "stored in quotes", gens: "v2.0 v2", before: []casebook.Step{stores("alice", `"tok"`, 1)}, run: asUser("tok"), first: "WK503", exit: 1},
		{name: "capitals", gens: "v2.0 v2", before: []casebook.Step{stores("alice", "TOK", 1)}, run: asUser("tok"), first: "WK503", exit: 1},
		{name: "overwritten", gens: "v2.0 v2", before: append(web[:1:1], stores("alice", "new", 1)), run: asUser("tok"), first: "WK503", exit: 1},
		{name: "overwritten, by the log", gens: "v1", before: append(web[:1:1], stores("alice", "new", 1)), run: asUser("tok", "--server-log", "{log}"), first: "WK503", exit: 1},
		{name: "logged out", gens: "v2.0 v2", before: append(web[:1:1], casebook.Step{Quit: &casebook.Quit{UID: "alice", DeviceFlag: 1}}), run: asUser("tok"), first: "WK504", exit: 1},
		{name: "another flag logged out", before: append(web[:1:1], casebook.Step{Quit: &casebook.Quit{UID: "alice", DeviceFlag: 0}}), run: asUser("tok")},
		{name: "banned", before: append(web[:1:1], casebook.Step{Ban: "alice"}), run: asUser("tok"), first: "WK206", exit: 1},
		{name: "another spelling of the uid", gens: "v2.0 v2", before: web, run: []string{"--uid", "Alice", "--token", "tok", "--sdk", "js"}, first: "WK502", exit: 1},
		{name: "a uid that is not allowed", gens: "v2.0 v2", run: []string{"--uid", "a@b", "--token", "tok", "--sdk", "js"}, first: "WK521", exit: 1},
		{name: "a uid that v1 allows", gens: "v1", run: []string{"--uid", "a@b", "--token", "tok", "--sdk", "js"}, first: "WK502", exit: 1},
		{name: "visitor", gens: "v2", run: []string{"--uid", "x___vstr", "--token", "any", "--sdk", "js"}, first: "WK515"},
		{name: "visitor with a suffix of its own", gens: "v2", server: casebook.Server{VisitorSuffix: "-guest"}, run: []string{"--uid", "x-guest", "--token", "any", "--sdk", "js"}, first: "WK515"},
		{name: "v1.0 and flag 1", gens: "v1.0", server: casebook.Server{Version: "1.0.5"}, before: web, run: asUser("tok"), first: "WK508", exit: 1},
		{name: "v1.0 and flag 0", gens: "v1.0", server: casebook.Server{Version: "1.0.5"}, before: app, run: asUser("tok"), first: "WK508"},
		{name: "v3", gens: "v3", before: web, run: asUser("tok"), first: "WK507", exit: 1},
		{name: "lost by the server", gens: "v1", server: casebook.Server{Faults: []string{"lose-token"}}, run: nil, first: "WK516", exit: 1},
		{name: "lost by the server, as its store shows", gens: "v2.0 v2", server: casebook.Server{Faults: []string{"lose-token"}}, run: nil, first: "WK523", exit: 1},
		{name: "kicked", server: casebook.Server{Faults: []string{"kick-after:50ms"}}, before: web, run: asUser("tok", "--hold", "3s"), first: "WK601", exit: 1},
		{name: "dropped", server: casebook.Server{Faults: []string{"drop-after:50ms"}}, before: web, run: asUser("tok", "--hold", "3s"), first: "WK602", exit: 1},
		{name: "garbage", server: casebook.Server{Faults: []string{"garbage"}}, before: web, run: asUser("tok"), first: "WK409", exit: 1},
		{name: "no CONNACK, but a PONG", server: casebook.Server{Faults: []string{"no-connack"}}, before: web, run: asUser("tok")},
	}
	manager := casebook.Server{ManagerToken: "mgr-1"}
	return append(list,
		variant{name: "manager token missing", server: manager, before: web, run: asUser("tok"), first: "WK203", exit: 3},
		variant{name: "manager token wrong", server: manager, before: web, run: asUser("tok", "--manager-token-file", "{dir}/wrong"), first: "WK204", exit: 3},
		variant{name: "manager token right", server: manager, before: web, run: asUser("tok", "--manager-token-file", "{dir}/right")},
		variant{name: "manager token for the user", server: manager, before: web, run: asUser("mgr-1", "--manager-token-file", "{dir}/right"), first: "WK506", exit: 1},
	)
}

// addressVariants are the ways in which an address can be wrong.
func addressVariants() []variant {
	web, app := []casebook.Step{stores("alice", "tok", 1)}, []casebook.Step{stores("alice", "tok", 0)}
	ws := func(url string) []string { return asUser("tok", "--ws", url, "--ca-cert", "{ca}") }
	native := func(url string) []string { return asNative("flutter", "--ws", url) }
	tls := func(mode string) casebook.Server { return casebook.Server{TLS: mode} }
	list := []variant{
		{name: "ws to the TCP port", server: tls("valid"), before: web, run: ws("ws://{tcp}"), first: "WK402", exit: 1},
		{name: "ws to the API", server: tls("valid"), before: web, run: ws("ws://{api_host}"), first: "WK403", exit: 1},
		{name: "ws to the manager port", server: tls("valid"), before: web, run: ws("ws://{manager_host}"), first: "WK401", exit: 1},
		{name: "ws to wss", server: tls("valid"), before: web, run: ws("ws://{wss_host}"), first: "WK306", exit: 1},
		{name: "wss to ws", server: tls("valid"), before: web, run: ws("wss://{ws_host}"), first: "WK305", exit: 1},
		{name: "wss to the API", server: tls("valid"), before: web, run: ws("wss://{api_host}"), first: "WK403", exit: 1},
		{name: "native to the API", gens: "v1", before: app, run: native("tcp://{api_host}"), first: "WK403", exit: 1},
		{name: "native to the manager port", gens: "v2", before: app, run: native("tcp://{manager_host}"), first: "WK409", exit: 1},
		{name: "native with wss", before: app, run: native("wss://{tcp}"), first: "WK411", exit: 1},
		{name: "nothing there, /route is right", server: tls("valid"), before: web, run: ws("ws://127.0.0.1:1"), first: "WK412", exit: 1},
		{name: "expired", server: tls("expired"), before: web, run: ws("{wss}"), first: "WK304", exit: 1},
		{name: "not trusted", server: tls("untrusted"), before: web, run: asUser("tok", "--ws", "{wss}"), first: "WK304", exit: 1},
		{name: "https page with wss", server: tls("valid"), before: web, run: asUser("tok", "--ca-cert", "{ca}", "--page-origin", "https://x.example")},
		{name: "https page without", before: web, run: asUser("tok", "--page-origin", "https://x.example"), first: "WK407", exit: 1},
		{name: "v3 knows one path", gens: "v3", before: web, run: asUser("tok", "--ws", "{ws}/ws"), first: "WK404", exit: 1},
		{name: "reset on every dial", gens: "v1", server: casebook.Server{Faults: []string{"reset-on-dial"}}, before: web, run: asUser("tok", "--ws", "{ws}"), first: "WK401", exit: 1},
		{name: "API is a web page", server: casebook.Server{Faults: []string{"api-html"}}, first: "WK202", exit: 3},
	}
	for _, p := range []struct {
		name  string
		proxy casebook.Proxy
		path  string
		first string
		exit  int
	}{
		{"redirect", casebook.Proxy{Status: 301, Location: "https://x.example/"}, "", "WK401", 1},
		{"404", casebook.Proxy{Status: 404}, "", "WK401", 1},
		{"502", casebook.Proxy{Status: 502}, "", "WK401", 1},
		{"upgrade taken off", casebook.Proxy{To: "ws", Strip: true}, "", "WK401", 1},
		{"to the API", casebook.Proxy{To: "api"}, "", "WK403", 1},
		{"to the TCP port", casebook.Proxy{To: "tcp"}, "", "WK401", 1},
		{"to nothing", casebook.Proxy{To: "nothing"}, "", "WK401", 1},
		{"prefix forgotten", casebook.Proxy{Path: "/wk", To: "ws"}, "/", "WK401", 1},
		{"right", casebook.Proxy{Path: "/wk", To: "ws"}, "/wk", "", 0},
	} {
		list = append(list, variant{name: "proxy, " + p.name, server: casebook.Server{Proxy: p.proxy}, before: web,
			run: asUser("tok", "--ws", "ws://{proxy_host}"+p.path), first: p.first, exit: p.exit})
	}
	for _, a := range []struct {
		ws, first string
	}{
		{"none", "WK405"}, {"127.0.0.1:5200", "WK405"}, {"http://127.0.0.1:5200", "WK405"}, {"ws://im.invalid:5200", "WK405"},
		{"ws://0.0.0.0:5200", "WK406"}, {"ws://[::]:5200", "WK406"}, {"ws://{tcp_host}", "WK402"}, {"ws://{api_host}", "WK403"},
	} {
		list = append(list, variant{name: "/route says " + a.ws, gens: "v1 v2", server: casebook.Server{Advertise: casebook.Addresses{WS: a.ws}}, before: web, run: asUser("tok"), first: a.first, exit: 1})
	}
	return append(list,
		variant{name: "/route has no TCP address", gens: "v1", server: casebook.Server{Advertise: casebook.Addresses{TCP: "none"}}, before: app, run: asNative("android"), first: "WK405", exit: 1},
		variant{name: "/route has tcp:// in it", gens: "v1", server: casebook.Server{Advertise: casebook.Addresses{TCP: "tcp://{tcp_host}"}}, before: app, run: asNative("ios"), first: "WK405", exit: 1},
		variant{name: "/route has the WebSocket port for TCP", gens: "v2", server: casebook.Server{Advertise: casebook.Addresses{TCP: "{ws_host}"}}, before: app, run: asNative("ios"), first: "WK410", exit: 1},
	)
}

// TestVariants: the relatives of the tickets are told apart, too. The fallback
// to port 5200 of the API's host is not used where a real server may run there.
func TestVariants(t *testing.T) {
	t.Parallel()
	list := map[string]*casebook.Scenario{}
	all := tokenVariants()
	for i := range all {
		all[i].gens = cmp.Or(all[i].gens, "v1 v2.0 v2")
	}
	for _, v := range append(all, addressVariants()...) {
		gens := cmp.Or(v.gens, "v2")
		for _, gen := range strings.Fields(gens) {
			server := v.server
			server.Generation = gen
			first := v.first
			list[gen+": "+v.name] = &casebook.Scenario{
				Server: server, Before: v.before, Files: map[string]string{"right": "mgr-1", "wrong": "mgr-2"},
				Run:    append([]string{"diagnose", "--api", "{api}"}, v.run...),
				Expect: casebook.Expect{First: &first, Exit: v.exit},
			}
		}
	}
	play(t, list, func(t *testing.T, p played) {
		for _, d := range p.Scenario.Expect.Differences(p.out) {
			t.Error(d)
		}
		if len(p.out.Findings) > 0 && p.out.Findings[0].Severity == probe.SeverityError && len(p.out.Findings[0].Evidence) == 0 {
			t.Error("the first finding has no evidence")
		}
		harmless(t, p)
	})
	if len(list) < 120 {
		t.Errorf("only %d variants", len(list))
	}
}
