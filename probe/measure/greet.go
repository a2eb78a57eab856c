package measure

import (
	"context"
	"net"
	"strings"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// greet makes the first TLS handshake of a run whose client uses wss, before any
// user is registered: where wssAddr is set and no certificate is, one ClientHello
// crashes v1.1.0 to v2.2.5 (40 of 40 releases run; WuKongIM#56,
// #115), and then nothing of ours is left on it. The server is asked afterwards
// whether it is still there. Every other run sends no hello at all: greet says
// true at once where the client uses none. in is a user that the server does not
// know.
func (r *run) greet(ctx context.Context, in login) (ok bool) {
	t := r.addresses()[0]
	if !strings.HasPrefix(t.WS, "wss://") {
		return true
	}
	r.progress("control", 0, 0)
	r.d.Target.WS, r.d.Target.WSSource = t.WS, t.WSSource
	f := r.hello(ctx, t.WS)
	there := r.d.Health == nil || r.checkHealth(ctx)
	if !there {
		r.d.Health.Hello = true
	}
	if f == nil && there {
		return true
	}
	c := probe.Check{ID: probe.CheckWS, Outcome: probe.OutcomeFail, Fault: f}
	switch {
	case f != nil && f.Kind == probe.FaultCanceled:
		c.Outcome = probe.OutcomeUnknown
	case f == nil:
		c.Fault = &probe.Fault{Phase: probe.PhaseTLS, Kind: probe.FaultEOF, Address: hostOf(t.WS), Text: "the server went away after the handshake"}
	case there:
		in.address = t.WS
		c.Speaks = r.identify(ctx, in, f)
	}
	c.ElapsedMS = c.Fault.AfterMS
	r.check(c)
	return false
}

// hello opens the wss address as a client does, without a CONNECT, and again
// where the connection was lost as servers lose one now and then; but never on a
// server that went away.
func (r *run) hello(ctx context.Context, address string) *probe.Fault {
	if r.isTCPPort(address) {
		return &probe.Fault{Phase: probe.PhaseUpgrade, Kind: probe.FaultNotDialled, Address: hostOf(address), Text: "/route names it as tcp_addr"}
	}
	r.pulse.sent("TLS ClientHello to " + hostOf(address))
	return r.opens(ctx, address, func(f *probe.Fault) bool { return f.Phase != probe.PhaseTLS && r.checkHealth(ctx) })
}

// opens makes a connection without a CONNECT and keeps it; again where it was
// lost in the way of v1.0.9 to v2.2.5, as long as more, asked with the fault,
// says so.
func (r *run) opens(ctx context.Context, address string, more func(*probe.Fault) bool) *probe.Fault {
	for n := 1; ; n++ {
		start := time.Now()
		conn, err := r.dialer.dial(ctx, r.life, address)
		if err == nil {
			r.keep(conn.link)
			return nil
		}
		f := faultOf(err)
		f.AfterMS = millis(time.Since(start))
		if !retriableDial(f) || n == tries || !more(f) || !sleep(ctx, time.Duration(n)*backoff) {
			return f
		}
	}
}

// isTCPPort says whether a wss address is in truth the TCP port that /route
// names. It is not dialled then: a TLS greeting on that port can end servers
// v1.0.0 to v1.0.5 (wkproto/decoder.go:148).
func (r *run) isTCPPort(address string) bool {
	a := r.d.Target.Advertised
	if a == nil || !strings.HasPrefix(address, "wss://") {
		return false
	}
	return samePort(strings.TrimPrefix(a.TCP, "tcp://"), hostOf(address))
}

// samePort compares the ports of two host:port.
func samePort(a, b string) bool {
	_, p1, err1 := net.SplitHostPort(a)
	_, p2, err2 := net.SplitHostPort(b)
	return err1 == nil && err2 == nil && p1 == p2
}

// takesConnections opens an address without sending a byte, which harms no
// release (nine of them run, with one held for 4.5 s).
func (r *run) takesConnections(ctx context.Context, host string) *probe.Fault {
	limited, cancel := withLimit(ctx, r.p.timeout())
	defer cancel()
	c, err := r.dialer.connect(limited, "tcp", host)
	if err != nil {
		return r.dialer.fault(limited, err, probe.PhaseDial, host)
	}
	r.keep(newLink(r.life, &tcpTransport{c: c, buf: make([]byte, 512)}, r.dialer.decode))
	return nil
}
