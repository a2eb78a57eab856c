package measure

import (
	"context"
	"errors"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// maxTimeError ends a context whose run has no time left. To everything below it is
// what a signal is: nothing that it cuts off is the server's fault.
type maxTimeError struct{ limit time.Duration }

func (e maxTimeError) Error() string { return "no more time within " + e.limit.String() }
func (maxTimeError) Unwrap() error   { return context.Canceled }

// Within gives a context that ends with its time, as by a signal.
func Within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	clock := time.AfterFunc(limit, func() { cancel(maxTimeError{limit}) })
	return ctx, func() {
		clock.Stop()
		cancel(nil)
	}
}

// TimeUp gives the time that a context of [Within] had where that is what ended it.
func TimeUp(ctx context.Context) (limit time.Duration, up bool) {
	var e maxTimeError
	up = errors.As(context.Cause(ctx), &e)
	return e.limit, up
}

// stopped says what cut a run short.
func stopped(ctx context.Context, complete bool) probe.Stop {
	_, up := TimeUp(ctx)
	switch {
	case complete:
		return ""
	case up:
		return probe.StopMaxTime
	}
	return probe.StopInterrupt
}
