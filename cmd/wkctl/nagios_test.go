package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe/memnet"
)

// TestNagios: the line and the exit code of a plugin, for runs, for saved ones, and
// for what does not come to a run.
func TestNagios(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		line string
		env  map[string]string
		code int
		want string
	}{
		{"diagnose --sandbox v1 --format nagios", nil, 0, "WKCTL OK - All 9 pairings behave as expected. | accepted=3 refused=6 time=0."},
		{"diagnose --sandbox v1", map[string]string{"WKCTL_FORMAT": ""}, 0, "wkctl "},
		{"diagnose --sandbox v2 --format=nagios --lang zh", nil, 0, "WKCTL OK - 9 个组合全部符合预期。 | accepted=3"},
		{"diagnose --sandbox v2 --token-flag 0 --format nagios", nil, 2, "WKCTL CRITICAL - It will not log in"},
		{"diagnose --api http://127.0.0.1:1 --format nagios", nil, 2, "WKCTL CRITICAL - No login could be tested: fix WK201 first. WK201: nothing answers on the API address | accepted=U refused=U time=0.000s;;;0\n"},
		{"diagnose --format nagios --flag 1", nil, 3, "WKCTL UNKNOWN - unknown flag --flag, did you mean --flags?\n"},
		{"diagnose --format nagios --flags x", nil, 3, "WKCTL UNKNOWN - --flags: cannot use \"x\""},
		{"diagnose --format nagios --flags x --lang zh", nil, 3, "WKCTL UNKNOWN - "},
		{"diagnose --format nagios more", nil, 3, "WKCTL UNKNOWN - unexpected argument more\n"},
		{"report --format nagios none.json", nil, 3, "WKCTL UNKNOWN - cannot read none.json"},
		{"sdks --format nagios", nil, 3, "WKCTL UNKNOWN - --format \"nagios\": expected one of"},
		{"diagnose --format nagios -q", nil, 3, "WKCTL UNKNOWN - --quiet and --format contradict each other"},
		{"diagnose --flags x", nil, 2, ""},
	} {
		bubble(t, func(t *testing.T, n *memnet.Network) {
			f := &terminal{net: n, env: tc.env}
			code := f.run(t, strings.Fields(tc.line)...)
			if code != tc.code || !strings.HasPrefix(f.stdout.String(), tc.want) {
				t.Errorf("%s: exit code %d, want %d\n%q\n%q", tc.line, code, tc.code, &f.stdout, tc.want)
			}
		})
	}
}

// TestNagiosSaved: a saved run comes to the same line; as a file beside another
// format it changes no exit code.
func TestNagiosSaved(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		dir := t.TempDir()
		file := filepath.Join(dir, "d.json")
		f := &terminal{net: n}
		if code := f.run(t, "diagnose", "--sandbox", "v2", "--token-flag", "0", "--output", "json="+file, "--output", "nagios="+filepath.Join(dir, "line")); code != exitFinding {
			t.Errorf("exit code %d", code)
		}
		again := &terminal{}
		code := again.run(t, "report", file, "--format", "nagios")
		if code != 2 || !pluginLine().Match(again.stdout.Bytes()) {
			t.Errorf("exit code %d, %q", code, &again.stdout)
		}
	})
}
