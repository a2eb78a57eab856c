//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/report"
)

// stressed gives how many interrupts a test makes: WKCTL_STRESS of them, or a share
// of it, where that is set.
func stressed(t *testing.T, usually, share int) int {
	t.Helper()
	s := os.Getenv("WKCTL_STRESS")
	if s == "" {
		return usually
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < share {
		t.Fatalf("WKCTL_STRESS is %q, expected a number of interrupts", s)
	}
	return n / share
}

// slowest keeps the longest of many times. It is safe for concurrent use.
type slowest struct {
	mu   sync.Mutex
	took time.Duration
	what string
	seen map[string]int // how often each exit code came
}

func (s *slowest) note(what string, code int, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[string]int{}
	}
	s.seen["exit "+strconv.Itoa(code)]++
	if took > s.took {
		s.took, s.what = took, what
	}
}

// inParallel runs n subtests, some at a time: they wait more than they work.
func inParallel(n int, run func(i int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			for i := range next {
				run(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// stressRow is a run that is interrupted: on which stand-in, and within which time
// of its first request.
type stressRow struct {
	faults string
	args   string
	span   time.Duration
}

func stressRows() []stressRow {
	return []stressRow{
		{"", "diagnose", 200 * time.Millisecond},
		{"", "diagnose --flags 0-5", 250 * time.Millisecond},
		{"slow:300ms", "diagnose", 800 * time.Millisecond},
		{"slow:300ms", "diagnose --token-flag 0 --connect-flag 1", 800 * time.Millisecond},
		{"api-slow:60ms", "diagnose", 700 * time.Millisecond},
		{"api-slow:60ms", "register --flags 0-20", 1000 * time.Millisecond},
		{"api-slow:200ms slow:200ms", "diagnose --sdk js", 2 * time.Second},
		{"mute", "diagnose", 2 * time.Second},
		{"no-upgrade", "diagnose", 2 * time.Second},
		{"lose:5", "diagnose", 2 * time.Second},
		{"rate-limit:20", "diagnose", 3 * time.Second},
		{"rate-limit:15:429:1", "diagnose", 3 * time.Second},
		{"rate-limit-api:10", "register --flags 0-9", time.Second},
		{"die-on-tls", "diagnose --ws WSS", 300 * time.Millisecond},
		{"die-on-tls:1s", "diagnose --ws WSS --flags 0-3", 1500 * time.Millisecond},
		{"restart:200ms slow:200ms", "diagnose --flags 0-3", time.Second},
		{"slow:1s", "connect --uid alice --token secret", time.Second},
		{"slow:500ms", "diagnose --uid alice --token secret --connect-flag 1", 800 * time.Millisecond},
		{"forward-fails:1/3 api-slow:20ms", "diagnose", 500 * time.Millisecond},
		{"stale-keep-alive api-slow:20ms", "diagnose", 500 * time.Millisecond},
	}
}

// TestStress interrupts runs at random moments, on stand-ins of all generations and
// with faults: the exit code is 130 within 4 s, the report is whole, nothing is left
// on the server. WKCTL_STRESS=500 makes so many.
func TestStress(t *testing.T) {
	t.Parallel()
	rows, formats, generations := stressRows(), report.Formats(), sandbox.Generations()
	var worst slowest
	n := stressed(t, 40, 1)
	inParallel(n, func(i int) {
		row := rows[i%len(rows)]
		in := interruption{
			stressRow: row, generation: generations[rand.N(len(generations))], format: formats[rand.N(len(formats))],
			signal: []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}[rand.N(2)], after: rand.N(row.span), atOnce: rand.N(8) == 0, worst: &worst,
		}
		if !strings.HasPrefix(row.args, "diagnose") {
			in.format = report.JSON
		}
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Log(&in)
			in.check(t)
		})
	})
	t.Logf("%v, slowest %s: %s", worst.seen, worst.took.Round(time.Millisecond), worst.what)
	if worst.seen["exit 130"] < n/3 {
		t.Errorf("of %d runs only %d were interrupted before their end", n, worst.seen["exit 130"])
	}
}

// interruption is one run and the moment of its signal.
type interruption struct {
	stressRow
	generation sandbox.Generation
	format     report.Format
	signal     syscall.Signal
	after      time.Duration // behind the first request
	atOnce     bool          // behind the start of the process instead
	worst      *slowest
}

func (in *interruption) String() string {
	from := "first request"
	if in.atOnce {
		from = "start"
	}
	return fmt.Sprintf("%s %s: wkctl %s --format %s, %s %s after %s", in.generation, in.faults, in.args, in.format, in.signal, in.after.Round(time.Millisecond), from)
}

func (in *interruption) check(t *testing.T) {
	s := in.serve(t)
	file := filepath.Join(t.TempDir(), "d.json")
	p := wkctl(t, in.command(s, file)...)
	p.start()
	if !in.atOnce {
		eventually(t, "the first request", func() bool { return len(s.Requests()) > 0 || s.Died() })
	}
	time.Sleep(in.after)
	sent := time.Now()
	if err := p.cmd.Process.Signal(in.signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	code := p.wait()
	took := time.Since(sent)
	in.worst.note(in.String(), code, took)
	if took > endsWithin {
		t.Errorf("it took %s to end", took)
	}
	begun := len(s.Requests()) > 0
	if code == -1 && !begun && p.stdout.Len() == 0 {
		return // the signal came before the program's first statement
	}
	if code < exitOK || code > exitNoDiagnosis && code != exitInterrupted || code == exitUsage {
		t.Errorf("exit code %d\n%s", code, &p.stderr)
	}
	in.checkReport(t, p, file, code, begun)
	onlyText(t, "stderr", p.stderr.Bytes())
	if got := tokensLeft(s); got != "none" && !strings.HasPrefix(in.args, "register") {
		t.Errorf("tokens left on the server: %s\n%s%s", got, &p.stdout, &p.stderr)
	} else if got != "none" && code != exitOK {
		t.Errorf("exit code %d, tokens left on the server: %s\n%s", code, got, &p.stderr)
	}
	for _, c := range s.Connects() {
		if c.Overlapped {
			t.Errorf("two attempts at once on uid %s", c.UID)
		}
	}
}

// serve starts the stand-in. One that ends itself on a TLS hello notes it as a
// hazard, which is what it was started for.
func (in *interruption) serve(t *testing.T) *sandbox.Server {
	t.Helper()
	cfg := sandbox.Config{Generation: in.generation}
	for _, f := range strings.Fields(in.faults) {
		cfg.Faults = append(cfg.Faults, fault(t, f))
	}
	s, err := sandbox.Start(context.Background(), cfg)
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
	return append(args, "--api", s.APIURL(), "--format", string(in.format), "--output", "json="+file)
}

// checkReport wants a whole report on stdout and in the file, about this end of the
// run; none only where nothing was begun, and from the single steps.
func (in *interruption) checkReport(t *testing.T, p *process, file string, code int, begun bool) {
	t.Helper()
	diagnosis := strings.HasPrefix(in.args, "diagnose")
	b, err := os.ReadFile(file)
	if err != nil {
		if diagnosis && begun || p.stdout.Len() > 0 {
			t.Errorf("no report in the file: %v\nstdout %s\nstderr %s", err, &p.stdout, &p.stderr)
		}
		return
	}
	shown := filepath.Join(t.TempDir(), "shown")
	if err := os.WriteFile(shown, p.stdout.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	checkFormat(t, in.format, shown)
	var d probe.Diagnosis
	if err := json.Unmarshal(b, &d); err != nil || p.stdout.Len() == 0 {
		t.Fatalf("%v\nstdout %s\nfile %s", err, &p.stdout, b)
	}
	if !diagnosis {
		return
	}
	if d.Verdict.ExitCode != code || d.Complete != (code != exitInterrupted) {
		t.Errorf("exit code %d, the report says complete %v, verdict %+v", code, d.Complete, d.Verdict)
	}
	if len(d.Left) > 0 {
		t.Errorf("the report lists tokens that are left: %+v", d.Left)
	}
}
