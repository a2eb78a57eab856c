package memnet

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// backlog is how many connections wait to be accepted; a SYN beyond them is
// swallowed. Linux 5.4 and up: net.core.somaxconn.
const backlog = 4096

// Listen listens as [net.Listen] does. Port 0 gives a port that nobody had before; a
// taken one is [syscall.EADDRINUSE]. A dial succeeds whether or not anybody accepts.
func (n *Network) Listen(network, address string) (net.Listener, error) {
	at, err := n.resolve(network, address, netip.IPv6Unspecified())
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if at.Port() == 0 {
		at = netip.AddrPortFrom(at.Addr(), n.free())
	}
	l := &listener{n: n, at: at}
	l.moved = sync.NewCond(&l.mu)
	if n.taken(at) {
		return nil, &net.OpError{Op: "listen", Net: network, Addr: l.Addr(), Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}
	}
	n.listeners[at] = l
	return l, nil
}

// listener is a port that takes connections.
type listener struct {
	n  *Network
	at netip.AddrPort

	mu      sync.Mutex
	moved   *sync.Cond
	waiting []arrival
	closed  bool
}

// arrival is a connection that has not been accepted yet.
type arrival struct {
	c  *conn
	at time.Time // when its handshake is complete
}

// queue takes a connection in, unless there are too many.
func (l *listener) queue(c *conn, at time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) >= backlog {
		return false
	}
	l.waiting = append(l.waiting, arrival{c, at})
	l.moved.Broadcast()
	return true
}

// Accept waits for a connection.
func (l *listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		var next time.Time
		if len(l.waiting) > 0 {
			next = l.waiting[0].at
		}
		switch {
		case l.closed:
			return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: net.ErrClosed}
		case reached(next):
			c := l.waiting[0].c
			l.waiting = l.waiting[1:]
			return c, nil
		}
		await(l.moved, next)
	}
}

// Close gives the port back and resets what has not been accepted.
func (l *listener) Close() error {
	l.n.mu.Lock()
	defer l.n.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return &net.OpError{Op: "close", Net: "tcp", Addr: l.Addr(), Err: net.ErrClosed}
	}
	l.closed = true
	delete(l.n.listeners, l.at)
	for _, a := range l.waiting {
		a.c.abort()
	}
	l.waiting = nil
	l.moved.Broadcast()
	return nil
}

// Addr is a *net.TCPAddr.
func (l *listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.at) }

// reached reports whether a point in time is over; the zero one never is.
func reached(at time.Time) bool { return !at.IsZero() && !time.Now().Before(at) }

// await waits until cond is told of a change or the first of the given times is
// reached; zero ones do not count. The caller holds cond.L.
func await(cond *sync.Cond, at ...time.Time) {
	var first time.Time
	for _, t := range at {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	if !first.IsZero() {
		timer := time.AfterFunc(time.Until(first), func() {
			cond.L.Lock() // not before the wait has begun
			defer cond.L.Unlock()
			cond.Broadcast()
		})
		defer timer.Stop()
	}
	cond.Wait()
}
