package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// comesAfter starts a stand-in on the usual ports at a later time.
func comesAfter(t *testing.T, n *memnet.Network, d time.Duration) {
	t.Helper()
	ready := make(chan struct{})
	go func() {
		defer close(ready)
		time.Sleep(d) // of the bubble's clock
		s, err := sandbox.Start(context.WithoutCancel(t.Context()), sandbox.Config{
			Addr:   sandbox.Addr{API: "127.0.0.1:5001", WS: "127.0.0.1:5200", TCP: "127.0.0.1:5100"},
			Listen: n.Listen, Dial: n.Dial,
		})
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(s.Close)
	}()
	t.Cleanup(func() { <-ready })
}

// waitedFor runs a command line with --format json and gives its diagnosis.
func waitedFor(t *testing.T, f *terminal, args ...string) (d probe.Diagnosis, code int) {
	t.Helper()
	code = f.run(t, append([]string{"diagnose", "--format", "json"}, args...)...)
	if err := json.Unmarshal(f.stdout.Bytes(), &d); err != nil {
		t.Fatalf("exit code %d, stderr %q, %v", code, &f.stderr, err)
	}
	return d, code
}

// TestWait: the run begins once the server is up, and its time with it.
func TestWait(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		comesAfter(t, n, 20*time.Second)
		f := &terminal{net: n}
		d, code := waitedFor(t, f, "--wait", "60s", "--max-time", "5s")
		if code != exitOK || !d.Complete || d.Wait == nil || d.Wait.Missing != "" || d.Wait.ElapsedMS < 20_000 || d.Wait.ElapsedMS > 22_100 || d.ElapsedMS > 5000 {
			t.Errorf("exit code %d, %v ms, wait %+v", code, d.ElapsedMS, d.Wait)
		}
		if want := "wkctl: waiting for the API: dial http://127.0.0.1:5001/route: connection refused\n"; f.stderr.String() != want {
			t.Errorf("stderr %q, want %q", &f.stderr, want)
		}
	})
}

// TestWaitInVain: at the end of the time the run goes on as without --wait, and
// says how long was waited.
func TestWaitInVain(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{"en": "waited in vain for the API to answer: 60 s (--wait)", "zh": "等待 60 s 后 API 仍无响应（--wait）"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, n *memnet.Network) {
				start := time.Now()
				f := &terminal{net: n, width: 80}
				code := f.run(t, "diagnose", "--wait", "60s", "--lang", lang)
				if took := time.Since(start); code != exitNoDiagnosis || took != time.Minute {
					t.Errorf("exit code %d after %s", code, took)
				}
				if !strings.Contains(f.stdout.String(), want) || !strings.Contains(f.stdout.String(), "WK201") {
					t.Errorf("expected %q in\n%s", want, &f.stdout)
				}
				if !strings.Contains(f.stderr.String(), "59.8 s") || !strings.HasSuffix(f.stderr.String(), "\r\x1b[K") {
					t.Errorf("the progress counts no time: %q", &f.stderr)
				}
			})
		})
	}
}

// TestWaitEndsWithAnAnswer: 503 is waited out, 401 is not.
func TestWaitEndsWithAnAnswer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status int
		from   float64 // ms
		to     float64
	}{{http.StatusServiceUnavailable, 3000, 5100}, {http.StatusUnauthorized, 0, 100}, {http.StatusNotFound, 0, 100}} {
		bubble(t, func(t *testing.T, n *memnet.Network) {
			l, err := n.Listen("tcp", "127.0.0.1:5001")
			if err != nil {
				t.Fatal(err)
			}
			begun := time.Now()
			s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if tc.status != http.StatusServiceUnavailable || time.Since(begun) < 3*time.Second {
					w.WriteHeader(tc.status)
				}
			})}
			ended := make(chan struct{})
			go func() { defer close(ended); _ = s.Serve(l) }()
			d, _ := waitedFor(t, &terminal{net: n}, "--wait", "60s")
			if d.Wait.ElapsedMS < tc.from || d.Wait.ElapsedMS > tc.to || d.Wait.Missing != "" {
				t.Errorf("%d: wait %+v", tc.status, d.Wait)
			}
			_ = s.Close()
			<-ended
		})
	}
}

// TestWaitInterrupted: Ctrl-C ends the wait at once, with the report of a run that
// did not begin.
func TestWaitInterrupted(t *testing.T) {
	t.Parallel()
	for line, stdout := range map[string]string{
		"diagnose --wait 60s":                     "exit 130",
		"connect --uid u --token t --wait 60s":    "",
		"register --uid u --wait 60s":             "",
		"token --uid u --flags 1 --wait 60s":      "",
		"diagnose --wait 60s --uid u --token t":   "exit 130",
		"diagnose --wait 60s --format nagios":     "WKCTL UNKNOWN - Interrupted",
		"diagnose --wait 60s --token-flag 0 --ws": "exit 130",
	} {
		bubble(t, func(t *testing.T, n *memnet.Network) {
			args := strings.Fields(line)
			if args[len(args)-1] == "--ws" {
				args = append(args, "ws://127.0.0.1:5200")
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			time.AfterFunc(7*time.Second, stop)
			start := time.Now()
			f := &terminal{net: n}
			code := f.runIn(ctx, args...)
			want := exitInterrupted
			if strings.Contains(line, "nagios") {
				want = exitNoDiagnosis
			}
			if took := time.Since(start); code != want || took != 7*time.Second || !strings.Contains(f.stdout.String(), stdout) {
				t.Errorf("%s: exit code %d after %s\n%s%s", line, code, took, &f.stdout, &f.stderr)
			}
			if strings.Contains(f.stderr.String(), "in vain") {
				t.Errorf("%s: stderr %q", line, &f.stderr)
			}
		})
	}
}

// TestWaitSteps: the commands beside diagnose wait for what they use.
func TestWaitSteps(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"register --uid u --flags 1 --wait 30s", "token --uid u --flags 1 --wait 30s", "connect --uid u --token t --wait 30s", "connect --uid u --token t --ws ws://127.0.0.1:5200 --wait 30s",
	} {
		bubble(t, func(t *testing.T, n *memnet.Network) {
			comesAfter(t, n, 10*time.Second)
			f := &terminal{net: n}
			start := time.Now()
			code := f.run(t, strings.Fields(line)...)
			if took := time.Since(start); code > exitFinding || took < 10*time.Second || took > 13*time.Second {
				t.Errorf("%s: exit code %d after %s: %s", line, code, took, &f.stderr)
			}
		})
		bubble(t, func(t *testing.T, n *memnet.Network) {
			f := &terminal{net: n}
			code := f.run(t, strings.Fields(line)...)
			if !strings.Contains(f.stderr.String(), "in vain for the ") || !strings.Contains(f.stderr.String(), ": 30 s (--wait)") || code == exitOK {
				t.Errorf("%s: exit code %d, stderr %q", line, code, &f.stderr)
			}
		})
	}
}

// TestWaitValue: by variable too, which the built-in stand-in does not mind.
func TestWaitValue(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		f := &terminal{net: n}
		if code := f.run(t, "diagnose", "--wait", "-1s"); code != exitUsage || !strings.Contains(f.stderr.String(), "--wait -1s") {
			t.Errorf("exit code %d, stderr %q", code, &f.stderr)
		}
		if d, _ := waitedFor(t, &terminal{net: n}, "--wait", "0"); d.Wait != nil {
			t.Errorf("wait %+v", d.Wait)
		}
	})
	p := wkctl(t, "diagnose", "--sandbox", "v2", "--format", "json")
	p.cmd.Env = append(p.cmd.Env, "WKCTL_WAIT=5s")
	if d := diagnosisOf(t, p, p.run()); d.Wait != nil || d.Verdict.ExitCode != exitOK {
		t.Errorf("wait %+v, verdict %+v", d.Wait, d.Verdict)
	}
}

// TestWaitHarmsNobody: a wss address gets no TLS hello while it is waited for.
func TestWaitHarmsNobody(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		l, err := n.Listen("tcp", "127.0.0.1:5210")
		if err != nil {
			t.Fatal(err)
		}
		sent := make(chan int, 1)
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			got, _ := c.Read(make([]byte, 1))
			sent <- got
			_ = c.Close()
		}()
		f := &terminal{net: n}
		f.run(t, "connect", "--uid", "u", "--token", "t", "--ws", "wss://127.0.0.1:5210", "--wait", "5s", "--timeout", "1s")
		if got := <-sent; got != 0 {
			t.Error("the first connection got a byte")
		}
		_ = l.Close()
	})
}
