package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
)

// Hazards are noted as they arrive, ahead of faults and refusals, and whatever
// generation is played: a client that does not know what it talks to must not
// send them to any.

// isHello reports whether a connection starts with a TLS record of a handshake.
func isHello(start []byte) bool { return len(start) > 1 && start[0] == 0x16 && start[1] == 0x03 }

// noteFirst looks at the first frame of a connection.
func (c *conn) noteFirst(frame []byte) {
	switch {
	case isHello(frame):
		// It reads as a CONNECT of 3 bytes, whose strings end behind its end.
		if c.transport == "tcp" && c.s.cfg.Generation == V10 {
			c.s.hazard("TLS ClientHello to the TCP port: kills 1.0.0 to 1.0.5 (pkg/wkproto/decoder.go)")
		}
	case kindOf(frame) == wkproto.CONNECT:
		if p, err := decodeConnect(frame); err == nil {
			c.s.noteKey(p)
			c.s.noteManager(p)
		} else if c.s.cfg.Generation == V10 {
			c.s.hazard("a malformed CONNECT: kills 1.0.0 to 1.0.5 (pkg/wkproto/decoder.go)")
		}
	}
}

// noteKey lists a client key that kills servers up to 2.0.10.
func (s *Server) noteKey(p *wkproto.ConnectPacket) {
	switch keyStateOf(p.ClientKey) {
	case keyEmpty:
		s.hazard("CONNECT with an empty client key: kills 2.0.1 to 2.0.10")
	case keyNotBase64:
		s.hazard("CONNECT with a client key that is not base64")
	case keyShort:
		s.hazard("CONNECT with a client key of less than 32 bytes: kills servers up to 2.0.10")
	}
}

// noteManager lists a CONNECT that kills servers with a manager token.
func (s *Server) noteManager(p *wkproto.ConnectPacket) {
	if s.cfg.ManagerToken != "" && p.UID == s.cfg.ManagerUID && p.Token != s.cfg.ManagerToken {
		s.hazard("CONNECT as the manager uid with a wrong token: kills 2.1.0 to 2.2.5")
	}
}

// noteQuit lists a POST /user/device_quit without uid or device_flag.
func (s *Server) noteQuit(r *http.Request, body []byte) {
	if r.Method != http.MethodPost || r.URL.Path != "/user/device_quit" {
		return
	}
	var req struct {
		UID        string           `json:"uid"`
		DeviceFlag *json.RawMessage `json:"device_flag"`
	}
	if json.NewDecoder(bytes.NewReader(body)).Decode(&req) != nil {
		return
	}
	if req.DeviceFlag == nil {
		s.hazard("POST /user/device_quit without device_flag for uid %q: flag 0 is logged out", req.UID)
	}
	if req.UID == "" {
		s.hazard("POST /user/device_quit without uid: kills 2.0.1 to 2.0.3")
	}
}

// dieOnTLS serves a wss socket without certificate. Bytes that are no TLS are
// closed without an answer, as plain HTTP is on a TLS port; a ClientHello finds
// no tls.Config and ends the process (tickets WuKongIM#56 and #115).
func (c *conn) dieOnTLS(f Fault) {
	start := make([]byte, 0, 2)
	for len(start) < cap(start) {
		n, err := c.raw.Read(start[len(start):cap(start)])
		start = start[:len(start)+n]
		if err != nil || start[0] != 0x16 {
			return
		}
	}
	if isHello(start) {
		c.s.hazard("TLS ClientHello to a wss listener without certificate (crashes v1.1.0 to v2.2.5)")
		c.s.die(c.life, f.Delay)
	}
}
