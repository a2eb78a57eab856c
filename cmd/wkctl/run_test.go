package main

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// terminal is a world whose streams are terminals of the given width; 0 means
// pipes.
type terminal struct {
	net            *memnet.Network  // nil = the machine's
	dial           measure.DialFunc // nil = that of net
	stdin          io.Reader        // nil = empty
	width          int
	env            map[string]string
	stdout, stderr bytes.Buffer
}

// sharedTexts gives each language's printer once: reading the catalogues takes
// longer than most of these runs.
var sharedTexts = sync.OnceValue(func() func(text.Lang) *text.Printer {
	all := map[text.Lang]*text.Printer{}
	for _, lang := range text.Langs() {
		all[lang] = text.New(lang)
	}
	return func(lang text.Lang) *text.Printer { return all[lang] }
})

func (f *terminal) world() *world {
	w := &world{
		stdin:  f.stdin,
		stdout: stream{Writer: &f.stdout, tty: f.width > 0, width: f.width},
		stderr: stream{Writer: &f.stderr, tty: f.width > 0, width: f.width},
		getenv: func(name string) string { return f.env[name] },
		texts:  sharedTexts(),
	}
	if f.stdin == nil {
		w.stdin = strings.NewReader("")
	}
	if f.net != nil {
		w.network = network{dial: f.net.Dial, listen: f.net.Listen}
		if f.dial != nil {
			w.network.dial = f.dial
		}
	}
	return w
}

func (f *terminal) run(t *testing.T, args ...string) int {
	t.Helper()
	return f.runIn(context.Background(), args...)
}

// runIn is run with a context whose end is that of the process.
func (f *terminal) runIn(ctx context.Context, args ...string) int {
	return run(ctx, f.world(), append([]string{"wkctl"}, args...))
}

var escape = regexp.MustCompile("\x1b\\[[0-9;]*[mK]")

// TestTerminalWidths: the report fits the terminal, wide or narrow, in both
// languages and in each of the modes.
func TestTerminalWidths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		f := &terminal{net: n}
		for file, args := range map[string][]string{"v1": {"--sandbox", "v1"}, "v3": {"--sandbox", "v3"}, "many": {"--sandbox", "v1", "--flags", "0-20"}} {
			f.run(t, append([]string{"diagnose", "--output", "json=" + filepath.Join(dir, file)}, args...)...)
		}
	})
	for _, width := range []int{60, 80, 120} {
		for _, args := range [][]string{
			{"report", filepath.Join(dir, "v1"), "--verbose"}, {"report", filepath.Join(dir, "v3"), "--lang", "zh"},
			{"report", filepath.Join(dir, "many")}, {"diagnose", "--help"}, {"--help"}, {"diagnose", "--help", "--lang", "zh"},
		} {
			f := &terminal{width: width}
			if code := f.run(t, args...); code == exitUsage {
				t.Fatalf("%v: %s", args, &f.stderr)
			}
			for _, line := range strings.Split(escape.ReplaceAllString(f.stdout.String(), ""), "\n") {
				if n := report.Columns(line); n > width && strings.Contains(strings.TrimSpace(line), " ") && !strings.Contains(line, "wkctl ") {
					t.Errorf("%v at %d columns: %d in line %q", args, width, n, line)
				}
			}
		}
	}
}

// TestColorDecision: the flag first, then NO_COLOR, then what forces it, then
// the terminal; each stream for itself.
func TestColorDecision(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		flag  string
		env   map[string]string
		tty   bool
		color bool
	}{
		{"auto", nil, true, true},
		{"auto", nil, false, false},
		{"always", map[string]string{"NO_COLOR": "1"}, false, true},
		{"never", map[string]string{"FORCE_COLOR": "1"}, true, false},
		{"auto", map[string]string{"NO_COLOR": "1"}, true, false},
		{"auto", map[string]string{"NO_COLOR": ""}, true, true},
		{"auto", map[string]string{"NO_COLOR": "1", "FORCE_COLOR": "1"}, true, false},
		{"auto", map[string]string{"FORCE_COLOR": "3"}, false, true},
		{"auto", map[string]string{"FORCE_COLOR": "0"}, false, false},
		{"auto", map[string]string{"CLICOLOR_FORCE": "1"}, false, true},
		{"auto", map[string]string{"CLICOLOR_FORCE": "1", "TERM": "dumb"}, false, true},
		{"auto", map[string]string{"CLICOLOR": "0"}, true, false},
		{"auto", map[string]string{"TERM": "dumb"}, true, false},
	} {
		a := &app{world: &world{getenv: func(name string) string { return tc.env[name] }}}
		got, err := a.color(tc.flag, stream{tty: tc.tty})
		if err != nil || got != tc.color {
			t.Errorf("--color %s, %v, terminal %v: got %v, %v, want %v", tc.flag, tc.env, tc.tty, got, err, tc.color)
		}
	}
}

// TestProgress: a line on stderr while it runs, gone before the report, and
// never where nobody watches.
func TestProgress(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		watched := &terminal{net: n, width: 80}
		if code := watched.run(t, "diagnose", "--sandbox", "v2"); code != 0 {
			t.Fatalf("exit code %d", code)
		}
		shown := watched.stderr.String()
		if !strings.Contains(shown, "[12/12]") || !strings.HasSuffix(shown, "\r\x1b[K") || strings.Contains(shown, "\n") {
			t.Errorf("progress on a terminal: %q", shown)
		}
		for name, f := range map[string]*terminal{
			"pipe": {net: n}, "CI": {net: n, width: 80, env: map[string]string{"CI": "true"}},
		} {
			if f.run(t, "diagnose", "--sandbox", "v1"); f.stderr.Len() > 0 {
				t.Errorf("%s: progress %q", name, &f.stderr)
			}
		}
	})
}

// TestRunLeavesNothing calls run in this process and lets its bubble see what it
// leaves running: sockets, the stand-in, timers.
func TestRunLeavesNothing(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		s := serveOn(t, n, sandbox.Config{})
		s.Register("u", "secret", 1, 0)
		for _, args := range [][]string{
			{"diagnose", "--sandbox", "v2"},
			{"diagnose", "--sandbox", "v1", "--token-flag", "0"},
			{"diagnose", "--api", s.APIURL(), "--ws", "ws://" + s.TCPAddr()},
			{"diagnose", "--api", "http://127.0.0.1:1"},
			{"diagnose", "--api", s.APIURL(), "--ws", "ws://" + strings.TrimPrefix(s.APIURL(), "http://")},
			{"register", "--api", s.APIURL(), "--uid", "v"},
			{"register", "--api", s.APIURL(), "--uid", "v", "--remove"},
			{"connect", "--api", s.APIURL(), "--uid", "u", "--token", "secret"},
			{"connect", "--api", s.APIURL(), "--uid", "u", "--token", "secret", "--ws", "tcp://" + s.TCPAddr()},
		} {
			f := &terminal{net: n}
			if code := f.run(t, args...); code == exitUsage {
				t.Errorf("%v: %s", args, &f.stderr)
			}
		}
		if got := tokensLeft(s); got != "u/1" {
			t.Errorf("tokens on the server: %s", got)
		}
	})
}

// TestCanceledRun stops a run in this process before it begins.
func TestCanceledRun(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s := serveOn(t, n, sandbox.Config{})
		if code := (&terminal{net: n}).runIn(ctx, "diagnose", "--api", s.APIURL()); code != exitInterrupted {
			t.Errorf("exit code %d, want %d", code, exitInterrupted)
		}
		if n := len(s.Tokens()); n != 0 {
			t.Errorf("%d users were registered by a run that had been stopped", n)
		}
	})
}
