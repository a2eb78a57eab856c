package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// progress says on stderr what runs. On a terminal that a person watches it is
// one line that is redrawn; on a dumb one, and with --verbose anywhere, it is
// one plain line per stage. Otherwise it is silent: in CI and in files nothing
// moves, and the report says it all. Only that a server is waited for, which may
// take long, is told there as well, in one line for each that is awaited.
type progress struct {
	app       *app
	on, plain bool
	mute      bool          // not even a wait is told
	limit     time.Duration // that the whole run has; 0 = it is not counted
	begun     time.Time     // the run

	mu    sync.Mutex
	stage string
	line  string
	since time.Time // of the line
	drawn bool
	stop  chan struct{} // ends the clock; nil = it does not run
	ended chan struct{}
}

// A wait is shown from patience on, and counted at every beat.
const (
	patience = 500 * time.Millisecond
	beat     = 200 * time.Millisecond
)

func (a *app) progress() *progress {
	if a.quiet {
		return &progress{app: a, mute: true}
	}
	watched := a.stderr.tty && !a.inCI()
	dumb := a.getenv("TERM") == "dumb"
	return &progress{app: a, on: watched && !dumb, plain: watched && dumb || !watched && a.wantsVerbose()}
}

// runProgress is the progress of a run that has so much time.
func (a *app) runProgress(limit time.Duration) *progress {
	b := a.progress()
	b.limit, b.begun = limit, time.Now()
	return b
}

// inCI asks the variable that all CI systems set.
func (a *app) inCI() bool {
	v := strings.ToLower(a.getenv("CI"))
	return v != "" && v != "false" && v != "0"
}

func (a *app) wantsVerbose() bool {
	on, err := strconv.ParseBool(a.getenv(envPrefix + "VERBOSE"))
	return a.fromCommandLine("verbose") || err == nil && on
}

// update shows another stage, or how far it is.
func (b *progress) update(p measure.Progress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	line := b.app.say.Text("progress."+p.Stage, text.Args{"limit": p.Limit.String(), "met": p.Met})
	if (b.plain || p.Met != "" && !b.on && !b.mute) && p.Stage != b.stage {
		_, _ = fmt.Fprintln(b.app.stderr, "wkctl: "+line)
	}
	b.stage = p.Stage
	if !b.on {
		return
	}
	if p.Total > 0 {
		line = fmt.Sprintf("[%d/%d] %s", p.Done, p.Total, line)
	}
	b.line, b.since = line, time.Now()
	b.draw(0)
	b.watch()
}

// draw writes the line over the one that stands there.
func (b *progress) draw(waited time.Duration) {
	spent, behind := time.Since(b.begun), ""
	switch {
	case b.limit > 0 && spent >= patience:
		behind = "  " + b.app.say.Text("progress.budget", text.Args{"spent": fmt.Sprintf("%.1f s", spent.Seconds()), "max": seconds(b.limit)})
	case b.limit == 0 && waited >= patience:
		behind = fmt.Sprintf("  %.1f s", waited.Seconds())
	}
	line := b.line + behind
	if limit := b.app.stderr.width - 1; limit > 0 { // the time stays
		line = cut(cut(b.line, max(0, limit-report.Columns(behind)))+behind, limit)
	}
	b.drawn = true
	_, _ = fmt.Fprint(b.app.stderr, "\r\x1b[K"+line)
}

// watch starts the clock that counts a wait.
func (b *progress) watch() {
	if b.stop != nil {
		return
	}
	b.stop, b.ended = make(chan struct{}), make(chan struct{})
	go b.count(b.stop, b.ended)
}

func (b *progress) count(stop <-chan struct{}, ended chan<- struct{}) {
	defer close(ended)
	clock := time.NewTicker(beat)
	defer clock.Stop()
	for {
		select {
		case <-stop:
			return
		case now := <-clock.C:
			b.mu.Lock()
			if waited := now.Sub(b.since); waited >= patience || b.limit > 0 && now.Sub(b.begun) >= patience {
				b.draw(waited)
			}
			b.mu.Unlock()
		}
	}
}

// clear takes the line away before the report comes.
func (b *progress) clear() {
	b.mu.Lock()
	stop, ended := b.stop, b.ended
	b.stop = nil
	b.mu.Unlock()
	if stop != nil {
		close(stop)
		<-ended // it may be drawing
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawn {
		_, _ = fmt.Fprint(b.app.stderr, "\r\x1b[K")
		b.drawn = false
	}
}

// cut keeps what fits into so many columns: Chinese characters take two.
func cut(line string, columns int) string {
	if report.Columns(line) <= columns {
		return line
	}
	runes := []rune(line)
	for len(runes) > 0 && report.Columns(string(runes)) > columns {
		runes = runes[:len(runes)-1]
	}
	return string(runes)
}
