package memnet

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// window is how many bytes are under way or unread before a write waits.
const window = 64 << 10

// pair is what the two ends of a connection share.
type pair struct {
	mu    sync.Mutex
	moved *sync.Cond // told of everything that changes
	delay time.Duration
}

// conn is one end of a connection. It has the methods of a [net.TCPConn] that are
// of use without a socket: CloseWrite, CloseRead, SetLinger, SetNoDelay and
// SetKeepAlive beside those of a [net.Conn].
type conn struct {
	*pair
	local, remote *net.TCPAddr
	peer          *conn

	// Guarded by pair.mu, on both ends.
	in              []segment // what the peer wrote and has not been read
	unread          int       // the bytes in it
	fin, rst        time.Time // when they arrive here, zero for never
	told            bool      // the reset has been reported
	closed, hard    bool      // Close was called; it resets
	noRead, noWrite bool      // CloseRead, CloseWrite
	readBy, writeBy time.Time // the deadlines
}

// segment is what one write sent.
type segment struct {
	b  []byte
	at time.Time // when it arrives
}

// newPair makes a connection: the end that dialed and the one that is accepted.
func newPair(delay time.Duration, from, to *net.TCPAddr) (near, far *conn) {
	p := &pair{delay: delay}
	p.moved = sync.NewCond(&p.mu)
	near = &conn{pair: p, local: from, remote: to}
	far = &conn{pair: p, local: to, remote: from, peer: near}
	near.peer = far
	return near, far
}

func (c *conn) fail(op string, err error) error {
	if errno, ok := err.(syscall.Errno); ok {
		call := op
		if op == "close" {
			call = "shutdown" // nothing else of it fails in the kernel
		}
		err = os.NewSyscallError(call, errno)
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.local, Addr: c.remote, Err: err}
}

// Read returns what has arrived, without waiting for more.
func (c *conn) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, c.fail("read", net.ErrClosed)
		case len(b) == 0:
			return 0, nil
		case reached(c.readBy):
			return 0, c.fail("read", os.ErrDeadlineExceeded)
		case c.arrived():
			return c.take(b), nil
		case c.noRead, reached(c.fin):
			return 0, io.EOF
		case reached(c.rst) && c.told:
			return 0, io.EOF // as the kernel, which reports it once
		case reached(c.rst):
			c.told = true
			return 0, c.fail("read", syscall.ECONNRESET)
		}
		next := c.fin
		if len(c.in) > 0 {
			next = c.in[0].at
		}
		await(c.moved, next, c.rst, c.readBy)
	}
}

// arrived reports whether there is something to read.
func (c *conn) arrived() bool { return len(c.in) > 0 && reached(c.in[0].at) }

// take moves what has arrived to b and opens the peer's window.
func (c *conn) take(b []byte) int {
	n := 0
	for n < len(b) && c.arrived() {
		k := copy(b[n:], c.in[0].b)
		n += k
		if c.in[0].b = c.in[0].b[k:]; len(c.in[0].b) == 0 {
			c.in = c.in[1:]
		}
	}
	c.unread -= n
	c.moved.Broadcast()
	return n
}

// Write sends b, and waits while the window is full. Like TCP it does not notice
// that the peer has closed: that answers with a RST, which the next call reports.
func (c *conn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := 0
	for {
		switch {
		case c.closed:
			return sent, c.fail("write", net.ErrClosed)
		case reached(c.writeBy):
			return sent, c.fail("write", os.ErrDeadlineExceeded)
		case reached(c.rst):
			return sent, c.fail("write", c.broken())
		case c.noWrite:
			return sent, c.fail("write", syscall.EPIPE)
		case sent == len(b):
			return sent, nil
		}
		if room := min(window-c.peer.unread, len(b)-sent); room > 0 {
			c.send(b[sent : sent+room])
			if sent += room; sent == len(b) {
				return sent, nil
			}
			continue
		}
		await(c.moved, c.rst, c.writeBy)
	}
}

// broken is what a write to a connection that was reset says. Where the peer had
// closed before, the kernel reports a broken pipe.
func (c *conn) broken() error {
	if c.told || reached(c.fin) {
		return syscall.EPIPE
	}
	c.told = true
	return syscall.ECONNRESET
}

// send puts bytes on their way.
func (c *conn) send(b []byte) {
	if c.peer.closed {
		c.peer.unread += len(b) // nobody opens the window again
		c.reset(time.Now().Add(2 * c.delay))
		return
	}
	c.peer.in = append(c.peer.in, segment{append([]byte(nil), b...), time.Now().Add(c.delay)})
	c.peer.unread += len(b)
	c.moved.Broadcast()
}

// reset lets a RST arrive here, unless an earlier one does.
func (c *conn) reset(at time.Time) {
	if c.rst.IsZero() || at.Before(c.rst) {
		c.rst = at
	}
	c.moved.Broadcast()
}

// Close sends a FIN, or a RST where something has arrived and was not read, or
// after SetLinger(0). What arrives later is answered with a RST.
func (c *conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.fail("close", net.ErrClosed)
	}
	c.closed = true
	now := time.Now()
	switch {
	case reached(c.rst) || c.peer.closed && !c.hard:
	case c.hard || c.arrived():
		c.peer.reset(now.Add(c.delay))
	default:
		if c.peer.fin.IsZero() {
			c.peer.fin = now.Add(c.delay)
		}
		if len(c.in) > 0 {
			c.peer.reset(c.in[0].at.Add(c.delay))
		}
	}
	c.moved.Broadcast()
	return nil
}

// abort resets the connection, for a dial that was given up and for what nobody
// accepted.
func (c *conn) abort() {
	c.mu.Lock()
	c.hard = true
	c.mu.Unlock()
	_ = c.Close() // it fails when it is closed already
}

// CloseWrite sends a FIN; reading goes on.
func (c *conn) CloseWrite() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return c.fail("close", net.ErrClosed)
	case reached(c.rst):
		return c.fail("close", syscall.ENOTCONN)
	}
	c.noWrite = true
	if c.peer.fin.IsZero() {
		c.peer.fin = time.Now().Add(c.delay)
	}
	c.moved.Broadcast()
	return nil
}

// CloseRead makes reads end once what has arrived is read. The peer hears nothing
// of it.
func (c *conn) CloseRead() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.fail("close", net.ErrClosed)
	}
	c.noRead = true
	c.moved.Broadcast()
	return nil
}

// SetLinger makes Close send a RST for 0 seconds and a FIN for any other number.
func (c *conn) SetLinger(sec int) error {
	return c.option(func() { c.hard = sec == 0 })
}

// SetNoDelay changes nothing: bytes never wait for others.
func (c *conn) SetNoDelay(bool) error { return c.option(func() {}) }

// SetKeepAlive changes nothing: a connection here is never lost.
func (c *conn) SetKeepAlive(bool) error { return c.option(func() {}) }

// SetDeadline bounds reads and writes, those that wait already too.
func (c *conn) SetDeadline(t time.Time) error {
	return c.set(func() { c.readBy, c.writeBy = t, t })
}

// SetReadDeadline bounds reads.
func (c *conn) SetReadDeadline(t time.Time) error { return c.set(func() { c.readBy = t }) }

// SetWriteDeadline bounds writes.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.set(func() { c.writeBy = t }) }

// set changes a deadline.
func (c *conn) set(change func()) error {
	if err := c.option(change); err != nil {
		return &net.OpError{Op: "set", Net: "tcp", Addr: c.local, Err: net.ErrClosed}
	}
	return nil
}

// option changes an option, whose error names both ends.
func (c *conn) option(change func()) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.fail("set", net.ErrClosed)
	}
	change()
	c.moved.Broadcast()
	return nil
}

// LocalAddr is a *net.TCPAddr.
func (c *conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is a *net.TCPAddr.
func (c *conn) RemoteAddr() net.Addr { return c.remote }
