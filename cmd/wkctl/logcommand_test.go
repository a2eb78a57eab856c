//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wkctl/wkctl/probe/sandbox"
)

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

// TestLogCommandEnds: it does not outlive a run that is interrupted.
func TestLogCommandEnds(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{Faults: []sandbox.Fault{fault(t, "mute")}})
	pidFile := filepath.Join(t.TempDir(), "pid")
	p := wkctl(t, "diagnose", "--api", s.APIURL(), "--server-log-command", "echo $$ > "+pidFile+"; sleep 60; :")
	p.start()
	eventually(t, "the control", func() bool { ws, _, _ := s.Dials(); return ws == 1 })
	ends(t, p, syscall.SIGTERM)
	pid, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the command", func() bool {
		_, err := os.Stat(filepath.Join("/proc", strings.TrimSpace(string(pid))))
		return err != nil
	})
}
