package measure

import (
	"time"

	"github.com/wkctl/wkctl/probe"
)

// pace lengthens the silence where this very connection was slow to upgrade: a
// server that is busy now may be slow to take the CONNECT too.
func (a *attempt) pace() patience {
	p := a.patience
	for _, s := range a.result.Steps {
		if s.Name == probe.StepUpgrade && p.silence > 0 {
			p.silence = max(p.silence, silenceFor(time.Duration(s.ElapsedMS*float64(time.Millisecond))))
		}
	}
	return p
}

// tooSoon says how much longer to wait before the PING, because the server took
// its time over another good CONNECT of this run meanwhile.
func (a *attempt) tooSoon() time.Duration {
	now := time.Now()
	missing := silenceFor(time.Duration(a.slowest.Load())) - now.Sub(a.sentAt)
	if missing <= 0 {
		return 0
	}
	return patience{silence: missing}.untilPing(now.Sub(a.dialedAt), a.upgrade())
}

// upgrade gives the part of the dial behind the TCP connection.
func (a *attempt) upgrade() time.Duration {
	var ms float64
	for _, s := range a.result.Steps {
		if s.Name == probe.StepTLS || s.Name == probe.StepUpgrade {
			ms += s.ElapsedMS
		}
	}
	return time.Duration(ms * float64(time.Millisecond))
}

// accepted notes how long the server took, for those that wait still.
func (a *attempt) accepted(d time.Duration) {
	for {
		old := a.slowest.Load()
		if int64(d) <= old || a.slowest.CompareAndSwap(old, int64(d)) {
			return
		}
	}
}
