package diagnose

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverconf"
)

// deployed reads the configuration of a ticket.
func deployed(t *testing.T, name string, generation probe.Generation) *probe.ConfigFacts {
	t.Helper()
	dir := filepath.Join("../../testdata/serverconf", name)
	var sources []serverconf.Source
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "want.txt" {
			return err
		}
		data, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		sources = append(sources, serverconf.Source{Name: filepath.ToSlash(rel), Data: data})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return serverconf.Inspect(sources, serverconf.Options{Generation: generation})
}

// served is a healthy run against a server that hands out these addresses and
// was reached by its public name.
func served(c *probe.ConfigFacts, a probe.Advertised, list ...probe.Address) *probe.Diagnosis {
	ok := probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack, Attempts: 1}
	return &probe.Diagnosis{
		Complete: true, Mode: probe.ModeTable, Config: c, Addresses: list,
		Target:   probe.Target{API: "http://im.example.com:5001", WS: "ws://im.example.com:5200", WSSource: probe.SourceDefault, Advertised: &a},
		Server:   probe.Server{Generation: probe.GenV1, TokenAuth: probe.AuthOn},
		Checks:   []probe.Check{{ID: probe.CheckRightToken, Outcome: probe.OutcomePass, Result: &ok}},
		Pairings: []probe.Pairing{{ID: "0->0", Result: ok}},
	}
}

func unreachableAddress(role probe.Role, url string, class probe.AddressClass) probe.Address {
	return probe.Address{Role: role, URL: url, Class: class, Outcome: probe.OutcomeFail,
		Fault: &probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultTimeout, Address: url}}
}

func listed(d *probe.Diagnosis) (codes []string) {
	for _, f := range d.Findings {
		codes = append(codes, f.Code)
	}
	return codes
}

// TestConfigRoots: the setting that is not in force comes before the address
// that clients cannot use, and the address depends on it.
func TestConfigRoots(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		deployment string
		role       probe.Role
		class      probe.AddressClass
		first      string
		symptom    string
	}{
		"commented out":    {"wukongim-351", probe.RoleWS, probe.ClassContainer, "WK702", "WK406"},
		"does not parse":   {"wukongim-17-50", probe.RoleWS, probe.ClassContainer, "WK709", "WK406"},
		"not set":          {"tsdd-9", probe.RoleWS, probe.ClassContainer, "WK706", "WK406"},
		"wrongly indented": {"wukongim-69", probe.RoleWS, probe.ClassContainer, "WK701", "WK406"},
		"wss listener off": {"wukongim-424", probe.RoleWSS, probe.ClassName, "WK705", "WK405"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := deployed(t, tc.deployment, "")
			own := strings.NewReplacer(probe.HostUnknown, "172.18.0.3")
			live := probe.Advertised{TCP: own.Replace(c.Route.TCP), WS: own.Replace(c.Route.WS), WSS: own.Replace(c.Route.WSS)}
			d := served(c, live, unreachableAddress(tc.role, byRole(&live, tc.role), tc.class))
			Explain(d)
			if got := listed(d); len(got) == 0 || got[0] != tc.first || d.Findings[0].Severity != probe.SeverityError {
				t.Fatalf("findings %v, first must be %s", got, tc.first)
			}
			symptom := d.Finding(tc.symptom)
			if symptom == nil || symptom.DependsOn != tc.first {
				t.Errorf("%s must depend on %s: %+v", tc.symptom, tc.first, symptom)
			}
			checkConfigFinding(t, &d.Findings[0])
			if d.Verdict.ExitCode != exitFinding {
				t.Errorf("exit code %d", d.Verdict.ExitCode)
			}
		})
	}
}

func checkConfigFinding(t *testing.T, f *probe.Finding) {
	t.Helper()
	if f.ID == "" || len(f.Fix.Commands) == 0 || len(f.Evidence) == 0 || !strings.Contains(f.Evidence[0].Text, f.Args["where"]) {
		t.Errorf("%s: no evidence with its place, or no fix: %+v", f.Code, f)
	}
	if !strings.Contains(strings.Join(f.Fix.Commands, "\n"), "WK_") {
		t.Errorf("%s: the fix has no environment variable: %q", f.Code, f.Fix.Commands)
	}
}

// TestConfigNotInUse: where the running server hands out other addresses than
// the files say, that is what is to be mended, and the files explain nothing.
func TestConfigNotInUse(t *testing.T) {
	t.Parallel()
	live := probe.Advertised{TCP: "172.18.0.3:5100", WS: "ws://172.18.0.3:5200"}
	d := served(deployed(t, "healthy-yaml", ""), live, unreachableAddress(probe.RoleWS, live.WS, probe.ClassContainer))
	Explain(d)
	if got := listed(d); got[0] != "WK720" || d.Finding("WK406").DependsOn != "WK720" || d.Findings[0].Severity != probe.SeverityError {
		t.Fatalf("findings %v, want WK720 first: %+v", got, d.Findings[0])
	}
	d = served(deployed(t, "wukongim-351", ""), probe.Advertised{TCP: "im.example.com:5100", WS: "ws://im.example.com:5200"})
	Explain(d)
	if got := listed(d); got[0] != "WK720" || d.Finding("WK702").Severity != probe.SeverityWarning || d.Finding("WK702").DependsOn != "WK720" || d.Verdict.ExitCode != exitOK {
		t.Errorf("findings %v, verdict %+v", got, d.Verdict)
	}
}

// TestConfigHealthy: files that are in order, and in use, say nothing.
func TestConfigHealthy(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"healthy-yaml", "healthy-proxy", "healthy-wss"} {
		c := deployed(t, name, "")
		if c.Route == nil {
			t.Fatalf("%s: nothing was read", name)
		}
		d := served(c, *c.Route)
		Explain(d)
		if len(d.Findings) != 0 || d.Verdict.ExitCode != exitOK {
			t.Errorf("%s: findings %v", name, listed(d))
		}
	}
}

// TestConfigWithoutServer: an unreachable server does not hide what its files say.
func TestConfigWithoutServer(t *testing.T) {
	t.Parallel()
	refused := &probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultRefused, Address: "127.0.0.1:5001"}
	for deployment, first := range map[string]string{"octo-deployment-106": "WK712", "wukongim-351": "WK201"} {
		d := &probe.Diagnosis{Complete: true, Mode: probe.ModeTable, Config: deployed(t, deployment, ""),
			Target: probe.Target{API: "http://127.0.0.1:5001"}, Checks: []probe.Check{{ID: probe.CheckAPI, Outcome: probe.OutcomeFail, Fault: refused}}}
		Explain(d)
		got := listed(d)
		isConfig := func(code string) bool { return strings.HasPrefix(code, "WK7") }
		if len(got) < 2 || got[0] != first || !slices.ContainsFunc(got, isConfig) || d.Finding("WK720") != nil {
			t.Errorf("%s: findings %v, want %s first", deployment, got, first)
		}
	}
}

// TestConfigAgain: a saved diagnosis is explained again to the same.
func TestConfigAgain(t *testing.T) {
	t.Parallel()
	live := probe.Advertised{TCP: "172.18.0.3:5100", WS: "ws://172.18.0.3:5200"}
	d := served(deployed(t, "wukongim-351", ""), live, unreachableAddress(probe.RoleWS, live.WS, probe.ClassContainer))
	Explain(d)
	before := listed(d)
	Explain(d)
	if after := listed(d); !slices.Equal(before, after) {
		t.Errorf("first %v, then %v", before, after)
	}
}

func TestSameAddress(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		live, told string
		want       bool
	}{
		{"ws://im.example.com:5200", "ws://im.example.com:5200", true},
		{"WS://IM.example.com:5200/", "ws://im.example.com:5200", true},
		{"ws://172.18.0.3:5200", "ws://<intranet address>:5200", true},
		{"172.18.0.3:5100", "<intranet address>:5100", true},
		{"ws://172.18.0.3:5201", "ws://<intranet address>:5200", false},
		{"ws://127.0.0.1:5200", "ws://<intranet address>:5200", false},
		{"ws://im.example.com:5200", "ws://<intranet address>:5200", false},
		{"ws://8.8.8.8:5200", "ws://<public IP>:5200", true},
		{"ws://10.0.0.8:5200", "ws://<public IP>:5200", false},
		{"wss://anything.example.com", "<not known>", true},
		{"", "", true},
		{"wss://im.example.com", "", false},
		{"", "wss://im.example.com", false},
	} {
		if got := sameAddress(tc.live, tc.told); got != tc.want {
			t.Errorf("%q against %q: %v", tc.live, tc.told, got)
		}
	}
}

// TestSnippet: several fixes of one block are one block, which can be pasted.
func TestSnippet(t *testing.T) {
	t.Parallel()
	var s snippet
	s.add(probe.ConfigIssue{In: "wk.yaml", YAML: "external:\n  ip: \"203.0.113.7\"", Env: "WK_EXTERNAL_IP=203.0.113.7"})
	s.add(probe.ConfigIssue{In: "wk.yaml", YAML: "tokenAuthOn: true", Env: "WK_TOKENAUTHON=true"})
	s.add(probe.ConfigIssue{In: "wk.yaml", YAML: "external:\n  wsAddr: \"ws://203.0.113.7:5200\"", Env: "WK_EXTERNAL_WSADDR=ws://203.0.113.7:5200"})
	s.add(probe.ConfigIssue{In: "compose file", YAML: "services:\n  im:\n    ports:"}) // another file: not in this snippet
	want := []string{
		"# wk.yaml\nexternal:\n  ip: \"203.0.113.7\"\n  wsAddr: \"ws://203.0.113.7:5200\"\ntokenAuthOn: true",
		"# environment\nWK_EXTERNAL_IP=203.0.113.7\nWK_TOKENAUTHON=true\nWK_EXTERNAL_WSADDR=ws://203.0.113.7:5200",
	}
	if got := s.commands(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got := (&snippet{}).commands(); len(got) != 0 {
		t.Errorf("nothing to paste, got %q", got)
	}
}
