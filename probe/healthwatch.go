package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// pulse is what a run knows of its server's health while it goes on. It is safe
// for concurrent use.
type pulse struct {
	mu     sync.Mutex
	begun  time.Time     // of the first reading
	uptime time.Duration // of that reading
	known  bool          // the server says its uptime
	last   string        // what was sent last, in protocol terms
}

// sent notes what leaves for the server.
func (p *pulse) sent(what string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.last = what
	p.mu.Unlock()
}

func (p *pulse) sentLast() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// uptimePath shows the age of the server's process (v1.0.0 to v2.0.0-beta and
// v2.0.6 to v2.2.5), routePath answers on every release.
const (
	uptimePath = "/varz"
	routePath  = "/route"
)

// firstReading starts the comparison from what the API has just shown.
func (r *run) firstReading(f fingerprint) {
	r.pulse.begun, r.pulse.uptime, r.pulse.known = r.p.now(), f.uptime, f.uptimeKnown
	r.d.Health = &Health{Before: Reading{Asked: true, Answered: true, UptimeS: f.uptime.Seconds()}}
}

// lookAgain is between two looks at a server that seems to be away: one lost
// answer is not a server that is gone.
const lookAgain = 200 * time.Millisecond

// checkHealth compares the server with what it was before. It says whether it is
// still there, and keeps the first that was found missing.
func (r *run) checkHealth(ctx context.Context) (there bool) {
	h := r.d.Health
	if h == nil || ctx.Err() != nil {
		return true
	}
	last := r.pulse.sentLast()
	now := r.look(ctx)
	if !now.Answered && sleep(ctx, lookAgain) {
		now = r.look(ctx)
	}
	if ctx.Err() != nil {
		return true // we were stopped: that says nothing about the server
	}
	h.After = now.Reading
	switch {
	case h.Gone != "":
		h.Back = h.Back || now.Answered
	case !now.Answered:
		h.Gone, h.SentLast = GoneAway, last
		h.Evidence = []Evidence{{Source: "api", Text: "answered before; now " + now.Fault.Error()}}
	case r.younger(now):
		h.Gone, h.SentLast, h.Back = GoneRestarted, last, true
		h.Evidence = []Evidence{{Source: "api", Text: fmt.Sprintf("GET %s: uptime %s, although it was asked %s ago",
			uptimePath, seconds(now.UptimeS), r.p.now().Sub(r.pulse.begun).Round(100*time.Millisecond))}}
	case !r.pulse.known && r.dropped:
		h.Gone, h.SentLast, h.Back = GoneRestarted, last, true
		h.Evidence = []Evidence{{Source: "connect", Text: "every connection that was logged in ended at the same moment"}}
	}
	return h.Gone == ""
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', -1, 64) + " s" }

// younger says whether the process that answers now began after the first
// reading. The server gives whole seconds. Another member of a cluster, behind
// one address with the first, is older than this run.
func (r *run) younger(now look) bool {
	age := time.Duration(now.UptimeS+1) * time.Second
	return now.aged && age < r.p.now().Sub(r.pulse.begun)
}

// look is one reading; aged says that the server told its uptime, of which 0 is
// one.
type look struct {
	Reading
	aged bool
}

// look asks the API once. A gateway's 502 or 504 says that nothing is behind it
// any more.
func (r *run) look(ctx context.Context) look {
	path := routePath
	if r.pulse.known {
		path = uptimePath
	}
	ans, err := r.p.API.Get(ctx, path)
	if err != nil {
		return look{Reading: Reading{Asked: true, Fault: faultOf(err)}}
	}
	if ans.Status == http.StatusBadGateway || ans.Status == http.StatusGatewayTimeout {
		f := r.p.API.unexpected(path, ans, "")
		f.Kind = FaultStatus
		return look{Reading: Reading{Asked: true, Fault: f}}
	}
	now := look{Reading: Reading{Asked: true, Answered: true}}
	if d, ok := uptimeOf(ans); ok && r.pulse.known {
		now.UptimeS, now.aged = d.Seconds(), true
	}
	return now
}

// uptimeOf reads the field uptime of GET /varz, "1y2d3h4m5s" without its leading
// zeros (v1.2.6 internal/server/const.go, v2.2.5 internal/api/varz.go).
func uptimeOf(ans *Answer) (time.Duration, bool) {
	var body struct {
		Uptime string `json:"uptime"`
	}
	if ans.Status != http.StatusOK || json.Unmarshal(ans.Body, &body) != nil {
		return 0, false
	}
	parts := regexp.MustCompile(`^(?:(\d{1,3})y)?(?:(\d{1,3})d)?(?:(\d{1,2})h)?(?:(\d{1,2})m)?(\d{1,2})s$`).FindStringSubmatch(body.Uptime)
	if parts == nil {
		return 0, false
	}
	const day = 24 * time.Hour
	var sum time.Duration
	for i, unit := range []time.Duration{365 * day, day, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi(parts[i+1]) // "" is 0
		sum += time.Duration(n) * unit
	}
	return sum, true
}

// backLimit is how long a run waits for a server that went away to return, so
// that its test users can be cleared: a supervisor restarts v1 in a second, v2
// needs a few.
const backLimit = 10 * time.Second

// awaitBack waits until the API answers again.
func (r *run) awaitBack(ctx context.Context) bool {
	limited, cancel := context.WithTimeout(ctx, backLimit)
	defer cancel()
	r.progress("back", 0, 0)
	for sleep(limited, lookAgain) {
		if r.look(limited).Answered {
			r.d.Health.Back = true
			return true
		}
	}
	return false
}
