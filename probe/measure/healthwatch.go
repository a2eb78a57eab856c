package measure

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// pulse is what a run knows of its server's health while it goes on. It is safe
// for concurrent use.
type pulse struct {
	mu     sync.Mutex
	begun  time.Time    // of the first reading; zero: none yet
	known  bool         // the server says its uptime
	last   string       // what was sent last, in protocol terms
	away   *probe.Fault // the first request that nobody took any more; nil = none
	before string       // what was sent last before that
}

// sent notes what leaves for the server, and gives what left before.
func (p *pulse) sent(what string) (before string) {
	if p == nil {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	before, p.last = p.last, what
	return before
}

// missed notes a request that was refused. Where the API answered before, nothing
// listens on its port any more: that is no lost answer, and one is enough.
func (p *pulse) missed(f *probe.Fault, before string) {
	if p == nil || f.Kind != probe.FaultRefused {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away == nil && !p.begun.IsZero() {
		p.away, p.before = f, before
	}
}

// missing gives the first request that was refused, and what was sent last before.
func (p *pulse) missing() (f *probe.Fault, before string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.away, p.before
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
	r.pulse.mu.Lock()
	r.pulse.begun, r.pulse.known = time.Now(), f.uptimeKnown
	r.pulse.mu.Unlock()
	r.d.Health = &probe.Health{Before: probe.Reading{Asked: true, Answered: true, UptimeS: f.uptime.Seconds()}}
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
	if away, before := r.pulse.missing(); away != nil {
		last = before
	}
	now := r.look(ctx)
	if !now.Answered && sleep(ctx, lookAgain) {
		now = r.look(ctx)
	}
	if ctx.Err() != nil {
		return true // we were stopped: that says nothing about the server
	}
	h.After = now.Reading
	if h.Gone == "" {
		h.Evidence = r.goneBy(now)
		if len(h.Evidence) == 0 {
			return true
		}
		h.Gone, h.SentLast = probe.GoneAway, last
		if now.Answered {
			h.Gone = probe.GoneRestarted
		}
	}
	h.Back = h.Back || now.Answered
	return false
}

// goneBy gives what shows that the server went away in this run, nil where
// nothing does.
func (r *run) goneBy(now look) (signs []probe.Evidence) {
	elapsed := time.Since(r.pulse.begun)
	if away, _ := r.pulse.missing(); away != nil {
		signs = append(signs, probe.Say("then-away", "answered before; then {{.fault}}", map[string]any{"fault": away.Phrase()}).By("api"))
	} else if !now.Answered {
		signs = append(signs, probe.Say("now-away", "answered before; now {{.fault}}", map[string]any{"fault": now.Fault.Phrase()}).By("api"))
	}
	if now.aged && ageOf(now)+time.Second < elapsed {
		signs = append(signs, probe.Say("restarted", "GET {{.path}}: uptime {{.uptime}}, and it was asked first {{.elapsed}} ago",
			map[string]any{"path": uptimePath, "uptime": ageOf(now), "elapsed": elapsed.Round(100 * time.Millisecond)}).By("api"))
	}
	if r.dropped && (!now.aged || ageOf(now) <= elapsed) {
		signs = append(signs, probe.Say("all-dropped", "every connection that was logged in ended at the same moment", nil).By("connect"))
	}
	return signs
}

// ageOf gives the uptime, in whole seconds as the server does. Another member of
// a cluster, behind one address with the first, is older than this run.
func ageOf(now look) time.Duration { return time.Duration(now.UptimeS) * time.Second }

// look is one reading; aged says that the server told its uptime, of which 0 is
// one.
type look struct {
	probe.Reading
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
		return look{Reading: probe.Reading{Asked: true, Fault: faultOf(err)}}
	}
	if ans.Status == http.StatusBadGateway || ans.Status == http.StatusGatewayTimeout {
		f := r.p.API.unexpected(path, ans, "")
		f.Kind = probe.FaultStatus
		return look{Reading: probe.Reading{Asked: true, Fault: f}}
	}
	now := look{Reading: probe.Reading{Asked: true, Answered: true}}
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
			r.d.Health.Back = r.d.Health.Gone != ""
			return true
		}
	}
	return false
}
