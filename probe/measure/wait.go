package measure

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	retry "github.com/cenkalti/backoff/v5"

	"github.com/wkctl/wkctl/probe"
)

// A server that starts is asked soon at first and at least every two seconds then:
// a container needs seconds, and nobody wants to wait longer than it takes. There is
// no jitter, since one wkctl is no crowd.
const (
	waitFirst   = 250 * time.Millisecond
	waitLongest = 2 * time.Second
	waitGrowth  = 1.5
)

// waitApart lies between closing the connection of a wait and the first one of the
// run: v1.0.9 to v2.2.5 reset what they accept while another connection is being
// closed (wknet conn.go:317-318); 5 ms are enough for all of them.
const waitApart = 50 * time.Millisecond

// Await waits until what is named, [probe.CheckAPI], [probe.CheckWS] or both, gives
// an answer, for limit at most. Whatever the answer is, waiting is over then: only
// no answer and a gateway's 502, 503 and 504 are tried again. What was waited for
// becomes part of the run that follows. Where ctx ends, it returns at once.
func (p *Prober) Await(ctx context.Context, limit time.Duration, what ...probe.CheckID) probe.Wait {
	p.prepare()
	start := time.Now()
	limited, cancel := withLimit(ctx, limit)
	defer cancel()
	w := &waiter{p: p, wait: probe.Wait{MaxMS: millis(limit)}, ends: start.Add(limit)}
	for _, id := range what {
		ask := map[probe.CheckID]func(context.Context) *probe.Fault{probe.CheckAPI: w.askAPI, probe.CheckWS: w.askPort}[id]
		if !w.until(limited, id, ask) || w.final {
			break
		}
	}
	w.wait.ElapsedMS = millis(time.Since(start))
	p.waited = &w.wait
	return w.wait
}

// waiter is a wait under way.
type waiter struct {
	p     *Prober
	wait  probe.Wait
	ends  time.Time
	route *probe.Advertised // what the API has answered
	final bool              // an answer that the run will stop at
}

// until asks again and again, and says whether there was an answer.
func (w *waiter) until(ctx context.Context, id probe.CheckID, ask func(context.Context) *probe.Fault) bool {
	stage := map[probe.CheckID]string{probe.CheckAPI: "wait-api", probe.CheckWS: "wait-ws"}[id]
	_, err := retry.Retry(ctx, func() (struct{}, error) {
		if ended(ctx) {
			return struct{}{}, context.DeadlineExceeded
		}
		w.wait.Tries++
		f := ask(ctx)
		if f == nil {
			return struct{}{}, nil
		}
		w.wait.Missing = id
		if f.Kind != probe.FaultCanceled && (w.wait.Fault == nil || !ended(ctx)) {
			w.wait.Fault = f // what the end of the wait cuts off says less than the try before
		}
		w.p.progress(Progress{Stage: stage, Met: f.Error()})
		if after := time.Duration(f.RetryAfterMS * float64(time.Millisecond)); after > 0 {
			return struct{}{}, &retry.RetryAfterError{Duration: min(after, longestWait, max(0, time.Until(w.ends)))}
		}
		return struct{}{}, f
	}, retry.WithBackOff(w.pauses()), retry.WithMaxElapsedTime(0))
	if err != nil {
		return false
	}
	w.wait.Missing, w.wait.Fault = "", nil
	return true
}

// pauses gives the pauses between two tries. The last one ends with the wait.
func (w *waiter) pauses() retry.BackOff {
	return untilEnd{w.ends, &retry.ExponentialBackOff{InitialInterval: waitFirst, MaxInterval: waitLongest, Multiplier: waitGrowth}}
}

type untilEnd struct {
	ends time.Time
	retry.BackOff
}

func (u untilEnd) NextBackOff() time.Duration {
	return max(0, min(u.BackOff.NextBackOff(), time.Until(u.ends)))
}

// askAPI asks once, past the pace of the run: the pauses of a wait are longer.
func (w *waiter) askAPI(ctx context.Context) *probe.Fault {
	ans, err := w.p.API.once(ctx, call{method: http.MethodGet, path: routePath})
	if err == nil {
		w.route, err = w.p.API.parseRoute(ans)
	}
	if err == nil {
		return nil
	}
	f := faultOf(err)
	if unanswered(f) && !w.hello(f) {
		return f
	}
	w.final = true
	return nil
}

// hello says that an API behind TLS took the connection and dropped it at the
// ClientHello. One is sent to it by the run in any case, but what dies of it must
// not be started and killed again and again.
func (w *waiter) hello(f *probe.Fault) bool {
	u, err := url.Parse(w.p.API.Base)
	return err == nil && u.Scheme == "https" && (f.Kind == probe.FaultEOF || f.Kind == probe.FaultReset)
}

// askPort tries the addresses that the run would use. One that answers is enough,
// as it is for the run.
func (w *waiter) askPort(ctx context.Context) (first *probe.Fault) {
	r := &run{p: w.p, d: &probe.Diagnosis{Target: probe.Target{Advertised: w.route}}}
	for _, t := range r.addresses() {
		f := w.knock(ctx, t.WS)
		if f == nil || !unanswered(f) {
			return nil
		}
		if first == nil {
			first = f
		}
	}
	return first
}

// knock opens a connection and closes it. A ws address is asked for the upgrade as
// every client does: that harms no release, and what stands before a server that is
// away takes connections all the same and answers 502. A wss address gets no byte,
// since a ClientHello crashes v1.1.0 to v2.2.5 where no certificate is set; neither
// does a TCP port, on which nothing but a login would be answered.
func (w *waiter) knock(ctx context.Context, address string) *probe.Fault {
	d := w.p.dialer()
	limited, cancel := withLimit(ctx, d.timeout)
	defer cancel()
	u, err := url.Parse(address)
	if err == nil && strings.EqualFold(u.Scheme, "ws") {
		out, err := d.dialWS(limited, ctx, address)
		if err != nil {
			return faultOf(err)
		}
		out.link.close()
	} else {
		c, err := d.connect(limited, "tcp", hostOf(address))
		if err != nil {
			return d.fault(limited, err, probe.PhaseDial, hostOf(address))
		}
		_ = c.Close()
	}
	sleep(ctx, waitApart)
	return nil
}

// unanswered says that nobody answered, or a gateway behind which nobody is.
func unanswered(f *probe.Fault) bool {
	switch f.Kind {
	case probe.FaultDNS, probe.FaultRefused, probe.FaultTimeout, probe.FaultNoRoute, probe.FaultReset, probe.FaultEOF, probe.FaultCanceled:
		return true
	}
	return noServer(f.Status)
}

func (p *Prober) progress(now Progress) {
	if p.Progress != nil {
		p.Progress(now)
	}
}
