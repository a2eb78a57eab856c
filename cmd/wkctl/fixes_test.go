package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/casebook"
	"github.com/wkctl/wkctl/probe/memnet"
)

// TestFixes carries out every fix that the casebook prints on the server that it was
// printed for, as its reader would, and runs the scenario's command again: the
// first finding must be gone. What cannot be carried out is listed by [unplayable]
// with the reason, and each reason has to be needed.
func TestFixes(t *testing.T) {
	t.Parallel()
	used := make(chan string, 1000)
	t.Run("cases", func(t *testing.T) {
		cases := readCases(t)
		maps.Copy(cases, fixCases(t))
		for name, sc := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				bubble(t, func(t *testing.T, n *memnet.Network) { fixCase(t, n, sc, used) })
			})
		}
	})
	close(used)
	needed := map[string]bool{}
	for code := range used {
		needed[code] = true
	}
	for code, why := range unplayable() {
		if !needed[code] {
			t.Errorf("%s is listed as one whose fix cannot be carried out (%s), and no scenario needs that", code, why)
		}
	}
}

// unplayable says of what fixes that stand in the casebook cannot be carried out,
// and why.
func unplayable() map[string]string {
	return map[string]string{
		"WK201": "the stand-in's fault is that it is not there",
		"WK202": "what answers stays in front of the server",
		"WK207": "the cluster or the disk of the server is to be fixed",
		"WK208": "a node is to be started",
		"WK209": "the server is to be upgraded",
		"WK210": "the rate limit belongs to a gateway",
		"WK211": "the gateway's configuration is to be changed",
		"WK212": "the node's machine or its address is to be fixed",
		"WK215": "the server's machine or its configuration is to be fixed",
		"WK302": "a listener is to be started or published",
		"WK304": "a certificate is to be installed",
		"WK401": "the proxy's configuration is to be changed",
		"WK308": "certificates are to be installed where the server runs",
		"WK508": "the server is to be upgraded",
		"WK515": "the user needs another uid",
		"WK517": "the fix asks for the server's log, which is not there",
		"WK518": "what changes the CONNACK on its way is to be found",
		"WK519": "the client is to be changed",
		"WK520": "the SDK is to be upgraded",
		"WK523": "the server loses what it acknowledges",
		"WK601": "one of two clients is to be stopped",
		"WK604": "the server is too slow for an answer",
		"WK405": "where the address refuses, the right one is known to its owner alone",
		"WK406": "the advertised address is a setting of a host that only its owner knows",
		"WK407": "TLS is to be set up",
		"WK408": "TLS is to be set up",
		"WK702": "the values are for a file of the server that only its owner knows",
		"WK703": "as WK702", "WK704": "as WK702", "WK709": "as WK702", "WK712": "as WK702", "WK715": "as WK702", "WK717": "as WK702", "WK721": "as WK702",
	}
}

// fixCases are servers whose fixes the casebook does not print.
func fixCases(t *testing.T) map[string]*casebook.Scenario {
	t.Helper()
	list := map[string]*casebook.Scenario{}
	for name, text := range map[string]string{
		"advertised without scheme": `{server: {advertise: {ws: "{ws_host}"}}, run: [diagnose, --api, "{api}", --token-flag, "1", --sdk, js], expect: {first: WK405, exit: 1}}`,
		"advertised with http":      `{server: {advertise: {ws: "http://{ws_host}"}}, run: [diagnose, --api, "{api}"], expect: {first: WK405, exit: 1}}`,
		"tcp with scheme":           `{server: {advertise: {tcp: "tcp://{tcp_host}"}}, run: [diagnose, --api, "{api}", --token-flag, "0", --sdk, android], expect: {first: WK405, exit: 1}}`,
		"latent flags":              `{server: {token_auth: false}, run: [diagnose, --api, "{api}", --token-flag, "1", --sdk, js, --connect-flag, "2"], expect: {first: WK507, exit: 1}}`,
		"latent token":              `{server: {token_auth: false}, before: [{token: {uid: alice, token: tok, device_flag: 1}}], run: [diagnose, --api, "{api}", --uid, alice, --token, other], expect: {first: WK507, exit: 1}}`,
		"manager token in a file":   `{server: {manager_token: the-key}, files: {"man ager": the-key}, before: [{token: {uid: alice, token: tok, device_level: 1}}], run: [diagnose, --api, "{api}", --manager-token-file, "{dir}/man ager", --uid, alice, --token, tok, --sdk, js], expect: {first: WK501, exit: 1}}`,
	} {
		sc, err := casebook.Parse([]byte(`{ticket: "none: made for a fix", ` + text[1:]))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		list[name] = sc
	}
	return list
}

// fixCase plays one scenario, its fix and the scenario's command again.
func fixCase(t *testing.T, n *memnet.Network, sc *casebook.Scenario, used chan<- string) {
	st, err := sc.Start(t.Context(), casebook.Network{Listen: n.Listen, Dial: n.Dial})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixer{t: t, net: n, stage: st, again: st.Args()}
	defer func() { f.stage.Close() }()
	before, err := st.Run(t.Context(), (&terminal{net: n}).world().inProcess)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range sc.Expect.Differences(before) {
		t.Error(d)
	}
	if len(before.Findings) == 0 || sc.Run[0] != "diagnose" {
		return
	}
	first := before.Findings[0]
	if first.Severity == probe.SeverityInfo && before.Exit == exitOK {
		return // nothing is wrong
	}
	if !f.apply(first) {
		if unplayable()[first.Code] == "" {
			t.Errorf("%s: none of its fix can be carried out: %q", first.Code, first.Fix.Commands)
		}
		used <- first.Code
		return
	}
	for _, code := range f.diagnose(f.again) {
		if code == first.Code {
			t.Errorf("%s is still there after %q, asked by %q", code, first.Fix.Commands, f.again)
		}
	}
}

// fixer carries out a fix.
type fixer struct {
	t     *testing.T
	net   *memnet.Network
	stage *casebook.Stage
	again []string          // the command to run behind the fix
	moved *strings.Replacer // where the server that was started again is; nil = the first still runs
}

// apply says whether something of the fix could be carried out: settings first, since
// they begin with another server.
func (f *fixer) apply(first probe.Finding) (done bool) {
	for _, line := range first.Fix.Commands {
		line, _, _ = strings.Cut(line, " #")
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		done = f.set(name, value) || done
	}
	for _, line := range first.Fix.Commands {
		switch words := shellWords(line); {
		case len(words) > 3 && words[0] == "curl" && words[1] == "-X":
			f.post(words)
			return true
		case len(words) > 1 && words[0] == "wkctl" && words[1] == "diagnose" && !slices.Contains(words, "--server-log") && different(words, f.stage.Args()):
			f.again = f.filled(words)
			return true
		}
	}
	return done
}

// set starts the server again with a setting that the stand-in has, and says whether
// it has it.
func (f *fixer) set(name, value string) bool {
	sc, on := *f.stage.Scenario, true
	switch {
	case name == "WK_TOKENAUTHON" && value == "true":
		sc.Server.TokenAuth = &on
		sc.Before = slices.DeleteFunc(slices.Clone(sc.Before), func(s casebook.Step) bool { return s.Connect != nil }) // whose tokens nobody checked
	case name == "WK_EXTERNAL_WSADDR" && value == f.stage.Server.WSURL():
		sc.Server.Advertise.WS = "" // its own listener, wherever that is now
	case name == "WK_EXTERNAL_TCPADDR" && value == f.stage.Server.TCPAddr():
		sc.Server.Advertise.TCP = ""
	default:
		return false
	}
	f.stage.Close()
	st, err := sc.Start(f.t.Context(), casebook.Network{Listen: f.net.Listen, Dial: f.net.Dial})
	if err != nil {
		f.t.Fatal(err)
	}
	moved := strings.NewReplacer(f.stage.Server.APIURL(), st.Server.APIURL())
	f.stage, f.again, f.moved = st, st.Args(), moved
	return true
}

// different says whether a command asks another address than the scenario's, or
// brings what that lacked.
func different(words, args []string) bool {
	value := func(list []string, flag string) string {
		if i := slices.Index(list, flag); i >= 0 && i+1 < len(list) {
			return list[i+1]
		}
		return ""
	}
	given := value(words, "--ws") != "" && value(words, "--ws") != value(args, "--ws")
	file := value(words, "--manager-token-file") != "" && value(args, "--manager-token-file") == ""
	return given || file
}

// filled puts the secrets that the reader has in place of the FILE of a command, and
// what the machine needs to trust the stand-in.
func (f *fixer) filled(words []string) []string {
	for i, w := range words {
		if w != "FILE" {
			continue
		}
		name, content := "user-token", f.given("--token")
		if words[i-1] == "--manager-token-file" {
			name, content = "manager-token", f.stage.Scenario.Server.ManagerToken
		}
		words[i] = filepath.Join(f.t.TempDir(), name)
		if err := os.WriteFile(words[i], []byte(content), 0o600); err != nil {
			f.t.Fatal(err)
		}
	}
	if ca := f.given("--ca-cert"); ca != "" {
		words = append(words, "--ca-cert", ca)
	}
	return words
}

// given is the value of a flag of the scenario's command.
func (f *fixer) given(flag string) string {
	args := f.stage.Args()
	if i := slices.Index(args, flag); i >= 0 {
		return args[i+1]
	}
	return ""
}

// post sends the request of a curl line. TOKEN is the one that the client sends, UID
// a user of the back end; in set-up mode the changed back end is asked about again.
func (f *fixer) post(words []string) {
	url, body := words[3], ""
	if f.moved != nil {
		url = f.moved.Replace(url)
	}
	header := http.Header{}
	for i, w := range words {
		switch w {
		case "-H":
			name, value, _ := strings.Cut(words[i+1], ": ")
			header.Set(name, f.secret(value))
		case "-d":
			body = words[i+1]
		}
	}
	var call struct {
		UID         string `json:"uid"`
		DeviceFlag  int    `json:"device_flag"`
		DeviceLevel int    `json:"device_level"`
	}
	if err := json.Unmarshal([]byte(body), &call); err != nil {
		f.t.Fatalf("%s: %v", body, err)
	}
	token := f.given("--token")
	if token == f.stage.Scenario.Server.ManagerToken && token != "" {
		token = "tok-of-its-own"
		f.again[slices.Index(f.again, "--token")+1] = token
	}
	body = strings.Replace(body, `"TOKEN"`, `"`+token+`"`, 1)
	if call.UID == "UID" {
		f.again[slices.Index(f.again, "--token-flag")+1] = string(rune('0' + call.DeviceFlag))
		body = strings.NewReplacer(`"UID"`, `"someone"`, `"token": ""`, `"token": "any"`).Replace(body)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: f.net.Dial, DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(f.t.Context(), words[2], url, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header = header
	res, err := client.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if said, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK {
		f.t.Errorf("%q is answered %d %s", words, res.StatusCode, said)
	}
}

// secret fills in what the shell would.
func (f *fixer) secret(value string) string {
	file, ok := strings.CutPrefix(value, "$(cat ")
	switch {
	case ok:
		b, err := os.ReadFile(strings.Trim(strings.TrimSuffix(file, ")"), "'"))
		if err != nil {
			f.t.Fatal(err)
		}
		return strings.TrimSpace(string(b))
	case value == "$WKCTL_MANAGER_TOKEN":
		return f.stage.Scenario.Server.ManagerToken
	}
	return value
}

// diagnose runs a command and gives the codes of what it finds.
func (f *fixer) diagnose(args []string) (codes []string) {
	var stdout, stderr bytes.Buffer
	(&terminal{net: f.net}).world().inProcess(f.t.Context(), append(slices.Clone(args), "--format", "json"), strings.NewReader(""), &stdout, &stderr)
	var d probe.Diagnosis
	if err := json.Unmarshal(stdout.Bytes(), &d); err != nil {
		f.t.Fatalf("%q: %v\n%s", args, err, &stderr)
	}
	for _, found := range d.Findings {
		if found.Severity != probe.SeverityInfo {
			codes = append(codes, found.Code)
		}
	}
	return codes
}

// shellWords takes a line apart as a POSIX shell does, as far as fixes go; a line of
// a configuration file comes apart into something that is no command.
func shellWords(line string) (words []string) {
	var word strings.Builder
	open, started := rune(0), false
	for _, r := range line {
		switch {
		case open == 0 && r == ' ':
			if started {
				words = append(words, word.String())
			}
			word.Reset()
			started = false
		case open == 0 && (r == '\'' || r == '"'):
			open, started = r, true
		case r == open:
			open = 0
		default:
			word.WriteRune(r)
			started = true
		}
	}
	if started {
		words = append(words, word.String())
	}
	if i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "#") }); i > 0 {
		words = words[:i]
	}
	return words
}
