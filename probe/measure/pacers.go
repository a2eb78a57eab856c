package measure

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// pacers keeps the pacers of a run: one for the API and one for each address
// that is dialled, because each may stand behind a gateway of its own.
type pacers struct {
	api pacer

	mu    sync.Mutex
	dials map[string]*pacer // by host:port
}

// dial gives the pacer of an address; nil pacers have none.
func (m *pacers) dial(host string) *pacer {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dials == nil {
		m.dials = make(map[string]*pacer)
	}
	if m.dials[host] == nil {
		m.dials[host] = &pacer{}
	}
	return m.dials[host]
}

// dialLimits adds up what the addresses asked for.
func (m *pacers) dialLimits() (sum probe.RateLimit, limited bool) {
	if m == nil {
		return sum, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.dials {
		l, ok := p.limits()
		if !ok {
			continue
		}
		if l.Times > sum.Times { // the one that was met most often is named
			sum.Status, sum.Server = l.Status, l.Server
		}
		sum.Times += l.Times
		sum.RetryAfterMS = max(sum.RetryAfterMS, l.RetryAfterMS)
		sum.GaveUp = sum.GaveUp || l.GaveUp
		limited = true
	}
	sum.Where = probe.LimitedWS
	return sum, limited
}

// Limits lists who asked the run to slow down, the API first; nil = nobody did.
func (p *Prober) Limits() (list []probe.RateLimit) {
	if l, limited := p.API.Limits(); limited {
		list = append(list, l)
	}
	if l, limited := p.polite.dialLimits(); limited {
		list = append(list, l)
	}
	return list
}

// Limits says how the API, or what stands before it, asked to slow down; false
// where it did not. Only requests of a Prober's API are slowed down and repeated.
func (a *API) Limits() (probe.RateLimit, bool) {
	l, limited := a.polite.limits()
	l.Where = probe.LimitedAPI
	return l, limited
}

// reply sums an answer of the API up for its pacer.
func (a *API) reply(ans *Answer, err error) reply {
	if err != nil || ans == nil {
		return reply{}
	}
	var said struct {
		Status int    `json:"status"`
		Msg    string `json:"msg"`
	}
	fromServer := json.Unmarshal(ans.Body, &said) == nil && said.Status == ans.Status && said.Msg != ""
	return reply{
		status: ans.Status, fromServer: fromServer, after: retryAfter(ans.Status, ans.Header), server: a.clean(ans.Header.Get("Server"), maxText),
	}
}

// longestAsk bounds what is read from a Retry-After.
const longestAsk = time.Hour

// retryAfter reads how long HTTP 429 or 503 asks to wait, from 0 to an hour. A
// date is compared with the sender's own clock where it shows it.
func retryAfter(status int, h http.Header) time.Duration {
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return 0
	}
	text := h.Get("Retry-After")
	if n, err := strconv.ParseUint(text, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(n, uint64(longestAsk/time.Second))) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return min(max(at.Sub(now), 0), longestAsk)
}
