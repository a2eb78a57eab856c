package measure

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// stepTimer collects the parts of an HTTP upgrade. The hooks run on the
// transport's goroutines.
type stepTimer struct {
	start time.Time

	mu                   sync.Mutex
	connected, encrypted time.Time
	tlsStarted           bool
}

func (t *stepTimer) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		TLSHandshakeStart: func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.tlsStarted = true
		},
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			t.mu.Lock()
			defer t.mu.Unlock()
			if err == nil {
				t.encrypted = time.Now()
			}
		},
	}
}

// through notes when a dial has connected, whoever makes it: the trace's own hook
// is called by package net alone.
func (t *stepTimer) through(dial DialFunc) DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		t.mu.Lock()
		defer t.mu.Unlock()
		if err == nil {
			t.connected = time.Now()
		}
		return c, err
	}
}

// phase says how far the upgrade came.
func (t *stepTimer) phase() probe.Phase {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.connected.IsZero():
		return probe.PhaseDial
	case t.tlsStarted && t.encrypted.IsZero():
		return probe.PhaseTLS
	}
	return probe.PhaseUpgrade
}

func (t *stepTimer) steps() []probe.Step {
	t.mu.Lock()
	defer t.mu.Unlock()
	end := time.Now()
	if t.connected.IsZero() {
		return []probe.Step{{Name: probe.StepDial, ElapsedMS: millis(end.Sub(t.start))}}
	}
	steps := []probe.Step{{Name: probe.StepDial, ElapsedMS: millis(t.connected.Sub(t.start))}}
	last := t.connected
	if t.tlsStarted {
		done := t.encrypted
		if done.IsZero() {
			done = end
		}
		steps = append(steps, probe.Step{Name: probe.StepTLS, ElapsedMS: millis(done.Sub(last))})
		last = done
	}
	if t.phase2() {
		steps = append(steps, probe.Step{Name: probe.StepUpgrade, ElapsedMS: millis(end.Sub(last))})
	}
	return steps
}

// phase2 says whether the HTTP request was sent; the caller holds the lock.
func (t *stepTimer) phase2() bool { return !t.tlsStarted || !t.encrypted.IsZero() }
