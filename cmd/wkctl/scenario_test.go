package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/wkctl/wkctl/probe"
)

const casesDir = "../../testdata/cases"

// casesAtOnce is how many scenarios are played together: most of their time they
// wait for a server's silence.
const casesAtOnce = 8

// played is a scenario that has been run, with what its server saw.
type played struct {
	*stage
	out outcome
	err error
}

// play runs scenarios, several at once, and hands each to look while its server
// is still up.
func play(t *testing.T, list map[string]*scenario, look func(t *testing.T, p played)) {
	t.Helper()
	results := map[string]chan played{}
	for name := range list {
		results[name] = make(chan played, 1)
	}
	done := make(chan struct{})
	var g errgroup.Group
	g.SetLimit(casesAtOnce)
	go func() {
		defer close(done)
		for name, sc := range list {
			g.Go(func() error {
				st, err := sc.start(context.Background())
				p := played{stage: st, err: err}
				if err == nil {
					p.out, p.err = st.run(context.Background(), func(string) string { return "" })
				}
				results[name] <- p
				return nil
			})
		}
		_ = g.Wait()
	}()
	for name := range list {
		p := <-results[name]
		t.Run(name, func(t *testing.T) {
			if p.err != nil {
				t.Fatal(p.err)
			}
			look(t, p)
		})
		if p.stage != nil {
			p.close()
		}
	}
	<-done
}

func readCases(t *testing.T) map[string]*scenario {
	t.Helper()
	files, err := scenarioFiles([]string{casesDir})
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]*scenario{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sc, err := parseScenario(file, b)
		if err != nil {
			t.Fatal(err)
		}
		list[filepath.Base(file)] = sc
	}
	return list
}

// steady drops the finding that a connection needed a second try, unless it is
// the one expected: a busy machine has it at any time.
func (p *played) steady() {
	const secondTry = "WK603"
	if first := p.sc.Expect.First; first == nil || *first != secondTry {
		p.out.findings = slices.DeleteFunc(p.out.findings, func(f probe.Finding) bool { return f.Code == secondTry })
	}
}

// TestCases plays the casebook: each ticket is named by its first finding, with
// evidence and a fix, and nothing that could harm a server or its users is sent.
func TestCases(t *testing.T) {
	t.Parallel()
	play(t, readCases(t), func(t *testing.T, p played) {
		p.steady()
		for _, d := range p.sc.Expect.differences(p.out) {
			t.Error(d)
		}
		if len(p.out.findings) > 0 {
			first := p.out.findings[0]
			if len(first.Evidence) == 0 || first.Title == "" || first.Cause == "" || first.Fix.Text == "" {
				t.Errorf("%s: title %q, cause %q, fix %q, evidence %v", first.Code, first.Title, first.Cause, first.Fix.Text, first.Evidence)
			}
			if len(first.Links) == 0 && p.sc.ticket() && first.Severity == probe.SeverityError && !strings.HasPrefix(first.Code, "WK20") && !strings.HasPrefix(first.Code, "WK7") {
				t.Errorf("%s links no ticket", first.Code)
			}
		}
		harmless(t, p)
	})
}

// harmless fails where the run sent what a real server or its users would
// suffer from.
func harmless(t *testing.T, p played) {
	t.Helper()
	for _, h := range harmful(p.server) {
		if !p.sc.greets() || !strings.HasPrefix(h, "TLS ClientHello to a wss listener without certificate") {
			t.Errorf("harmful to real servers: %s", h)
		}
	}
	if p.sc.greets() {
		unregistered(t, p)
	}
	if p.sc.user() {
		for _, r := range p.server.Requests() {
			if r.Method != "GET" && r.Path != "/user/onlinestatus" {
				t.Errorf("my-user mode sent %s %s", r.Method, r.Path)
			}
		}
	}
	for i, c := range p.clients {
		if p.sc.force() {
			continue
		}
		if c.Kicked() > 0 || !c.Connected() {
			t.Errorf("live client %d was disturbed: %d kicks, connected %v", i+1, c.Kicked(), c.Connected())
		}
	}
}

// TestHealthy: on a healthy server of each generation no mode raises an alarm.
func TestHealthy(t *testing.T) {
	t.Parallel()
	list := map[string]*scenario{}
	for _, gen := range []string{"v1.0", "v1", "v2-beta", "v2.0", "v2", "v3"} {
		three, six := "0,1,2", "0-5"
		if gen == "v1.0" {
			three, six = "0", "0" // whoever registers another flag cannot log in there: WK508
		}
		for mode, run := range map[string][]string{
			"table":         {"--flags", three},
			"wide table":    {"--flags", six, "--connect-flags", "0,1"},
			"set-up":        {"--token-flag", "0", "--connect-flag", "0"},
			"set-up native": {"--token-flag", "0", "--sdk", "android"},
			"user":          {"--uid", "alice", "--token", "tok-alice", "--connect-flag", "0"},
			"user native":   {"--uid", "alice", "--token", "tok-alice", "--sdk", "ios"},
			"user of two":   {"--uid", "bob", "--token", "tok-bob-0", "--sdk", "android", "--sweep"},
			"user online":   {"--uid", "carol", "--token", "tok-carol", "--connect-flag", "0", "--force"},
			"https page":    {"--token-flag", "0", "--connect-flag", "0", "--page-origin", "https://chat.example.com", "--ca-cert", "{ca}"},
			"manager token": {"--uid", "alice", "--token", "tok-alice", "--connect-flag", "0", "--manager-token-file", "{dir}/manager"},
		} {
			list[gen+" "+mode] = healthy(gen, mode, run)
		}
	}
	play(t, list, func(t *testing.T, p played) {
		for _, f := range p.out.findings {
			if f.Severity == probe.SeverityError {
				t.Errorf("%s: %s %v", f.Code, f.Cause, f.Evidence)
			}
		}
		if p.out.exit != 0 {
			t.Errorf("exit code %d: %s", p.out.exit, p.out.stderr)
		}
		harmless(t, p)
	})
}

// healthy is a server in order, with users that are in order on every
// generation: v1.0 knows the token of flag 0 only, v2-beta one token a user, v3
// checks none, which its user has accepted.
func healthy(gen, mode string, run []string) *scenario {
	sc := &scenario{
		Server: scenarioServer{Generation: gen, TLS: "valid"},
		Before: []scenarioStep{
			{Token: &scenarioToken{UID: "alice", Token: "tok-alice"}},
			{Token: &scenarioToken{UID: "bob", Token: "tok-bob-1", DeviceFlag: 1}},
			{Token: &scenarioToken{UID: "bob", Token: "tok-bob-0"}},
			{Token: &scenarioToken{UID: "carol", Token: "tok-carol"}},
			{Connect: &scenarioConnect{UID: "carol", Token: "tok-carol", DeviceID: "first-phone"}},
		},
		Run: append([]string{"diagnose", "--api", "{api}", "--ca-cert", "{ca}"}, run...),
	}
	if mode == "https page" {
		sc.Run = append([]string{"diagnose", "--api", "{api}"}, run...)
	}
	if mode == "manager token" {
		sc.Server.ManagerToken = "the-manager-token"
		sc.Files = map[string]string{"manager": "the-manager-token\n"}
	}
	if gen == "v3" {
		sc.Run = append(sc.Run, "--allow-no-auth")
	}
	return sc
}

// TestScenarioPlays: without --check the scenario waits, with everything in place
// for the command that it prints.
func TestScenarioPlays(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	shown := make(chan string, 1)
	w := &world{
		stdin: strings.NewReader(""), stderr: stream{Writer: os.Stderr}, getenv: func(string) string { return "" },
		stdout: stream{Writer: writerFunc(func(b []byte) (int, error) { shown <- string(b); return len(b), nil })},
	}
	end := make(chan int, 1)
	go func() {
		end <- run(ctx, w, []string{"wkctl", "sandbox", "--scenario", filepath.Join(casesDir, "wukongim-138.yaml")})
	}()
	text := <-shown
	command := regexp.MustCompile(`(?m)^  (wkctl diagnose .*)$`).FindStringSubmatch(text)
	if command == nil || !strings.Contains(text, "WuKongIM/WuKongIM#138") {
		t.Fatalf("it shows %q", text)
	}
	f := &terminal{}
	if code := f.run(t, append(strings.Fields(command[1])[1:], "--format", "json")...); code != exitFinding || !strings.Contains(f.stdout.String(), `"WK501"`) {
		t.Errorf("%s: exit code %d, %s", command[1], code, &f.stdout)
	}
	cancel()
	if code := <-end; code != exitOK {
		t.Errorf("exit code %d after Ctrl-C", code)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestScenarioDiffers: what is expected and does not come is named.
func TestScenarioDiffers(t *testing.T) {
	t.Parallel()
	code := func(s string) *string { return &s }
	out := outcome{exit: 1, stdout: "token is\n    stored", findings: []probe.Finding{{Code: "WK501"}, {Code: "WK510"}}}
	for _, tc := range []struct {
		expect scenarioExpect
		want   []string
	}{
		{scenarioExpect{First: code("WK501"), Codes: []string{"WK510"}, Not: []string{"WK502"}, Says: []string{"is stored"}, Exit: 1}, nil},
		{scenarioExpect{First: code("WK502"), Exit: 1}, []string{"first finding: expected WK502, got WK501, WK510"}},
		{scenarioExpect{First: code(""), Exit: 1}, []string{"first finding: expected none, got WK501, WK510"}},
		{scenarioExpect{Codes: []string{"WK599"}, Exit: 1}, []string{"findings: expected WK599 among them, got WK501, WK510"}},
		{scenarioExpect{Not: []string{"WK510"}, Exit: 1}, []string{"findings: expected no WK510, got WK501, WK510"}},
		{scenarioExpect{Says: []string{"curl"}, Exit: 1}, []string{`output: expected the text "curl", got none of it in 19 bytes`}},
		{scenarioExpect{Unsaid: []string{"curl"}, Exit: 1}, nil},
		{scenarioExpect{Unsaid: []string{"Is Stored"}, Exit: 1}, []string{`output: expected nothing of the text "Is Stored", got it`}},
		{scenarioExpect{Exit: 0}, []string{"exit code: expected 0, got 1"}},
	} {
		if got := tc.expect.differences(out); strings.Join(got, "|") != strings.Join(tc.want, "|") {
			t.Errorf("%+v: got %q, want %q", tc.expect, got, tc.want)
		}
	}
}

// TestShellLine: a printed command can be pasted as it is.
func TestShellLine(t *testing.T) {
	t.Parallel()
	got := shellLine([]string{"wkctl", "--token", "tok ", "--uid", "it's", "--ws", "ws://127.0.0.1:5200/a?b=1", ""})
	want := `wkctl --token 'tok ' --uid 'it'\''s' --ws 'ws://127.0.0.1:5200/a?b=1' ''`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// user says whether the command is about an existing user, for whom nothing may
// be written.
func (sc *scenario) user() bool {
	return sc.Run[0] == "diagnose" && slices.Contains(sc.Run, "--uid")
}

// force says whether the command may take the place of a live client.
func (sc *scenario) force() bool { return slices.Contains(sc.Run, "--force") }
