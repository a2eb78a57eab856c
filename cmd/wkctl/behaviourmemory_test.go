package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// maxResident is what a run may take of the memory, in KiB as Linux counts it.
const maxResident = 160 << 10

// TestHostileMemory runs wkctl as a process of its own against each behaviour that
// sends much, and looks at the most memory that it has had.
func TestHostileMemory(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" || raceDetector {
		t.Skip("the size of a process is read on Linux, and without the race detector")
	}
	var g errgroup.Group
	g.SetLimit(8)
	for _, b := range behaviours() {
		if !b.heavy {
			continue
		}
		g.Go(func() error {
			s := &badServer{}
			b.set(s)
			s.open(t, nil)
			defer s.close()
			p := wkctl(t, b.args(s, t.TempDir())...)
			p.cmd.Env = append(p.cmd.Env, "WKCTL_MANAGER_TOKEN="+managerSecret)
			p.start()
			over, peak := make(chan struct{}), make(chan int)
			go func() { peak <- residentPeak(p.cmd.Process.Pid, over) }()
			code := p.wait()
			close(over)
			got := <-peak
			t.Logf("%s: %d KiB", b.name, got)
			if got > maxResident || got < 1<<10 || code == exitUsage {
				t.Errorf("%s: exit code %d, %d KiB of memory, expected at most %d\n%s", b.name, code, got, maxResident, &p.stderr)
			}
			return nil
		})
	}
	_ = g.Wait()
}

// residentPeak gives the most memory that a process has had, in KiB, as of its last
// moments. What the system tells of a process that has ended counts the one that
// started it, too.
func residentPeak(pid int, over <-chan struct{}) (peak int) {
	line := regexp.MustCompile(`(?m)^VmHWM:\s*(\d+) kB$`)
	ticker := time.NewTicker(5 * time.Millisecond)
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
