package main

import (
	"context"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/logwatch"
	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/serverlog"
	"github.com/wkctl/wkctl/report/text"
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

// logFlags say where the server's own log is.
func (sh *shell) logFlags() []cli.Flag {
	return []cli.Flag{
		sh.text("evidence", "server-log", ""),
		sh.text("evidence", "server-log-command", ""),
		sh.list("evidence", "server-config"),
	}
}

// logWatch reads the server's log while a run lasts. Its zero value watches
// nothing.
type logWatch struct {
	sh      *shell
	name    string // of the source, for the report
	src     logSource
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
	entries []logwatch.Entry
	past    probe.LogPast // of the lines before the run
	failure error
}

// logSource is a stream of log lines that can be told to end. After finish, what
// is already there is still read.
type logSource interface {
	io.Reader
	finish()      // ask for the end
	close() error // let go of everything; says how a command ended
}

// watchLog starts to read the log that the flags name, nil where they name none.
// It fails where the file or the command cannot be used, before anything is
// sent to the server.
func (sh *shell) watchLog(c *cli.Context, p *measure.Prober) (*logWatch, error) {
	path, command := c.String("server-log"), c.String("server-log-command")
	switch {
	case path == "" && command == "":
		return nil, nil
	case path != "" && command != "":
		return nil, usage("contradiction", "one", "--server-log", "other", "--server-log-command")
	case c.String("sandbox") != "":
		return nil, usage("sandbox-log")
	case path == "-" && c.Bool("token-stdin"):
		return nil, usage("contradiction", "one", "--server-log -", "other", "--token-stdin")
	}
	w := &logWatch{
		sh: sh, vault: p.Vault, aliases: &serverlog.Aliases{Prefix: "L"}, done: make(chan struct{}), last: time.Now(), before: true,
	}
	err := w.open(c.Context, path, command)
	if err != nil {
		if command != "" {
			return nil, usage("log-command", "command", command, "why", reason(err))
		}
		return nil, inputError("server-log", path, err)
	}
	go w.scan(context.WithoutCancel(c.Context))
	return w, w.settle(c.Context)
}

// open starts to read from the command, standard input or file.
func (w *logWatch) open(ctx context.Context, path, command string) (err error) {
	enc := serverlog.Encoding("")
	switch {
	case command != "":
		w.name = command
		w.src, err = startLogCommand(ctx, command)
	case path == "-":
		w.name, w.src = "stdin", &stdinLog{Reader: w.sh.stdin}
	default:
		w.name = path
		w.before = false // only what comes from now on is read
		var t *tail
		if t, err = openTail(ctx, path); err == nil {
			w.src, enc = t, t.enc
		}
	}
	if err == nil {
		w.in = serverlog.NewReader(w.src, enc)
	}
	return err
}

// scan runs until the source ends.
func (w *logWatch) scan(ctx context.Context) {
	defer close(w.done)
	s := serverlog.Scanner{Aliases: w.aliases, Location: time.Local}
	_, err := s.Scan(ctx, w, func(e serverlog.Entry) error { w.take(e); return nil })
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failure = err
}

// Read hands the scan what the source has. The aliases of this run's tokens are
// told just before: a token exists before any line can name it.
func (w *logWatch) Read(b []byte) (int, error) {
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

func (w *logWatch) take(e serverlog.Entry) {
	// The scan hides what it takes for a token; what the run knows to be one is
	// also found where nothing says so.
	e.Text, e.Error = w.vault.Redact(e.Text), w.vault.Redact(e.Error)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.before && !w.dropped {
		logwatch.Remember(&w.past, e)
	}
	if w.dropped || !e.Kind.Refusal() && !e.Kind.Panic() {
		return
	}
	if len(w.entries) == maxEntries {
		w.entries = append(w.entries[:0], w.entries[maxEntries/2:]...)
	}
	w.entries = append(w.entries, logwatch.Entry{Entry: e, Before: w.before})
}

// settle waits until the lines of before the run are read, so that they are not
// taken for those of the run.
func (w *logWatch) settle(ctx context.Context) error {
	end := time.Now().Add(settleLimit)
	for w.before && time.Now().Before(end) && ctx.Err() == nil && !w.ended() && !w.quiet() {
		pause(ctx, lookAgain)
	}
	if w.ended() {
		if cmd, ok := w.src.(*logCommand); ok {
			if err := cmd.notFound(); err != nil {
				w.close()
				return usage("log-command", "command", w.name, "why", err.Error())
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before = false
	return nil
}

func (w *logWatch) ended() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// quiet says whether the older lines have been read, as far as can be told.
func (w *logWatch) quiet() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, cmd := w.src.(*logCommand); cmd && !w.read {
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

// attach waits for the last lines and gives them to the diagnosis.
func (w *logWatch) attach(ctx context.Context, d *probe.Diagnosis, bar *progress) {
	if w == nil {
		return
	}
	early := w.ended()
	if !early && !w.complete(d) {
		bar.update(measure.Progress{Stage: "server-log"})
	}
	end := time.Now().Add(lateLines)
	for ctx.Err() == nil && time.Now().Before(end) && !w.ended() && !w.complete(d) {
		pause(ctx, lookAgain)
	}
	bar.clear()
	w.src.finish()
	if _, endless := w.src.(*stdinLog); !endless {
		select {
		case <-w.done:
		case <-time.After(lateLines):
		case <-ctx.Done():
		}
	}
	why := w.close()
	w.give(d, w.earlier(ctx, d))
	if early && w.name != "stdin" && ctx.Err() == nil {
		w.warn(d, why)
	}
}

// warn says that the log ended before the run did, which may be why a line is
// missing.
func (w *logWatch) warn(d *probe.Diagnosis, why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.failure != nil:
		d.Log.Ended = reason(w.failure)
	case why != nil:
		d.Log.Ended = why.Error()
	default:
		d.Log.Ended = "exit status 0"
	}
	w.sh.warn("warning.log-ended", text.Args{"source": w.name, "why": d.Log.Ended})
}

// complete says whether the lines so far explain every refused pairing.
func (w *logWatch) complete(d *probe.Diagnosis) bool {
	trial := *d
	trial.Pairings = slices.Clone(d.Pairings)
	return w.give(&trial, nil)
}

// give attaches what is known so far.
func (w *logWatch) give(d *probe.Diagnosis, earlier []logwatch.Entry) (complete bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := append(earlier, w.entries...)
	for i := range list {
		list[i].Before = list[i].Before || list[i].OlderThan(d.StartedAt)
	}
	return logwatch.Attach(d, probe.LogFacts{Source: w.name, Lines: w.lines, Past: w.past}, list)
}

// earlier looks through the part of a file that was there before the run: for
// lines about the user of my-user mode, and for clients that never logged in.
func (w *logWatch) earlier(ctx context.Context, d *probe.Diagnosis) (list []logwatch.Entry) {
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
	_, _ = s.Scan(ctx, t.past(f), func(e serverlog.Entry) error {
		logwatch.Remember(&w.past, e)
		if d.User == nil {
			return nil
		}
		own := e.ActToken.Present() && d.User.Token != "" && e.ActToken.String() == d.User.Token
		if e.Kind.Refusal() && (e.UID == d.User.UID || own) {
			list = append(list[max(0, len(list)-9):], logwatch.Entry{Entry: e, Before: true})
		}
		return nil
	})
	return list
}

// close ends the reading on whatever way out. It may be called more than once.
func (w *logWatch) close() error {
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
