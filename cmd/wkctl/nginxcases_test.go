//go:build unix

package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// nginxCase is a gateway that is configured wrongly, or meant to be strict, and
// what wkctl says of it.
type nginxCase struct {
	name string
	site site
	args []string // API, WS, TLS stand for the addresses of nginx
	code int
	want string            // code of the first finding
	vars map[string]string // some of its arguments
	// fix repairs the configuration with the snippet of the finding; nil: a command
	// of it is run instead.
	fix func(snippet string) site
	add string // what the command needs beside
}

// local puts the addresses of a test in place of those that a snippet cannot know.
func local(snippet string) string {
	return strings.NewReplacer("http://127.0.0.1:5001", "http://API", "http://127.0.0.1:5200", "http://WS", "203.0.113.7", "127.0.0.1").Replace(snippet)
}

func nginxCases() []nginxCase {
	direct := []string{"--api", "http://API", "--ws", "ws://WS"}
	noHeaders := site{ws: "location / { proxy_pass http://WS; }"}
	return []nginxCase{
		{name: "POST blocked", site: site{api: "location / { proxy_pass http://API; }\nlocation /user/ { limit_except GET { deny all; } proxy_pass http://API; }"},
			args: direct, code: exitNoDiagnosis, want: "WK211", vars: map[string]string{"status": "403", "method": "POST", "path": "/user/token"},
			fix: func(snippet string) site {
				return site{api: "location / { proxy_pass http://API; }\n" + local(snippet)}
			}},
		{name: "redirected to https", site: site{api: "return 301 https://TLSADDR$request_uri;"},
			args: direct, code: exitNoDiagnosis, want: "WK202", vars: map[string]string{"variant": "redirect", "better": "https://TLS"}, add: "--ca-cert CERT --ws ws://WS"},
		{name: "http to the TLS port", args: []string{"--api", "http://TLS"}, code: exitNoDiagnosis, want: "WK202",
			vars: map[string]string{"variant": "https-port", "better": "https://TLS"}, add: "--insecure --ws ws://WS"},
		{name: "ws to the TLS port", args: []string{"--api", "http://API", "--ws", "ws://TLS"}, code: exitFinding, want: "WK306", add: "--ca-cert CERT"},
		{name: "no upgrade headers", site: noHeaders, args: direct, code: exitFinding, want: "WK401",
			fix: func(snippet string) site { return site{ws: local(snippet)} }},
		{name: "WebSocket to a dead port", site: site{ws: "location / { proxy_pass http://127.0.0.1:1; " + passUpgrade + " }"},
			args: direct, code: exitFinding, want: "WK401", vars: map[string]string{"variant": "gateway", "status": "502"},
			fix: func(snippet string) site { return site{ws: local(snippet)} }},
		{name: "API to a dead port", site: site{api: "location / { proxy_pass http://127.0.0.1:1; }"},
			args: direct, code: exitNoDiagnosis, want: "WK202", vars: map[string]string{"variant": "gateway", "status": "502"}},
	}
}

// TestNginx puts a real nginx before the stand-in. Each first finding is the right
// one in both languages, and its fix works as it stands there: the command is run,
// the snippet is put into the configuration.
func TestNginx(t *testing.T) {
	t.Parallel()
	for _, tc := range nginxCases() {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, sandbox.Config{Generation: sandbox.V1})
			n := newNginx(t, s, tc.site)
			first := n.finds(tc, "en")
			if zh := n.finds(tc, "zh"); !strings.ContainsFunc(zh.Title+zh.Fix.Text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("in Chinese: %s, %s", zh.Title, zh.Fix.Text)
			}
			switch {
			case tc.fix != nil:
				n.again(tc.fix(first.Fix.Commands[0]))
				n.healthy(n.wkctl(tc.args...))
			case tc.add != "":
				n.healthy(n.pasted(first.Fix.Commands[0] + " " + tc.add))
			}
			if got := tokensLeft(s); got != "none" {
				t.Errorf("tokens left on the server: %s", got)
			}
		})
	}
}

// addresses fills in where nginx listens.
func (n *nginx) addresses(s string) string {
	return strings.NewReplacer("://API", "://"+n.api, "://WS", "://"+n.ws, "://TLS", "://"+n.tls, "CERT", n.cert).Replace(s)
}

func (n *nginx) wkctl(args ...string) *process {
	list := []string{"diagnose"}
	for _, a := range args {
		list = append(list, n.addresses(a))
	}
	return wkctl(n.t, append(list, "--format", "json")...)
}

// pasted is a command line of a finding, as somebody pastes it into a shell.
func (n *nginx) pasted(line string) *process {
	n.t.Helper()
	p := n.wkctl()
	sh, err := exec.LookPath("sh")
	if err != nil || !strings.HasPrefix(line, "wkctl diagnose ") {
		n.t.Fatalf("%v, the command is %s", err, line)
	}
	p.cmd.Path, p.cmd.Args = sh, []string{"sh", "-c", n.addresses(line) + " --format json"}
	return p
}

// finds runs wkctl and gives the first finding, which is the expected one.
func (n *nginx) finds(tc nginxCase, lang string) *probe.Finding {
	n.t.Helper()
	p := n.wkctl(append(slices.Clone(tc.args), "--lang", lang)...)
	d := diagnosisOf(n.t, p, p.run())
	if len(d.Findings) == 0 {
		n.t.Fatalf("no findings, verdict %+v", d.Verdict)
	}
	f := &d.Findings[0]
	if d.Verdict.ExitCode != tc.code || f.Code != tc.want || len(f.Fix.Commands) == 0 {
		n.t.Fatalf("exit code %d, want %d; finding %+v, want %s", d.Verdict.ExitCode, tc.code, f, tc.want)
	}
	for name, want := range tc.vars {
		if f.Args[name] != n.addresses(want) {
			n.t.Errorf("%s %s is %q, want %q", f.Code, name, f.Args[name], n.addresses(want))
		}
	}
	return f
}

// healthy wants the whole table from a run.
func (n *nginx) healthy(p *process) {
	n.t.Helper()
	d := diagnosisOf(n.t, p, p.run())
	trouble := slices.ContainsFunc(d.Findings, func(f probe.Finding) bool { return f.Severity != probe.SeverityInfo })
	if d.Verdict.ExitCode != exitOK || trouble || len(d.Pairings) != 9 {
		n.t.Errorf("%s\nverdict %+v, findings %+v\n%s", strings.Join(p.cmd.Args, " "), d.Verdict, d.Findings, n.config(n.now))
	}
}

// TestNginxLimits: limit_req before the API and the WebSocket. All is tested in the
// end, few requests are turned away, and the finding says who limits; with what its
// fix says nothing is turned away any more.
func TestNginxLimits(t *testing.T) {
	t.Parallel()
	const zone = "limit_req_zone $binary_remote_addr zone=wukongim:10m rate=10r/s;"
	for _, status := range []string{"503", "429"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			s := serve(t, sandbox.Config{Generation: sandbox.V1})
			strict := site{http: zone + "\nlimit_req zone=wukongim burst=2 nodelay;\nlimit_req_status " + status + ";"}
			n := newNginx(t, s, strict)
			p := n.wkctl("--api", "http://API", "--ws", "ws://WS", "--flags", "0")
			d := diagnosisOf(t, p, p.run())
			f := d.Finding("WK210")
			if f == nil || !strings.Contains(f.Cause, "Server: nginx") || f.Args["status"] != status {
				t.Fatalf("finding %+v of %+v", f, d.Findings)
			}
			untested := 0
			for i := range d.Pairings {
				if d.Pairings[i].Verdict != probe.OutcomePass {
					untested++
				}
			}
			if untested > 0 && f.Args["gave_up"] == "" || untested == 0 && d.Verdict.ExitCode != exitOK {
				t.Errorf("%d pairings were not tested, exit code %d, %+v", untested, d.Verdict.ExitCode, f)
			}
			if refused := n.answered(status); refused == 0 || refused > 25 {
				t.Errorf("%d requests were turned away", refused)
			} else {
				t.Logf("%d of %d requests were turned away, %d pairings untested, exit code %d, %.0f ms", refused, n.answered(""), untested, d.Verdict.ExitCode, d.ElapsedMS)
			}
			strict.http = local(f.Fix.Commands[0]) + strings.TrimPrefix(strict.http, zone)
			n.again(strict)
			n.healthy(n.wkctl("--api", "http://API", "--ws", "ws://WS"))
			if got := tokensLeft(s); got != "none" {
				t.Errorf("tokens left on the server: %s", got)
			}
		})
	}
}
