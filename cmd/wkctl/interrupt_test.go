package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// stopsWithin is how long a run may take from the signal to its report, by the
// clock of a bubble: what clearing the users may (probe/measure, graceAfterStop and
// stoppedLimit).
const stopsWithin = 3 * time.Second

// interrupted runs a command line and ends its context after so long, as a signal
// does. It gives how long the run took from then on.
func (f *terminal) interrupted(after time.Duration, args ...string) (code int, took time.Duration) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer time.AfterFunc(after, cancel).Stop()
	start := time.Now()
	code = f.runIn(ctx, args...)
	return code, time.Since(start) - after
}

// TestInterrupt stops a diagnosis in each of its parts. What is known is
// printed, the exit code is 130, and no token of a test user stays.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		gen    sandbox.Generation
		fault  string
		args   []string
		after  time.Duration
		begun  func(*sandbox.Server) bool // it was in that part
		leaves time.Duration              // from the signal to the end
	}{
		{name: "the API does not answer", fault: "api-mute", after: time.Second, begun: func(s *sandbox.Server) bool { return len(s.Requests()) == 1 }},
		{name: "while registering", fault: "api-slow:100ms", after: 550 * time.Millisecond, args: []string{"--flags", "0-9"},
			begun: func(s *sandbox.Server) bool { return len(s.Tokens()) > 0 && len(s.Connects()) == 0 }, leaves: 450 * time.Millisecond},
		{name: "the control is not answered", fault: "mute", after: time.Second,
			begun: func(s *sandbox.Server) bool { ws, _, _ := s.Dials(); return ws == 1 }},
		{name: "the upgrade is not answered", fault: "no-upgrade", after: time.Second,
			begun: func(s *sandbox.Server) bool { ws, _, _ := s.Dials(); return ws == 1 }},
		{name: "among the pairings", gen: sandbox.V1, fault: "slow:400ms", after: 600 * time.Millisecond,
			begun: func(s *sandbox.Server) bool { return len(s.Connects()) > 3 }},
		{name: "set-up mode", gen: sandbox.V1, fault: "slow:400ms", after: 700 * time.Millisecond, args: []string{"--token-flag", "0"},
			begun: func(s *sandbox.Server) bool { return len(s.Connects()) > 1 }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "d.json")
			bubble(t, func(t *testing.T, n *memnet.Network) {
				s := serveOn(t, n, sandbox.Config{Generation: tc.gen, Faults: []sandbox.Fault{fault(t, tc.fault)}})
				f := &terminal{net: n}
				code, took := f.interrupted(tc.after, append([]string{"diagnose", "--api", s.APIURL(), "--output", "json=" + file}, tc.args...)...)
				if code != exitInterrupted || took > tc.leaves {
					t.Errorf("exit code %d after %s, want %d after at most %s\n%s", code, took, exitInterrupted, tc.leaves, &f.stderr)
				}
				if !tc.begun(s) {
					t.Errorf("it was not in that part: %d requests, %d connects", len(s.Requests()), len(s.Connects()))
				}
				checkPartial(t, f.stdout.String(), f.stderr.String(), file)
				if got := tokensLeft(s); got != "none" {
					t.Errorf("tokens left on the server: %s", got)
				}
			})
		})
	}
}

// checkPartial wants the report of a run that was cut short, on stdout and in
// the file, and nothing on stderr.
func checkPartial(t *testing.T, stdout, stderr, file string) {
	t.Helper()
	if !strings.Contains(stdout, "exit 130") || stderr != "" {
		t.Errorf("stdout %q\nstderr %q", stdout, stderr)
	}
	d := readDiagnosis(t, file)
	if d.Stopped != probe.StopInterrupt || d.Complete || d.Verdict.ExitCode != exitInterrupted || d.Verdict.Outcome != probe.OutcomeUnknown {
		t.Errorf("stopped by %q, complete %v, verdict %+v", d.Stopped, d.Complete, d.Verdict)
	}
	blamesNobody(t, d)
}

// blamesNobody wants no fault in the report of an interrupted run on a server in
// order, or on a mute one.
func blamesNobody(t *testing.T, d *probe.Diagnosis) {
	t.Helper()
	for _, c := range d.Checks {
		if c.Outcome == probe.OutcomeFail {
			t.Errorf("check %s failed, %v: an interruption is no fault of the server", c.ID, c.Fault)
		}
	}
	for _, f := range d.Findings {
		if f.Severity == probe.SeverityError {
			t.Errorf("finding %s, %s: an interruption is no fault of the server", f.Code, f.Cause)
		}
	}
}

// TestInterruptCleanupFails: where the clean-up gets no answer either, the
// report says so and the process ends all the same.
func TestInterruptCleanupFails(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		s := serveOn(t, n, sandbox.Config{Faults: []sandbox.Fault{fault(t, "mute"), fault(t, "api-mute:/user/device_quit")}})
		f := &terminal{net: n}
		if code, took := f.interrupted(time.Second, "diagnose", "--api", s.APIURL(), "--format", "json"); code != exitInterrupted || took > stopsWithin {
			t.Errorf("exit code %d after %s, want %d after at most %s", code, took, exitInterrupted, stopsWithin)
		}
		var d probe.Diagnosis
		if err := json.Unmarshal(f.stdout.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		if c := d.Check(probe.CheckCleanup); c == nil || c.Outcome == probe.OutcomePass {
			t.Errorf("check cleanup is %+v, though the tokens are still there", c)
		}
	})
}

// TestInterruptSteps: the single steps leave nothing half done.
func TestInterruptSteps(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		mute := serveOn(t, n, sandbox.Config{Faults: []sandbox.Fault{fault(t, "mute")}})
		mute.Register("u", "secret", 1, 0)
		connect := &terminal{net: n}
		if code, took := connect.interrupted(time.Second, "connect", "--uid", "u", "--token", "secret", "--api", mute.APIURL()); code != exitInterrupted || took != 0 {
			t.Errorf("connect: exit code %d after %s, want %d at once", code, took, exitInterrupted)
		}
		slow := serveOn(t, n, sandbox.Config{Faults: []sandbox.Fault{fault(t, "api-slow:100ms")}})
		register := &terminal{net: n}
		code, took := register.interrupted(550*time.Millisecond, "register", "--flags", "0-50", "--api", slow.APIURL())
		if code != exitInterrupted || took > stopsWithin || len(slow.Tokens()) == 0 {
			t.Errorf("register: exit code %d after %s, want %d, %d tokens\n%s", code, took, exitInterrupted, len(slow.Tokens()), &register.stderr)
		}
		if got := tokensLeft(slow); got != "none" {
			t.Errorf("register: tokens left on the server: %s", got)
		}
	})
}
