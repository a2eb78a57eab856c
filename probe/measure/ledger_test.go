package measure

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/wire"
)

// TestLedgerRemembers: a row is noted before the request leaves, and forgotten
// only where the server has said no to a row that was not there before.
func TestLedgerRemembers(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		before bool // the row is there already
		answer func(http.ResponseWriter)
		left   string
	}{
		{"confirmed", false, confirm, "[u/3]"},
		{"bad request", false, func(w http.ResponseWriter) { w.WriteHeader(400) }, "[]"},
		{"not allowed", false, func(w http.ResponseWriter) { w.WriteHeader(401) }, "[]"},
		{"another node refuses", false, said(400, `Post "http://10.0.0.2:5001/user/token": dial tcp 10.0.0.2:5001: connect: connection refused`), "[]"},
		{"another node is mute", false, said(400, `Post "http://10.0.0.2:5001/user/token": dial tcp 10.0.0.2:5001: i/o timeout`), "[]"},
		{"another node is slow", false, said(400, "context deadline exceeded"), "[u/3]"},
		{"a slot does not agree", false, said(400, "propose add user timeout"), "[u/3]"},
		{"too slow for a gateway", false, func(w http.ResponseWriter) { w.WriteHeader(408) }, "[u/3]"},
		{"too fast for a gateway", false, func(w http.ResponseWriter) { w.WriteHeader(429) }, "[]"},
		{"the server minds the uid", false, said(400, "uid不能为空！"), "[]"},
		{"bad request, replacing", true, func(w http.ResponseWriter) { w.WriteHeader(400) }, "[u/3]"},
		{"server error", false, func(w http.ResponseWriter) { w.WriteHeader(500) }, "[u/3]"},
		{"banned", false, func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"status":19}`)) }, "[u/3]"},
		{"no JSON", false, func(w http.ResponseWriter) { _, _ = w.Write([]byte("ok")) }, "[u/3]"},
		{"connection lost", false, func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, "[u/3]"},
	}
	for _, row := range rows {
		sub(t, row.name, func(t *lab) {
			during := make(chan string, 1)
			first := atomic.Bool{}
			first.Store(row.before)
			l := &Ledger{API: &API{Client: client(t)}}
			l.API.Base = ledgerOf(t, func(w http.ResponseWriter, _ *http.Request) {
				if first.Swap(false) {
					confirm(w)
					return
				}
				during <- rowsLeft(l)
				row.answer(w)
			}).API.Base
			if row.before {
				if err := l.Register(t.Context(), "u", tokenOf("old", 3)); err != nil {
					t.Fatal(err)
				}
			}
			err := l.Register(t.Context(), "u", tokenOf("tok", 3))
			if (err == nil) != (row.name == "confirmed") {
				t.Errorf("got error %v", err)
			}
			if noted := <-during; noted != "[u/3]" || rowsLeft(l) != row.left {
				t.Errorf("left %s during the request and %s after, want [u/3] and %s", noted, rowsLeft(l), row.left)
			}
		})
	}
}

// TestLedgerCanceled: a registration under way when the run is stopped is
// carried out or cut off, but never forgotten; later ones do not start.
func TestLedgerCanceled(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		ctx, cancel := context.WithCancel(t.Context())
		s := stand(t, sandbox.Config{}, "api-slow:900ms")
		l := &Ledger{API: &API{Base: s.APIURL(), Client: client(t)}}
		took := since()
		t.after(5*hop, cancel) // the request arrived two of them before
		if err := l.Register(ctx, "u", tokenOf("tok-1", 1)); err != nil || took() != 900*ms+4*hop {
			t.Errorf("got %v after %s, want it carried out", err, took())
		}
		if rows := s.Tokens(); len(rows) != 1 || rows[0].Token != "tok-1" {
			t.Errorf("stored: %d rows, want the one that was under way", len(rows))
		}
		var f *probe.Fault
		if err := l.Register(ctx, "v", tokenOf("tok-2", 1)); !errors.As(err, &f) || f.Kind != probe.FaultCanceled {
			t.Errorf("after the stop: got %v, want a canceled fault", err)
		}
		if got := rowsLeft(l); got != "[u/1]" {
			t.Errorf("left %s, want [u/1]", got)
		}
		if n, err := l.Clear(ctx); n != 1 || err != nil {
			t.Errorf("clearing behind the stop: got %d, %v", n, err)
		}
		harmless(t, s)
		if n := len(s.Requests()); n != 2 {
			t.Errorf("%d requests, want a registration and a clean-up", n)
		}
	})
}

// TestLedgerClear: every row once, in a request that names uid and flag; a
// second time where the first was lost; nothing at all when nothing is left.
func TestLedgerClear(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		var mu sync.Mutex
		asked := map[string]int{}
		l := ledgerOf(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet { // is it back?
				return
			}
			body := make([]byte, r.ContentLength)
			_, _ = r.Body.Read(body)
			mu.Lock()
			asked[string(body)]++
			lose := r.URL.Path == "/user/device_quit" && asked[string(body)] == 1 && len(asked)%3 == 0
			mu.Unlock()
			if lose {
				panic(http.ErrAbortHandler)
			}
			confirm(w)
		})
		for i := range 20 {
			if err := l.Register(t.Context(), fmt.Sprintf("u%02d", i/2), tokenOf("tok", wire.DeviceFlag(i%2*255))); err != nil {
				t.Fatal(err)
			}
		}
		mu.Lock()
		clear(asked)
		mu.Unlock()
		n, err := l.Clear(t.Context())
		if n != 20 || err != nil || rowsLeft(l) != "[]" {
			t.Errorf("got %d, %v, left %s", n, err, rowsLeft(l))
		}
		mu.Lock()
		defer mu.Unlock()
		if len(asked) != 20 || asked[`{"uid":"u07","device_flag":255}`] == 0 {
			t.Errorf("asked %v", asked)
		}
		for body, times := range asked {
			if times > 2 {
				t.Errorf("%s: asked %d times", body, times)
			}
		}
		if n, err := l.Clear(t.Context()); n != 0 || err != nil {
			t.Errorf("clearing nothing: got %d, %v", n, err)
		}
	})
}

// TestLedgerClearLimits: a mute server ends the clean-up after its limit, which
// is shorter behind an interruption. The requests themselves would wait an hour.
func TestLedgerClearLimits(t *testing.T) {
	t.Parallel()
	for stopped, limit := range map[bool]time.Duration{false: cleanupLimit, true: stoppedLimit} {
		sub(t, fmt.Sprintf("stopped %t", stopped), func(t *lab) {
			s := stand(t, sandbox.Config{}, "api-mute:/user/device_quit")
			l := &Ledger{API: &API{Base: s.APIURL(), Client: client(t), Timeout: time.Hour}}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			for _, uid := range []string{"a", "b"} {
				if err := l.Register(ctx, uid, tokenOf("tok", 0)); err != nil {
					t.Fatal(err)
				}
			}
			if stopped {
				cancel()
			}
			took := since()
			n, err := l.Clear(ctx)
			var f *probe.Fault
			if n != 0 || !errors.As(err, &f) || f.Kind != probe.FaultTimeout || f.LimitMS != millis(limit) || took() != limit {
				t.Errorf("got %d, %v after %s, want a timeout of %s", n, err, took(), limit)
			}
			if got := rowsLeft(l); got != "[a/0 b/0]" {
				t.Errorf("left %s: what was not cleared is known", got)
			}
		})
	}
	if graceAfterStop+stoppedLimit > 3*time.Second {
		t.Error("an interruption takes more than 3 s")
	}
}

// TestLedgerClearSlow: a server that is slow but answers is waited for, longer
// than the limit in all.
func TestLedgerClearSlow(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		s := stand(t, sandbox.Config{}, "api-slow:420ms")
		l := &Ledger{API: &API{Base: s.APIURL(), Client: client(t)}}
		for i := range 8 * apiParallel {
			l.note(row{fmt.Sprintf("u%02d", i), 0})
		}
		took := since()
		const want = 8*(420*ms+2*hop) + 2*hop // a round trip more for the first dials
		if n, err := l.Clear(t.Context()); n != 8*apiParallel || err != nil || took() != want {
			t.Errorf("got %d, %v, left %d after %s, want all after %s", n, err, len(l.left()), took(), want)
		}
	})
}

// TestLedgerParallel: for the race detector.
func TestLedgerParallel(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		l := ledgerOf(t, func(w http.ResponseWriter, _ *http.Request) { confirm(w) })
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() { _ = l.Register(t.Context(), fmt.Sprint(i), tokenOf("tok", 0)) })
			wg.Go(func() { _, _ = l.Clear(t.Context()) })
		}
		wg.Wait()
		if _, err := l.Clear(t.Context()); err != nil || !slices.Equal(l.left(), []row{}) {
			t.Errorf("left %s, %v", rowsLeft(l), err)
		}
	})
}

// TestLedgerClearReturns: a server that has gone away is waited for, and cleared
// once it is back; one that stays away is waited for as long as the limit.
func TestLedgerClearReturns(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name  string
		after time.Duration // 0 = never
		gone  func(w http.ResponseWriter)
		kind  probe.FaultKind
		took  time.Duration
	}{
		{"refuses, and is back", 400 * ms, nil, "", 422 * ms},
		{"refuses", 0, nil, probe.FaultRefused, cleanupLimit},
		{"is behind a gateway, and is back", 400 * ms, func(w http.ResponseWriter) { w.WriteHeader(502) }, "", 420 * ms},
		{"drops connections, and is back", 400 * ms, func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, "", 434 * ms},
	}
	for _, row := range rows {
		sub(t, row.name, func(t *lab) {
			var away atomic.Bool
			var quits atomic.Int64
			serve := func(w http.ResponseWriter, r *http.Request) {
				if away.Load() {
					row.gone(w)
					return
				}
				if r.URL.Path == "/user/device_quit" {
					quits.Add(1)
				}
				confirm(w)
			}
			first := web(t, serve)
			first.Start()
			l := &Ledger{API: &API{Base: first.URL, Client: client(t)}}
			for flag := range wire.DeviceFlag(12) {
				if err := l.Register(t.Context(), "u", tokenOf("tok", flag)); err != nil {
					t.Fatal(err)
				}
			}
			back := func() { away.Store(false) }
			if away.Store(true); row.gone == nil {
				address := first.Listener.Addr().String()
				first.Close()
				away.Store(false)
				back = func() { reopen(t, address, serve) }
			}
			if row.after > 0 {
				t.after(row.after, back)
			}
			took := since()
			n, err := l.Clear(t.Context())
			if took() != row.took {
				t.Errorf("it took %s, want %s", took(), row.took)
			}
			if row.kind != "" {
				if faultOf(err).Kind != row.kind {
					t.Errorf("got %v, want %s", err, row.kind)
				}
				if left := l.Left(); len(left) != 12 || left[0] != (probe.LeftToken{UID: "u", DeviceFlag: 0}) || left[11] != (probe.LeftToken{UID: "u", DeviceFlag: 11}) {
					t.Errorf("left: %v", left)
				}
				return
			}
			if err != nil || n != 12 || len(l.Left()) != 0 || quits.Load() != 12 {
				t.Errorf("got %d, %v, left %v, %d requests arrived", n, err, l.Left(), quits.Load())
			}
		})
	}
}

// reopen serves on an address that was in use before.
func reopen(t *lab, address string, serve http.HandlerFunc) {
	l, err := t.net.Listen("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: serve}}
	s.Start()
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
}

// TestLedgerClearLimited: a clean-up that is asked to slow down does, and ends.
func TestLedgerClearLimited(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		g := &gate{space: 150 * ms}
		var quits, refused atomic.Int64
		l := ledgerOf(t, func(w http.ResponseWriter, r *http.Request) {
			if !g.pass() {
				refused.Add(1)
				w.WriteHeader(503)
				return
			}
			if r.Method == http.MethodPost {
				quits.Add(1)
			}
			confirm(w)
		})
		l.API.polite = &pacer{}
		if ans, err := l.API.Get(t.Context(), routePath); err != nil || ans.Status != 200 { // the one place is taken
			t.Fatal(err)
		}
		for i := range 20 {
			l.note(row{fmt.Sprintf("u%02d", i), 0})
		}
		took := since()
		if n, err := l.Clear(t.Context()); n != 20 || err != nil || quits.Load() != 20 || refused.Load() != 10 || took().Truncate(ms) != 4614*ms {
			t.Errorf("got %d, %v, left %v after %s, %d refused", n, err, l.Left(), took(), refused.Load())
		}
	})
}
