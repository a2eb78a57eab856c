package sandbox

import (
	"encoding/json"
	"time"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
)

// rpcRequest is a JSON-RPC message of an EasySDK, as 2.1.4 and up read it. A
// snake-case device_flag is an unknown key, which leaves the flag 0.
type rpcRequest struct {
	Method string `json:"method"`
	ID     string `json:"id"`
	Params struct {
		Version         uint8  `json:"version"`
		ClientKey       string `json:"clientKey"`
		DeviceID        string `json:"deviceId"`
		DeviceFlag      uint8  `json:"deviceFlag"`
		ClientTimestamp int64  `json:"clientTimestamp"`
		UID             string `json:"uid"`
		Token           string `json:"token"`
	} `json:"params"`
}

// feedRPC takes one JSON-RPC message and reports whether the socket stays open.
// Before a login only connect is served (v3: only ping, its connect is always
// closed as an unsupported frame).
func (c *conn) feedRPC(data []byte, _ bool, loggedIn bool) bool {
	req := &rpcRequest{}
	if err := json.Unmarshal(data, req); err != nil {
		return loggedIn && !c.s.t.gateway
	}
	switch {
	case req.Method == "ping" && (loggedIn || c.s.t.gateway):
		pong, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": req.ID}) // cannot fail
		c.out.send(pong, true)
		return true
	case c.s.t.gateway:
		return false
	case loggedIn:
		return true
	case req.Method != "connect":
		return false
	}
	version := req.Params.Version
	if version == 0 {
		version = c.s.t.latest
	}
	return c.connect(&wkproto.ConnectPacket{
		Version: version, ClientKey: req.Params.ClientKey, DeviceID: req.Params.DeviceID,
		DeviceFlag: wkproto.DeviceFlag(req.Params.DeviceFlag), ClientTimestamp: req.Params.ClientTimestamp,
		UID: req.Params.UID, Token: req.Params.Token,
	}, req)
}

// success is the answer to a login. timeDiff is left out when it is 0.
func (r *rpcRequest) success(s *Server, p *wkproto.ConnectPacket) []byte {
	result := struct {
		ServerVersion uint8  `json:"serverVersion"`
		TimeDiff      int64  `json:"timeDiff,omitempty"`
		ReasonCode    uint8  `json:"reasonCode"`
		NodeID        uint64 `json:"nodeId"`
	}{min(p.Version, s.t.latest), time.Now().UnixMilli() - p.ClientTimestamp, uint8(wkproto.ReasonSuccess), s.t.node}
	answer, _ := json.Marshal(struct { // plain data, it cannot fail
		JSONRPC string `json:"jsonrpc"`
		ID      string `json:"id"`
		Result  any    `json:"result"`
	}{"2.0", r.ID, result})
	return answer
}
