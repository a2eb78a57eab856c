//go:build !race

package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// maxResident is what a run may take of the memory, in KiB as Linux counts it. The
// race detector takes several times that.
const maxResident = 160 << 10

// memoryRows are the behaviours that could take the most memory, one for each
// place where a run reads what a server sends: header and body of the API, packed
// and plain; header and body of an upgrade; frames of WebSocket, packed and plain;
// packets of WKProto in each transport; and what is kept of them for the report.
func memoryRows() []string {
	return []string{
		"api header line without end", "api body without end", "api gzip in gzip", "ws headers without end", "ws body without end",
		"fragments without end", "a bomb in compression", "RECVs of 1 MiB in place of an answer", "small RECVs in place of an answer",
		"kicks without end in place of an answer", "tcp floods RECVs of 1 MiB", "a megabyte of address",
	}
}

// TestHostileMemory runs wkctl as a process of its own against some of the behaviours
// that send much, as fast as it can be sent, and looks at the most memory that it
// has had.
func TestHostileMemory(t *testing.T) {
	t.Parallel()
	var g errgroup.Group
	g.SetLimit(4)
	names := memoryRows()
	for _, b := range behaviours() {
		if !slices.Contains(names, b.name) {
			continue
		}
		names = slices.DeleteFunc(names, func(name string) bool { return name == b.name })
		g.Go(func() error {
			s := &badServer{}
			b.set(s)
			s.open(t, nil)
			defer s.close()
			p := wkctl(t, "diagnose", "--api", s.apiURL(), "--flags", "0", "--verbose", "--timeout", "500ms", "--max-time", "2s")
			p.start()
			over, peak := make(chan struct{}), make(chan int)
			go func() { peak <- residentPeak(p.cmd.Process.Pid, over) }()
			code := p.wait()
			close(over)
			got := <-peak
			t.Logf("%s: %d KiB, %s of the processor", b.name, got, p.cmd.ProcessState.UserTime())
			if got > maxResident || got < 1<<10 || code == exitUsage {
				t.Errorf("%s: exit code %d, %d KiB of memory, expected at most %d\n%s", b.name, code, got, maxResident, &p.stderr)
			}
			return nil
		})
	}
	_ = g.Wait()
	if len(names) > 0 {
		t.Errorf("no behaviour is called %q", names)
	}
}

// residentPeak gives the most memory that a process has had, in KiB, as of its last
// moments. What the system tells of a process that has ended counts the one that
// started it, too.
func residentPeak(pid int, over <-chan struct{}) (peak int) {
	line := regexp.MustCompile(`(?m)^VmHWM:\s*(\d+) kB$`)
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err == nil {
			if m := line.FindSubmatch(b); m != nil {
				n, _ := strconv.Atoi(string(m[1]))
				peak = max(peak, n)
			}
		}
		select {
		case <-ticker.C:
		case <-over:
			return peak
		}
	}
}
