//go:build unix

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// longRun is a diagnosis whose JSON does not fit into a pipe.
func longRun(s *sandbox.Server) []string {
	return []string{"diagnose", "--api", s.APIURL(), "--flags", "0-11", "--format", "json"}
}

// cleared fails the test where a token of a test user is left, or none was stored.
func cleared(t *testing.T, s *sandbox.Server) {
	t.Helper()
	if got := tokensLeft(s); got != "none" || len(s.Tokens()) == 0 {
		t.Errorf("tokens left on the server: %s of %d", got, len(s.Tokens()))
	}
}

// TestHead: a reader that takes one line and goes, as head does, is no reason to
// leave test users behind or to stay.
func TestHead(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{Generation: sandbox.V1})
	p := wkctl(t, longRun(s)...)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout = w
	p.start()
	_ = w.Close()
	if line, err := bufio.NewReaderSize(r, 16).ReadString('\n'); line != "{\n" {
		t.Errorf("first line %q, %v", line, err)
	}
	_ = r.Close()
	if code := p.wait(); code != exitNoDiagnosis || p.stderr.String() != "wkctl: cannot write stdout: broken pipe\n" {
		t.Errorf("exit code %d, stderr %q", code, &p.stderr)
	}
	cleared(t, s)
}

// TestFullDiskTwice: a report that finds no place is an error that is said, its
// test users are cleared, and the other place gets it.
func TestFullDiskTwice(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	defer func() { _ = full.Close() }()
	s := serve(t, sandbox.Config{Generation: sandbox.V1})
	file := filepath.Join(t.TempDir(), "d.json")
	for _, tc := range []struct {
		stdout *os.File
		output string
		said   string
	}{
		{full, file, "wkctl: cannot write stdout: no space left on device\n"},
		{nil, "/dev/full", "wkctl: cannot write /dev/full: no space left on device\n"},
	} {
		p := wkctl(t, "diagnose", "--api", s.APIURL(), "--format", "json", "--output", "json="+tc.output)
		if tc.stdout != nil {
			p.cmd.Stdout = tc.stdout
		}
		if code := p.run(); code != exitNoDiagnosis || p.stderr.String() != tc.said {
			t.Errorf("exit code %d, stderr %q, want %q", code, &p.stderr, tc.said)
		}
		got := p.stdout.Bytes()
		if tc.stdout != nil {
			got, err = os.ReadFile(file)
		}
		if err != nil || !strings.Contains(string(got), probe.Schema) {
			t.Errorf("%v, the other place got %s", err, got)
		}
		cleared(t, s)
	}
}

// TestNoTerminal: without a terminal of any kind, and without stdin, a run says
// what it says elsewhere.
func TestNoTerminal(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{Generation: sandbox.V1})
	p := wkctl(t, "diagnose", "--api", s.APIURL())
	p.cmd.Env = append(p.cmd.Env, "TERM=")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if code := p.run(); code != exitOK || p.stderr.Len() > 0 || !strings.Contains(p.stdout.String(), "All 9 pairings") {
		t.Errorf("exit code %d, stdout %s\nstderr %s", code, &p.stdout, &p.stderr)
	}
	onlyText(t, "stdout", p.stdout.Bytes())
}

// TestInterruptPipeline: Ctrl-C goes to every process of a pipeline, so that the
// reader of the report is gone before the report comes.
func TestInterruptPipeline(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{Generation: sandbox.V1, Faults: []sandbox.Fault{fault(t, "slow:700ms")}})
	p := wkctl(t, longRun(s)...)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cat := exec.Command("cat")
	cat.Stdin, cat.Stdout = r, io.Discard
	p.cmd.Stdout = w
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.start()
	cat.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: p.cmd.Process.Pid}
	if err := cat.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = r.Close(), w.Close()
	eventually(t, "the pairings", func() bool { return len(s.Connects()) > 3 })
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := p.wait(); code != exitInterrupted {
		t.Errorf("exit code %d, stderr %q", code, &p.stderr)
	}
	if err := cat.Wait(); err == nil {
		t.Error("the reader was not interrupted, so nothing was shown")
	}
	if said := p.stderr.String(); said != "" && said != "wkctl: cannot write stdout: broken pipe\n" {
		t.Errorf("stderr %q", said)
	}
	cleared(t, s)
}
