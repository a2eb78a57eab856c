package sandbox

import (
	"encoding/base64"
	"strings"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
)

// Device levels of POST /user/token.
const (
	levelSlave  = uint8(wkproto.DeviceLevelSlave)
	levelMaster = uint8(wkproto.DeviceLevelMaster)
)

// outcome is what a CONNECT comes to.
type outcome struct {
	verdict Verdict
	reason  wkproto.ReasonCode // of the CONNACK, when one is sent
	level   uint8              // of a login
}

// keyState is what a client key is good for.
type keyState int

const (
	keyGood keyState = iota
	keyEmpty
	keyNotBase64
	keyShort
)

func keyStateOf(key string) keyState {
	if strings.TrimSpace(key) == "" {
		return keyEmpty
	}
	raw, err := base64.StdEncoding.DecodeString(key)
	switch {
	case err != nil:
		return keyNotBase64
	case len(raw) < 32:
		return keyShort
	}
	return keyGood
}

// judge decides a CONNECT in the order of the servers: manager uid or token, then
// ban, then client key. jsonrpc needs no client key.
func (s *Server) judge(p *wkproto.ConnectPacket, jsonrpc bool) outcome {
	key := keyStateOf(p.ClientKey)
	if jsonrpc {
		key = keyGood
	}
	if _, ok := s.faultOf("refuse-flag", uint8(p.DeviceFlag)); ok {
		return s.refusal(wkproto.ReasonAuthFail)
	}
	if s.t.gateway {
		return judgeGateway(key)
	}
	if key == keyEmpty && !s.t.strictUID { // up to 2.0.0-beta this comes first
		return s.refusal(wkproto.ReasonAuthFail)
	}
	s.mu.Lock()
	stored, level := s.store.lookup(s.t.scope, p.UID, uint8(p.DeviceFlag))
	banned := s.store.banned[p.UID]
	s.mu.Unlock()
	switch {
	case s.t.manager && p.UID == s.cfg.ManagerUID:
		level = levelSlave
		if s.cfg.ManagerToken != "" && p.Token != s.cfg.ManagerToken {
			if s.t.silent {
				return outcome{verdict: Closed}
			}
			return s.refusal(wkproto.ReasonAuthFail)
		}
	case s.cfg.NoTokenAuth, s.t.visitors && strings.HasSuffix(p.UID, s.cfg.VisitorSuffix):
		level = levelSlave
	case p.Token == "" || p.Token != stored:
		return s.refusal(wkproto.ReasonAuthFail)
	}
	if banned {
		return s.refusal(wkproto.ReasonBan)
	}
	return s.judgeKey(key, level)
}

// judgeKey is the last step, where a bad client key kills the older servers. The
// stand-in closes the socket instead of itself.
func (s *Server) judgeKey(key keyState, level uint8) outcome {
	switch {
	case key == keyGood:
		return outcome{verdict: Accepted, reason: wkproto.ReasonSuccess, level: level}
	case key == keyNotBase64, s.t.silent:
		return s.refusal(wkproto.ReasonAuthFail)
	}
	return outcome{verdict: Closed}
}

// judgeGateway is v3: no token is looked at and every login is level 0.
func judgeGateway(key keyState) outcome {
	switch key {
	case keyGood:
		return outcome{verdict: Accepted, reason: wkproto.ReasonSuccess}
	case keyEmpty:
		return outcome{verdict: Refused, reason: wkproto.ReasonClientKeyIsEmpty}
	}
	return outcome{verdict: Refused, reason: wkproto.ReasonAuthFail}
}

// refusal is a CONNACK with that reason, or silence from 2.0.8 on.
func (s *Server) refusal(reason wkproto.ReasonCode) outcome {
	if s.t.silent {
		return outcome{verdict: Silent}
	}
	return outcome{verdict: Refused, reason: reason}
}
