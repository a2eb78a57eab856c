//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// pipeFile makes a FIFO that nobody has opened.
func pipeFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// fullPipe gives the writing end of a pipe that takes nothing more.
func fullPipe(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	fd := int(w.Fd()) // each call of it makes the pipe blocking
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{4096, 1} {
		for {
			if _, err := syscall.Write(fd, make([]byte, size)); err != nil {
				break
			}
		}
	}
	if err := syscall.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
	return w
}

// blocks waits until a process does nothing any more: every thread of it sleeps.
// A signal that comes before it has a handler would end it as any other program.
func blocks(t *testing.T, p *process) {
	t.Helper()
	still := 0
	eventually(t, "the process to block", func() bool {
		still++
		if !sleeps(p.cmd.Process.Pid) {
			still = 0
		}
		time.Sleep(20 * time.Millisecond)
		return still > 5
	})
}

// sleeps says whether no thread of a process runs or wants to.
func sleeps(pid int) bool {
	tasks, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "stat"))
	if err != nil || len(tasks) == 0 {
		return true // no such file system here: the time must do
	}
	for _, task := range tasks {
		b, err := os.ReadFile(task)
		if err != nil {
			return false
		}
		if _, state, _ := strings.Cut(string(b), ") "); !strings.HasPrefix(state, "S") {
			return false
		}
	}
	return true
}

// ends sends the signal; the process ends, and its exit code is 130.
func ends(t *testing.T, p *process, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	if code := p.wait(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, &p.stderr)
	}
}

// TestInterruptBlockedReport: what could be read is reported, and a report that
// one place does not take still goes to the other.
func TestInterruptBlockedReport(t *testing.T) {
	t.Parallel()
	t.Run("log", func(t *testing.T) {
		t.Parallel()
		p := wkctl(t, "explain", "--log", "-", "--format", "json")
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _, _ = r.Close(), w.Close() }()
		p.cmd.Stdin = r
		p.start()
		if _, err := io.WriteString(w, "ERROR\t2025-01-02 03:04:05\ttoken verify fail\n"); err != nil {
			t.Fatal(err)
		}
		blocks(t, p)
		ends(t, p, syscall.SIGINT)
		if !strings.Contains(p.stdout.String(), `"complete": false`) {
			t.Errorf("stdout %s", &p.stdout)
		}
	})
	t.Run("diagnosis", func(t *testing.T) {
		t.Parallel()
		s := serve(t, sandbox.Config{Generation: sandbox.V1})
		p := wkctl(t, "diagnose", "--api", s.APIURL(), "--output", "json="+pipeFile(t), "--format", "json")
		p.start()
		eventually(t, "the clean-up", func() bool { return len(s.Connects()) > 0 && tokensLeft(s) == "none" })
		blocks(t, p)
		ends(t, p, syscall.SIGTERM)
		if !strings.Contains(p.stdout.String(), probe.Schema) || !strings.Contains(p.stderr.String(), "cannot write") {
			t.Errorf("stdout %s\nstderr %s", &p.stdout, &p.stderr)
		}
	})
}

// TestGuard: what ignores its context is left behind, the line of the progress is
// taken away, and one line says so.
func TestGuard(t *testing.T) {
	t.Parallel()
	silent, end := io.Pipe()
	defer func() { _ = end.Close() }()
	ctx, cancel := context.WithCancel(context.Background())
	var stderr locked
	blocked := &blockedWriter{w: &stderr, until: make(chan struct{})}
	w := &world{stdin: silent, stdout: stream{Writer: blocked}, stderr: stream{Writer: &stderr}, getenv: func(string) string { return "" }}
	code := make(chan int, 1)
	go func() { code <- guarded(ctx, w, []string{"wkctl", "version"}) }()
	cancel()
	if got := <-code; got != exitInterrupted {
		t.Errorf("exit code %d", got)
	}
	close(blocked.until)

	g := &gate{w: &stderr}
	_, _ = io.WriteString(g, "\r\x1b[K[1/2] connecting")
	g.shut("wkctl: over")
	_, _ = io.WriteString(g, "\r\x1b[K[2/2] connecting")
	if got := stderr.String(); !strings.HasSuffix(got, "[1/2] connecting\r\x1b[Kwkctl: over\n") {
		t.Errorf("stderr %q", got)
	}
}

// blockedWriter takes nothing until it is told to.
type blockedWriter struct {
	w     io.Writer
	until chan struct{}
}

func (b *blockedWriter) Write(p []byte) (int, error) {
	<-b.until
	return b.w.Write(p)
}

// TestInputKinds: what has no end, or is too long, is refused by its name.
func TestInputKinds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	long := filepath.Join(dir, "long.txt")
	if err := os.WriteFile(long, bytes.Repeat([]byte("a"), 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for flag, args := range map[string][]string{
		"token-file":         {"connect", "--uid", "u"},
		"credentials":        {"connect"},
		"manager-token-file": {"diagnose"},
		"ca-cert":            {"register"},
		"server-config":      {"diagnose"},
		"scenario":           {"sandbox", "--check"},
	} {
		for path, want := range map[string]string{
			"/dev/zero":                "it is a device",
			dir:                        "it is a folder",
			long:                       "it is longer",
			filepath.Join(dir, "none"): "no such file or directory",
		} {
			if flag == "scenario" && path == dir {
				want = "expected a folder with .yaml files"
			}
			f := &terminal{}
			code := f.run(t, append(args, "--"+flag, path)...)
			if got := f.stderr.String(); code != exitUsage || !strings.Contains(got, want) || !strings.Contains(got, "--"+flag) {
				t.Errorf("--%s %s: exit code %d, stderr %q, want %q", flag, path, code, got, want)
			}
		}
	}
}

// TestInputPipe: a pipe that somebody writes to is a file like any other.
func TestInputPipe(t *testing.T) {
	t.Parallel()
	path := pipeFile(t)
	go func() { _ = os.WriteFile(path, []byte("secret\n"), 0o600) }()
	a := &app{world: &world{}}
	if got, err := a.secretFile(context.Background(), "token-file", path); got != "secret" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestEnvFilePipe: a compose file cannot make wkctl wait for a pipe.
func TestEnvFilePipe(t *testing.T) {
	t.Parallel()
	pipe := pipeFile(t)
	dir := filepath.Dir(pipe)
	compose := filepath.Join(dir, "compose.yaml")
	if err := os.Symlink(pipe, filepath.Join(dir, ".env")); err != nil {
		t.Fatal(err)
	}
	text := "services:\n  wukongim:\n    image: wukongim/wukongim:v2\n    env_file: pipe\n"
	if err := os.WriteFile(compose, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &terminal{}
	if code := f.run(t, "diagnose", "--api", "http://127.0.0.1:1", "--server-config", compose); code != exitNoDiagnosis {
		t.Errorf("exit code %d", code)
	}
}
