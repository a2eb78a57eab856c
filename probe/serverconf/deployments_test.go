package serverconf

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

const deployments = "../../testdata/serverconf"

// readDeployment reads every file of a folder but the golden one.
func readDeployment(t *testing.T, dir string) []Source {
	t.Helper()
	var out []Source
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "want.txt" {
			return err
		}
		data, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		out = append(out, Source{Name: filepath.ToSlash(rel), Data: data})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestDeployments compares everything that is said about whole deployments, most of
// them the shapes of real tickets, with golden files.
func TestDeployments(t *testing.T) {
	t.Parallel()
	dirs, err := os.ReadDir(deployments)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		t.Run(d.Name(), func(t *testing.T) {
			dir := filepath.Join(deployments, d.Name())
			r := read(readDeployment(t, dir), Options{})
			got := render(r)
			golden := filepath.Join(dir, "want.txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("expected\n%s\ngot\n%s", want, got)
			}
			if strings.HasPrefix(d.Name(), "healthy-") && len(r.issues) > 0 {
				t.Errorf("a healthy deployment has issues: %v", brief(r))
			}
			if strings.Contains(got, "example-manager-token") || strings.Contains(got, "example-join-token") {
				t.Error("a secret is shown")
			}
		})
	}
}

func render(r reading) string {
	var b strings.Builder
	fmt.Fprintf(&b, "generation %q service %q\n", r.config.generation, r.config.service)
	fmt.Fprintf(&b, "route tcp %q ws %q wss %q\n", r.config.route.TCP, r.config.route.WS, r.config.route.WSS)
	for _, v := range r.config.values {
		if v.set() || !v.Known {
			fmt.Fprintf(&b, "value %s %q known %v: %s\n", v.Key, v.Text, v.Known, v.from)
		}
	}
	for _, i := range r.issues {
		fmt.Fprintf(&b, "\n%s %s %s/%s at %s\n  key %q value %q depends on %v\n  %s\n", i.Severity, i.Code, Codes()[rank(i.Code)].ID, i.Args["reason"], i.Where, i.Args["key"], i.Args["value"], i.DependsOn, i.Evidence)
		for _, l := range strings.Split(i.YAML, "\n") {
			fmt.Fprintf(&b, "  %s| %s\n", i.In, l)
		}
		for _, l := range strings.Split(i.Env, "\n") {
			fmt.Fprintf(&b, "  env| %s\n", l)
		}
	}
	return b.String()
}

// TestTickets names the root cause of tickets about configuration.
func TestTickets(t *testing.T) {
	t.Parallel()
	for dir, want := range map[string]string{
		"wukongim-17-50":      CodeSyntax,
		"wukongim-69":         CodeMisindented,
		"wukongim-16":         CodeExternalMissing,
		"tsdd-9":              CodeExternalMissing,
		"tsdd-89":             CodeUnusableAddress,
		"wukongim-351":        CodeCommentedOut,
		"wukongim-192":        CodeCertPath,
		"wukongim-209":        CodeUnusableAddress,
		"wukongim-424":        CodeWSSListenerOff,
		"wukongim-390":        CodeEnvNotPassed,
		"wukongim-191":        CodeListenAddress,
		"wukongim-56":         CodeWSSCertMissing,
		"octo-deployment-154": CodeEnvEmpty,
		"octo-deployment-106": CodeClusterOff,
		"octo-server-25":      CodeEnvName,
	} {
		r := read(readDeployment(t, filepath.Join(deployments, dir)), Options{})
		if len(r.issues) == 0 || r.issues[0].Code != want {
			t.Errorf("%s: expected %s first, got %v", dir, want, brief(r))
		}
	}
}
