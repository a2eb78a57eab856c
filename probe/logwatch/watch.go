package logwatch

import (
	"context"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/input"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/serverlog"
)

const (
	// lateLines is how long the log is watched after the run: a server writes a
	// refusal at once, but docker and a network pass it on with some delay.
	lateLines = 1500 * time.Millisecond
	// lookAgain is how often it is asked meanwhile whether every line is there.
	lookAgain = 25 * time.Millisecond
	// quiet is a pause in what a command prints that ends the older lines, which
	// `docker logs -f` prints first; settleLimit ends the wait for it.
	// A command that has printed nothing yet may still be starting (firstLine).
	quiet       = 150 * time.Millisecond
	firstLine   = 600 * time.Millisecond
	settleLimit = 2 * time.Second
	// maxEntries bounds the entries kept of a run, the newest count.
	maxEntries = 10_000
	// maxBefore is how much of a file before the run is looked through for the
	// user of my-user mode, in bytes.
	maxBefore = 64 << 20
)

// Options say which log is followed: that of Command where it is set, else that of
// Path.
type Options struct {
	Path    string // a file, or "-" for Stdin
	Command string // a command of the shell that prints the log, `docker logs -f` for example
	Stdin   io.Reader
	Env     []string      // environment of the command
	Vault   *secret.Vault // of the run: its tokens are told by their aliases
}

// CommandError says that a command could not be started, or that there is none of
// that name.
type CommandError struct{ Err error }

func (e *CommandError) Error() string { return e.Err.Error() }
func (e *CommandError) Unwrap() error { return e.Err }

// Watch reads the server's log while a run lasts. A nil one watches nothing.
type Watch struct {
	name    string // of the source, for the report
	src     source
	in      io.Reader // src as plain text
	aliases *serverlog.Aliases
	vault   *secret.Vault
	done    chan struct{} // closed when the scan has ended

	mu      sync.Mutex
	before  bool      // lines are still those of before the run
	dropped bool      // closed: whatever comes is not wanted any more
	last    time.Time // of the last bytes
	read    bool      // there were some
	lines   int       // of the run
	entries []Entry
	past    probe.LogPast   // of the lines before the run
	calls   []probe.LogCall // to store or clear a token
	failure error
}

// source is a stream of log lines that can be told to end. After finish, what
// is already there is still read.
type source interface {
	io.Reader
	finish()      // ask for the end
	close() error // let go of everything; says how a command ended
}

// Start begins to read a log. It fails where the file cannot be used, with the
// error of [Open], or the command, with a *CommandError: before the run has begun.
func Start(ctx context.Context, o Options) (*Watch, error) {
	w := &Watch{vault: o.Vault, aliases: &serverlog.Aliases{Prefix: "L"}, done: make(chan struct{}), last: time.Now(), before: true}
	if err := w.open(ctx, o); err != nil {
		return nil, err
	}
	go w.scan(context.WithoutCancel(ctx))
	if err := w.settle(ctx); err != nil {
		_ = w.Close()
		return nil, err
	}
	return w, nil
}

// open starts to read from the command, standard input or file.
func (w *Watch) open(ctx context.Context, o Options) error {
	enc := serverlog.Encoding("")
	switch {
	case o.Command != "":
		c, err := startCommand(ctx, o.Command, o.Env)
		if err != nil {
			return &CommandError{err}
		}
		w.name, w.src = o.Command, c
	case o.Path == "-":
		w.name, w.src = "stdin", &stdinLog{Reader: o.Stdin}
	default:
		t, err := openTail(ctx, o.Path)
		if err != nil {
			return err
		}
		w.name, w.src, enc = o.Path, t, t.enc
		w.before = false // only what comes from now on is read
	}
	w.in = serverlog.NewReader(w.src, enc)
	return nil
}

// scan runs until the source ends.
func (w *Watch) scan(ctx context.Context) {
	defer close(w.done)
	s := serverlog.Scanner{Aliases: w.aliases, Location: time.Local}
	_, err := s.Scan(ctx, w, func(e serverlog.Entry) error { w.take(e); return nil })
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failure = err
}

// Read hands the scan what the source has. The aliases of this run's tokens are
// told just before: a token exists before any line can name it.
func (w *Watch) Read(b []byte) (int, error) {
	n, err := w.in.Read(b)
	shareAliases(w.aliases, w.vault)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last, w.read = time.Now(), w.read || n > 0
	if !w.before {
		w.lines += countLines(b[:n])
	}
	return n, err
}

func shareAliases(a *serverlog.Aliases, v *secret.Vault) {
	for _, t := range v.Tokens() {
		a.Add(t.Reveal(), t.String())
	}
}

func countLines(b []byte) (n int) {
	for _, c := range b {
		if c == '\n' {
			n++
		}
	}
	return n
}

func (w *Watch) take(e serverlog.Entry) {
	// The scan hides what it takes for a token; what the run knows to be one is
	// also found where nothing says so.
	e.Text, e.Error = w.vault.Redact(e.Text), w.vault.Redact(e.Error)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.before && !w.dropped {
		Remember(&w.past, e)
	}
	if !w.dropped {
		w.calls = CountCall(w.calls, &e, w.before)
	}
	if w.dropped || !e.Kind.Refusal() && !e.Kind.Trouble() && !e.Kind.Panic() && !e.Kind.Start() {
		return
	}
	if len(w.entries) == maxEntries {
		w.entries = append(w.entries[:0], w.entries[maxEntries/2:]...)
	}
	w.entries = append(w.entries, Entry{Entry: e, Before: w.before})
}

// settle waits until the lines of before the run are read, so that they are not
// taken for those of the run.
func (w *Watch) settle(ctx context.Context) error {
	end := time.Now().Add(settleLimit)
	for w.before && time.Now().Before(end) && ctx.Err() == nil && !w.ended() && !w.quiet() {
		pause(ctx, lookAgain)
	}
	if w.ended() {
		if cmd, ok := w.src.(*command); ok {
			if err := cmd.notFound(); err != nil {
				return &CommandError{err}
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before = false
	return nil
}

func (w *Watch) ended() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// quiet says whether the older lines have been read, as far as can be told.
func (w *Watch) quiet() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, cmd := w.src.(*command); cmd && !w.read {
		return time.Since(w.last) > firstLine
	}
	return time.Since(w.last) > quiet
}

// pause waits, less when the context ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Attach waits for the last lines and gives them to the diagnosis; waiting is
// called once where there is something to wait for. Where the log ended before the
// run did, which may be why a line is missing, d.Log.Ended says how.
func (w *Watch) Attach(ctx context.Context, d *probe.Diagnosis, waiting func()) {
	if w == nil {
		return
	}
	early := w.ended()
	if !early && !w.complete(d) {
		waiting()
	}
	end := time.Now().Add(lateLines)
	for ctx.Err() == nil && time.Now().Before(end) && !w.ended() && !w.complete(d) {
		pause(ctx, lookAgain)
	}
	w.src.finish()
	if _, endless := w.src.(*stdinLog); !endless {
		select {
		case <-w.done:
		case <-time.After(lateLines):
		case <-ctx.Done():
		}
	}
	why := w.Close()
	w.give(d, w.earlier(ctx, d))
	if early && w.name != "stdin" && ctx.Err() == nil {
		d.Log.Ended = w.ending(why)
	}
}

// ending says how a log ended by itself; why is how its source closed.
func (w *Watch) ending(why error) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.failure != nil:
		return input.Reason(w.failure)
	case why != nil:
		return why.Error()
	}
	return "exit status 0"
}

// complete says whether the lines so far explain every refused pairing.
func (w *Watch) complete(d *probe.Diagnosis) bool {
	trial := *d
	trial.Pairings = slices.Clone(d.Pairings)
	return w.give(&trial, nil)
}

// give attaches what is known so far.
func (w *Watch) give(d *probe.Diagnosis, earlier []Entry) (complete bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := append(earlier, w.entries...)
	for i := range list {
		list[i].Before = list[i].Before || list[i].OlderThan(d.StartedAt)
	}
	calls := sortCalls(slices.Clone(w.calls))
	return Attach(d, probe.LogFacts{Source: w.name, Lines: w.lines, Past: w.past, Calls: calls}, list)
}

// earlier looks through the part of a file that was there before the run: for
// lines about the user of my-user mode, for clients that never logged in, for
// calls to store a token and why the API refused one, and whether the server's last
// words were its end: one that has started again since has written more.
func (w *Watch) earlier(ctx context.Context, d *probe.Diagnosis) (list []Entry) {
	var trouble []Entry
	t, ok := w.src.(*tail)
	if !ok || ctx.Err() != nil || t.start == 0 {
		return nil
	}
	f, err := os.Open(t.path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	s := serverlog.Scanner{Aliases: w.aliases, Location: time.Local}
	var end *serverlog.Entry
	stats, _ := s.Scan(ctx, t.past(f), func(e serverlog.Entry) error {
		e.Text, e.Error = w.vault.Redact(e.Text), w.vault.Redact(e.Error)
		Remember(&w.past, e)
		w.calls = CountCall(w.calls, &e, true)
		switch {
		case e.Kind.Panic() || e.Kind.Start():
			end = &e
		case e.Kind.Trouble():
			trouble = append(trouble[max(0, len(trouble)-maxTrouble+1):], Entry{Entry: e, Before: true})
		}
		if d.User == nil {
			return nil
		}
		own := e.ActToken.Present() && d.User.Token != "" && e.ActToken.String() == d.User.Token
		if e.Kind.Refusal() && (e.UID == d.User.UID || own) {
			list = append(list[max(0, len(list)-9):], Entry{Entry: e, Before: true})
		}
		return nil
	})
	if end != nil && end.Line >= stats.LastKnown {
		trouble = append(trouble, Entry{Entry: *end, Before: true})
	}
	return append(trouble, list...)
}

// Close ends the reading on every exit path. It may be called more than once, and says how a command
// ended by itself.
func (w *Watch) Close() error {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	w.dropped = true
	w.mu.Unlock()
	return w.src.close()
}

// stdinLog is a log that somebody pipes in. A read that waits for more cannot be
// interrupted: at the end of the process it ends, too.
type stdinLog struct{ io.Reader }

func (*stdinLog) finish()      {}
func (*stdinLog) close() error { return nil }
