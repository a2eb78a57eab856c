package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/report"
)

// stressRow is a run that is interrupted: on which stand-in, and within which time
// of the first request of a process. On a server in order nobody may be blamed.
type stressRow struct {
	faults  string
	args    string
	span    time.Duration
	inOrder bool
}

func stressRows() []stressRow {
	return []stressRow{
		{"", "diagnose", 200 * time.Millisecond, true},
		{"", "diagnose --flags 0-5", 250 * time.Millisecond, true},
		{"slow:300ms", "diagnose", 800 * time.Millisecond, true},
		{"slow:300ms", "diagnose --token-flag 0 --connect-flag 1", 800 * time.Millisecond, false},
		{"api-slow:60ms", "diagnose", 700 * time.Millisecond, true},
		{"api-slow:60ms", "register --flags 0-20", 1000 * time.Millisecond, true},
		{"api-slow:200ms slow:200ms", "diagnose --sdk js", 2 * time.Second, true},
		{"mute", "diagnose", 2 * time.Second, false},
		{"no-upgrade", "diagnose", 2 * time.Second, false},
		{"lose:5", "diagnose", 2 * time.Second, false},
		{"rate-limit:20", "diagnose", 3 * time.Second, false},
		{"rate-limit:15:429:1", "diagnose", 3 * time.Second, false},
		{"rate-limit-api:10", "register --flags 0-9", time.Second, false},
		{"die-on-tls", "diagnose --ws WSS", 300 * time.Millisecond, false},
		{"die-on-tls:1s", "diagnose --ws WSS --flags 0-3", 1500 * time.Millisecond, false},
		{"restart:200ms slow:200ms", "diagnose --flags 0-3", time.Second, false},
		{"slow:1s", "connect --uid alice --token secret", time.Second, true},
		{"slow:500ms", "diagnose --uid alice --token secret --connect-flag 1", 800 * time.Millisecond, false},
		{"forward-fails:1/3 api-slow:20ms", "diagnose", 500 * time.Millisecond, false},
		{"stale-keep-alive api-slow:20ms", "diagnose", 500 * time.Millisecond, true},
	}
}

// stressSteps is how often each run is made: once to its end, and then so that it
// is interrupted at even distances.
const stressSteps = 8

// TestInterruptAnywhere lets runs end, and interrupts them at evenly spread moments,
// on stand-ins of all generations and with faults: the run ends within its clean-up's
// time, its report is whole, nothing is left on the server. TestStress does it to
// processes.
func TestInterruptAnywhere(t *testing.T) {
	t.Parallel()
	formats, generations := report.Formats(), sandbox.Generations()
	for i, row := range stressRows() {
		t.Run(fmt.Sprintf("%d %s %s", i, row.faults, row.args), func(t *testing.T) {
			t.Parallel()
			whole := time.Hour
			for step := range stressSteps {
				in := interruption{
					stressRow: row, generation: generations[(i+step)%len(generations)], format: formats[(i+step)%len(formats)],
					after: whole * time.Duration(step) / stressSteps,
				}
				if took := in.inBubble(t, cmp.Or(in.after, whole)); step == 0 {
					whole = took
				}
			}
		})
	}
}

// interruption is one run and the moment of its signal.
type interruption struct {
	stressRow
	generation sandbox.Generation
	format     report.Format
	after      time.Duration // behind its begin; of a process, behind the first request
}

func (in *interruption) String() string {
	return fmt.Sprintf("%s %s: wkctl %s --format %s, after %s", in.generation, in.faults, in.args, in.shown(), in.after)
}

// shown is the format on stdout: the single steps have no other.
func (in *interruption) shown() report.Format {
	if !in.diagnosis() {
		return report.JSON
	}
	return in.format
}

func (in *interruption) diagnosis() bool { return strings.HasPrefix(in.args, "diagnose") }

// runEnd is what came of a run.
type runEnd struct {
	code           int
	stdout, stderr []byte
	file           string // the report as JSON, missing where nothing was begun
}

// inBubble gives how long the run took.
func (in *interruption) inBubble(t *testing.T, after time.Duration) (took time.Duration) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "d.json")
	bubble(t, func(t *testing.T, n *memnet.Network) {
		s := in.serve(t, n)
		f := &terminal{net: n}
		code, late := f.interrupted(after, in.command(s, file)...)
		if took = after + late; late > stopsWithin || code == exitInterrupted && late < 0 {
			t.Errorf("exit code %d, it ended %s behind the signal", code, late)
		}
		in.check(t, s, runEnd{code, f.stdout.Bytes(), f.stderr.Bytes(), file})
		if t.Failed() {
			t.Log(in)
		}
	})
	return took
}

// serve starts the stand-in. One that ends itself on a TLS hello notes it as a
// hazard, which is what it was started for.
func (in *interruption) serve(t *testing.T, n *memnet.Network) *sandbox.Server {
	t.Helper()
	cfg := sandbox.Config{Generation: in.generation}
	if n != nil {
		cfg.Listen, cfg.Dial = n.Listen, n.Dial
	}
	for _, f := range strings.Fields(in.faults) {
		cfg.Faults = append(cfg.Faults, fault(t, f))
	}
	s, err := sandbox.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(in.args, "alice") {
		s.Register("alice", "secret", 1, 0)
		s.Quit("alice", 1) // the token that she shows is not hers
	}
	t.Cleanup(func() {
		s.Close()
		for _, h := range harmful(s) {
			if !strings.Contains(in.args, "WSS") || !strings.HasPrefix(h, "TLS ClientHello to a wss listener") {
				t.Errorf("harmful to real servers: %s", h)
			}
		}
	})
	return s
}

func (in *interruption) command(s *sandbox.Server, file string) []string {
	args := strings.Fields(in.args)
	if i := slices.Index(args, "WSS"); i >= 0 {
		args[i] = s.WSSURL()
	}
	return append(args, "--api", s.APIURL(), "--format", string(in.shown()), "--output", "json="+file)
}

func (in *interruption) check(t *testing.T, s *sandbox.Server, end runEnd) {
	t.Helper()
	if end.code < exitOK || end.code > exitNoDiagnosis && end.code != exitInterrupted || end.code == exitUsage {
		t.Errorf("exit code %d\n%s", end.code, end.stderr)
	}
	in.checkReport(t, len(s.Requests()) > 0, end)
	onlyText(t, "stderr", end.stderr)
	if got := tokensLeft(s); got != "none" && (end.code != exitOK || !strings.HasPrefix(in.args, "register")) {
		t.Errorf("exit code %d, tokens left on the server: %s\n%s%s", end.code, got, end.stdout, end.stderr)
	}
	for _, c := range s.Connects() {
		if c.Overlapped {
			t.Errorf("two attempts at once on uid %s", c.UID)
		}
	}
}

// checkReport wants a whole report on stdout and in the file, about this end of the
// run; none only where nothing was begun, and from the single steps.
func (in *interruption) checkReport(t *testing.T, begun bool, end runEnd) {
	t.Helper()
	if _, err := os.Stat(end.file); err != nil {
		if in.diagnosis() && begun || len(end.stdout) > 0 {
			t.Errorf("no report in the file: %v\nstdout %s\nstderr %s", err, end.stdout, end.stderr)
		}
		return
	}
	shown := end.file + ".shown"
	if err := os.WriteFile(shown, end.stdout, 0o600); err != nil {
		t.Fatal(err)
	}
	checkFormat(t, in.shown(), shown)
	d := readDiagnosis(t, end.file)
	if !in.diagnosis() {
		return
	}
	if d.Verdict.ExitCode != end.code || d.Complete != (end.code != exitInterrupted) {
		t.Errorf("exit code %d, the report says complete %v, verdict %+v", end.code, d.Complete, d.Verdict)
	}
	if len(d.Left) > 0 {
		t.Errorf("the report lists tokens that are left: %+v", d.Left)
	}
	if in.inOrder && in.generation != sandbox.V10 && in.generation != sandbox.V3 && !d.Complete {
		blamesNobody(t, d)
	}
}
