//go:build !windows

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// TestInterrupt stops a diagnosis in each of its parts. What is known is
// printed, the exit code is 130, and no token of a test user stays.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		config sandbox.Config
		args   []string
		when   func(*sandbox.Server) bool // press Ctrl-C then
		users  bool                       // tokens had been stored by then
	}{
		{name: "the API does not answer", config: sandbox.Config{Faults: []sandbox.Fault{fault(t, "api-mute")}},
			when: func(s *sandbox.Server) bool { return len(s.Requests()) > 0 }},
		{name: "while registering", config: sandbox.Config{Faults: []sandbox.Fault{fault(t, "api-slow:100ms")}}, users: true,
			when: func(s *sandbox.Server) bool { return len(s.Tokens()) > 2 }, args: []string{"--flags", "0-9"}},
		{name: "the control is not answered", config: sandbox.Config{Faults: []sandbox.Fault{fault(t, "mute")}}, users: true,
			when: func(s *sandbox.Server) bool { ws, _, _ := s.Dials(); return ws == 1 }},
		{name: "the upgrade is not answered", config: sandbox.Config{Faults: []sandbox.Fault{fault(t, "no-upgrade")}}, users: true,
			when: func(s *sandbox.Server) bool { ws, _, _ := s.Dials(); return ws == 1 }},
		{name: "among the pairings", config: sandbox.Config{Generation: sandbox.V1, Faults: []sandbox.Fault{fault(t, "slow:400ms")}}, users: true,
			when: func(s *sandbox.Server) bool { return len(s.Connects()) > 3 }},
		{name: "set-up mode", config: sandbox.Config{Generation: sandbox.V1, Faults: []sandbox.Fault{fault(t, "slow:400ms")}}, users: true,
			args: []string{"--token-flag", "0"},
			when: func(s *sandbox.Server) bool { return len(s.Connects()) > 1 }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, tc.config)
			file := filepath.Join(t.TempDir(), "d.json")
			p := wkctl(t, append([]string{"diagnose", "--api", s.APIURL(), "--output", "json=" + file}, tc.args...)...)
			p.start()
			eventually(t, "the moment to interrupt", func() bool { return tc.when(s) })
			p.interrupt()
			pressed := time.Now()
			if code := p.wait(); code != exitInterrupted {
				t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, &p.stderr)
			}
			// The clean-up has 3 s; a machine under load may need its time.
			if took := time.Since(pressed); took > 8*time.Second {
				t.Errorf("it took %s to stop", took)
			}
			checkPartial(t, p, file)
			if got := tokensLeft(s); got != "none" {
				t.Errorf("tokens left on the server: %s", got)
			}
			if tc.users && len(s.Tokens()) == 0 {
				t.Error("nothing had been registered, so nothing was shown")
			}
		})
	}
}

// checkPartial wants the report of a run that was cut short, on stdout and in
// the file, and nothing on stderr.
func checkPartial(t *testing.T, p *process, file string) {
	t.Helper()
	if !strings.Contains(p.stdout.String(), "exit 130") || p.stderr.Len() > 0 {
		t.Errorf("stdout %q\nstderr %q", &p.stdout, &p.stderr)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var d probe.Diagnosis
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	if d.Stopped != probe.StopInterrupt {
		t.Errorf("stopped by %q", d.Stopped)
	}
	if d.Complete || d.Verdict.ExitCode != exitInterrupted || d.Verdict.Outcome != probe.OutcomeUnknown {
		t.Errorf("complete %v, verdict %+v", d.Complete, d.Verdict)
	}
	for _, c := range d.Checks {
		if c.Outcome == probe.OutcomeFail {
			t.Errorf("check %s failed: an interruption is no fault of the server", c.ID)
		}
	}
	for _, f := range d.Findings {
		if f.Severity == probe.SeverityError {
			t.Errorf("finding %s: an interruption is no fault of the server", f.Code)
		}
	}
}

// TestInterruptTwice: a second Ctrl-C ends the process at once, even while the
// clean-up waits for a server that does not answer.
func TestInterruptTwice(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{Faults: []sandbox.Fault{fault(t, "mute"), fault(t, "api-mute:/user/device_quit")}})
	p := wkctl(t, "diagnose", "--api", s.APIURL())
	p.start()
	eventually(t, "the control", func() bool { ws, _, _ := s.Dials(); return ws == 1 })
	p.interrupt()
	eventually(t, "the clean-up", func() bool {
		for _, r := range s.Requests() {
			if r.Path == "/user/device_quit" {
				return true
			}
		}
		return false
	})
	p.interrupt()
	if code := p.wait(); code != -1 { // ended by the signal
		t.Errorf("exit code %d, want the signal itself to end it\n%s", code, &p.stdout)
	}
}

// TestInterruptCleanupFails: where the clean-up gets no answer either, the
// report says so and the process ends all the same.
func TestInterruptCleanupFails(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{Faults: []sandbox.Fault{fault(t, "mute"), fault(t, "api-mute:/user/device_quit")}})
	p := wkctl(t, "diagnose", "--api", s.APIURL(), "--format", "json")
	p.start()
	eventually(t, "the control", func() bool { ws, _, _ := s.Dials(); return ws == 1 })
	p.interrupt()
	if code := p.wait(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	var d probe.Diagnosis
	if err := json.Unmarshal(p.stdout.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if c := d.Check(probe.CheckCleanup); c == nil || c.Outcome == probe.OutcomePass {
		t.Errorf("check cleanup is %+v, though the tokens are still there", c)
	}
}

// TestInterruptConnect and the single steps: they leave nothing half done.
func TestInterruptSteps(t *testing.T) {
	t.Parallel()
	mute := serve(t, sandbox.Config{Faults: []sandbox.Fault{fault(t, "mute")}})
	mute.Register("u", "secret", 1, 0)
	connect := wkctl(t, "connect", "--uid", "u", "--token-stdin", "--api", mute.APIURL())
	connect.cmd.Stdin = strings.NewReader("secret\n")
	connect.start()
	eventually(t, "the connection", func() bool { ws, _, _ := mute.Dials(); return ws == 1 })
	connect.interrupt()
	if code := connect.wait(); code != exitInterrupted {
		t.Errorf("connect: exit code %d, want %d", code, exitInterrupted)
	}

	slow := serve(t, sandbox.Config{Faults: []sandbox.Fault{fault(t, "api-slow:100ms")}})
	register := wkctl(t, "register", "--flags", "0-50", "--api", slow.APIURL())
	register.start()
	eventually(t, "some tokens", func() bool { return len(slow.Tokens()) > 1 })
	register.interrupt()
	if code := register.wait(); code != exitInterrupted {
		t.Errorf("register: exit code %d, want %d\n%s", code, exitInterrupted, &register.stderr)
	}
	if got := tokensLeft(slow); got != "none" {
		t.Errorf("register: tokens left on the server: %s", got)
	}
}
