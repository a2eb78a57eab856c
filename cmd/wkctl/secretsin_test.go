package main

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// TestShowTokens: what was asked for is shown, and that is the user's tokens.
// The manager's own is not, even where a user has it.
func TestShowTokens(t *testing.T) {
	t.Parallel()
	bubble(t, showTokens)
}

func showTokens(t *testing.T, n *memnet.Network) {
	s := serveOn(t, n, sandbox.Config{ManagerToken: managerSecret})
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
			f := &terminal{net: n}
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

// wayIn is a command that is given tokens. {api} and {ws} are the server's
// addresses, {document} is a file with credentials, or in stdin what it holds.
type wayIn struct {
	name  string
	args  []string
	env   map[string]string
	stdin string
	code  int
	warns int // lines about the command line
}

func waysIn(user, manager string) []wayIn {
	return []wayIn{
		{name: "files", args: []string{"connect", "--uid", "alice", "--token-file", user, "--manager-token-file", manager}},
		{name: "variables", args: []string{"connect", "--uid", "alice"}, env: map[string]string{"WKCTL_TOKEN": userSecret, "WKCTL_MANAGER_TOKEN": managerSecret}},
		{name: "flag", args: []string{"connect", "--uid", "alice", "--token", userSecret, "--ws", "{ws}"}, warns: 1},
		{name: "flag with =", args: []string{"diagnose", "--uid", "alice", "--sdk", "js", "--token=" + userSecret, "--manager-token-file", manager, "--hold", "10ms"}, warns: 1},
		{name: "stdin", args: []string{"connect", "--uid", "alice", "--token-stdin", "--manager-token-file", manager}, stdin: userSecret + "\n"},
		{name: "document", args: []string{"connect", "--credentials", "{document}", "--manager-token-file", manager}},
		{name: "document in stdin", args: []string{"connect", "--credentials", "-", "--manager-token-file", manager}, stdin: "{document}"},

		{name: "wrong manager token", args: []string{"register", "--manager-token-file", user}, code: exitNoDiagnosis},
		{name: "no manager token", args: []string{"token", "--uid", "alice", "--token-file", user}, code: exitNoDiagnosis},
		{name: "401", args: []string{"diagnose", "--manager-token-file", user, "--format", "json"}, code: exitNoDiagnosis},
		{name: "unreachable", args: []string{"connect", "--uid", "alice", "--token-file", user, "--ws", "ws://127.0.0.1:1/?token=" + url.QueryEscape(userSecret)}, code: exitNoDiagnosis},
		{name: "URL with query", args: []string{"diagnose", "--api", "{api}?token=" + url.QueryEscape(managerSecret)}, code: exitUsage},
		{name: "URL with password", args: []string{"diagnose", "--api", "http://admin:" + url.QueryEscape(managerSecret) + "@127.0.0.1"}, code: exitUsage},
		{name: "URL that is none", args: []string{"diagnose", "--ws", "ws://a:" + managerSecret + "@127.0.0.1:x/?t=" + managerSecret}, code: exitUsage},
		{name: "token for a file", args: []string{"connect", "--uid", "alice", "--token-file", userSecret}, code: exitUsage},
		{name: "token for a file, plain", args: []string{"diagnose"}, env: map[string]string{"WKCTL_MANAGER_TOKEN_FILE": "f00dfacef00dfacef00dface"}, code: exitUsage},
		{name: "token for a switch", args: []string{"connect", "--uid", "alice", "--token-stdin=" + userSecret}, code: exitUsage},
		{name: "no document", args: []string{"connect", "--credentials", user}, code: exitUsage},
		{name: "document for report", args: []string{"report", "{document}"}, code: exitUsage},
		{name: "token for report", args: []string{"report", user}, code: exitUsage},
	}
}

// TestSecretsOnTheWayIn: a token is read from wherever it may come, and named by
// no error. It has the variables of the process to itself.
func TestSecretsOnTheWayIn(t *testing.T) {
	for _, tc := range waysIn(inFile(t, userSecret), inFile(t, managerSecret)) {
		t.Run(tc.name, func(t *testing.T) {
			setenv(t, tc.env)
			bubble(t, tc.check)
		})
	}
}

// setenv sets variables for this process too: the flags look there by themselves.
func setenv(t *testing.T, env map[string]string) {
	t.Helper()
	for name, value := range env {
		t.Setenv(name, value)
	}
}

func (w wayIn) check(t *testing.T, n *memnet.Network) {
	s := serveOn(t, n, sandbox.Config{Generation: sandbox.V1, ManagerToken: managerSecret})
	s.Register("alice", userSecret, 1, 0)
	document, _ := json.Marshal(map[string]any{
		"schema": probe.CredentialsSchema, "api": s.APIURL(), "uid": "alice", "tokens": []any{map[string]any{"device_flag": 1, "token": userSecret}},
	})
	fill := strings.NewReplacer("{api}", s.APIURL(), "{ws}", s.WSURL(), "{document}", inFile(t, string(document)))
	var args []string
	for _, arg := range w.args {
		args = append(args, fill.Replace(arg))
	}
	if w.args[0] != "report" && !strings.Contains(strings.Join(args, " "), "--api") {
		args = append(args, "--api", s.APIURL())
	}
	f := &terminal{net: n, env: w.env, stdin: strings.NewReader(strings.Replace(w.stdin, "{document}", string(document), 1))}
	if code := f.run(t, args...); code != w.code {
		t.Errorf("exit code %d, want %d\n%s%s", code, w.code, &f.stdout, &f.stderr)
	}
	leaks(t, "stdout", f.stdout.Bytes(), userSecret, managerSecret, "f00dfacef00dfacef00dface")
	leaks(t, "stderr", f.stderr.Bytes(), userSecret, managerSecret, "f00dfacef00dfacef00dface")
	if got := strings.Count(f.stderr.String(), "shell's history"); got != w.warns {
		t.Errorf("%d warnings, want %d: %s", got, w.warns, &f.stderr)
	}
}

// TestSecretsWithoutServer runs the commands that need no server, with every
// token in the environment, and a server's log that is full of them. It has the
// variables of the process to itself.
func TestSecretsWithoutServer(t *testing.T) {
	log := inFile(t, `{"level":"error","time":"2026-11-22 13:52:06","msg":"【Processor】token verify fail","expectToken":"`+inJSON(managerSecret)+
		`","actToken":"`+inJSON(userSecret)+`","conn":"Conn[13] uid=alice fd={23} deviceFlag=WEB deviceLevel=Slave deviceID="}`)
	for _, line := range []string{
		"diagnose --sandbox v2 --verbose", "diagnose --help", "connect --help --lang zh", "--help", "version --format json", "man", "completion bash",
		"sdks", "explain", "explain WK501 --format json", "explain --log " + log, "explain --log " + log + " --format json --verbose",
		"explain --log " + log + " --format markdown --lang zh", "diagnose --frobnicate", "frobnicate",
	} {
		t.Run(strings.ReplaceAll(line, log, "LOG"), func(t *testing.T) {
			env := map[string]string{"WKCTL_MANAGER_TOKEN": managerSecret, "WKCTL_TOKEN": userSecret}
			if strings.HasPrefix(line, "diagnose --sandbox") {
				delete(env, "WKCTL_TOKEN")
			}
			setenv(t, env)
			bubble(t, func(t *testing.T, n *memnet.Network) {
				f := &terminal{net: n, env: env}
				f.run(t, strings.Fields(line)...)
				if f.stdout.Len()+f.stderr.Len() == 0 {
					t.Error("it says nothing")
				}
				leaks(t, "stdout", f.stdout.Bytes(), userSecret, managerSecret)
				leaks(t, "stderr", f.stderr.Bytes(), userSecret, managerSecret)
			})
		})
	}
}
