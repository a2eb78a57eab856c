//go:build !windows

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe/sandbox"
)

// TestClosedPipe: `wkctl diagnose | head` must not pass for a report that was
// delivered, and must not die without a word.
func TestClosedPipe(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"diagnose"}, {"diagnose", "--format", "json"}, {"register", "--uid", "u"}, {"version"}, {"sandbox", "--api-addr", "127.0.0.1:0", "--ws-addr", "127.0.0.1:0", "--tcp-addr", "127.0.0.1:0"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = w.Close() }()
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			cannotWrite(t, w, "broken pipe", args...)
		})
	}
}

// TestFullDisk writes to the device that is always full.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	defer func() { _ = full.Close() }()
	cannotWrite(t, full, "no space left on device", "diagnose", "--format", "junit")
}

// cannotWrite runs wkctl with a stdout that takes nothing: one clear line, exit
// code 3, and the test users are gone all the same.
func cannotWrite(t *testing.T, stdout *os.File, why string, args ...string) {
	t.Helper()
	s := serve(t, sandbox.Config{Generation: sandbox.V1})
	if args[0] == "diagnose" || args[0] == "register" {
		args = append(args, "--api", s.APIURL())
	}
	p := wkctl(t, args...)
	p.cmd.Stdout = stdout
	if code := p.run(); code != exitNoDiagnosis {
		t.Errorf("exit code %d, want %d", code, exitNoDiagnosis)
	}
	if got := p.stderr.String(); got != "wkctl: cannot write stdout: write /dev/stdout: "+why+"\n" && got != "wkctl: cannot write stdout: "+why+"\n" {
		t.Errorf("stderr %q, want one line that ends in %q", got, why)
	}
	if got := tokensLeft(s); got != "none" {
		t.Errorf("tokens left on the server: %s", got)
	}
}
