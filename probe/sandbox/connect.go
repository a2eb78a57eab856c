package sandbox

import (
	"strings"
	"time"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
)

// connect takes a CONNECT up to its decision and reports whether the socket stays
// open. rpc is the JSON-RPC request it came in, if it did.
func (c *conn) connect(p *wkproto.ConnectPacket, rpc *rpcRequest) bool {
	s := c.s
	rec := &ConnectRecord{
		Dialed: c.dialed, At: time.Now(), Transport: c.transport, JSONRPC: rpc != nil,
		UID: p.UID, Flag: uint8(p.DeviceFlag), DeviceID: p.DeviceID, Version: p.Version, Token: p.Token,
		Verdict: Pending,
	}
	s.depart(c, rec)
	if rpc != nil { // it needs no client key
		s.noteManager(p)
	}
	if s.t.strictUID && (strings.TrimSpace(p.UID) == "" || specialUID(p.UID)) {
		s.settle(c, rec, outcome{verdict: Closed})
		return false
	}
	if s.loses(p.UID) {
		c.deafen()
		s.settle(c, rec, outcome{verdict: Lost})
		return true
	}
	if s.has("close-on-connect") {
		s.settle(c, rec, outcome{verdict: Closed})
		return false
	}
	c.mu.Lock()
	c.pending = rec
	c.mu.Unlock()
	c.setLimit(s.t.pending)
	delay := s.verdictDelay(rec.Flag)
	if delay == 0 {
		return c.decide(p, rpc, rec)
	}
	s.later(delay, func() {
		if !c.decide(p, rpc, rec) {
			c.hangUp()
		}
	})
	return true
}

// verdictDelay is how long a CONNECT of a flag waits for its verdict.
func (s *Server) verdictDelay(flag uint8) time.Duration {
	delay := s.t.ackDelay
	if f, ok := s.fault("slow"); ok {
		delay += f.Delay
	}
	if f, ok := s.faultOf("slow-flag", flag); ok {
		delay += f.Delay
	}
	return delay
}

// loses reports whether a fault loses this CONNECT.
func (s *Server) loses(uid string) bool {
	if s.has("lose-first") {
		s.mu.Lock()
		s.counts["lose-first "+uid]++
		first := s.counts["lose-first "+uid] == 1
		s.mu.Unlock()
		if first {
			return true
		}
	}
	f, ok := s.fault("lose")
	return ok && s.spend(f)
}

// mutes reports whether fault mute-after keeps an answer back, and counts those
// that it lets through. A refusal in silence is none.
func (s *Server) mutes(out outcome) bool {
	f, ok := s.fault("mute-after")
	if !ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts[f.Name] >= f.Count {
		return true
	}
	if out.verdict == Accepted || out.verdict == Refused {
		s.counts[f.Name]++
	}
	return false
}

// decide judges a CONNECT, answers it and reports whether the socket stays open.
func (c *conn) decide(p *wkproto.ConnectPacket, rpc *rpcRequest, rec *ConnectRecord) bool {
	s := c.s
	c.mu.Lock()
	gone := c.closed
	c.mu.Unlock()
	switch {
	case gone:
		s.settle(c, rec, outcome{verdict: Closed})
		return false
	case s.dropped(c, p.UID):
		s.settle(c, rec, outcome{verdict: Lost})
		return true
	}
	out := s.judge(p, rpc != nil)
	if s.mutes(out) {
		s.settle(c, rec, outcome{verdict: Lost})
		c.deafen()
		c.setLimit(0)
		return true
	}
	if out.verdict == Accepted {
		c.accept(p, rpc, rec, out)
		return true
	}
	s.settle(c, rec, out)
	s.writeLog(p)
	switch out.verdict {
	case Refused:
		c.answer(s.refusalFrame(p, out.reason), false)
		return !s.t.gateway
	case Silent:
		return true
	}
	return false
}

// accept logs a connection in: older ones are kicked, then it counts as online,
// then the CONNACK goes out.
func (c *conn) accept(p *wkproto.ConnectPacket, rpc *rpcRequest, rec *ConnectRecord, out outcome) {
	s := c.s
	c.mu.Lock()
	c.rpc = rpc != nil
	c.pending = nil
	c.limit = s.cfg.scaled(idleAfterLogin)
	c.login = &login{uid: p.UID, deviceID: p.DeviceID, flag: uint8(p.DeviceFlag), level: out.level, version: p.Version}
	c.mu.Unlock()
	c.touch()
	s.kickByLogin(c)
	s.appear(c)
	frame, text := s.successFrame(p), false
	if rpc != nil {
		frame, text = rpc.success(s, p), true
	}
	s.settle(c, rec, out)
	if !s.has("no-connack") {
		c.answer(frame, text)
	}
	if f, ok := s.fault("drop-after"); ok {
		s.later(f.Delay, c.hangUp)
	}
	if f, ok := s.fault("kick-after"); ok {
		s.later(f.Delay, func() { s.kick(c, s.t.kicks.masterOther) })
	}
}

// answer sends a CONNACK, or what fault garbage puts in its place.
func (c *conn) answer(frame []byte, text bool) {
	if c.s.has("garbage") {
		frame = []byte("\xff\xfenot a frame\x00\xff\xff")
	}
	c.out.send(frame, text)
}

// successFrame is CONNACK reason 1. The server's version is in it for clients of
// version 4 and up, as the lower of the two; the node id from negotiated version
// 4 on (frames of 75, 76 and 84 bytes).
func (s *Server) successFrame(p *wkproto.ConnectPacket) []byte {
	agreed := min(p.Version, s.t.latest)
	key, salt := serverKey(), serverSalt(16)
	if s.has("short-salt") {
		salt = salt[:8]
	}
	if s.has("short-server-key") {
		key = key[:len(key)/2]
	}
	ack := &wkproto.ConnackPacket{
		ServerVersion: agreed, ServerKey: key, Salt: salt, ReasonCode: wkproto.ReasonSuccess,
		TimeDiff: time.Now().UnixMilli() - p.ClientTimestamp, NodeId: s.t.node,
	}
	ack.HasServerVersion = p.Version > 3 && s.t.latest != 0
	return encode(ack, agreed)
}

// refusalFrame is a CONNACK without key, salt and version: 15 bytes, or 23 with a
// node id of 0 (2.0.1 to 2.0.7 and v3, for clients of version 4 and up).
func (s *Server) refusalFrame(p *wkproto.ConnectPacket, reason wkproto.ReasonCode) []byte {
	version := uint8(1)
	if s.t.refusalNode && p.Version >= 4 {
		version = 4
	}
	return encode(&wkproto.ConnackPacket{ReasonCode: reason}, version)
}
