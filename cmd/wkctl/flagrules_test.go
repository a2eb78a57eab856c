package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/report/text"
)

// everyMode lists the flags of diagnose that all three questions use; uid makes it
// the third one.
func everyMode() []string {
	return []string{
		"api", "ws", "manager-token-file", "ca-cert", "insecure", "timeout", "max-time", "wait", "sdk", "allow-no-auth", "sandbox", "page-origin",
		"server-log", "server-log-command", "server-config", "format", "output", "lang", "color", "ascii", "verbose", "uid",
		"quiet", "fail-on",
	}
}

// TestEveryFlagInEveryMode: a flag of diagnose is used, or refused by a line that
// names it and what it goes with. A new flag has to be listed here or defined with only.
func TestEveryFlagInEveryMode(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		sample := map[string]string{
			"flags": "0", "connect-flags": "0", "token-flag": "0", "connect-flag": "1", "uid-prefix": "p", "keep": "", "token": "t",
			"token-file": "../../go.sum-none.txt", "token-stdin": "", "sweep": "", "no-sweep": "", "force": "", "hold": "1s",
		}
		a := &app{say: text.New(text.English), world: &world{getenv: func(string) string { return "" }}}
		for _, f := range a.diagnoseCommand().Flags {
			name := f.Names()[0]
			always := slices.Contains(everyMode(), name)
			of := a.questions(f)
			if always != (of == asksAny) {
				t.Errorf("--%s: listed %v as used by all, its rule says %b", name, always, of)
			}
			if always {
				continue
			}
			for asked, base := range map[question][]string{
				asksTable: {"diagnose", "--api", "http://127.0.0.1:1"},
				asksSetup: {"diagnose", "--api", "http://127.0.0.1:1", "--token-flag", "0"},
				asksUser:  {"diagnose", "--api", "http://127.0.0.1:1", "--uid", "u"},
			} {
				if name == "token-flag" && asked != asksUser || name == "connect-flag" && asked == asksTable {
					continue // they ask the question
				}
				args := append(slices.Clone(base), "--"+name)
				if sample[name] != "" {
					args = append(args, sample[name])
				}
				if asked == asksUser && !strings.HasPrefix(name, "token") {
					args = append(args, "--token", "t")
				}
				run := &terminal{net: n}
				code := run.run(t, args...)
				got := run.stderr.String()
				refused := code == exitUsage && strings.Contains(got, "--"+name) && (strings.Contains(got, "contradict") || strings.Contains(got, "needs --uid"))
				if used := of&asked != 0; used == refused {
					t.Errorf("%v: used %v, exit code %d, stderr %q", args, used, code, got)
				}
			}
		}
	})
}

// TestUnusedFlags: the same for the other commands.
func TestUnusedFlags(t *testing.T) {
	t.Parallel()
	for line, other := range map[string]string{
		"register --uid u --remove --level 1":            "--level",
		"register --uid u --remove --show-tokens":        "--show-tokens",
		"register --uid u --remove --ws ws://a":          "--ws",
		"token --uid u --list --level 1":                 "--level",
		"token --uid u --list --flags 1":                 "--flags",
		"token --uid u --list --token-file f":            "--token-file",
		"token --uid u --list --ws ws://a":               "--ws",
		"connect --credentials c --uid u":                "--uid",
		"connect --credentials c --token-stdin":          "--token-stdin",
		"diagnose --sandbox v2 --api http://a":           "--api",
		"diagnose --sandbox v2 --ws ws://a":              "--ws",
		"diagnose --sandbox v2 --wait 1s":                "--wait",
		"diagnose --sandbox v2 --quiet --format json":    "--format",
		"diagnose --sandbox v2 -q --verbose":             "--verbose",
		"report -q --format json d.json":                 "--format",
		"diagnose --uid u --token t --sweep --no-sweep":  "--no-sweep",
		"sandbox --scenario f --fault mute":              "--fault",
		"sandbox --check":                                "--check",
		"diagnose --ca-cert f --insecure":                "--insecure",
		"diagnose --sandbox v2 --server-log f":           "--server-log",
		"diagnose --server-log f --server-log-command c": "--server-log-command",
	} {
		f := &terminal{}
		if code := f.run(t, strings.Fields(line)...); code != exitUsage || !strings.Contains(f.stderr.String(), other) {
			t.Errorf("%s: exit code %d, stderr %q", line, code, &f.stderr)
		}
	}
}

// TestFlagRules: a rule names flags that its command has.
func TestFlagRules(t *testing.T) {
	t.Parallel()
	a := &app{say: text.New(text.English), world: &world{getenv: func(string) string { return "" }}}
	ruled := 0
	for _, c := range a.cliApp().Commands {
		var names []string
		for _, f := range c.Flags {
			names = append(names, f.Names()...)
		}
		for _, f := range c.Flags {
			for _, r := range a.rules[f] {
				ruled++
				for _, name := range append(slices.Clone(r.against), r.needs) {
					if name != "" && !slices.Contains(names, name) {
						t.Errorf("wkctl %s has no --%s, which --%s names", c.Name, name, f.Names()[0])
					}
				}
			}
		}
	}
	if ruled < 20 {
		t.Errorf("%d rules were found only", ruled)
	}
}
