//go:build !windows

package main

import (
	"path/filepath"
	"testing"

	"github.com/wkctl/wkctl/probe/sandbox"
)

// TestInterruptSignal presses Ctrl-C on a process: what TestInterrupt does to a run
// is what a signal does to it.
func TestInterruptSignal(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{Generation: sandbox.V1, Faults: []sandbox.Fault{fault(t, "mute")}})
	file := filepath.Join(t.TempDir(), "d.json")
	p := wkctl(t, "diagnose", "--api", s.APIURL(), "--output", "json="+file)
	p.start()
	eventually(t, "the control", func() bool { ws, _, _ := s.Dials(); return ws == 1 })
	p.interrupt()
	if code := p.wait(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, &p.stderr)
	}
	checkPartial(t, p.stdout.String(), p.stderr.String(), file)
	if got := tokensLeft(s); got != "none" || len(s.Tokens()) == 0 {
		t.Errorf("tokens left on the server: %s of %d", got, len(s.Tokens()))
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
