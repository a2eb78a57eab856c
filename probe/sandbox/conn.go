package sandbox

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"crypto/tls"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
)

// login is what a connection is authenticated as.
type login struct {
	uid, deviceID string
	flag, level   uint8
	version       uint8
}

// conn is one socket from accept to close.
type conn struct {
	s         *Server
	life      *life
	id        int64
	out       peer
	raw       net.Conn // nil for a client of Server.Online
	transport string
	remote    string
	dialed    time.Time
	buf       []byte

	mu      sync.Mutex
	closed  bool
	lost    bool // its CONNECT was lost: nothing is answered any more
	zombie  bool // kicked, but left open: nothing is answered any more
	rpc     bool
	pending *ConnectRecord // a CONNECT that is being decided or was refused
	limit   time.Duration  // until it is closed for being idle, 0 for never
	login   *login         // set once, by a login
}

// link is a peer that can be read from.
type link interface {
	peer
	receive() (data []byte, text bool, err error)
}

// serveSocket runs one accepted socket to its end.
func (s *Server) serveSocket(l *life, raw net.Conn, transport string) {
	defer raw.Close()
	c := &conn{s: s, life: l, raw: raw, transport: transport, remote: raw.RemoteAddr().String(), dialed: time.Now(), limit: s.t.preauth}
	s.dialed(transport)
	if f, ok := s.fault("reset-on-dial"); ok && s.spend(f) {
		reset(raw)
		return
	}
	if !s.add(c) {
		return
	}
	defer s.drop(c)
	c.touch()
	in, ok := c.open(transport)
	if !ok {
		return
	}
	c.out = in
	if s.has("mute") {
		c.ignore(in)
		return
	}
	c.readAll(in)
}

// open does what comes before WKProto: TLS and the WebSocket upgrade.
func (c *conn) open(transport string) (link, bool) {
	s, raw := c.s, c.raw
	if transport == "tcp" {
		return newTCPLink(raw), true
	}
	if transport == "wss" {
		if f, ok := s.fault("die-on-tls"); ok {
			c.dieOnTLS(f)
			return nil, false
		}
		secure := tls.Server(raw, s.certs.config())
		if secure.Handshake() != nil {
			return nil, false
		}
		raw = secure
	}
	l := &wsLink{tcpLink: newTCPLink(raw), s: s}
	return l, l.upgrade()
}

// ignore reads and answers nothing until the client leaves. What would have
// harmed a server is listed all the same.
func (c *conn) ignore(in link) {
	c.raw.SetReadDeadline(time.Time{})
	for first := true; ; {
		data, _, err := in.receive()
		if err != nil && !errors.Is(err, errDeaf) {
			return
		}
		c.buf = append(c.buf, data...)
		if frames, _ := split(c.buf); first && len(frames) > 0 {
			c.noteFirst(frames[0])
			first = false
		}
		if !first || len(c.buf) > maxFrame {
			c.buf, first = nil, false
		}
	}
}

// readAll feeds what arrives until the socket ends or has been idle for too long.
func (c *conn) readAll(l link) {
	for {
		data, text, err := l.receive()
		switch {
		case errors.Is(err, errDeaf):
			c.deafen()
		case errors.Is(err, os.ErrDeadlineExceeded):
			c.hangUp()
			return
		case err != nil:
			return
		}
		c.mu.Lock()
		lost := c.lost
		c.mu.Unlock()
		if !lost { // what is never read moves no limit
			c.touch()
		}
		if !c.feed(data, text) {
			c.hangUp()
			return
		}
	}
}

// feed takes what one read brought and reports whether the socket stays open.
func (c *conn) feed(data []byte, text bool) bool {
	if c.deaf() {
		return true
	}
	c.mu.Lock()
	loggedIn := c.login != nil
	c.mu.Unlock()
	c.buf = append(c.buf, data...)
	if len(c.buf) == 0 {
		return true
	}
	if c.buf[0] == '{' && (c.s.t.rpc || c.s.t.gateway) {
		whole := c.buf
		c.buf = nil
		return c.feedRPC(whole, text, loggedIn)
	}
	frames, rest := split(c.buf)
	if len(rest) > maxFrame {
		return false
	}
	c.buf = rest
	if len(frames) == 0 {
		// Bytes that are no frame wait for the idle limit, v3's gateway looks closer.
		return !c.s.t.gateway || kindOf(rest) <= wkproto.EVENT
	}
	if loggedIn {
		return c.feedLoggedIn(frames)
	}
	return c.feedFirst(frames)
}

// deaf reports whether what arrives is dropped. A zombie's limit moves on with
// every byte all the same (2.2.5: open for 420 s while pinged).
func (c *conn) deaf() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost || c.zombie
}

// deafen drops all that arrives from here on.
func (c *conn) deafen() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost = true
}

// feedFirst handles frames before a login. The first has to be a CONNECT; what
// follows it in the same write is swallowed up to 2.1.5, on 2.2.0 and up the last
// frame is the one that has to be a CONNECT, and v3 takes a CONNECT alone.
func (c *conn) feedFirst(frames [][]byte) bool {
	first, last := kindOf(frames[0]), kindOf(frames[len(frames)-1])
	alone := len(frames) == 1 && len(c.buf) == 0
	c.noteFirst(frames[0])
	if isHello(frames[0]) {
		return false // what follows is no frame, whatever it looks like
	}
	if first == wkproto.CONNECT && last == wkproto.PING {
		c.s.hazard("CONNECT and PING in one write: 2.2.0 and up close without looking")
	}
	if first != wkproto.CONNECT || (c.s.t.lastTypeRules && last != wkproto.CONNECT) || (c.s.t.gateway && !alone) {
		return false
	}
	c.buf = nil
	packet, err := decodeConnect(frames[0])
	if err != nil {
		return false
	}
	return c.connect(packet, nil)
}

// feedLoggedIn answers PING. A second CONNECT is ignored, but by v3, which closes.
func (c *conn) feedLoggedIn(frames [][]byte) bool {
	for _, frame := range frames {
		switch kindOf(frame) {
		case wkproto.PING:
			if !c.s.has("no-pong") {
				c.out.send(encode(&wkproto.PongPacket{}, wkproto.LatestVersion), false)
			}
		case wkproto.CONNECT:
			if c.s.t.gateway {
				return false
			}
		}
	}
	return true
}

// touch moves the idle limit on.
func (c *conn) touch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.raw == nil {
		return
	}
	deadline := time.Time{}
	if c.limit > 0 {
		deadline = time.Now().Add(c.limit)
	}
	c.raw.SetReadDeadline(deadline)
}

// setLimit changes the idle limit and starts it again.
func (c *conn) setLimit(d time.Duration) {
	c.mu.Lock()
	c.limit = d
	c.mu.Unlock()
	c.touch()
}

// hangUp closes as the generation does; a CONNECT that was being decided is lost
// with it. It is safe to call twice.
func (c *conn) hangUp() {
	if c.markClosed() {
		c.s.land(c) // before the client can know and dial again
		c.out.hangUp()
	}
}

// abort closes without ceremony, for the end of the server.
func (c *conn) abort() {
	c.markClosed()
	if c.raw != nil {
		c.raw.Close()
	}
}

func (c *conn) markClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.closed
	c.closed = true
	return !was
}

func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || c.life.over {
		return false
	}
	s.nextID++
	c.id = s.nextID
	s.conns[c] = struct{}{}
	return true
}

// drop forgets a connection that has ended.
func (s *Server) drop(c *conn) {
	c.markClosed()
	s.land(c)
	s.forget(c)
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}
