package sandbox

import (
	"encoding/json"
	"fmt"
	"time"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
)

// writeLog writes what the generation's own log says of a refused CONNECT, one
// JSON object a line, to Config.Log. The lines are those of the release that
// stands for the generation; testdata/logs has the originals. v3 refuses no
// token and writes nothing.
func (s *Server) writeLog(p *wkproto.ConnectPacket) {
	if s.cfg.Log == nil || s.t.gateway {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stored, _ := s.store.lookup(s.t.scope, p.UID, uint8(p.DeviceFlag))
	hasRow := s.store.rows[rowKey{p.UID, uint8(p.DeviceFlag)}] != nil
	if _, ok := s.faultOf("refuse-flag", uint8(p.DeviceFlag)); ok {
		stored, hasRow = "", false // as if the row could not be seen from there
	}
	lines := s.refusalLines(p, stored, hasRow)
	for _, fields := range lines {
		s.log.line(s, fields)
	}
}

// member is one field of a log line; their order is the server's.
type member struct {
	key   string
	value any
}

// refusalLines are the lines behind level and time.
func (s *Server) refusalLines(p *wkproto.ConnectPacket, stored string, hasRow bool) [][]member {
	why, detail := "token verify fail", []member{{"expectToken", stored}, {"actToken", p.Token}}
	switch {
	case p.Token == "":
		why, detail = "token is empty", nil
	case p.Token == stored && s.t.strictUID:
		why, detail = "device is ban", []member{{"uid", p.UID}}
	case p.Token == stored:
		why, detail = "user is ban", []member{{"uid", p.UID}}
	case !hasRow && s.t.strictUID:
		why, detail = "get device token err", []member{{"error", "not found"}}
	}
	verify := why == "token verify fail"
	switch s.cfg.Generation {
	case V10:
		if verify {
			detail = nil
		}
		return [][]member{message("Processor", why, detail)}
	case V1, V2Beta:
		if verify { // the flag and the device id of a connection that is not logged in: never the client's
			detail = append(detail, member{"conn", "Conn[1] uid= fd={23} deviceFlag=APP deviceLevel=Slave deviceID="})
		}
		return [][]member{message("Processor", why, detail)}
	case V20:
		if verify {
			conn := fmt.Sprintf("uid: %s connId: 1 deviceId: %s deviceFlag: %s isRealConn: true proxyConnId: 0 realNodeId: 0 fd: 23", p.UID, p.DeviceID, p.DeviceFlag)
			detail = append(detail, member{"conn", conn})
		}
		return [][]member{message("userReactor[1001]", why, detail)}
	}
	err, node := why, member{"sourceNodeId", s.t.node}
	switch {
	case verify:
		detail = append([]member{{"uid", p.UID}, node}, detail...)
	case why == "token is empty":
		detail = []member{{"uid", p.UID}, node}
	case why == "get device token err":
		err = "not found"
		detail = append(detail, member{"uid", p.UID}, member{"deviceFlag", p.DeviceFlag.String()}, node)
	}
	return [][]member{message("handler", why, detail), message("handler", "handle connect err", []member{{"error", err}})}
}

func message(module, text string, detail []member) []member {
	return append([]member{{"msg", "【" + module + "】" + text}}, detail...)
}

// line writes one line; the caller holds Server.mu. A writer that fails loses it,
// as a full disk does with a server's log.
func (l *log) line(s *Server, fields []member) {
	layout := "2006-01-02T15:04:05.999999999+00:00"
	switch s.cfg.Generation {
	case V10, V1:
		layout = time.DateTime
	case V2Beta:
		layout = "2006-01-02 15:04:05.000"
	}
	out := []byte("{")
	for i, m := range append([]member{{"level", "error"}, {"time", time.Now().UTC().Format(layout)}}, fields...) {
		value, err := json.Marshal(m.value)
		if err != nil {
			return // only strings and numbers are ever passed
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = fmt.Appendf(out, "%q:%s", m.key, value)
	}
	_, _ = s.cfg.Log.Write(append(out, '}', '\n'))
}
