package probe

import (
	"context"
	"errors"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wkctl/wkctl/probe/wire"
)

// cleanupLimit ends a clean-up that gets nowhere, stoppedLimit one whose run was
// interrupted: with graceAfterStop before it, Ctrl-C takes 3 s at most.
const (
	cleanupLimit = 3 * time.Second
	stoppedLimit = 2 * time.Second
)

// apiParallel is how many HTTP requests run at once.
const apiParallel = 8

// Ledger remembers every token that was stored for a test user, so that each
// can be cleared on whatever way out. It is safe for concurrent use.
type Ledger struct {
	API *API

	mu   sync.Mutex
	rows map[row]bool
}

type row struct {
	uid  string
	flag wire.DeviceFlag
}

// graceAfterStop is how long a registration that is under way may still take
// once the run was interrupted: cut off, it could be carried out behind the
// clean-up's back.
const graceAfterStop = time.Second

// Register stores a token and remembers it. The row is noted before the request
// leaves, because an answer that is lost says nothing about what was stored.
func (l *Ledger) Register(ctx context.Context, uid string, t StoredToken) error {
	if err := ctx.Err(); err != nil {
		return &Fault{Phase: PhaseRequest, Kind: FaultCanceled, Address: hostOf(l.API.Base), Text: "stopped"}
	}
	r := row{uid, t.DeviceFlag}
	fresh := l.note(r)
	graceful, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(graceAfterStop, cancel) })()
	err := l.API.Register(graceful, uid, t)
	var f *Fault
	if fresh && errors.As(err, &f) && f.Status >= 400 && f.Status < 500 {
		l.forget(r) // the server said no: there is nothing to clear
	}
	return err
}

// note adds a row and says whether it is new.
func (l *Ledger) note(r row) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rows == nil {
		l.rows = make(map[row]bool)
	}
	known := l.rows[r]
	l.rows[r] = true
	return !known
}

func (l *Ledger) forget(r row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.rows, r)
}

// Clear clears every token that is left, even where ctx has ended. It goes on as
// long as the server keeps answering, and gives up 3 s after the last success,
// or 2 s after ctx has ended. It returns how many tokens were cleared, and an
// error where one remained.
func (l *Ledger) Clear(ctx context.Context) (cleared int, err error) {
	work, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	stalled := time.AfterFunc(cleanupLimit, func() { stop(&limitError{PhaseRequest, cleanupLimit}) })
	defer stalled.Stop()
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(stoppedLimit, func() { stop(&limitError{PhaseRequest, stoppedLimit}) })
	})()
	for range 2 { // a second time for those whose request was lost
		var n int
		n, err = l.clear(work, func() { stalled.Reset(cleanupLimit) })
		if cleared += n; err == nil || work.Err() != nil {
			break
		}
	}
	return cleared, err
}

// clear tries every row that is left once. It gives the first error.
func (l *Ledger) clear(ctx context.Context, success func()) (cleared int, err error) {
	var g errgroup.Group
	g.SetLimit(apiParallel)
	var done atomic.Int64
	for _, r := range l.left() {
		g.Go(func() error {
			if err := l.API.Quit(ctx, r.uid, r.flag); err != nil {
				return err
			}
			done.Add(1)
			success()
			l.forget(r)
			return nil
		})
	}
	err = g.Wait()
	return int(done.Load()), err
}

// left lists the rows that have not been cleared, in a stable order.
func (l *Ledger) left() []row {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]row, 0, len(l.rows))
	for r := range l.rows {
		list = append(list, r)
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].uid != list[j].uid {
			return list[i].uid < list[j].uid
		}
		return list[i].flag < list[j].flag
	})
	return list
}

// Left lists the tokens that have not been cleared, by uid and flag.
func (l *Ledger) Left() (list []LeftToken) {
	for _, r := range l.left() {
		list = append(list, LeftToken{UID: r.uid, DeviceFlag: r.flag})
	}
	return list
}
