package measure

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// How a run behaves towards a place that asks it to slow down. Gateways count
// requests in a second or a minute, so pauses from a quarter of a second on are
// enough for most of them, and a run stays a matter of seconds.
const (
	firstPause   = 250 * time.Millisecond // after the first such answer; doubled with each further one
	longestPause = 2 * time.Second
	longestWait  = 5 * time.Second  // for one Retry-After, however long it is
	limitTries   = 6                // of one request
	limitTime    = 15 * time.Second // for a place that does nothing but refuse
)

// A 503 that asks for no wait, from a place that has answered nothing else yet,
// is more likely to mean that nobody is there behind the gateway.
const (
	downTries = 3
	downTime  = time.Second
)

// pacer spaces out what is sent to one place once that place has asked for it.
// Until then it holds nothing back. A nil pacer lets everything pass, once.
type pacer struct {
	mu       sync.Mutex
	most     int           // how many may be under way at once; 0 = any number
	running  int           // are under way
	free     chan struct{} // closed when one has ended
	pause    time.Duration // between the beginnings of two
	longest  time.Duration // a pause becomes; 0 = longestPause
	next     time.Time     // nothing begins before
	hurried  chan struct{} // closed when those that wait have to ask again
	since    time.Time     // of the first refusal behind the last other answer; zero = none
	round    int           // how often it has slowed down: one burst counts once
	answered bool          // there was an answer that was no refusal, and no gateway's
	certain  bool          // a refusal said that it is about the pace
	seen     probe.RateLimit
}

// reply is what a pacer has to know about an answer; zero = there was none.
type reply struct {
	status     int
	server     string
	after      time.Duration // what Retry-After asks for; 0 = nothing
	fromServer bool          // the server's own words, not those of what stands before it
}

func (r reply) limited() bool { return r.status == 429 || r.status == 503 && !r.fromServer }

func (r reply) settled() bool {
	return r.status != 0 && !r.limited() && r.status != 502 && r.status != 504
}

// turn is one sending of a request.
type turn struct {
	n     int // the how manyeth, from 1
	round int // of the pacer when it was sent
}

// try sends, and sends again as long as the answer asks to slow down and there is
// time left. It returns an error only where ctx ended before a sending.
func (p *pacer) try(ctx context.Context, send func() reply) (err error) {
	if p == nil {
		send()
		return nil
	}
	for t, again := (turn{n: 1}), true; again; t.n++ {
		if t.round, err = p.enter(ctx); err != nil {
			return err
		}
		again = p.leave(ctx, send(), t)
	}
	return nil
}

// enter waits for a place among those under way and for the pause to be over. It
// returns the round that this sending belongs to.
func (p *pacer) enter(ctx context.Context) (round int, err error) {
	for {
		free := p.take()
		if free == nil {
			break
		}
		select {
		case <-free:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	for {
		wait, round, hurried := p.reserve()
		if wait <= 0 {
			return round, nil
		}
		clock := time.NewTimer(wait)
		select {
		case <-clock.C:
			if !p.later(round) {
				return round, nil
			}
		case <-hurried:
		case <-ctx.Done():
			p.give()
			err = ctx.Err()
		}
		clock.Stop()
		if err != nil {
			return 0, err
		}
	}
}

// take counts one in, or gives the channel that says when to ask again.
func (p *pacer) take() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.most > 0 && p.running >= p.most {
		if p.free == nil {
			p.free = make(chan struct{})
		}
		return p.free
	}
	p.running++
	return nil
}

func (p *pacer) give() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.release()
}

// release counts one out; the caller holds the lock.
func (p *pacer) release() {
	p.running--
	if p.free != nil {
		close(p.free)
		p.free = nil
	}
}

// reserve says how long to wait, and keeps the time behind it free of others. It
// gives the channel that says that there is no time for it.
func (p *pacer) reserve() (wait time.Duration, round int, hurried <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hurried == nil {
		p.hurried = make(chan struct{})
	}
	now := time.Now()
	start := now
	if p.next.After(now) {
		start = p.next
	}
	p.next = start.Add(p.pause)
	return start.Sub(now), p.round, p.hurried
}

// later says whether another refusal came while one was waiting.
func (p *pacer) later(round int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.round != round
}

// leave counts one out and learns from its answer. It returns whether to send it
// again.
func (p *pacer) leave(ctx context.Context, r reply, t turn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.release()
	if r.limited() {
		return p.refused(ctx, r, t)
	}
	if r.settled() { // speed up again, slowly: a place that counts seconds will say so
		p.answered, p.since, p.pause = true, time.Time{}, p.pause*9/10
	}
	return false
}

func (p *pacer) refused(ctx context.Context, r reply, t turn) bool {
	now := time.Now()
	p.note(r)
	if p.since.IsZero() {
		p.since = now
	}
	if t.round == p.round {
		p.slowDown()
	}
	tries, limit := limitTries, limitTime
	if !p.certain && !p.answered {
		tries, limit = downTries, downTime
	}
	until := now.Add(max(p.pause, min(r.after, longestWait)))
	deadline, bounded := ctx.Deadline()
	hopeless := until.Sub(p.since) > limit
	if hopeless { // those behind are asked for once, and need not wait for it
		p.pause, p.next = 0, now
	}
	if hopeless || t.n >= tries || bounded && deadline.Before(until) {
		p.seen.GaveUp = true
		return false
	}
	if p.next.Before(until) {
		p.next = until
	}
	return true
}

// note keeps what is said about it.
func (p *pacer) note(r reply) {
	p.certain = p.certain || r.status == 429 || r.after > 0
	p.seen.Times++
	p.seen.Status = r.status
	if r.server != "" {
		p.seen.Server = r.server
	}
	p.seen.RetryAfterMS = max(p.seen.RetryAfterMS, millis(r.after))
}

// slowDown goes on with two at once, then with one, and with longer pauses.
func (p *pacer) slowDown() {
	p.round++
	if p.most == 0 {
		p.most = 2
	} else {
		p.most = 1
	}
	p.pause = min(max(2*p.pause, firstPause), cmp.Or(p.longest, longestPause))
}

// hurry is for the clean-up of a run that was interrupted: its n requests begin
// within a quarter of the time that is left and are spread over half of it, whatever
// pauses were kept before; the last quarter is for a busy machine. To be
// refused once more is a smaller harm than test users that stay.
func (p *pacer) hurry(left time.Duration, n int) {
	if p == nil || n == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.longest = left / 2 / time.Duration(n)
	p.pause = min(p.pause, p.longest)
	if latest := time.Now().Add(left / 4); p.next.After(latest) {
		p.next = latest
	}
	if p.hurried != nil {
		close(p.hurried)
		p.hurried = nil
	}
}

// limits says what was asked for, if anything was. A 503 without a word about
// waiting counts where other requests were answered.
func (p *pacer) limits() (probe.RateLimit, bool) {
	if p == nil {
		return probe.RateLimit{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen, p.seen.Times > 0 && (p.certain || p.answered)
}
