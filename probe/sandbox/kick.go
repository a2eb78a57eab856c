package sandbox

import (
	"encoding/json"
	"slices"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
)

// appear counts a connection as online.
func (s *Server) appear(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.online[c.login.uid] = append(s.online[c.login.uid], c)
}

// forget stops counting a connection as online.
func (s *Server) forget(c *conn) {
	c.mu.Lock()
	l := c.login
	c.mu.Unlock()
	if l == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.online[l.uid] = slices.DeleteFunc(s.online[l.uid], func(have *conn) bool { return have == c })
	if len(s.online[l.uid]) == 0 {
		delete(s.online, l.uid)
	}
}

// liveOf returns the connections of a uid, oldest first.
func (s *Server) liveOf(uid string) []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.online[uid])
}

// live returns every connection that is logged in, oldest first.
func (s *Server) live() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*conn
	for _, conns := range s.online {
		all = append(all, conns...)
	}
	slices.SortFunc(all, func(a, b *conn) int { return int(a.id - b.id) })
	return all
}

// kickByLogin applies a new login's rules to the older connections of its
// (uid, flag). Another flag is never touched.
func (s *Server) kickByLogin(c *conn) {
	k := s.t.kicks
	for _, old := range s.liveOf(c.login.uid) {
		if old.login.flag != c.login.flag {
			continue
		}
		same := old.login.deviceID == c.login.deviceID
		rule := kickRule{nothing: true}
		switch {
		case c.login.level == levelMaster && same:
			rule = k.masterSame
		case c.login.level == levelMaster:
			rule = k.masterOther
		case c.login.level == levelSlave && same:
			rule = k.slaveSame
		}
		if rule.nothing {
			continue
		}
		if !rule.zombie { // 1.x and 2.0.x forget the old connection at once
			s.forget(old)
		}
		s.kick(old, rule)
	}
}

// kickByAPI applies a rule to the live connections of a flag.
func (s *Server) kickByAPI(uid string, flag uint8, rule kickRule) {
	for _, c := range s.liveOf(uid) {
		if c.login.flag == flag {
			s.kick(c, rule)
		}
	}
}

func (s *Server) kick(c *conn, rule kickRule) {
	if rule.nothing {
		return
	}
	if rule.disconnect {
		say := func() { c.disconnect(rule.text) }
		if rule.delay == 0 {
			say()
		} else {
			s.later(s.cfg.scaled(rule.delay), say)
		}
	}
	if rule.never {
		return
	}
	end := func() {
		s.forget(c)
		if !rule.zombie {
			c.hangUp()
			return
		}
		c.mu.Lock()
		c.zombie = true
		c.mu.Unlock()
	}
	if rule.after == 0 {
		end()
		return
	}
	s.later(s.cfg.scaled(rule.after), end)
}

// disconnect sends DISCONNECT reason 12.
func (c *conn) disconnect(text string) {
	c.mu.Lock()
	rpc, closed := c.rpc, c.closed
	c.mu.Unlock()
	if closed {
		return
	}
	if !rpc {
		c.out.send(encode(&wkproto.DisconnectPacket{ReasonCode: wkproto.ReasonConnectKick, Reason: text}, wkproto.LatestVersion), false)
		return
	}
	note, _ := json.Marshal(map[string]any{ // plain data, it cannot fail
		"jsonrpc": "2.0", "method": "disconnect",
		"params": map[string]any{"reasonCode": wkproto.ReasonConnectKick, "reason": text},
	})
	c.out.send(note, true)
}
