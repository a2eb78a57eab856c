package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/report"
)

const configs = "../../testdata/serverconf/"

func codes(d *probe.Diagnosis) (list []string) {
	for _, f := range d.Findings {
		list = append(list, f.Code)
	}
	return list
}

// TestServerConfig: the setting that is wrong comes first, with its place and a
// fix, and the address that follows from it names it.
func TestServerConfig(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "wk.yaml")
	if err := os.WriteFile(path, []byte("tokenAuthOn: true\nexternal:\n  ip: \"0.0.0.0\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, sandbox.Config{Generation: sandbox.V1, Advertise: sandbox.Advertise{TCP: "0.0.0.0:5100", WS: "ws://0.0.0.0:5200", WSS: "none"}})
	d, _ := diagnosed(t, "--api", s.APIURL(), "--ws", s.WSURL(), "--server-config", path)
	got := codes(d)
	if len(got) == 0 || got[0] != "WK710" || d.Finding("WK406") == nil || d.Finding("WK406").DependsOn != "WK710" {
		t.Fatalf("findings %v", got)
	}
	first := d.Findings[0]
	if !strings.Contains(first.Cause, "wk.yaml:3") || !strings.Contains(first.Evidence[0].Text, "wk.yaml:3") || !strings.Contains(strings.Join(first.Fix.Commands, "\n"), "WK_EXTERNAL_IP=") {
		t.Errorf("%+v", first)
	}
	if d.Config == nil || d.Config.Sources[0].Kind != "yaml" || d.Verdict.ExitCode != exitFinding {
		t.Errorf("config %+v, verdict %+v", d.Config, d.Verdict)
	}
}

// TestServerConfigKinds: several files are read as one deployment, each for what
// it is.
func TestServerConfigKinds(t *testing.T) {
	t.Parallel()
	d, _ := diagnosed(t, "--api", "http://127.0.0.1:1", "--server-config", configs+"tsdd-9/docker-compose.yaml", "--server-config", configs+"tsdd-9/configs/wk.yaml")
	var kinds []string
	for _, s := range d.Config.Sources {
		kinds = append(kinds, s.Kind)
	}
	if strings.Join(kinds, " ") != "compose yaml" || !slices.Contains(codes(d), "WK706") || codes(d)[0] != "WK201" || d.Verdict.ExitCode != exitNoDiagnosis {
		t.Errorf("kinds %v, findings %v, exit code %d", kinds, codes(d), d.Verdict.ExitCode)
	}
}

// TestServerConfigTexts: every reason has its sentence, in both languages, and
// nothing of it sticks out of a terminal.
func TestServerConfigTexts(t *testing.T) {
	t.Parallel()
	dirs, err := os.ReadDir(configs)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		files, _ := filepath.Glob(configs + dir.Name() + "/*.*")
		deeper, _ := filepath.Glob(configs + dir.Name() + "/*/*.*")
		args := []string{"diagnose", "--api", "http://127.0.0.1:1"}
		for _, file := range append(files, deeper...) {
			if filepath.Base(file) != "want.txt" {
				args = append(args, "--server-config", file)
			}
		}
		for _, lang := range spoken() {
			f := &terminal{width: 80}
			f.run(t, append(args, "--lang", lang)...)
			out := escape.ReplaceAllString(f.stdout.String(), "")
			for _, bad := range []string{"<no value>", "[WK", "example-manager-token", "example-join-token"} {
				if strings.Contains(out, bad) {
					t.Errorf("%s in %s shows %q:\n%s", dir.Name(), lang, bad, out)
				}
			}
			for _, line := range strings.Split(out, "\n") {
				if n := report.Columns(line); n > 80 && !strings.Contains(line, "testdata/") && !strings.HasPrefix(line, "    ") {
					t.Errorf("%s in %s: %d columns: %q", dir.Name(), lang, n, line)
				}
			}
		}
	}
}

// TestDeployedHere: variables of the shell count only where the deployment is
// this machine's: a .env file says so.
func TestDeployedHere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	compose := filepath.Join(dir, "compose.yaml")
	const text = "services:\n  wukongim:\n    image: wukongim/wukongim:v2.2.5\n    environment:\n      WK_EXTERNAL_IP: ${IM_IP}\n"
	if err := os.WriteFile(compose, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func() (*probe.Diagnosis, []string) {
		f := &terminal{env: map[string]string{"IM_IP": ""}}
		d, _ := diagnosedIn(t, f, "--api", "http://127.0.0.1:1", "--server-config", compose)
		return d, codes(d)
	}
	if _, got := run(); slices.Contains(got, "WK703") {
		t.Errorf("without .env: findings %v, but nobody knows what IM_IP is", got)
	}
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte("OTHER=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, got := run(); !slices.Contains(got, "WK703") {
		t.Errorf("with .env: findings %v, IM_IP is set nowhere", got)
	}
}
