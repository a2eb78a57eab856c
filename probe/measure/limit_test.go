package measure

import (
	"context"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// TestLimitIsKept: a socket's deadline is the context's and fires by itself, so a
// fault can be there before the context has ended. The limit is named all the
// same, and where it was the run's own end the fault says that.
func TestLimitIsKept(t *testing.T) {
	t.Parallel()
	const limit, soon = 5 * time.Second, time.Second
	rows := []struct {
		name  string
		ctx   func(context.Context) (context.Context, context.CancelFunc)
		kind  probe.FaultKind
		limit time.Duration
	}{
		{"the limit", func(ctx context.Context) (context.Context, context.CancelFunc) { return withLimit(ctx, limit) }, probe.FaultTimeout, limit},
		{"the run's end first", func(ctx context.Context) (context.Context, context.CancelFunc) {
			whole, end := context.WithTimeout(ctx, soon)
			limited, cancel := withLimit(whole, limit)
			return limited, func() { cancel(); end() }
		}, probe.FaultCanceled, 0},
		{"the run's end with it", func(ctx context.Context) (context.Context, context.CancelFunc) {
			whole, end := context.WithTimeout(ctx, limit)
			limited, cancel := withLimit(whole, limit)
			return limited, func() { cancel(); end() }
		}, probe.FaultCanceled, 0},
		{"the outer of two limits", func(ctx context.Context) (context.Context, context.CancelFunc) {
			outer, end := withLimit(ctx, soon)
			limited, cancel := withLimit(outer, limit)
			return limited, func() { cancel(); end() }
		}, probe.FaultTimeout, soon},
		{"a stall", func(ctx context.Context) (context.Context, context.CancelFunc) {
			work, stop, cancel := withStall(ctx)
			time.AfterFunc(soon, func() { stop(soon) })
			time.AfterFunc(2*soon, func() { stop(limit) })
			limited, end := withLimit(work, limit)
			return limited, func() { end(); cancel() }
		}, probe.FaultTimeout, soon},
		{"stopped", func(ctx context.Context) (context.Context, context.CancelFunc) {
			whole, stop := context.WithCancel(ctx)
			time.AfterFunc(soon, stop)
			return withLimit(whole, limit)
		}, probe.FaultCanceled, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := row.ctx(t.Context())
				defer cancel()
				d := &dialer{network: blackHole}
				_, err := d.connect(ctx, "tcp", "h:1")
				if f := d.fault(ctx, err, probe.PhaseDial, "h:1"); f.Kind != row.kind || f.LimitMS != millis(row.limit) {
					t.Errorf("got %s with a limit of %v ms, want %s with %s", f.Kind, f.LimitMS, row.kind, row.limit)
				}
			})
		})
	}
}

// TestLimitOfTheSystem: a timeout before any limit of ours is somebody else's.
func TestLimitOfTheSystem(t *testing.T) {
	t.Parallel()
	ctx, cancel := withLimit(t.Context(), time.Hour)
	defer cancel()
	d := &dialer{}
	err := &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	if f := d.fault(ctx, err, probe.PhaseDial, "h:1"); f.Kind != probe.FaultTimeout || f.LimitMS != 0 {
		t.Errorf("got %s with a limit of %v ms, want a timeout without one", f.Kind, f.LimitMS)
	}
}

// blackHole is a dial that nobody answers: it ends as the system ends one, at the
// context's deadline and without waiting for the context to notice it.
func blackHole(ctx context.Context, network, _ string) (net.Conn, error) {
	if deadline, ok := ctx.Deadline(); ok {
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.ErrDeadlineExceeded}
		case <-ctx.Done():
		}
	} else {
		<-ctx.Done()
	}
	return nil, &net.OpError{Op: "dial", Net: network, Err: ctx.Err()}
}
