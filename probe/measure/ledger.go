package measure

import (
	"context"
	"errors"
	"net/http"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// cleanupLimit ends a clean-up that gets nowhere, stoppedLimit one whose run was
// interrupted: with graceAfterStop before it, Ctrl-C takes 3 s at most. Where
// something has asked for pauses, one of them is no sign that nothing goes on.
const (
	cleanupLimit = 3 * time.Second
	stoppedLimit = 2 * time.Second
	limitedLimit = longestWait + cleanupLimit
)

// apiParallel is how many HTTP requests run at once.
const apiParallel = 8

// Ledger remembers every token that was stored for a test user, so that each
// can be cleared however the run ends. It is safe for concurrent use.
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
func (l *Ledger) Register(ctx context.Context, uid string, t probe.StoredToken) error {
	if err := ctx.Err(); err != nil {
		return &probe.Fault{Phase: probe.PhaseRequest, Kind: probe.FaultCanceled, Address: hostOf(l.API.Base), Text: "stopped"}
	}
	r := row{uid, t.DeviceFlag}
	fresh := l.note(r)
	graceful, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(graceAfterStop, cancel) })()
	api := *l.API
	api.waits = ctx // what has not been sent yet needs no grace
	err := api.Register(graceful, uid, t)
	var f *probe.Fault
	var unsent unsentError
	if fresh && (errors.As(err, &unsent) || errors.As(err, &f) && saidNo(f)) {
		l.forget(r) // there is nothing to clear
	}
	return err
}

// saidNo is true where nothing can have been stored. 429 is a gateway's, which
// has passed nothing on. So is a 400 with which a v2 node reports that it could
// not connect to the one that holds the user: it passes the request on before it
// stores anything (v2.2.5 internal/api/user.go). 408 is not clear, and neither is
// a request that was lost on that way.
func saidNo(f *probe.Fault) bool {
	if f.Status < 400 || f.Status > 499 || f.Status == http.StatusRequestTimeout {
		return false
	}
	said := strings.ToLower(f.Text)
	if strings.Contains(said, ": dial tcp ") {
		return true
	}
	for _, lost := range []string{"connection re", "timeout", "timed out", "deadline exceeded", "eof", "broken pipe", "no such host", "propose", "leader"} {
		if strings.Contains(said, lost) {
			return false
		}
	}
	return true
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
// long as the server keeps answering, waits for a server that went away to come
// back, and gives up 3 s after the last success (8 s where it was asked to slow
// down), or 2 s after ctx has ended. It returns how many tokens were cleared, and
// an error where one remained: [Ledger.Left] lists which.
func (l *Ledger) Clear(ctx context.Context) (cleared int, err error) {
	work, stop, cancel := withStall(context.WithoutCancel(ctx))
	defer cancel()
	limit := cleanupLimit
	if _, limited := l.API.Limits(); limited {
		limit = limitedLimit
	}
	stalled := time.AfterFunc(limit, func() { stop(limit) })
	defer stalled.Stop()
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(stoppedLimit, func() { stop(stoppedLimit) })
		l.API.polite.hurry(stoppedLimit, len(l.left()))
	})()
	for round := range clearRounds {
		var n int
		n, err = l.clear(work, func() { stalled.Reset(limit) })
		if cleared += n; err == nil || work.Err() != nil {
			break
		}
		wait := isAway(faultOf(err))
		if wait && !l.isBack(work) || !wait && round > 0 {
			break
		}
	}
	return cleared, err
}

// clearRounds is how often the tokens that are left are tried at most: a second
// time for those whose request was lost, and further ones where the server has
// gone away and come back.
const clearRounds = 4

// isAway says whether a fault is what a server that has ended leaves behind, or
// a gateway before it.
func isAway(f *probe.Fault) bool {
	return f.Kind == probe.FaultRefused || f.Kind == probe.FaultReset || f.Kind == probe.FaultEOF || noServer(f.Status)
}

// noServer says whether a status is what a gateway answers with no server behind it.
func noServer(status int) bool { return status >= 502 && status <= 504 }

// isBack waits until the server answers anything at all.
func (l *Ledger) isBack(ctx context.Context) bool {
	for ctx.Err() == nil {
		if ans, err := l.API.Get(ctx, "/route"); err == nil && !noServer(ans.Status) {
			return true
		}
		sleep(ctx, backoff)
	}
	return false
}

// Left lists the tokens that are noted and have not been cleared, by uid and
// flag: after Clear, those that it could not clear.
func (l *Ledger) Left() []probe.LeftToken {
	rows := l.left()
	list := make([]probe.LeftToken, len(rows))
	for i, r := range rows {
		list[i] = probe.LeftToken{UID: r.uid, DeviceFlag: r.flag}
	}
	return list
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
