package measure

import (
	"io"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// Times after which servers close a connection that is not logged in, as
// measured on all 51 tagged releases.
const (
	// idleCloseFrom and idleCloseTo: v1.0.9 to v2.2.5 close a connection whose
	// CONNECT they never processed 2 to 3 s after accepting it (server.go:581:
	// limit 2 s, checked every second), with some slack on each side.
	idleCloseFrom = 1900 * time.Millisecond
	idleCloseTo   = 3500 * time.Millisecond
	// lastPing is the latest moment before that window at which a PING's effect
	// can still be told from it.
	lastPing = 1400 * time.Millisecond
	// pingReaction is how soon v1.0.9 to v2.2.5 close a connection that sends
	// PING without being logged in: at once. The rest is the network and a
	// busy machine.
	pingReaction = time.Second
	// closeAtOnce is the same for a CONNECT they will not even read.
	closeAtOnce = time.Second
)

// patience says how long an attempt waits.
type patience struct {
	silence time.Duration // after dialling, before a PING; 0 = never send one
	limit   time.Duration // after CONNECT, until giving up
	hold    time.Duration // after an accepted login, watching; 0 = not at all
}

const (
	// minSilence is the shortest wait before a PING, slowFactor how many times
	// the server's own answer time it must be: a PING that overtakes a good
	// CONNECT makes v2 close the connection. maxSilence is enough for anybody:
	// the slowest releases, v2.0.8 to v2.0.10, take 0.6 s at most.
	minSilence = 250 * time.Millisecond
	maxSilence = 3500 * time.Millisecond
	slowFactor = 10
	// answerLimit ends the wait for a mute server. v2 closes a refused
	// connection after 6 s at the latest, so 7 s of nothing is no refusal.
	answerLimit = 7 * time.Second
)

// silenceFor gives the wait that suits a server which took answer to accept the
// right token, or to answer an upgrade: both pass through the same event loop.
func silenceFor(answer time.Duration) time.Duration {
	return min(max(minSilence, slowFactor*answer), maxSilence)
}

// untilPing gives the wait from now on, d after the dial, which took upgrade
// from the TCP connection on: the server began to count somewhere in there. A
// PING is never sent inside the window in which the idle limit closes unread
// connections: the close could not be told from an answer to the PING.
func (p patience) untilPing(d, upgrade time.Duration) time.Duration {
	if p.silence == 0 {
		return p.limit + time.Hour
	}
	at := d + p.silence
	if at+upgrade > lastPing && at < idleCloseTo {
		at = idleCloseTo
	}
	return at - d
}

// ending is when and how a connection was closed without an answer.
type ending struct {
	sinceDial, sinceConnect time.Duration
	upgrade                 time.Duration // what the dial took behind the TCP connection
	pinged                  bool
	sincePing               time.Duration
	reset                   bool // RST rather than FIN
}

// meaning tells refusal from loss. lost says that the CONNECT was never
// processed, so that the attempt proves nothing and belongs on a fresh
// connection.
func (e ending) meaning() (o probe.Observed, p probe.Proof, lost bool) {
	switch {
	case e.sinceDial+e.upgrade >= idleCloseFrom && e.sinceDial < idleCloseTo:
		return probe.Silent, probe.ProofNone, true
	case e.pinged && e.sincePing < pingReaction:
		return probe.Silent, probe.ProofPingClose, false
	case e.pinged:
		// A server that has read and refused the CONNECT closes on the PING. This
		// one read neither, so that even a close after 4 s is none of a refusal:
		// it is the idle limit of a busy machine.
		return probe.Silent, probe.ProofNone, true
	case e.sinceConnect < closeAtOnce:
		return probe.Closed, probe.ProofNone, e.reset
	case e.sinceConnect >= idleCloseTo:
		return probe.Silent, probe.ProofIdleClose, false
	}
	return probe.Closed, probe.ProofNone, false
}

func orEOF(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}
