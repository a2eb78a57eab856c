package measure

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// gate is a place that lets through one request in every space, and so many more
// at once.
type gate struct {
	space time.Duration
	burst int
	no    reply // what it says to the others

	mu   sync.Mutex
	full time.Time // when the last place will be free again
}

func (g *gate) pass() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if g.full.Before(now) {
		g.full = now
	}
	if g.full.Sub(now) > time.Duration(g.burst)*g.space {
		return false
	}
	g.full = g.full.Add(g.space)
	return true
}

func (g *gate) answer() reply {
	if g.pass() {
		return reply{status: 200}
	}
	return g.no
}

// TestPacer: what a place asks for is done, whatever it counts in, and all that
// is sent gets through in the end.
func TestPacer(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name    string
		gate    *gate
		n       int // requests, 8 at once
		refused int
		took    time.Duration // all of them, in whole milliseconds
	}{
		{"nobody asks", &gate{}, 100, 0, 0},
		{"10 in a second, 503", &gate{space: 100 * ms, no: reply{status: 503}}, 30, 3, 5680 * ms},
		{"5 in a second and 10 more", &gate{space: 200 * ms, burst: 10, no: reply{status: 429}}, 60, 6, 10215 * ms},
		{"1 in a second", &gate{space: time.Second, no: reply{status: 429}}, 20, 6, 30877 * ms},
		{"1 in a second, said", &gate{space: time.Second, no: reply{status: 503, after: time.Second}}, 20, 6, 29955 * ms},
		{"1 in 3 seconds, said", &gate{space: 3 * time.Second, no: reply{status: 429, after: 3 * time.Second}}, 10, 10, 42968 * ms},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, took := &pacer{}, since()
				p.try(t.Context(), row.gate.answer) // what it is asked for first gets through
				var wg sync.WaitGroup
				var passed, refused atomic.Int64
				places := make(chan struct{}, apiParallel)
				for range row.n {
					wg.Go(func() {
						places <- struct{}{}
						defer func() { <-places }()
						if err := p.try(t.Context(), func() reply {
							r := row.gate.answer()
							if r.status == 200 {
								passed.Add(1)
							} else {
								refused.Add(1)
							}
							return r
						}); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if passed.Load() != int64(row.n) || refused.Load() != int64(row.refused) || took().Truncate(ms) != row.took {
					t.Errorf("%d of %d passed, %d refused (want %d), in %s (want %s)", passed.Load(), row.n, refused.Load(), row.refused, took(), row.took)
				}
				l, limited := p.limits()
				if limited != (row.refused > 0) || l.GaveUp || int64(l.Times) != refused.Load() || l.Status != row.gate.no.status {
					t.Errorf("limits: got %+v, %t", l, limited)
				}
			})
		})
	}
}

// TestPacerGivesUp: how often one request is sent, and how long that takes.
func TestPacerGivesUp(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name     string
		no       reply
		answered bool          // something was answered before
		ctx      time.Duration // 0 = without a deadline
		sent     int
		took     time.Duration
		limited  bool
	}{
		{"429", reply{status: 429}, false, 0, 6, 5750 * ms, true},
		{"503 behind answers", reply{status: 503}, true, 0, 6, 5750 * ms, true},
		{"503, and nothing else ever", reply{status: 503}, false, 0, 3, 750 * ms, false},
		{"503 that names a time", reply{status: 503, after: time.Second}, false, 0, 6, 7 * time.Second, true},
		{"429 that wants a minute", reply{status: 429, after: time.Minute}, false, 0, 4, 15 * time.Second, true},
		{"429, and little time", reply{status: 429}, false, time.Second, 3, 750 * ms, true},
		{"429 that wants more than there is", reply{status: 429, after: 4 * time.Second}, false, 3 * time.Second, 1, 0, true},
		{"503 in the server's own words", reply{status: 503, fromServer: true}, false, 0, 1, 0, false},
		{"502", reply{status: 502}, false, 0, 1, 0, false},
		{"504", reply{status: 504}, true, 0, 1, 0, false},
		{"no answer", reply{}, true, 0, 1, 0, false},
		{"400", reply{status: 400}, false, 0, 1, 0, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, ctx := &pacer{}, t.Context()
				if row.answered {
					_ = p.try(ctx, func() reply { return reply{status: 404} })
				}
				if row.ctx > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, row.ctx)
					defer cancel()
				}
				took, sent := since(), 0
				err := p.try(ctx, func() reply { sent++; return row.no })
				if err != nil || sent != row.sent || took() != row.took {
					t.Errorf("sent %d times in %s, %v, want %d times in %s", sent, took(), err, row.sent, row.took)
				}
				if l, limited := p.limits(); limited != row.limited || limited && (!l.GaveUp || l.Times != sent || l.RetryAfterMS != millis(row.no.after)) {
					t.Errorf("limits: got %+v, %t, want %t", l, limited, row.limited)
				}
			})
		})
	}
}

// TestPacerHopeless: once a place has done nothing but refuse for as long as it
// is waited for, everything else is sent once and without a pause, one by one.
func TestPacerHopeless(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pacer{}
		took := since()
		var running, sent atomic.Int64
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				_ = p.try(t.Context(), func() reply {
					if n := running.Add(1); sent.Load() > apiParallel*20 && n > 1 {
						t.Errorf("%d at once", n)
					}
					sent.Add(1)
					time.Sleep(ms)
					running.Add(-1)
					return reply{status: 429}
				})
			})
		}
		wg.Wait()
		if took() != 14860*ms || sent.Load() != 210 {
			t.Errorf("it took %s and %d requests", took(), sent.Load())
		}
		if p.answered = true; p.try(t.Context(), func() reply { return reply{status: 200} }) != nil || !p.since.IsZero() {
			t.Error("an answer is not the end of it")
		}
	})
}

// TestPacerStops: a wait ends with the run, and takes no place along.
func TestPacerStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pacer{}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*ms, cancel)
		took := since()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := p.try(ctx, func() reply { return reply{status: 429, after: time.Minute} }); err == nil {
					t.Error("no error where the run was stopped")
				}
			})
		}
		wg.Wait()
		if took() != 100*ms || p.running != 0 {
			t.Errorf("it took %s, %d are under way", took(), p.running)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	rows := []struct {
		status int
		text   string
		want   time.Duration
	}{
		{429, "", 0}, {429, "0", 0}, {429, "7", 7 * time.Second}, {503, "7", 7 * time.Second}, {502, "7", 0}, {200, "7", 0},
		{429, "3601", time.Hour}, {429, "99999999999999999999999", time.Hour}, {429, "-1", 0}, {429, "1.5", 0}, {429, "soon", 0},
		{503, at(90 * time.Second), 90 * time.Second}, {503, at(-time.Minute), 0}, {503, at(48 * time.Hour), time.Hour},
	}
	for _, row := range rows {
		if got := retryAfter(row.status, http.Header{"Retry-After": {row.text}, "Date": {at(0)}}); got != row.want {
			t.Errorf("%d %q: got %s, want %s", row.status, row.text, got, row.want)
		}
	}
	bubble(t, func(t *lab) {
		soon := http.Header{"Retry-After": {time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)}}
		if got := retryAfter(429, soon); got != time.Minute {
			t.Errorf("without the sender's clock: got %s", got)
		}
	})
}

// limiter stands before another server and refuses what comes too fast: API
// requests with one gate, upgrades with another.
func limiter(t *lab, to string, g *gate) string {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	u.Scheme = "http"
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }, Transport: client(t).Transport, ErrorLog: quiet(),
	}
	return page(t, func(w http.ResponseWriter, r *http.Request) {
		if !g.pass() {
			w.Header().Set("Server", "gate/1")
			if g.no.after > 0 {
				w.Header().Set("Retry-After", fmt.Sprint(int(g.no.after/time.Second)))
			}
			w.WriteHeader(g.no.status)
			_, _ = w.Write([]byte("<h1>no</h1>"))
			return
		}
		proxy.ServeHTTP(w, r)
	})
}

// TestPoliteRun: a whole run through gateways that limit comes to the same
// result as without them, and says who limited it.
func TestPoliteRun(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		no   reply
	}{
		{"503", reply{status: 503}}, {"429 with a time", reply{status: 429, after: time.Second}},
	}
	for _, row := range rows {
		sub(t, row.name, func(t *lab) {
			s := stand(t, sandbox.Config{Generation: sandbox.V1})
			p := proberOf(t, limiter(t, s.APIURL(), &gate{space: 50 * ms, burst: 4, no: row.no}))
			p.WS = "ws" + limiter(t, s.WSURL(), &gate{space: 50 * ms, burst: 3, no: row.no})[len("http"):]
			d := p.Diagnose(t.Context(), threeByThree())
			checkTable(t, d, probe.GenV1, false)
			harmless(t, s)
			limits := p.Limits()
			if len(limits) != 2 || limits[0].Where != probe.LimitedAPI || limits[1].Where != probe.LimitedWS {
				t.Fatalf("limits: got %+v", limits)
			}
			for _, l := range limits {
				if l.Status != row.no.status || l.Server != "gate/1" || l.Times == 0 || l.GaveUp || l.RetryAfterMS != millis(row.no.after) {
					t.Errorf("got %+v", l)
				}
			}
			// A dial, an upgrade through the gateway, which dials too, and an answer:
			// the pause before the dial is in none of them.
			want := []probe.Step{
				{Name: probe.StepDial, ElapsedMS: millis(2 * hop)}, {Name: probe.StepUpgrade, ElapsedMS: millis(6 * hop)},
				{Name: probe.StepConnect}, {Name: probe.StepAnswer, ElapsedMS: millis(4 * hop)},
			}
			for _, r := range resultsOf(d) {
				if !slices.Equal(r.Steps, want) || r.ElapsedMS != millis(12*hop) {
					t.Errorf("steps %v in %v ms", r.Steps, r.ElapsedMS)
				}
			}
		})
	}
}

// TestPoliteDown: a gateway before nothing is asked three times within a second,
// and is not said to limit.
func TestPoliteDown(t *testing.T) {
	t.Parallel()
	down := func(t *lab) (string, *atomic.Int64) {
		var n atomic.Int64
		return page(t, func(w http.ResponseWriter, _ *http.Request) {
			n.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
		}), &n
	}
	sub(t, "API", func(t *lab) {
		base, n := down(t)
		p := proberOf(t, base)
		took := since()
		d := p.Diagnose(t.Context(), threeByThree())
		if f := d.Check(probe.CheckAPI).Fault; f == nil || f.Kind != probe.FaultStatus || f.Status != 503 || n.Load() != downTries || p.Limits() != nil {
			t.Errorf("got %v after %d requests, limits %+v", f, n.Load(), p.Limits())
		}
		if took() != 3*firstPause+4*2*hop { // two pauses, a dial and three requests
			t.Errorf("it took %s", took())
		}
	})
	sub(t, "WebSocket", func(t *lab) {
		base, n := down(t)
		s := stand(t, sandbox.Config{Generation: sandbox.V1})
		p := proberOf(t, s.APIURL())
		p.WS = "ws" + base[len("http"):]
		d := p.Diagnose(t.Context(), threeByThree())
		if f := d.Check(probe.CheckWS).Fault; f == nil || f.Kind != probe.FaultStatus || f.Status != 503 || p.Limits() != nil {
			t.Errorf("got %v, limits %+v", f, p.Limits())
		}
		if n.Load() > 2*downTries {
			t.Errorf("%d requests", n.Load())
		}
		harmless(t, s)
	})
}
