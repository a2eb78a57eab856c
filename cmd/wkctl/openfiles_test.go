//go:build unix

package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// underLimit is a wkctl that a shell starts with so many open files.
func underLimit(t *testing.T, ulimit string, args ...string) *process {
	t.Helper()
	p := wkctl(t, args...)
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("this system has no sh")
	}
	p.cmd.Args = append([]string{"sh", "-c", "ulimit " + ulimit + ` && exec "$@"`, "sh", p.cmd.Path}, args...)
	p.cmd.Path = sh
	return p
}

// TestOpenFiles: a run that does not fit into ulimit -n is refused before it
// begins, and one that was refused does with what the message says.
func TestOpenFiles(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{"en": "need 2090 open files at once, and this process may have 64", "zh": "需要打开 2090 个文件"} {
		p := underLimit(t, "-n 64", "diagnose", "--sandbox", "v2", "--flags", "0-31", "--lang", lang)
		if code := p.run(); code != exitUsage || p.stdout.Len() > 0 {
			t.Errorf("exit code %d\n%s", code, &p.stdout)
		}
		if said := p.stderr.String(); !strings.Contains(said, want) || !strings.Contains(said, "ulimit -n 2090") {
			t.Errorf("stderr %s", said)
		}
	}
	args := []string{"diagnose", "--sandbox", "v2", "--flags", "0-5", "--format", "json"}
	for _, ulimit := range []string{"-n " + strconv.FormatUint(filesFor(36, true), 10), "-S -n 64"} {
		p := underLimit(t, ulimit, args...)
		d := diagnosisOf(t, p, p.run())
		if d.Verdict.ExitCode != exitOK || d.Finding("WK603") != nil {
			t.Errorf("ulimit %s: %+v, findings %+v", ulimit, d.Verdict, d.Findings)
		}
	}
}

// TestOpenFilesShort: where files are taken that nobody can know of, the run stops
// dialling, says that this machine is why, and leaves nothing behind.
func TestOpenFilesShort(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{})
	p := underLimit(t, "-n 112", "diagnose", "--api", s.APIURL(), "--flags", "0-7", "--format", "json")
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	for range 60 {
		p.cmd.ExtraFiles = append(p.cmd.ExtraFiles, null)
	}
	d := diagnosisOf(t, p, p.run())
	f := d.Finding("WK604")
	if d.Verdict.ExitCode != exitNoDiagnosis || f == nil || f.Args["variant"] != "files" || !strings.Contains(f.Cause, "allows wkctl no more open files") {
		t.Errorf("verdict %+v, finding %+v", d.Verdict, f)
	}
	for i := range d.Pairings {
		if v := d.Pairings[i].Verdict; v != probe.OutcomePass && v != probe.OutcomeUnknown {
			t.Errorf("pairing %s: %s, though no server is to blame", d.Pairings[i].ID, v)
		}
	}
	if got := tokensLeft(s); got != "none" {
		t.Errorf("tokens left on the server: %s", got)
	}
}
