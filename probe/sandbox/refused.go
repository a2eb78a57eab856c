package sandbox

import (
	"context"
	"fmt"
	"net"
)

// refusedPort is an address that is taken and on which nobody listens, so that a
// dial is refused for as long as the server runs. A listener that is merely
// closed gives its port back, and another one on 127.0.0.1:0 may get it.
//
// It is the local end of a connection to ourselves: its port is in use, but a SYN
// to it finds no listener.
type refusedPort struct {
	addr      net.Addr
	near, far net.Conn // nil where nobody else can get the port
}

// closedPort is an address on a network of [Config.Listen], which gives no port out
// twice: it is enough that nobody listens.
func closedPort(listen func(network, address string) (net.Listener, error), addr string) (*refusedPort, error) {
	l, err := listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("holding %s: %w", addr, err)
	}
	return &refusedPort{addr: l.Addr()}, l.Close()
}

// refusePort holds addr. reuse lets it take the port of a listener that has just
// been closed and whose connections linger.
func refusePort(ctx context.Context, addr string, reuse bool) (*refusedPort, error) {
	local, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("holding %s: %w", addr, err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("holding %s: %w", addr, err)
	}
	defer l.Close()
	d := net.Dialer{LocalAddr: local}
	if reuse {
		d.Control = reuseAddress
	}
	near, err := d.DialContext(ctx, "tcp", l.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("holding %s: %w", addr, err)
	}
	far, err := l.Accept()
	if err != nil {
		near.Close()
		return nil, fmt.Errorf("holding %s: %w", addr, err)
	}
	return &refusedPort{near.LocalAddr(), near, far}, nil
}

// Accept makes it a net.Listener that is closed from the start.
func (p *refusedPort) Accept() (net.Conn, error) { return nil, net.ErrClosed }

// Addr is the address that refuses.
func (p *refusedPort) Addr() net.Addr { return p.addr }

// Close gives the port back at once, without a TIME_WAIT.
func (p *refusedPort) Close() error {
	if p.near == nil {
		return nil
	}
	reset(p.near)
	return p.far.Close()
}
