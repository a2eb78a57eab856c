// Package memnet is a network in memory, for tests in a testing/synctest bubble:
// TCP connections that are made, read, written, half closed and reset without a
// socket, whose delays and deadlines follow the clock of the bubble. Nothing of
// the product imports it.
//
// Whatever waits here waits on a sync.Cond or a channel and holds no lock, so that
// the bubble's clock moves on. A Network, and every context that is handed to it,
// has to be made inside the bubble. All connections and listeners have to be closed
// before the bubble ends. With a Delay that is not enough: time stands still once
// the bubble's first goroutine is done, so that a FIN which is under way by then
// never arrives. Wait for the other side before.
//
// What happens at the same instant is settled: an ended deadline wins over what has
// arrived, and a dial that is answered as its context ends has failed.
//
// Not emulated: lost and repeated packets (a [Network.Blackhole] apart), TIME_WAIT,
// Nagle's algorithm, keep-alive, and the time that news of a read takes to get back
// to a writer whose window is full.
package memnet

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// firstPort is the port of the first listener on port 0 or of the first dial. Each
// later one gets the next, so that no port comes back in one test.
const firstPort = 20000

// giveUp is how long a dial waits for an address that never answers: tcp(7) of
// Linux, six repeated SYNs.
const giveUp = 127 * time.Second

// Network is a network of its own: what listens on one is not there on another. Its
// exported fields may be set before it is used. All methods are safe for
// concurrent use.
type Network struct {
	// Delay is how long a byte, a SYN, a FIN or a RST is under way, in one direction;
	// 0 means that it arrives at once. A connection keeps the delay it was dialed
	// with.
	Delay time.Duration
	// Hosts are the names that can be looked up, in lower case, each with its IP
	// address. localhost is 127.0.0.1 without being named here.
	Hosts map[string]string
	// PollerFirst makes a dial that runs into the deadline of its context end a
	// nanosecond before it, with [os.ErrDeadlineExceeded] and a context that has not
	// ended: the socket's timer may come first in package net too.
	PollerFirst bool

	mu        sync.Mutex
	listeners map[netip.AddrPort]*listener
	failing   map[string]error // by host:port and by host; nil never answers
	port      uint16           // the last one given out, 0 for none
}

// New makes a network without delay.
func New() *Network {
	return &Network{listeners: map[netip.AddrPort]*listener{}, failing: map[string]error{}}
}

// Blackhole makes an address swallow every SYN, as behind a firewall that drops. It
// is host:port, or a host alone for all of its ports, with the host as it is dialed
// or as its IP address.
func (n *Network) Blackhole(address string) { n.Fail(address, nil) }

// Fail makes dials to an address fail with an error of connect(2), such as
// [syscall.EHOSTUNREACH]. The address is as in [Network.Blackhole].
func (n *Network) Fail(address string, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.failing[address] = err
}

// Dial connects as [net.Dialer.DialContext] does, with its errors: refused where
// nobody listens, a [net.DNSError] for an unknown name, "i/o timeout" or "operation
// was canceled" when the context ends, "connection timed out" after 127 s without
// an answer. It takes two delays, and the other side accepts after three.
func (n *Network) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	to, err := n.resolve(network, address, netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	early := ctx
	if end, ok := ctx.Deadline(); ok && n.PollerFirst {
		var cancel context.CancelFunc
		early, cancel = context.WithDeadline(ctx, end.Add(-1))
		defer cancel()
	}
	c, err := n.connect(early, address, to)
	switch {
	case err == nil:
		return c, nil
	case errors.Is(err, errEnded) && ctx.Err() != nil:
		// The dialer looks at its context before it makes a socket, and the types of
		// these two errors are its own.
		_, err := (&net.Dialer{}).DialContext(ctx, network, to.String())
		return nil, err
	case errors.Is(err, errEnded):
		err = os.ErrDeadlineExceeded
	}
	return nil, &net.OpError{Op: "dial", Net: network, Addr: net.TCPAddrFromAddrPort(to), Err: err}
}

// connect is the handshake.
func (n *Network) connect(ctx context.Context, address string, to netip.AddrPort) (net.Conn, error) {
	if !pass(ctx, n.Delay) {
		return nil, errEnded
	}
	near, err := n.knock(address, to)
	switch {
	case err == nil: // it has come through
	case errors.Is(err, errSwallowed):
		if !pass(ctx, giveUp-n.Delay) {
			return nil, errEnded
		}
		return nil, os.NewSyscallError("connect", syscall.ETIMEDOUT)
	}
	if !pass(ctx, n.Delay) {
		if near != nil {
			near.abort()
		}
		return nil, errEnded
	}
	if err != nil {
		return nil, os.NewSyscallError("connect", err)
	}
	return near, nil
}

// The ways a handshake does not come about that are no errors of connect(2).
var (
	errEnded     = errors.New("context ended")
	errSwallowed = errors.New("never answered")
)

// knock is the arrival of a SYN.
func (n *Network) knock(address string, to netip.AddrPort) (*conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	host, _, _ := net.SplitHostPort(address) // resolve has split it
	for _, key := range []string{address, to.String(), host, to.Addr().String()} {
		if err, ok := n.failing[key]; ok && err == nil {
			return nil, errSwallowed
		} else if ok {
			return nil, err
		}
	}
	l := n.at(to)
	if l == nil {
		return nil, syscall.ECONNREFUSED
	}
	from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), n.free())
	if to.Addr().Is6() {
		from = netip.AddrPortFrom(netip.IPv6Loopback(), from.Port())
	}
	near, far := newPair(n.Delay, net.TCPAddrFromAddrPort(from), net.TCPAddrFromAddrPort(to))
	if !l.queue(far, time.Now().Add(2*n.Delay)) {
		return nil, errSwallowed
	}
	return near, nil
}

// at is who listens there, nil for nobody; the caller holds n.mu.
func (n *Network) at(to netip.AddrPort) *listener {
	if l := n.listeners[to]; l != nil {
		return l
	}
	if to.Addr().Is4() {
		if l := n.listeners[netip.AddrPortFrom(netip.IPv4Unspecified(), to.Port())]; l != nil {
			return l
		}
	}
	return n.listeners[netip.AddrPortFrom(netip.IPv6Unspecified(), to.Port())]
}

// free gives out a port; the caller holds n.mu.
func (n *Network) free() uint16 {
	for {
		n.port = max(n.port+1, firstPort)
		if !n.taken(netip.AddrPortFrom(netip.IPv6Unspecified(), n.port)) {
			return n.port
		}
	}
}

// taken reports whether addr collides with a listener; the caller holds n.mu.
func (n *Network) taken(addr netip.AddrPort) bool {
	for have := range n.listeners {
		if have.Port() == addr.Port() && (have.Addr() == addr.Addr() || have.Addr().IsUnspecified() || addr.Addr().IsUnspecified()) {
			return true
		}
	}
	return false
}

// resolve finds out where an address is; none is what no host, or an unspecified
// one, means.
func (n *Network) resolve(network, address string, none netip.Addr) (netip.AddrPort, error) {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return netip.AddrPort{}, net.UnknownNetworkError(network)
	}
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return netip.AddrPort{}, &net.AddrError{Err: "invalid port", Addr: service}
	}
	if host == "" {
		return netip.AddrPortFrom(none, uint16(port)), nil
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		name := strings.ToLower(strings.TrimSuffix(host, "."))
		known, ok := n.Hosts[name]
		if !ok && name == "localhost" {
			known = "127.0.0.1"
		}
		if ip, err = netip.ParseAddr(known); err != nil {
			return netip.AddrPort{}, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
	}
	if ip = ip.Unmap(); ip.IsUnspecified() && !none.IsUnspecified() {
		ip = none
	}
	return netip.AddrPortFrom(ip, uint16(port)), nil
}

// pass waits for d and reports whether the context had not ended by then.
func pass(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	if end, ok := ctx.Deadline(); ok && !time.Now().Before(end) {
		<-ctx.Done() // its timer is due as well
	}
	return ctx.Err() == nil
}
