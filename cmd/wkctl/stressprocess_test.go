//go:build unix

package main

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

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

// TestStress is TestInterruptAnywhere with signals to processes, at random moments.
// WKCTL_STRESS=500 makes so many.
func TestStress(t *testing.T) {
	t.Parallel()
	rows, formats, generations := stressRows(), report.Formats(), sandbox.Generations()
	first := rand.N(len(rows))
	inParallel(stressed(t, 6, 1), func(i int) {
		row := rows[(first+i)%len(rows)]
		in := interruption{stressRow: row, generation: generations[rand.N(len(generations))], format: formats[rand.N(len(formats))], after: rand.N(row.span)}
		t.Run(strconv.Itoa(i), func(t *testing.T) { in.process(t, []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}[rand.N(2)]) })
	})
}

func (in *interruption) process(t *testing.T, signal syscall.Signal) {
	t.Helper()
	t.Log(in, signal)
	s := in.serve(t, nil)
	file := filepath.Join(t.TempDir(), "d.json")
	p := wkctl(t, in.command(s, file)...)
	p.start()
	eventually(t, "the first request", func() bool { return len(s.Requests()) > 0 || s.Died() })
	time.Sleep(in.after)
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	in.check(t, s, runEnd{p.wait(), p.stdout.Bytes(), p.stderr.Bytes(), file})
}
