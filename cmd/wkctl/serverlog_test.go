package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// logFile is a server's log that can be read while it is written.
type logFile struct {
	path string
	f    *os.File
}

func newLogFile(t *testing.T, before ...string) *logFile {
	t.Helper()
	path := filepath.Join(t.TempDir(), "error.log")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if len(before) > 0 {
		if _, err := f.WriteString(strings.Join(before, "\n") + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	return &logFile{path: path, f: f}
}

func (l *logFile) Write(b []byte) (int, error) { return l.f.Write(b) }

// diagnosed runs diagnose and decodes its JSON.
func diagnosed(t *testing.T, args ...string) (*probe.Diagnosis, *terminal) {
	t.Helper()
	return diagnosedIn(t, &terminal{}, args...)
}

func diagnosedIn(t *testing.T, f *terminal, args ...string) (*probe.Diagnosis, *terminal) {
	t.Helper()
	f.run(t, append([]string{"diagnose", "--format", "json"}, args...)...)
	d := &probe.Diagnosis{}
	if err := json.Unmarshal(f.stdout.Bytes(), d); err != nil {
		t.Fatalf("%v: %s %s", err, &f.stdout, &f.stderr)
	}
	return d, f
}

// TestServerLogOfTable: on the generations whose lines name token or user, every
// refused pairing is proved by the log.
func TestServerLogOfTable(t *testing.T) {
	t.Parallel()
	for gen, want := range map[sandbox.Generation]int{sandbox.V10: 0, sandbox.V1: 2, sandbox.V2Beta: 0, sandbox.V20: 0, sandbox.V2: 2, sandbox.V3: 0} {
		t.Run(string(gen), func(t *testing.T) {
			t.Parallel()
			log := newLogFile(t)
			s := serve(t, sandbox.Config{Generation: gen, Log: log})
			d, _ := diagnosed(t, "--api", s.APIURL(), "--flags", "0,1", "--server-log", log.path)
			proved := 0
			for _, p := range d.Pairings {
				if p.ExpectTokenSource != probe.FromLog {
					continue
				}
				proved++
				if p.ExpectToken != probe.TokenEmpty || p.TokenFlag == p.ConnectFlag {
					t.Errorf("%s: expectToken %s", p.ID, p.ExpectToken)
				}
			}
			if proved != want || d.Log == nil || d.Log.Source != log.path {
				t.Errorf("%d pairings proved by the log, want %d; %+v", proved, want, d.Log)
			}
		})
	}
}

// TestServerLogNamesTheCause: v1 shows nothing of what it has stored; its log
// does.
func TestServerLogNamesTheCause(t *testing.T) {
	t.Parallel()
	const secret, newer = "t0ken-of-alice", "newer-t0ken-of-alice"
	for name, tc := range map[string]struct {
		before func(*sandbox.Server)
		code   string
		state  probe.ExpectToken
	}{
		"under another flag": {func(s *sandbox.Server) { s.Register("alice", secret, 0, 0) }, "WK501", probe.TokenEmpty},
		"another token":      {func(s *sandbox.Server) { s.Register("alice", newer, 1, 0) }, "WK503", probe.TokenOther},
		"another token under another flag": {func(s *sandbox.Server) { s.Register("alice", newer, 0, 0) },
			"WK501", probe.TokenEmpty},
		"nothing": {func(*sandbox.Server) {}, "WK502", probe.TokenEmpty},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := newLogFile(t, `{"level":"error","time":"2020-01-01 00:00:00","msg":"【Processor】token verify fail","expectToken":"old-t0ken","actToken":"`+secret+`","conn":"Conn[1] uid= fd={2} deviceFlag=APP deviceLevel=Slave deviceID="}`)
			s := serve(t, sandbox.Config{Generation: sandbox.V1, Log: log})
			tc.before(s)
			d, f := diagnosed(t, "--api", s.APIURL(), "--uid", "alice", "--token", secret, "--sdk", "js", "--server-log", log.path)
			if len(d.Findings) == 0 || d.Findings[0].Code != tc.code {
				t.Fatalf("findings %+v, want %s", d.Findings, tc.code)
			}
			p := d.Pairings[0]
			if p.ExpectToken != tc.state || p.ExpectTokenSource != probe.FromLog && tc.code != "WK501" {
				t.Errorf("expectToken %s from %s, want %s", p.ExpectToken, p.ExpectTokenSource, tc.state)
			}
			all := ""
			for _, e := range d.Findings[0].Evidence {
				all += e.Source + " " + e.Text + "\n"
			}
			if !strings.Contains(all, `server-log (device_flag=1) {"level":"error"`) || !strings.Contains(all, `before this run 1 such lines`) || !strings.Contains(all, `"actToken":"T0"`) {
				t.Errorf("evidence:\n%s", all)
			}
			for _, raw := range []string{secret, newer, "old-t0ken"} {
				if strings.Contains(f.stdout.String(), raw) {
					t.Errorf("the report shows %q", raw)
				}
			}
		})
	}
}

// TestServerLogBanned: v2 refuses a banned user in silence; only its log says so.
func TestServerLogBanned(t *testing.T) {
	t.Parallel()
	log := newLogFile(t)
	s := serve(t, sandbox.Config{Generation: sandbox.V2, Log: log})
	s.Register("alice", "t0ken-of-alice", 1, 0)
	s.Ban("alice")
	d, _ := diagnosed(t, "--api", s.APIURL(), "--uid", "alice", "--token", "t0ken-of-alice", "--sdk", "js", "--server-log", log.path)
	if d.Findings[0].Code != "WK206" || d.Findings[0].Args["variant"] != "log" {
		t.Errorf("first finding %+v", d.Findings[0])
	}
}

// TestServerLogSecrets: no format and no language shows a token of the log.
func TestServerLogSecrets(t *testing.T) {
	t.Parallel()
	log := newLogFile(t)
	s := serve(t, sandbox.Config{Generation: sandbox.V1, Log: log})
	s.Register("alice", `st0red"tok<en>&\`, 1, 0)
	args := []string{"diagnose", "--api", s.APIURL(), "--uid", "alice", "--token", `s3nt"tok<en>&\`, "--server-log", log.path, "--verbose"}
	dir := t.TempDir()
	for _, format := range []string{"markdown", "json", "html", "junit", "short", "github"} {
		args = append(args, "--output", format+"="+filepath.Join(dir, format))
	}
	f := &terminal{}
	f.run(t, args...)
	leaks(t, "table", f.stdout.Bytes(), `st0red"tok<en>&\`, `s3nt"tok<en>&\`)
	leaks(t, "stderr", f.stderr.Bytes(), `st0red"tok<en>&\`, `s3nt"tok<en>&\`)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 6 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil || !strings.Contains(string(b), "WK503") {
			t.Errorf("%s: %v, %d bytes", file.Name(), err, len(b))
		}
		leaks(t, file.Name(), b, `st0red"tok<en>&\`, `s3nt"tok<en>&\`)
	}
}

// TestServerLogStdin: a log that is piped in and never ends holds nothing up.
func TestServerLogStdin(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	defer func() { _ = w.Close() }()
	s := serve(t, sandbox.Config{Generation: sandbox.V2, Log: w})
	f := &terminal{}
	start := time.Now()
	code := run(context.Background(), piped(f, r), []string{"wkctl", "diagnose", "--api", s.APIURL(), "--token-flag", "0", "--sdk", "js", "--server-log", "-"})
	if code != exitFinding || !strings.Contains(f.stdout.String(), "the server's log says so") || !strings.Contains(f.stdout.String(), "server log stdin: the refusal of this run is in it") {
		t.Errorf("exit code %d\n%s", code, &f.stdout)
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("it took %s", d)
	}
}

// TestServerLogCommand: the command's lines are evidence, and it is gone when the
// run is over, its children too.
func TestServerLogCommand(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	log := newLogFile(t)
	s := serve(t, sandbox.Config{Generation: sandbox.V2, Log: log})
	pid := filepath.Join(t.TempDir(), "pid")
	command := "tail -f -n +1 '" + log.path + "' & echo $! >'" + pid + "'; wait"
	d, f := diagnosed(t, "--api", s.APIURL(), "--token-flag", "0", "--sdk", "js", "--server-log-command", command)
	if d.Pairings[0].ExpectTokenSource != probe.FromLog || d.Log.Ended != "" || f.stderr.Len() > 0 {
		t.Errorf("%+v, %s", d.Log, &f.stderr)
	}
	if n := childOf(t, pid); alive(n) {
		t.Errorf("process %d is left", n)
	}
}

// TestServerLogCommandInterrupted: Ctrl-C ends it as well.
func TestServerLogCommandInterrupted(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	s := serve(t, sandbox.Config{Generation: sandbox.V2})
	pid := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancel(context.Background())
	f := &terminal{}
	started := sync.OnceFunc(cancel)
	go func() {
		for {
			if b, err := os.ReadFile(pid); err == nil && len(b) > 0 {
				started()
				return
			}
			if !sleepFor(ctx, time.Millisecond) {
				return
			}
		}
	}()
	code := run(ctx, piped(f, strings.NewReader("")), []string{"wkctl", "diagnose", "--api", s.APIURL(), "--server-log-command", "sleep 60 & echo $! >'" + pid + "'; wait"})
	cancel()
	if code != exitInterrupted {
		t.Errorf("exit code %d: %s", code, &f.stderr)
	}
	if n := childOf(t, pid); alive(n) {
		t.Errorf("process %d is left", n)
	}
}

func sleepFor(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

func childOf(t *testing.T, path string) int {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// alive looks a process up, giving a killed one the time to go.
func alive(pid int) bool {
	for range 100 {
		if _, err := os.Stat("/proc/" + strconv.Itoa(pid)); err != nil {
			return false
		}
		if b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil && strings.Contains(string(b), ") Z ") {
			return false // nobody has asked how it ended
		}
		time.Sleep(10 * time.Millisecond)
	}
	return true
}

// TestServerLogCommandEnds: a command that ends early is a warning, one that
// does not exist a wrong command line.
func TestServerLogCommandEnds(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	s := serve(t, sandbox.Config{Generation: sandbox.V2})
	d, f := diagnosed(t, "--api", s.APIURL(), "--token-flag", "1", "--sdk", "js", "--server-log-command", "echo nothing; exit 3")
	if d.Log.Ended != "exit status 3" || !strings.Contains(f.stderr.String(), "(exit status 3)") || !d.Complete {
		t.Errorf("%+v, %s", d.Log, &f.stderr)
	}
	before := len(s.Requests())
	f = &terminal{}
	if code := f.run(t, "diagnose", "--api", s.APIURL(), "--server-log-command", "wkctl-has-no-such-command -f"); code != exitUsage || f.stdout.Len() > 0 {
		t.Errorf("exit code %d, %s", code, &f.stdout)
	}
	if n := len(s.Requests()); n != before {
		t.Errorf("%d requests were sent", n-before)
	}
}

// TestServerLogUsage: what cannot be read is refused before anything is sent.
func TestServerLogUsage(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.Config{})
	log := newLogFile(t)
	for _, args := range [][]string{
		{"--server-log", filepath.Join(t.TempDir(), "none.log")}, {"--server-log", t.TempDir()},
		{"--server-log", log.path, "--server-log-command", "true"},
		{"--server-log", "-", "--uid", "alice", "--token-stdin"},
		{"--server-config", filepath.Join(t.TempDir(), "wk.yaml")}, {"--server-config", t.TempDir()},
	} {
		f := &terminal{}
		if code := f.run(t, append([]string{"diagnose", "--api", s.APIURL()}, args...)...); code != exitUsage || f.stdout.Len() > 0 || !strings.HasPrefix(f.stderr.String(), "wkctl: ") {
			t.Errorf("%v: exit code %d, %q", args, code, &f.stderr)
		}
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	f := &terminal{}
	if code := f.run(t, "diagnose", "--sandbox", "v2", "--server-log", log.path); code != exitUsage {
		t.Errorf("with --sandbox: exit code %d", code)
	}
}
