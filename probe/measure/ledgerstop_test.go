package measure

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// TestLedgerClearStopped: where the run was interrupted a server that has gone
// away is waited for as long as an interrupted run may take, and no longer.
func TestLedgerClearStopped(t *testing.T) {
	t.Parallel()
	serve := func(w http.ResponseWriter, _ *http.Request) { confirm(w) }
	for _, back := range []time.Duration{0, 500 * ms} { // 0 = never
		sub(t, back.String(), func(t *lab) {
			s := web(t, serve)
			s.Start()
			l := &Ledger{API: &API{Base: s.URL, Client: client(t)}}
			ctx, cancel := context.WithCancel(t.Context())
			if err := l.Register(ctx, "u", tokenOf("tok", 0)); err != nil {
				t.Fatal(err)
			}
			s.Close()
			cancel()
			if back > 0 {
				t.after(back, func() { reopen(t, s.Listener.Addr().String(), serve) })
			}
			took := since()
			n, err := l.Clear(ctx)
			if back > 0 && (n != 1 || err != nil || len(l.Left()) != 0) {
				t.Errorf("back after %s: got %d, %v, left %v", back, n, err, l.Left())
			}
			if back == 0 && (n != 0 || faultOf(err).Kind != probe.FaultRefused || took() != stoppedLimit || len(l.Left()) != 1) {
				t.Errorf("got %d, %v, left %v after %s", n, err, l.Left(), took())
			}
		})
	}
}

// TestLedgerStoppedLimited: what waits for its turn when the run is interrupted is
// never sent and needs no clearing; the rest is cleared in time, however slow the
// place had made us.
func TestLedgerStoppedLimited(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		var stored, quits atomic.Int64
		l := ledgerOf(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/user/device_quit" {
				quits.Add(1)
			} else {
				stored.Add(1)
			}
			confirm(w)
		})
		l.API.polite = &pacer{}
		ctx, cancel := context.WithCancel(t.Context())
		for i := range 6 {
			if err := l.Register(ctx, fmt.Sprintf("u%d", i), tokenOf("tok", 0)); err != nil {
				t.Fatal(err)
			}
		}
		l.API.polite.next, l.API.polite.pause, l.API.polite.most = time.Now().Add(time.Minute), time.Minute, 1
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() { _ = l.Register(ctx, fmt.Sprintf("late%d", i), tokenOf("tok", 0)) })
		}
		synctest.Wait()
		if got := len(l.left()); got != 9 {
			t.Errorf("%d rows are noted, want those that wait too", got)
		}
		took := since()
		cancel()
		wg.Wait()
		if got := len(l.left()); got != 6 || took() != 0 {
			t.Errorf("%d rows are noted after %s, want those of the 6 that were sent", got, took())
		}
		took = since()
		if n, err := l.Clear(ctx); n != 6 || err != nil || stored.Load() != 6 || quits.Load() != 6 || took().Truncate(ms) != 1184*ms {
			t.Errorf("cleared %d, %v after %s; %d stored, %d quits", n, err, took(), stored.Load(), quits.Load())
		}
	})
}

// TestLedgerStoppedRefused: refusals do not make an interrupted clean-up slower
// than its time allows.
func TestLedgerStoppedRefused(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		g := &gate{space: 60 * ms}
		l := ledgerOf(t, func(w http.ResponseWriter, _ *http.Request) {
			if !g.pass() {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			confirm(w)
		})
		l.API.polite = &pacer{}
		if ans, err := l.API.Get(t.Context(), routePath); err != nil || ans.Status != 200 { // the one place is taken
			t.Fatal(err)
		}
		for i := range 14 {
			l.note(row{fmt.Sprintf("u%02d", i), 0})
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		took := since()
		if n, err := l.Clear(ctx); n != 14 || err != nil || len(l.Left()) != 0 || took().Truncate(ms) != 1242*ms {
			t.Errorf("cleared %d, %v, left %v after %s", n, err, l.Left(), took())
		}
	})
}
