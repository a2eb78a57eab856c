package probe

import (
	"crypto/tls"
	"net/http/httptrace"
	"sync"
	"time"
)

// stepTimer collects the parts of an HTTP upgrade. The hooks run on the
// transport's goroutines.
type stepTimer struct {
	now   func() time.Time
	start time.Time

	mu                   sync.Mutex
	connected, encrypted time.Time
	tlsStarted           bool
}

func (t *stepTimer) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		ConnectDone: func(_, _ string, err error) {
			t.mu.Lock()
			defer t.mu.Unlock()
			if err == nil && t.connected.IsZero() { // the first of IPv4 and IPv6
				t.connected = t.now()
			}
		},
		TLSHandshakeStart: func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.tlsStarted = true
		},
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			t.mu.Lock()
			defer t.mu.Unlock()
			if err == nil {
				t.encrypted = t.now()
			}
		},
	}
}

// phase says how far the upgrade came.
func (t *stepTimer) phase() Phase {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.connected.IsZero():
		return PhaseDial
	case t.tlsStarted && t.encrypted.IsZero():
		return PhaseTLS
	}
	return PhaseUpgrade
}

func (t *stepTimer) steps() []Step {
	t.mu.Lock()
	defer t.mu.Unlock()
	end := t.now()
	if t.connected.IsZero() {
		return []Step{{StepDial, millis(end.Sub(t.start))}}
	}
	steps := []Step{{StepDial, millis(t.connected.Sub(t.start))}}
	last := t.connected
	if t.tlsStarted {
		done := t.encrypted
		if done.IsZero() {
			done = end
		}
		steps = append(steps, Step{StepTLS, millis(done.Sub(last))})
		last = done
	}
	if t.phase2() {
		steps = append(steps, Step{StepUpgrade, millis(end.Sub(last))})
	}
	return steps
}

// phase2 says whether the HTTP request was sent; the caller holds the lock.
func (t *stepTimer) phase2() bool { return !t.tlsStarted || !t.encrypted.IsZero() }
