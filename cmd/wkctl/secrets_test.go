package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/report"
)

// The tokens of these tests look different in every escaping there is.
const (
	userSecret    = `u5er"tok<en>&'/+=%41\ S3CRET`
	managerSecret = `m4nager"tok<en>&'/+=%41\ S3CRET`
)

// disguises lists what a secret looks like to somebody who looks for it.
func disguises(raw string) map[string]string {
	marshalled, _ := json.Marshal(raw)
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(raw)
	query := url.QueryEscape(raw)
	list := map[string]string{
		"raw": raw, "JSON": string(marshalled[1 : len(marshalled)-1]), "plain JSON": strings.Trim(plain.String(), "\"\n"),
		"query": query, "path": url.PathEscape(raw), "small query": strings.ToLower(query), "Go": strings.Trim(strconv.Quote(raw), `"`),
		"HTML": html.EscapeString(raw), "hex": hex.EncodeToString([]byte(raw)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(raw))),
	}
	for shift := range 3 { // wherever it stands in what is encoded
		b := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + raw))
		list["base64 "+strconv.Itoa(shift)] = b[(shift*8+5)/6 : (shift+len(raw))*8/6] // what it alone decides
	}
	return list
}

// echoes repeats what it has heard in every form a server may use.
func echoes(heard []string) string {
	var all []string
	for _, raw := range heard {
		twice, _ := json.Marshal(strings.Trim(strconv.Quote(raw), `"`))
		all = append(all, raw, string(twice), base64.StdEncoding.EncodeToString([]byte(raw)))
		for _, form := range disguises(raw) {
			if form != strings.ToLower(url.QueryEscape(raw)) { // no escaping, only how we look for one
				all = append(all, form)
			}
		}
	}
	return strings.Join(all, " ")
}

// leaks fails where b shows one of the secrets.
func leaks(t *testing.T, where string, b []byte, secrets ...string) {
	t.Helper()
	for _, raw := range secrets {
		if len(raw) < 4 {
			continue // shorter ones are not blanked: they would tear words apart
		}
		for name, form := range disguises(raw) {
			i := bytes.Index(b, []byte(form))
			if name == "small query" {
				i = bytes.Index(bytes.ToLower(b), []byte(form))
			}
			if i >= 0 {
				t.Errorf("%s shows a secret (%s): …%s…", where, name, b[max(0, i-60):min(len(b), i+len(form)+20)])
			}
		}
	}
}

// leaksFiles looks into every file of a folder.
func leaksFiles(t *testing.T, where, dir string, secrets ...string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files++
		leaks(t, where+" "+d.Name(), b, secrets...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// inFile writes a secret where only we can read it, outside of the folders that
// are searched.
func inFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret.txt")
	if err := os.WriteFile(file, []byte(content+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// everyOutput asks for all formats at once, in a folder of its own.
func everyOutput(dir string) (args []string) {
	for _, f := range report.Formats() {
		args = append(args, "--output", string(f)+"="+filepath.Join(dir, string(f)))
	}
	return args
}

// TestSecrets runs every command in every format, short and long, in both
// languages, against servers that repeat what they were told.
func TestSecrets(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"", "route", "refuse", "error", "auth", "page", "moved", "upgrade", "socket", "huge"} {
		for _, lang := range spoken() {
			for _, verbose := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s %s %v", mode, lang, verbose), func(t *testing.T) {
					t.Parallel()
					common := []string{"--lang", lang, "--verbose=" + strconv.FormatBool(verbose)}
					bubble(t, func(t *testing.T, n *memnet.Network) {
						secretDiagnose(t, n, mode, common)
						if verbose == (lang == "zh") {
							secretSteps(t, n, mode, common)
						}
					})
				})
			}
		}
	}
}

// secretDiagnose is about the modes of diagnose, in every format at once, and as
// a step of GitHub Actions.
func secretDiagnose(t *testing.T, n *memnet.Network, mode string, common []string) {
	t.Helper()
	manager, user := inFile(t, managerSecret), inFile(t, userSecret)
	for _, args := range [][]string{
		{"--flags", "0,1"},
		{"--uid", "alice", "--token-file", user, "--sdk", "js", "--hold", "20ms"},
	} {
		r := rogueOn(t, n, mode, echoes)
		dir := t.TempDir()
		args = append(append(append([]string{"diagnose", "--api", r.api.URL, "--manager-token-file", manager}, args...), common...), everyOutput(dir)...)
		f := &terminal{net: n, env: map[string]string{
			"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": filepath.Join(dir, "step-output"), "GITHUB_STEP_SUMMARY": filepath.Join(dir, "step-summary"),
		}}
		code := f.run(t, args...)
		if f.stdout.Len() == 0 || code == exitUsage {
			t.Fatalf("%q: exit code %d\n%s", args, code, &f.stderr)
		}
		secrets := append(r.secrets(), managerSecret, userSecret)
		leaks(t, "stdout", f.stdout.Bytes(), secrets...)
		leaks(t, "stderr", f.stderr.Bytes(), secrets...)
		if n := leaksFiles(t, "file", dir, secrets...); n != len(report.Formats())+2 {
			t.Errorf("%d files", n)
		}
		again := &terminal{}
		if got := again.run(t, append([]string{"report", filepath.Join(dir, "json"), "--explain", "--format", "json"}, common...)...); got != code {
			t.Errorf("report --explain: exit code %d, want %d\n%s", got, code, &again.stderr)
		}
		leaks(t, "report --explain", again.stdout.Bytes(), secrets...)
	}
}

// secretSteps is about the other commands that talk to a server.
func secretSteps(t *testing.T, n *memnet.Network, mode string, common []string) {
	t.Helper()
	manager, user := inFile(t, managerSecret), inFile(t, userSecret)
	for _, args := range [][]string{
		{"register", "--uid", "alice", "--flags", "0,1"},
		{"register", "--uid", "alice", "--remove"},
		{"token", "--uid", "alice", "--token-file", user, "--flags", "1"},
		{"token", "--uid", "alice", "--list"},
		{"connect", "--uid", "alice", "--token-file", user},
		{"connect", "--uid", "alice", "--token-file", user, "--hex"},
		{"connect", "--uid", "alice", "--token-file", user, "--hex", "--ws", "{ws}/?token=" + url.QueryEscape(userSecret), "--connect-flag", "2"},
	} {
		r := rogueOn(t, n, mode, echoes) // it has heard nothing of an earlier run
		dir := t.TempDir()
		line := append(slices.Clone(args), "--api", r.api.URL, "--manager-token-file", manager, "--output", "json="+filepath.Join(dir, "file.json"))
		for i := range line {
			line[i] = strings.Replace(line[i], "{ws}", r.wsURL(), 1)
		}
		f := &terminal{net: n}
		f.run(t, append(line, common...)...)
		secrets := append(r.secrets(), managerSecret, userSecret)
		where := strings.Join(args, " ")
		leaks(t, where+" stdout", f.stdout.Bytes(), secrets...)
		leaks(t, where+" stderr", f.stderr.Bytes(), secrets...)
		leaksFiles(t, where+" file", dir, secrets...)
		if f.stdout.Len()+f.stderr.Len() == 0 {
			t.Errorf("%s says nothing", where)
		}
	}
}

// TestShowTokens: what was asked for is shown, and that is the user's tokens.
// The manager's own is not, even where a user has it.
func TestShowTokens(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{ManagerToken: managerSecret})
	s.Register("alice", userSecret, 1, 0)
	s.Register("bob", managerSecret, 1, 0)
	manager, user := inFile(t, managerSecret), inFile(t, userSecret)
	for _, tc := range []struct {
		args []string
		user bool
	}{
		{[]string{"token", "--uid", "alice", "--list", "--show-tokens"}, true},
		{[]string{"token", "--uid", "alice", "--token-file", user, "--show-tokens"}, true},
		{[]string{"token", "--uid", "bob", "--list", "--show-tokens"}, false},
		{[]string{"token", "--uid", "carol", "--token-file", manager, "--show-tokens"}, false},
	} {
		for _, format := range []string{"table", "json"} {
			f := &terminal{}
			if code := f.run(t, append(tc.args, "--api", s.APIURL(), "--manager-token-file", manager, "--format", format)...); code != exitOK {
				t.Fatalf("%v: exit code %d\n%s", tc.args, code, &f.stderr)
			}
			shown := userSecret
			if format == "json" {
				shown = disguises(userSecret)["plain JSON"]
			}
			if got := strings.Contains(f.stdout.String(), shown); got != tc.user {
				t.Errorf("%v %s: shows the user's token: %v\n%s", tc.args, format, got, &f.stdout)
			}
			leaks(t, strings.Join(tc.args, " "), append(f.stdout.Bytes(), f.stderr.Bytes()...), managerSecret)
		}
	}
}

// TestSecretsOnTheWayIn: a token is read from wherever it may come, and named by
// no error.
func TestSecretsOnTheWayIn(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{Generation: sandbox.V1, ManagerToken: managerSecret})
	s.Register("alice", userSecret, 1, 0)
	user, manager := inFile(t, userSecret), inFile(t, managerSecret)
	document, _ := json.Marshal(map[string]any{
		"schema": probe.CredentialsSchema, "api": s.APIURL(), "uid": "alice", "tokens": []any{map[string]any{"device_flag": 1, "token": userSecret}},
	})
	credentials := inFile(t, string(document))
	server := []string{"--api", s.APIURL()}
	for _, tc := range []struct {
		name  string
		args  []string
		env   []string
		stdin string
		code  int
		warns int // lines about the command line
	}{
		{name: "files", args: []string{"connect", "--uid", "alice", "--token-file", user, "--manager-token-file", manager}},
		{name: "variables", args: []string{"connect", "--uid", "alice"}, env: []string{"WKCTL_TOKEN=" + userSecret, "WKCTL_MANAGER_TOKEN=" + managerSecret}},
		{name: "flag", args: []string{"connect", "--uid", "alice", "--token", userSecret, "--ws", s.WSURL()}, warns: 1},
		{name: "flag with =", args: []string{"diagnose", "--uid", "alice", "--sdk", "js", "--token=" + userSecret, "--manager-token-file", manager, "--hold", "10ms"}, warns: 1},
		{name: "stdin", args: []string{"connect", "--uid", "alice", "--token-stdin", "--manager-token-file", manager}, stdin: userSecret + "\n"},
		{name: "document", args: []string{"connect", "--credentials", credentials, "--manager-token-file", manager}},
		{name: "document in stdin", args: []string{"connect", "--credentials", "-", "--manager-token-file", manager}, stdin: string(document)},

		{name: "wrong manager token", args: []string{"register", "--manager-token-file", user}, code: exitNoDiagnosis},
		{name: "no manager token", args: []string{"token", "--uid", "alice", "--token-file", user}, code: exitNoDiagnosis},
		{name: "401", args: []string{"diagnose", "--manager-token-file", user, "--format", "json"}, code: exitNoDiagnosis},
		{name: "unreachable", args: []string{"connect", "--uid", "alice", "--token-file", user, "--ws", "ws://127.0.0.1:1/?token=" + url.QueryEscape(userSecret)}, code: exitNoDiagnosis},
		{name: "URL with query", args: []string{"diagnose", "--api", s.APIURL() + "?token=" + url.QueryEscape(managerSecret)}, code: exitUsage},
		{name: "URL with password", args: []string{"diagnose", "--api", "http://admin:" + url.QueryEscape(managerSecret) + "@127.0.0.1"}, code: exitUsage},
		{name: "URL that is none", args: []string{"diagnose", "--ws", "ws://a:" + managerSecret + "@127.0.0.1:x/?t=" + managerSecret}, code: exitUsage},
		{name: "token for a file", args: []string{"connect", "--uid", "alice", "--token-file", userSecret}, code: exitUsage},
		{name: "token for a file, plain", args: []string{"diagnose"}, env: []string{"WKCTL_MANAGER_TOKEN_FILE=" + "f00dfacef00dfacef00dface"}, code: exitUsage},
		{name: "token for a switch", args: []string{"connect", "--uid", "alice", "--token-stdin=" + userSecret}, code: exitUsage},
		{name: "no document", args: []string{"connect", "--credentials", user}, code: exitUsage},
		{name: "document for report", args: []string{"report", credentials}, code: exitUsage},
		{name: "token for report", args: []string{"report", user}, code: exitUsage},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			args := tc.args
			if args[0] != "report" && !strings.Contains(strings.Join(args, " "), "--api") {
				args = append(args, server...)
			}
			p := wkctl(t, args...)
			p.cmd.Env = append(p.cmd.Env, tc.env...)
			p.cmd.Stdin = strings.NewReader(tc.stdin)
			if code := p.run(); code != tc.code {
				t.Errorf("exit code %d, want %d\n%s%s", code, tc.code, &p.stdout, &p.stderr)
			}
			leaks(t, "stdout", p.stdout.Bytes(), userSecret, managerSecret, "f00dfacef00dfacef00dface")
			leaks(t, "stderr", p.stderr.Bytes(), userSecret, managerSecret, "f00dfacef00dfacef00dface")
			if got := strings.Count(p.stderr.String(), "shell's history"); got != tc.warns {
				t.Errorf("%d warnings, want %d: %s", got, tc.warns, &p.stderr)
			}
		})
	}
}

// TestSecretsWithoutServer runs the commands that need no server, with every
// token in the environment, and a server's log that is full of them.
func TestSecretsWithoutServer(t *testing.T) {
	t.Parallel()
	inJSON := func(raw string) string { return disguises(raw)["JSON"] }
	log := inFile(t, `{"level":"error","time":"2026-11-22 13:52:06","msg":"【Processor】token verify fail","expectToken":"`+inJSON(managerSecret)+
		`","actToken":"`+inJSON(userSecret)+`","conn":"Conn[13] uid=alice fd={23} deviceFlag=WEB deviceLevel=Slave deviceID="}`)
	for _, line := range []string{
		"diagnose --sandbox v2 --verbose", "diagnose --help", "connect --help --lang zh", "--help", "version --format json", "man", "completion bash",
		"sdks", "explain", "explain WK501 --format json", "explain --log " + log, "explain --log " + log + " --format json --verbose",
		"explain --log " + log + " --format markdown --lang zh", "diagnose --frobnicate", "frobnicate",
	} {
		t.Run(strings.ReplaceAll(line, log, "LOG"), func(t *testing.T) {
			t.Parallel()
			p := wkctl(t, strings.Fields(line)...)
			p.cmd.Env = append(p.cmd.Env, "WKCTL_MANAGER_TOKEN="+managerSecret)
			if !strings.HasPrefix(line, "diagnose --sandbox") {
				p.cmd.Env = append(p.cmd.Env, "WKCTL_TOKEN="+userSecret)
			}
			p.run()
			if p.stdout.Len()+p.stderr.Len() == 0 {
				t.Error("it says nothing")
			}
			leaks(t, "stdout", p.stdout.Bytes(), userSecret, managerSecret)
			leaks(t, "stderr", p.stderr.Bytes(), userSecret, managerSecret)
		})
	}
}

// TestSecretsInPanics: whatever a panic or a debug line prints of what is alive
// while a server is asked, it prints no token.
func TestSecretsInPanics(t *testing.T) {
	t.Parallel()
	vault := &secret.Vault{}
	user := vault.User(userSecret)
	api := &measure.API{Base: "http://127.0.0.1", ManagerToken: vault.Manager(managerSecret), Vault: vault}
	for _, v := range []any{
		user, &user, vault, *api, api, &measure.Prober{API: api, Vault: vault}, measure.UserPlan{Token: user}, measure.ConnectOptions{Token: user},
		&probe.Credentials{Tokens: []probe.StoredToken{{Token: user}}}, &probe.Connection{Token: user}, &measure.Ledger{API: api},
		&outputs{}, &userInput{p: &measure.Prober{API: api}},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p"} {
			leaks(t, fmt.Sprintf("%T as %s", v, verb), fmt.Appendf(nil, verb, v), userSecret, managerSecret)
		}
	}
}
