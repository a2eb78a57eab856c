package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
)

// The time of a whole run where --max-time does not say it: enough for the default
// table of nine on a server that answers nothing but its API, and three minutes for
// the largest one.
const (
	maxTimeTable   = time.Minute
	maxTimeLogin   = 118 * time.Millisecond // for each login above those of the default table
	defaultLogins  = 9
	timeoutsInside = 12 // as many --timeout must fit in, where it is long
)

// maxTimeError ends a context whose run has no time left. To everything below it is
// what a signal is: nothing that it cuts off is the server's fault.
type maxTimeError struct{ limit time.Duration }

func (e maxTimeError) Error() string { return "no more time within " + e.limit.String() }
func (maxTimeError) Unwrap() error   { return context.Canceled }

// maxTime is the time of a run of so many logins.
func maxTime(c *cli.Context, logins int) (time.Duration, error) {
	if c.IsSet("max-time") {
		limit := c.Duration("max-time")
		if limit <= 0 {
			return 0, usage("max-time", "value", limit.String())
		}
		return limit, nil
	}
	limit := maxTimeTable + time.Duration(max(0, logins-defaultLogins))*maxTimeLogin
	return max(limit.Round(time.Second), timeoutsInside*c.Duration("timeout")) + c.Duration("hold").Truncate(time.Second), nil
}

// within gives a context that ends with its time.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	clock := time.AfterFunc(limit, func() { cancel(maxTimeError{limit}) })
	return ctx, func() {
		clock.Stop()
		cancel(nil)
	}
}

// timeUp gives the time that a context had where that is what ended it.
func timeUp(ctx context.Context) (limit time.Duration, up bool) {
	var e maxTimeError
	up = errors.As(context.Cause(ctx), &e)
	return e.limit, up
}

// noTime is the error of a command that has no report to say it in.
func noTime(limit time.Duration) error {
	return trouble("time-up", "max", seconds(limit))
}

// stoppedBy says what cut a run short, and how long it had.
func stoppedBy(ctx context.Context, d *probe.Diagnosis, limit time.Duration) {
	d.MaxMS = float64(limit) / float64(time.Millisecond)
	_, up := timeUp(ctx)
	switch {
	case d.Complete:
	case up:
		d.Stopped = probe.StopMaxTime
	default:
		d.Stopped = probe.StopInterrupt
	}
}

// seconds writes a time as "60 s", "0.5 s".
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Round(100*time.Millisecond).Seconds(), 'f', -1, 64) + " s"
}
