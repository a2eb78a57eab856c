package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// TestMaxTime: a run whose time is up is cut short as by a signal, says so, and
// clears its users.
func TestMaxTime(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "d.json")
	bubble(t, func(t *testing.T, n *memnet.Network) {
		s := serveOn(t, n, sandbox.Config{Generation: sandbox.V1, Faults: []sandbox.Fault{fault(t, "slow:2s")}})
		f := &terminal{net: n, width: 80}
		start := time.Now()
		code := f.run(t, "diagnose", "--api", s.APIURL(), "--max-time", "1s", "--output", "json="+file)
		if took := time.Since(start); took != time.Second {
			t.Errorf("it took %s", took)
		}
		d := readDiagnosis(t, file)
		if d.Complete || d.Stopped != probe.StopMaxTime || d.MaxMS != 1000 || code == exitOK || code == exitFinding {
			t.Errorf("complete %v, stopped %q, max %v, exit code %d", d.Complete, d.Stopped, d.MaxMS, code)
		}
		if got := tokensLeft(s); got != "none" || len(s.Tokens()) == 0 {
			t.Errorf("tokens left: %s", got)
		}
		if !strings.Contains(f.stderr.String(), " s of 1 s") {
			t.Errorf("the progress does not name the time: %q", &f.stderr)
		}
	})
}

// TestMaxTimeSteps: the commands without a diagnosis say it on stderr.
func TestMaxTimeSteps(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		mute := serveOn(t, n, sandbox.Config{Faults: []sandbox.Fault{fault(t, "mute")}})
		slow := serveOn(t, n, sandbox.Config{Faults: []sandbox.Fault{fault(t, "api-slow:300ms")}})
		for _, tc := range []struct {
			args   []string
			behind time.Duration // how long clearing the users takes
		}{
			{[]string{"connect", "--uid", "u", "--token", "t", "--api", mute.APIURL()}, 0},
			{[]string{"register", "--flags", "0-50", "--api", slow.APIURL()}, stopsWithin},
			{[]string{"register", "--uid", "u", "--flags", "0-50", "--remove", "--api", slow.APIURL()}, 0},
			{[]string{"token", "--uid", "u", "--flags", "0-50", "--api", slow.APIURL()}, stopsWithin},
		} {
			f := &terminal{net: n}
			start := time.Now()
			if code := f.run(t, append(tc.args, "--max-time", "500ms")...); code != exitNoDiagnosis || !strings.Contains(f.stderr.String(), "the time of the run was up: 0.5 s") {
				t.Errorf("%v: exit code %d, stderr %q", tc.args, code, &f.stderr)
			}
			if took := time.Since(start) - 500*time.Millisecond; took < 0 || took > tc.behind {
				t.Errorf("%v: it took %s behind its time", tc.args, took)
			}
		}
		if got := tokensLeft(slow); got != "none" {
			t.Errorf("tokens left: %s", got)
		}
	})
}

// TestMaxTimeDefault: it grows with the run, and is in the report.
func TestMaxTimeDefault(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		args []string
		env  string // of a process
		want float64
	}{
		{nil, "", 60},
		{[]string{"--flags", "0-31"}, "", 180},
		{[]string{"--token-flag", "0"}, "", 60},
		{[]string{"--timeout", "10s"}, "", 120},
		{[]string{"--uid", "u", "--token", "t", "--hold", "1m"}, "", 120},
		{[]string{"--max-time", "7s"}, "", 7},
		{nil, "WKCTL_MAX_TIME=9s", 9},
	} {
		file := filepath.Join(t.TempDir(), "d.json")
		args := append([]string{"diagnose", "--api", "http://127.0.0.1:1", "--output", "json=" + file}, tc.args...)
		if tc.env == "" {
			bubble(t, func(t *testing.T, n *memnet.Network) { (&terminal{net: n}).run(t, args...) })
		} else {
			p := wkctl(t, args...)
			p.cmd.Env = append(p.cmd.Env, tc.env)
			p.run()
		}
		d := readDiagnosis(t, file)
		if d.MaxMS != tc.want*1000 || d.Stopped != "" {
			t.Errorf("%v %v: %v ms, stopped %q, want %v s", tc.args, tc.env, d.MaxMS, d.Stopped, tc.want)
		}
	}
	for _, value := range []string{"0", "-1s", "x"} {
		f := &terminal{}
		if code := f.run(t, "diagnose", "--max-time", value); code != exitUsage || !strings.Contains(f.stderr.String(), "max-time") {
			t.Errorf("--max-time %s: exit code %d, %s", value, code, &f.stderr)
		}
	}
	for d, want := range map[time.Duration]string{time.Minute: "60 s", 500 * time.Millisecond: "0.5 s", 3 * time.Minute: "180 s"} {
		if got := seconds(d); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
}
