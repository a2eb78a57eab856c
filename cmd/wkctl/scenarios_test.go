package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/casebook"
	"github.com/wkctl/wkctl/probe/memnet"
)

const casesDir = "../../testdata/cases"

// played is a scenario that has been run, with what its server saw.
type played struct {
	*casebook.Stage
	out casebook.Outcome
}

// play runs each scenario in a bubble of its own and hands it to look while its
// server is still up.
func play(t *testing.T, list map[string]*casebook.Scenario, look func(t *testing.T, p played)) {
	t.Helper()
	for name, sc := range list {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, n *memnet.Network) {
				st, err := sc.Start(t.Context(), casebook.Network{Listen: n.Listen, Dial: n.Dial})
				if err != nil {
					t.Fatal(err)
				}
				defer st.Close()
				out, err := st.Run(t.Context(), (&terminal{net: n}).world().inProcess)
				if err != nil {
					t.Fatal(err)
				}
				look(t, played{st, out})
			})
		})
	}
}

func readCases(t *testing.T) map[string]*casebook.Scenario {
	t.Helper()
	files, err := scenarioFiles([]string{casesDir})
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]*casebook.Scenario{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sc, err := casebook.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		list[filepath.Base(file)] = sc
	}
	return list
}

// TestCases plays the casebook: each ticket is named by its first finding, with
// evidence and a fix, and nothing that could harm a server or its users is sent.
func TestCases(t *testing.T) {
	t.Parallel()
	play(t, readCases(t), func(t *testing.T, p played) {
		for _, d := range p.Scenario.Expect.Differences(p.out) {
			t.Error(d)
		}
		if len(p.out.Findings) > 0 {
			first := p.out.Findings[0]
			if len(first.Evidence) == 0 || first.Title == "" || first.Cause == "" || first.Fix.Text == "" {
				t.Errorf("%s: title %q, cause %q, fix %q, evidence %v", first.Code, first.Title, first.Cause, first.Fix.Text, first.Evidence)
			}
			if len(first.Links) == 0 && replaysTicket(p.Scenario) && first.Severity == probe.SeverityError && !strings.HasPrefix(first.Code, "WK20") && !strings.HasPrefix(first.Code, "WK7") {
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
	for _, h := range harmful(p.Server) {
		if !greets(p.Scenario) || !strings.HasPrefix(h, "TLS ClientHello to a wss listener without certificate") {
			t.Errorf("harmful to real servers: %s", h)
		}
	}
	if greets(p.Scenario) {
		unregistered(t, p)
	}
	if asksAboutUser(p.Scenario) {
		for _, r := range p.Server.Requests() {
			if r.Method != "GET" && r.Path != "/user/onlinestatus" {
				t.Errorf("my-user mode sent %s %s", r.Method, r.Path)
			}
		}
	}
	for i, c := range p.Clients {
		if forces(p.Scenario) {
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
	list := map[string]*casebook.Scenario{}
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
		for _, f := range p.out.Findings {
			if f.Severity == probe.SeverityError {
				t.Errorf("%s: %s %v", f.Code, f.Cause, f.Evidence)
			}
		}
		if p.out.Exit != 0 {
			t.Errorf("exit code %d: %s", p.out.Exit, p.out.Stderr)
		}
		harmless(t, p)
	})
}

// healthy is a server in order, with users that are in order on every
// generation: v1.0 knows the token of flag 0 only, v2-beta one token a user, v3
// checks none, which its user has accepted.
func healthy(gen, mode string, run []string) *casebook.Scenario {
	sc := &casebook.Scenario{
		Server: casebook.Server{Generation: gen, TLS: "valid"},
		Before: []casebook.Step{
			{Token: &casebook.Token{UID: "alice", Token: "tok-alice"}},
			{Token: &casebook.Token{UID: "bob", Token: "tok-bob-1", DeviceFlag: 1}},
			{Token: &casebook.Token{UID: "bob", Token: "tok-bob-0"}},
			{Token: &casebook.Token{UID: "carol", Token: "tok-carol"}},
			{Connect: &casebook.Connect{UID: "carol", Token: "tok-carol", DeviceID: "first-phone"}},
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
	bubble(t, func(t *testing.T, n *memnet.Network) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		shown, end := make(chan string, 1), make(chan int, 1)
		w := (&terminal{net: n}).world()
		w.stdout.Writer = writerFunc(func(b []byte) (int, error) { shown <- string(b); return len(b), nil })
		go func() {
			end <- run(ctx, w, []string{"wkctl", "sandbox", "--scenario", filepath.Join(casesDir, "wukongim-138.yaml")})
		}()
		text := <-shown
		command := regexp.MustCompile(`(?m)^  (wkctl diagnose .*)$`).FindStringSubmatch(text)
		if command == nil || !strings.Contains(text, "WuKongIM/WuKongIM#138") {
			t.Fatalf("it shows %q", text)
		}
		f := &terminal{net: n}
		if code := f.run(t, append(strings.Fields(command[1])[1:], "--format", "json")...); code != exitFinding || !strings.Contains(f.stdout.String(), `"WK501"`) {
			t.Errorf("%s: exit code %d, %s", command[1], code, &f.stdout)
		}
		cancel()
		if code := <-end; code != exitOK {
			t.Errorf("exit code %d after Ctrl-C", code)
		}
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestShellLine: a printed command can be pasted as it is.
func TestShellLine(t *testing.T) {
	t.Parallel()
	got := shellLine([]string{"wkctl", "--token", "tok ", "--uid", "it's", "--ws", "ws://127.0.0.1:5200/a?b=1", ""})
	want := `wkctl --token 'tok ' --uid 'it'\''s' --ws 'ws://127.0.0.1:5200/a?b=1' ''`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// asksAboutUser says whether the command is about an existing user, for whom nothing may
// be written.
func asksAboutUser(sc *casebook.Scenario) bool {
	return sc.Run[0] == "diagnose" && slices.Contains(sc.Run, "--uid")
}

// forces says whether the command may take the place of a live client.
func forces(sc *casebook.Scenario) bool { return slices.Contains(sc.Run, "--force") }
