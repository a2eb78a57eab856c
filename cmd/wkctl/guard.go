package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/wkctl/wkctl/probe/input"
)

// How long a command may still take behind the first signal. A supervisor sends
// TERM once, and kills some seconds later what has not ended: test users would
// stay. Clearing them takes up to 3 s (probe, graceAfterStop and stoppedLimit).
const (
	cleanPatience = 3500 * time.Millisecond
	plainPatience = time.Second
	// lastWords is for one line on a stderr that may be blocked as well.
	lastWords = 200 * time.Millisecond
	// takenWithin is how long a report may wait behind the signal for somebody who
	// reads it, for each place that it goes to.
	takenWithin = 400 * time.Millisecond
	// writtenWithin is the same for a regular file: a busy disk is slow, and takes it
	// in the end.
	writtenWithin = 1500 * time.Millisecond
)

// patienceOf gives the patience with a command line: nothing is cleaned up behind
// the commands that ask no server.
func patienceOf(args []string) time.Duration {
	if len(args) > 1 && slices.Contains([]string{"explain", "report", "sdks", "version", "completion", "man"}, args[1]) {
		return plainPatience
	}
	return cleanPatience
}

// guarded runs a command line and gives its exit code, at the latest some seconds
// after the first signal: a read or a write that no context ends must not keep the
// process alive. What was under way then is left to die with the process.
func guarded(ctx context.Context, w *world, args []string) int {
	out := &gate{w: w.stderr.Writer}
	inside := *w
	inside.stderr.Writer = out
	done := make(chan int, 1)
	go func() { done <- run(ctx, &inside, args) }()
	select {
	case code := <-done:
		return code
	case <-ctx.Done():
	}
	select {
	case code := <-done:
		return code
	case <-time.After(patienceOf(args)):
	}
	said := make(chan struct{})
	go func() {
		defer close(said)
		out.shut("wkctl: " + w.printer(language(w, args)).Text("interrupted.hung"))
	}()
	select {
	case <-said:
	case <-time.After(lastWords):
	}
	return exitInterrupted
}

// gate is a stream that can be shut: what is written to it afterwards is dropped.
type gate struct {
	mu   sync.Mutex
	w    io.Writer
	open bool // a line was begun, such as that of the progress
	over bool
}

func (g *gate) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over {
		return len(b), nil
	}
	if len(b) > 0 {
		g.open = !bytes.HasSuffix(b, []byte("\n")) && !bytes.HasSuffix(b, []byte("\x1b[K"))
	}
	return g.w.Write(b)
}

// shut takes away the line that was begun and writes a last one.
func (g *gate) shut(line string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
	if g.open {
		line = "\r\x1b[K" + line
	}
	_, _ = io.WriteString(g.w, line+"\n")
}

// interruptible gives a world whose stdin and stdout end with ctx, so that the
// command that waits for them goes on to its report and its clean-up.
func (w *world) interruptible(ctx context.Context) *world {
	safe := *w
	safe.stdin = &patientReader{ended: ctx, r: w.stdin}
	safe.stdout.Writer = &patientWriter{ended: ctx.Done(), w: w.stdout.Writer}
	return &safe
}

// patientReader is a reader whose Read ends with a context: a read of a terminal
// or a pipe cannot be ended otherwise. One that was left behind keeps its buffer.
type patientReader struct {
	ended context.Context // of the whole process, so of every Read
	r     io.Reader
	buf   []byte
	left  error // why the last Read was left behind
}

func (p *patientReader) Read(b []byte) (int, error) {
	if p.left != nil {
		return 0, p.left
	}
	if len(p.buf) < len(b) {
		p.buf = make([]byte, len(b))
	}
	buf := p.buf[:len(b)]
	n, err := input.Await(p.ended, func() (int, error) { return p.r.Read(buf) })
	if p.ended.Err() != nil && errors.Is(err, p.ended.Err()) {
		p.left = err
		return 0, err
	}
	copy(b, buf[:n])
	return n, err
}

// patientWriter is a writer whose Write ends soon after the process was told to
// end: a full pipe that nobody reads blocks otherwise.
type patientWriter struct {
	ended <-chan struct{}
	w     io.Writer
	left  error
}

func (p *patientWriter) Write(b []byte) (int, error) {
	if p.left != nil {
		return 0, p.left
	}
	b = bytes.Clone(b) // the caller uses his again
	n, err := taken(p.ended, takenWithin, func() (int, error) { return p.w.Write(b) })
	if errors.Is(err, errNotTaken) {
		p.left = err
	}
	return n, err
}

var errNotTaken = errors.New("interrupted before it was taken")

// taken calls f, which writes, and gives up on it so long after ended.
func taken[T any](ended <-chan struct{}, within time.Duration, f func() (T, error)) (value T, err error) {
	c := input.Begin(f)
	select {
	case r := <-c:
		return r.Value, r.Err
	case <-ended:
	}
	select {
	case r := <-c:
		return r.Value, r.Err
	case <-time.After(within):
		return value, errNotTaken
	}
}

// stopped turns the errors of a command that was told to end into exit code 130.
// That an input was not read to its end is no wrong usage, and nobody's fault;
// what could not be written is still said.
func stopped(err error) error {
	var user *userError
	if !errors.As(err, &user) {
		return err
	}
	if user.code == exitUsage {
		return exitError(exitInterrupted)
	}
	var list []error
	for _, e := range joined(err) {
		late := *e
		late.code = exitInterrupted
		list = append(list, &late)
	}
	return errors.Join(list...)
}
