package probe

import "github.com/wkctl/wkctl/probe/wire"

// Health says whether the server was there all along: what could stop one is
// sent last or not at all, and a server that went away during a run is the
// first thing to say, whoever stopped it.
type Health struct {
	Before   Reading    `json:"before"`
	After    Reading    `json:"after"`
	Gone     Gone       `json:"gone,omitempty"`      // "" = it was there all along, as far as can be seen
	SentLast string     `json:"sent_last,omitempty"` // with Gone: what this run sent last before, in protocol terms
	Hello    bool       `json:"hello,omitempty"`     // with Gone: that was a TLS ClientHello
	Back     bool       `json:"back,omitempty"`      // with Gone: it answered again before the run ended
	Evidence []Evidence `json:"evidence,omitempty"`  // with Gone: what shows it
}

// Reading is one look at the server's API.
type Reading struct {
	Asked    bool    `json:"asked"`              // false: there was no occasion
	Answered bool    `json:"answered"`           // any HTTP answer of the server's counts
	UptimeS  float64 `json:"uptime_s,omitempty"` // age of its process in seconds, of GET /varz (v1.0.0 to v2.0.0-beta, v2.0.6 to v2.2.5); 0 = not said
	Fault    *Fault  `json:"fault,omitempty"`    // why it was not answered
}

// Gone says in which way a server went away.
type Gone string

// The ways.
const (
	GoneAway      Gone = "away"      // it answered before and does not any more
	GoneRestarted Gone = "restarted" // it answers, and is another process than before
)

// RateLimit is one place that asked the run to slow down: HTTP 429, or 503 from
// something that stands before a server which answers otherwise.
type RateLimit struct {
	Where        LimitedAt `json:"where"`
	Status       int       `json:"status"`                   // 429 or 503
	Server       string    `json:"server,omitempty"`         // HTTP Server header; foreign
	RetryAfterMS float64   `json:"retry_after_ms,omitempty"` // the longest that was asked for; 0 = it did not say
	Times        int       `json:"times"`                    // how many requests were answered so
	GaveUp       bool      `json:"gave_up,omitempty"`        // some of them to the end, so that not everything was tested
}

// LimitedAt names what was limited.
type LimitedAt string

// The places.
const (
	LimitedAPI LimitedAt = "api"
	LimitedWS  LimitedAt = "ws"
)

// LeftToken is a token of a test user that could not be cleared.
type LeftToken struct {
	UID        string          `json:"uid"`
	DeviceFlag wire.DeviceFlag `json:"device_flag"`
}

// OwnRow is what the server's store holds for a test user whose own token, which
// the server had acknowledged, it then refused. The row behind it is that of a
// fresh user, made to look again.
type OwnRow struct {
	UID        string          `json:"uid"`
	DeviceFlag wire.DeviceFlag `json:"device_flag"`
	State      ExpectToken     `json:"state"` // match, empty (also: no row), other; unknown: the server does not show its store
}

// Stop says what ended a run that is not Complete.
type Stop string

// What ends a run early.
const (
	StopInterrupt Stop = "interrupt" // a signal
	StopMaxTime   Stop = "max-time"  // its time was up
)
