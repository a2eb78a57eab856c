//go:build unix

package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// Commands of the shell are processes, for which no bubble's clock stands: these
// tests are on the machine's own network.

// lifeline tells when a command of the shell runs, and when nothing of it does any
// more: whatever it starts holds the same pipe open.
type lifeline struct {
	path string
	open chan *os.File // gives the pipe once the command runs
}

func newLifeline(t *testing.T) *lifeline {
	t.Helper()
	l := &lifeline{filepath.Join(t.TempDir(), "lifeline"), make(chan *os.File, 1)}
	if err := syscall.Mkfifo(l.path, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		f, err := os.Open(l.path) // waits for who writes to it
		if err != nil {
			t.Error(err)
		}
		l.open <- f
	}()
	return l
}

// hold begins a command that is to be watched.
func (l *lifeline) hold(command string) string {
	return "exec 3>'" + l.path + "'; echo >&3; " + command
}

// started waits until the command runs.
func (l *lifeline) started() *bufio.Reader {
	r := bufio.NewReader(<-l.open)
	_, _ = r.ReadString('\n')
	return r
}

// over waits until nothing of it runs.
func over(t *testing.T, r *bufio.Reader) {
	t.Helper()
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Error(err)
	}
}

// TestServerLogCommand: the command's lines are evidence, and it is gone when the
// run is over, its children too.
func TestServerLogCommand(t *testing.T) {
	t.Parallel()
	log, line := newLogFile(t), newLifeline(t)
	s := serve(t, sandbox.Config{Generation: sandbox.V2, Log: log})
	command := line.hold("tail -f -n +1 '" + log.path + "' & wait")
	d, f := diagnosed(t, "--api", s.APIURL(), "--token-flag", "0", "--sdk", "js", "--server-log-command", command)
	if d.Pairings[0].ExpectTokenSource != probe.FromLog || d.Log.Ended != "" || f.stderr.Len() > 0 {
		t.Errorf("%+v, %s", d.Log, &f.stderr)
	}
	over(t, line.started())
}

// TestServerLogCommandInterrupted: Ctrl-C ends it as well.
func TestServerLogCommandInterrupted(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{Generation: sandbox.V2, Faults: []sandbox.Fault{fault(t, "mute")}})
	line := newLifeline(t)
	ctx, cancel := context.WithCancel(t.Context())
	running := make(chan *bufio.Reader, 1)
	go func() {
		defer cancel()
		running <- line.started()
	}()
	f := &terminal{}
	code := f.runIn(ctx, "diagnose", "--api", s.APIURL(), "--server-log-command", line.hold("sleep 60 & wait"))
	if code != exitInterrupted {
		t.Errorf("exit code %d: %s", code, &f.stderr)
	}
	over(t, <-running)
}

// TestServerLogCommandEnds: a command that ends early is a warning, one that
// does not exist a wrong command line.
func TestServerLogCommandEnds(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{Generation: sandbox.V2})
	d, f := diagnosed(t, "--api", s.APIURL(), "--token-flag", "1", "--sdk", "js", "--server-log-command", "echo nothing; exit 3")
	if d.Log.Ended != "exit status 3" || !strings.Contains(f.stderr.String(), "(exit status 3)") || !d.Complete {
		t.Errorf("%+v, %s", d.Log, &f.stderr)
	}
	before := len(s.Requests())
	f = &terminal{}
	if code := f.run(t, "diagnose", "--api", s.APIURL(), "--server-log-command", "wkctl-has-no-such-command -f"); code != exitUsage || f.stdout.Len() > 0 {
		t.Errorf("exit code %d, %s", code, &f.stdout)
	}
	if n := len(s.Requests()); n != before {
		t.Errorf("%d requests were sent", n-before)
	}
}

// TestLogCommandSecrets: the command that shows the log sees the user's variables,
// and none of ours.
func TestLogCommandSecrets(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{Generation: sandbox.V1, ManagerToken: "manager-secret"})
	s.Register("u", "user-secret", 1, 0)
	seen := filepath.Join(t.TempDir(), "env")
	p := wkctl(t, "diagnose", "--api", s.APIURL(), "--uid", "u", "--server-log-command", "env > "+seen+"; sleep 9")
	p.cmd.Env = append(p.cmd.Env, "WKCTL_MANAGER_TOKEN=manager-secret", "WKCTL_TOKEN=user-secret", "WKCTL_WS="+s.WSURL()+"?key=url-secret", "DOCKER_HOST=unix:///x")
	if code := p.run(); code != exitOK {
		t.Errorf("exit code %d\n%s%s", code, &p.stdout, &p.stderr)
	}
	b, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(b); strings.Contains(got, "secret") || strings.Contains(got, envPrefix) || !strings.Contains(got, "DOCKER_HOST=") {
		t.Errorf("its environment is\n%s", got)
	}
}

// TestLogCommandEnds: it does not outlive a process that is told to end.
func TestLogCommandEnds(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{Faults: []sandbox.Fault{fault(t, "mute")}})
	line := newLifeline(t)
	p := wkctl(t, "diagnose", "--api", s.APIURL(), "--server-log-command", line.hold("sleep 60; :"))
	p.start()
	running := line.started()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := p.wait(); code != exitInterrupted {
		t.Errorf("exit code %d: %s", code, &p.stderr)
	}
	over(t, running)
}
