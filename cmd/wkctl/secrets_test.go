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
// languages, against servers that repeat what they were told. What is short in one
// language is long in the other, and the other way round with the next server.
func TestSecrets(t *testing.T) {
	t.Parallel()
	for i, mode := range []string{"", "route", "refuse", "error", "auth", "page", "moved", "upgrade", "socket", "huge"} {
		for k, lang := range spoken() {
			verbose := (i+k)%2 == 0
			t.Run(fmt.Sprintf("%s %s %v", mode, lang, verbose), func(t *testing.T) {
				t.Parallel()
				common := []string{"--lang", lang, "--verbose=" + strconv.FormatBool(verbose)}
				bubble(t, func(t *testing.T, n *memnet.Network) {
					secretDiagnose(t, n, mode, common)
					if verbose {
						secretSteps(t, n, mode, common)
					}
				})
			})
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
