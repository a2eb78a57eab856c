//go:build unix

package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe/sandbox"
)

// blockedLines gives the command lines that wait for a byte that does not come, or
// for a reader of their own, by where they wait. PIPE stands for a FIFO.
func blockedLines(api string) map[string][]string {
	user := []string{"--uid", "u", "--api", api}
	return map[string][]string{
		"log on stdin":        {"explain", "--log", "-"},
		"log pipe":            {"explain", "--log", "PIPE"},
		"report on stdin":     {"report", "-"},
		"report pipe":         {"report", "PIPE"},
		"token on stdin":      append([]string{"connect", "--token-stdin"}, user...),
		"user token on stdin": append([]string{"diagnose", "--token-stdin"}, user...),
		"credentials, stdin":  {"connect", "--credentials", "-"},
		"credentials pipe":    {"connect", "--credentials", "PIPE"},
		"token pipe":          append([]string{"connect", "--token-file", "PIPE"}, user...),
		"token pipe, token":   append([]string{"token", "--token-file", "PIPE"}, user...),
		"manager token pipe":  {"diagnose", "--manager-token-file", "PIPE", "--api", api},
		"sandbox token pipe":  {"sandbox", "--manager-token-file", "PIPE"},
		"certificate pipe":    {"register", "--ca-cert", "PIPE", "--api", api},
		"settings pipe":       {"diagnose", "--server-config", "PIPE", "--api", api},
		"server log pipe":     {"diagnose", "--server-log", "PIPE", "--api", api},
		"scenario pipe":       {"sandbox", "--scenario", "PIPE", "--check"},
		"output pipe":         {"version", "--output", "json=PIPE"},
		"diagnosis pipe":      {"diagnose", "--output", "json=PIPE", "--api", api},
		"stdout":              {"man"},
		"diagnosis on stdout": {"diagnose", "--api", api},
	}
}

// TestInterruptBlocked: one signal ends wkctl wherever it is blocked. It is sent at
// any moment once wkctl has begun to wait. WKCTL_STRESS=500 makes 100 interrupts.
func TestInterruptBlocked(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{})
	lines := blockedLines(s.APIURL())
	names := slices.Sorted(maps.Keys(lines))
	inParallel(stressed(t, len(names), 5), func(i int) {
		name := names[i%len(names)]
		t.Run(fmt.Sprintf("%d %s", i/len(names), name), func(t *testing.T) { interruptBlocked(t, name, lines[name]) })
	})
	eventually(t, "the clean-up", func() bool { return tokensLeft(s) == "none" })
}

func interruptBlocked(t *testing.T, name string, line []string) {
	pipe := pipeFile(t)
	args := slices.Clone(line)
	for i, a := range args {
		args[i] = strings.Replace(a, "PIPE", pipe, 1)
	}
	p := wkctl(t, args...)
	silent, end, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = silent.Close(), end.Close() }()
	p.cmd.Stdin = silent
	if strings.HasSuffix(name, "stdout") {
		p.cmd.Stdout = fullPipe(t)
	}
	p.start()
	blocks(t, p)
	time.Sleep(rand.N(50 * time.Millisecond))
	ends(t, p, []syscall.Signal{syscall.SIGTERM, syscall.SIGINT}[rand.N(2)])
	if strings.Contains(p.stderr.String(), "hint") || strings.Count(p.stderr.String(), "\n") > 1 {
		t.Errorf("stderr %q", &p.stderr)
	}
	onlyText(t, "stderr", p.stderr.Bytes())
}
