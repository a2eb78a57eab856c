package measure

import (
	"context"
	"sync"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// bound is the limit of one phase. It travels with the context as a value, not as
// the cause of its end: the deadline that the context hands to a socket can fire
// before the context's own (seen in about 4 of 100 dials on a busy machine), and
// the cause is not known yet then.
type bound struct {
	parent context.Context
	limit  time.Duration
	ends   time.Time // zero: it is ended by a cancel alone
}

type boundKey struct{}

// withLimit bounds one phase. The fault that follows names the limit.
func withLimit(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	b := &bound{parent: ctx, limit: limit, ends: time.Now().Add(limit)}
	return context.WithDeadline(context.WithValue(ctx, boundKey{}, b), b.ends)
}

// withStall is withLimit for a limit that counts from the last success: the
// returned function ends the context as one that was waited for as long as limit.
func withStall(ctx context.Context) (work context.Context, stop func(limit time.Duration), cancel context.CancelFunc) {
	b := &bound{parent: ctx}
	work, cancel = context.WithCancel(context.WithValue(ctx, boundKey{}, b))
	var once sync.Once
	return work, func(limit time.Duration) {
		once.Do(func() {
			b.limit = limit // read only once the context has ended
			cancel()
		})
	}, cancel
}

// explainLimit completes a fault that came from a limit of ours or from the run's
// end rather than from the network. The earliest deadline is the one that fired.
func explainLimit(ctx context.Context, f *probe.Fault) {
	timeout := f.Kind == probe.FaultTimeout
	if !timeout && ctx.Err() == nil {
		return
	}
	for {
		b, _ := ctx.Value(boundKey{}).(*bound)
		switch {
		case b == nil && (ctx.Err() != nil || timeout && ended(ctx)):
			f.Kind, f.Text, f.LimitMS = probe.FaultCanceled, "stopped", 0
			return
		case b == nil:
			return // the system's own limit
		case ended(b.parent):
			ctx = b.parent
		default:
			if ctx.Err() != nil || !b.ends.IsZero() && over(b.ends) {
				f.Kind, f.Text, f.LimitMS = probe.FaultTimeout, "no answer within "+b.limit.String(), millis(b.limit)
			}
			return
		}
	}
}

// ended says whether a context is over, also where its deadline has passed and it
// has not noticed yet.
func ended(ctx context.Context) bool {
	if ctx.Err() != nil {
		return true
	}
	deadline, ok := ctx.Deadline()
	return ok && over(deadline)
}

// early is how much before its deadline a socket may end a call: its timer and our
// clock are not read at the same moment.
const early = time.Millisecond

// over says whether a deadline is what ended a call.
func over(deadline time.Time) bool { return time.Until(deadline) < early }
