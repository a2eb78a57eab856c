package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe/sandbox"
)

// process is a wkctl of its own.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout bytes.Buffer
	stderr bytes.Buffer
}

// wkctl prepares a process that dies with the test. It sees no variables of
// ours and of the locale but those given.
func wkctl(t *testing.T, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	p := &process{t: t, cmd: exec.CommandContext(ctx, "wkctl", args...)}
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, envPrefix) && !strings.HasPrefix(name, "LC_") && !strings.HasPrefix(name, "GITHUB_") && name != "LANG" {
			p.cmd.Env = append(p.cmd.Env, kv)
		}
	}
	p.cmd.Env = append(p.cmd.Env, "GORACE="+quickRace)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	return p
}

func (p *process) start() {
	p.t.Helper()
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
}

// wait gives the exit code.
func (p *process) wait() int {
	p.t.Helper()
	err := p.cmd.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	p.t.Fatalf("waiting for wkctl %s: %v", strings.Join(p.cmd.Args[1:], " "), err)
	return -1
}

func (p *process) run() int {
	p.t.Helper()
	p.start()
	return p.wait()
}

// interrupt presses Ctrl-C.
func (p *process) interrupt() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatal(err)
	}
}

// serve starts a stand-in for the length of the test. It fails the test when it
// received what harms a real server.
func serve(t *testing.T, cfg sandbox.Config) *sandbox.Server {
	t.Helper()
	s, err := sandbox.Start(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if list := harmful(s); len(list) > 0 {
			t.Errorf("harmful to real servers: %s", strings.Join(list, "; "))
		}
	})
	return s
}

func fault(t *testing.T, text string) sandbox.Fault {
	t.Helper()
	f, err := sandbox.ParseFault(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// eventually waits until ok, for far longer than a busy machine may need.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}

// TestSandboxCommand runs the stand-in as a process of its own, points another
// at it, and ends it with Ctrl-C, which is its proper end.
func TestSandboxCommand(t *testing.T) {
	t.Parallel()
	server := wkctl(t, "sandbox", "--generation", "v1", "--api-addr", "127.0.0.1:0", "--ws-addr", "127.0.0.1:0", "--tcp-addr", "127.0.0.1:0")
	server.cmd.Stdout = nil
	out, err := server.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	server.start()
	api := ""
	for lines := bufio.NewScanner(out); api == "" && lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 2 && fields[0] == "api" {
			api = fields[1]
		}
	}
	if api == "" {
		t.Fatalf("no address was printed; stderr: %s", &server.stderr)
	}

	client := wkctl(t, "diagnose", "--api", api)
	if code := client.run(); code != 0 {
		t.Errorf("diagnose: exit code %d\n%s%s", code, &client.stdout, &client.stderr)
	}
	if !strings.Contains(client.stdout.String(), "WuKongIM v1") {
		t.Errorf("diagnose does not name the generation:\n%s", &client.stdout)
	}
	server.interrupt()
	if code := server.wait(); code != 0 || server.stderr.Len() > 0 {
		t.Errorf("sandbox after Ctrl-C: exit code %d, stderr %q", code, &server.stderr)
	}

	taken := wkctl(t, "sandbox", "--api-addr", strings.TrimPrefix(serve(t, sandbox.Config{}).APIURL(), "http://"))
	if code := taken.run(); code != exitNoDiagnosis || !strings.Contains(taken.stderr.String(), "address already in use") {
		t.Errorf("sandbox on a port that is taken: exit code %d, stderr %q", code, &taken.stderr)
	}
}

// TestNothingListens: where the API does not answer nobody else is asked, so
// that the answer comes at once.
func TestNothingListens(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{})
	p := wkctl(t, "diagnose", "--api", "http://127.0.0.1:1", "--ws", s.WSURL(), "--format", "json")
	d := diagnosisOf(t, p, p.run())
	if d.Verdict.ExitCode != exitNoDiagnosis || len(d.Findings) != 1 || d.Findings[0].Code != "WK201" {
		t.Errorf("exit code %d, findings %+v, want WK201 alone", d.Verdict.ExitCode, d.Findings)
	}
	if ws, wss, tcp := s.Dials(); ws+wss+tcp+len(s.Requests()) > 0 {
		t.Errorf("the WebSocket address was dialled, though the API does not answer")
	}
}
