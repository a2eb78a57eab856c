package serverlog

// row is one message that the server's source writes, in one of its modules.
type row struct {
	msg    string
	module string // without brackets; v3's in full
	kind   Kind   // refined by what the fields say
	gens   Generations
	pair   pairing
}

// pairing says how the line goes together with another one of the same refusal.
type pairing uint8

const (
	alone pairing = iota
	// first: v2.1.0+ writes "handle connect err" behind it, without the uid
	// (internal/user/handler/event_connect.go).
	first
	// firstAwaits: v2.0.8–2.0.10 writes "handle connect failed" behind it, and
	// only that one names the uid (internal/user/process/connect.go).
	firstAwaits
	second
	// kick, kickClose: v1 at level debug, v2 at level info, writes the old
	// connection in a line of its own.
	kick
	kickClose
)

// genBeforeV2 are the generations whose 【Processor】 checks the CONNECT.
const genBeforeV2 = GenV10 | GenV1 | GenV2Beta

// index finds the rows of a message.
type index map[string][]row

func newIndex() index {
	x := make(index)
	for _, rows := range [][]row{connectRows(), processRows(), handlerRows(), firstFrameRows(), connectionRows(), apiRows(), nodeRows(), startRows(), v3Rows()} {
		for _, r := range rows {
			x[r.msg] = append(x[r.msg], r)
		}
	}
	return x
}

// find gives the row of a message in a module, nil if the server has none.
func (x index) find(msg, module []byte) *row {
	rows, ok := x[string(msg)]
	if !ok {
		return nil
	}
	name := base(module)
	for i := range rows {
		if rows[i].module == string(name) {
			return &rows[i]
		}
	}
	return nil
}

// connectRows: v1.0–v2-beta internal/server/processor.go processAuth, v2.0
// internal/server/user_reactor_process.go handleAuth.
func connectRows() []row {
	const p, u = "Processor", "userReactor"
	return []row{
		{"token verify fail", p, KindTokenMismatch, genBeforeV2, alone},
		{"get user token err", p, KindTokenLookupFailed, genBeforeV2, alone},
		{"token is empty", p, KindTokenMissing, genBeforeV2, alone},
		{"user is ban", p, KindBanned, genBeforeV2, alone},
		{"get user channel info err", p, KindBanLookupFailed, genBeforeV2, alone},
		{"manager token verify fail", p, KindManagerTokenMismatch, GenV1 | GenV2Beta, alone}, // v1.1.7+
		{"get client aes key and iv err", p, KindClientKeyInvalid, genBeforeV2, alone},
		{"获取频道所在节点失败！", p, KindSlotLeaderUnknown, GenV2Beta, alone},
		{"same master kicks each other", p, KindKicked, genBeforeV2, kick},
		{"close old conn", p, KindSuperseded, genBeforeV2, kickClose},

		{"token verify fail", u, KindTokenMismatch, GenV20, alone},
		{"get device token err", u, KindDeviceNotFound, GenV20, alone},
		{"token is empty", u, KindTokenMissing, GenV20, alone},
		{"device is ban", u, KindBanned, GenV20, alone},
		{"get device channel info err", u, KindBanLookupFailed, GenV20, alone},
		{"manager token verify fail", u, KindManagerTokenMismatch, GenV20, alone},
		{"get client aes key and iv err", u, KindClientKeyInvalid, GenV20, alone},
		{"same master kicks each other", u, KindKicked, GenV20, kick}, // v2.0.1–2.0.5
		{"master: close old conn", u, KindSuperseded, GenV20, kickClose},
		{"slave: close old conn", u, KindSuperseded, GenV20, alone},
		{"auth: same master kicks each other", u, KindKicked, GenV20, kick}, // v2.0.6+
		{"auth: close old conn for master", u, KindSuperseded, GenV20, kickClose},
		{"auth: close old conn for slave", u, KindSuperseded, GenV20, alone},
	}
}

// processRows: v2.0.8–2.0.10 internal/user/process/connect.go.
func processRows() []row {
	const p = "processUser"
	return []row{
		{"token verify fail", p, KindTokenMismatch, GenV2, firstAwaits},
		{"get device token err", p, KindDeviceNotFound, GenV2, firstAwaits},
		{"token is empty", p, KindTokenMissing, GenV2, firstAwaits},
		{"device is ban", p, KindBanned, GenV2, firstAwaits},
		{"get device channel info err", p, KindBanLookupFailed, GenV2, firstAwaits},
		{"get client aes key and iv err", p, KindClientKeyInvalid, GenV2, firstAwaits},
		{"manager token verify fail", p, KindManagerTokenMismatch, GenV2, alone}, // no error is returned
		{"handle connect failed", p, KindConnectRefused, GenV2, second},
		{"auth: same master kicks each other", p, KindKicked, GenV2, kick},
		{"auth: close old conn for master", p, KindSuperseded, GenV2, kickClose},
		{"auth: close old conn for slave", p, KindSuperseded, GenV2, alone},
	}
}

// handlerRows: v2.1.0–2.2.5 internal/user/handler/event_connect.go, event_write.go
// and event_close.go.
func handlerRows() []row {
	const h = "handler"
	return []row{
		{"token verify fail", h, KindTokenMismatch, GenV2, first},
		{"get device token err", h, KindDeviceNotFound, GenV2, first},
		{"token is empty", h, KindTokenMissing, GenV2, first},
		{"device is ban", h, KindBanned, GenV2, first},
		{"get device channel info err", h, KindBanLookupFailed, GenV2, first},
		{"get client aes key and iv err", h, KindClientKeyInvalid, GenV2, first},
		{"manager token verify fail", h, KindManagerTokenMismatch, GenV2, alone}, // then it panics
		{"handle connect err", h, KindConnectRefused, GenV2, second},
		{"auth: same master kicks each other", h, KindKicked, GenV2, kick},
		{"auth: close old conn for master", h, KindSuperseded, GenV2, kickClose},
		{"auth: close old conn for slave", h, KindSuperseded, GenV2, alone},
		{"writeFrame: conn not exist", h, KindConnackLost, GenV2, alone},
		{"closeConn: conn not exist", h, KindKickCloseLost, GenV2, alone},
	}
}

// firstFrameRows: what comes before the checks. v1 internal/server/dispatch.go,
// v2.0.1–2.1.3 and 2.1.4+ internal/server/proto.go.
func firstFrameRows() []row {
	const d, s = "Dispatch", "Server"
	return []row{
		{"请先进行连接！", d, KindNotConnectFirst, genBeforeV2, alone},
		{"请先进行连接！", s, KindNotConnectFirst, GenV20 | GenV2, alone},                               // v2.0.1–2.1.3
		{"First frame is not CONNECT, closing connection", s, KindNotConnectFirst, GenV2, alone}, // v2.1.4+
		{"frameType is not CONNECT, closing connection", s, KindNotConnectFirst, GenV2, alone},   // v2.2.0+
		{"UID is empty,conn will be closed", s, KindUIDEmpty, GenV20 | GenV2, alone},             // v2.0.2–2.1.3
		{"UID is illegal,conn will be closed", s, KindUIDIllegal, GenV20 | GenV2, alone},         // v2.0.2–2.1.3
		{"CONNECT packet UID is empty, closing connection", s, KindUIDEmpty, GenV2, alone},       // v2.1.4+
		{"CONNECT packet UID is illegal, closing connection", s, KindUIDIllegal, GenV2, alone},   // v2.1.4+
		{"Failed to decode the message", d, KindFrameUndecodable, genBeforeV2, alone},            // any frame
		{"Failed to decode the message", s, KindFrameUndecodable, GenV20 | GenV2, alone},         // any frame
		{"Failed to decode the message,conn will be closed", s, KindFrameUndecodable, GenV20 | GenV2, alone},
		{"Failed to decode first frame, closing connection", s, KindFrameUndecodable, GenV2, alone}, // v2.1.4+
		{"Failed to decode jsonrpc packet", s, KindFrameUndecodable, GenV2, alone},                  // v2.1.4+
		{"ip is in blacklist", d, KindIPBlacklisted, GenV1 | GenV2Beta, alone},                      // v1.1.9+
	}
}

// connectionRows: pkg/wknet conn.go and reactor_sub.go, level debug but for v1.0's
// "failed to read".
func connectionRows() []row {
	const all = genBeforeV2 | GenV20 | GenV2
	return []row{
		{"max idle time exceeded, close the connection", "Conn", KindIdleClosed, all &^ GenV10, alone}, // v1.0.9+
		{"failed to read", "ReactorSub-", KindNotWebSocket, GenV10, alone},
		{"connection error", "ReactorSub-", KindNotWebSocket, GenV1 | GenV2Beta | GenV20, alone}, // up to v2.0.5
		{"close connn", "ReactorSub-", KindNotWebSocket, GenV20 | GenV2, alone},
	}
}

// apiRows: v1.0–v2.0 internal/server/api_user.go, v2 internal/api/user.go.
func apiRows() []row {
	var rows []row
	for _, m := range []struct {
		module string
		gens   Generations
	}{{"UserAPI", genBeforeV2 | GenV20}, {"user", GenV2}} {
		rows = append(rows,
			row{"req", m.module, KindTokenRequest, m.gens, alone},
			row{"数据格式有误！", m.module, KindUserRequestInvalid, m.gens, alone},
			row{"更新设备失败！", m.module, KindTokenStoreFailed, m.gens & (GenV20 | GenV2), alone}, // v2.0.4+
			row{"添加设备失败！", m.module, KindTokenStoreFailed, m.gens & (GenV20 | GenV2), alone}, // v2.0.4+
			row{"更新用户token失败！", m.module, KindTokenStoreFailed, m.gens &^ GenV2, alone},      // v1.0.0–2.0.3
			row{"清空用户token失败！", m.module, KindTokenStoreFailed, m.gens, alone},
			row{"添加用户失败！", m.module, KindTokenStoreFailed, m.gens & (GenV20 | GenV2), alone},
			row{"获取用户信息失败！", m.module, KindTokenStoreFailed, m.gens & (GenV20 | GenV2), alone},
			row{"检查频道权限失败！", m.module, KindTokenStoreFailed, m.gens & GenV2, alone}, // v2.2.1+
			row{"获取频道信息失败！", m.module, KindTokenStoreFailed, m.gens, alone},
			row{"设备信息不存在！", m.module, KindQuitNoDevice, m.gens & (GenV20 | GenV2), alone},
			row{"获取设备信息失败！", m.module, KindQuitNoDevice, m.gens & (GenV20 | GenV2), alone},
			row{"获取频道所在节点失败！", m.module, KindSlotLeaderUnknown, m.gens &^ (GenV10 | GenV1), alone})
	}
	return rows
}

// nodeRows: the cluster under the server (v2.0.0-beta–2.1.0 pkg/cluster/
// clusterserver/server_wait.go, v2.1.4+ pkg/cluster/slot/iserver.go, v2.1.1+
// pkg/raft/raftgroup/raftgroup_propose.go) and its goroutine pools
// (internal/user/event/poller.go).
func nodeRows() []row {
	return []row{
		{"wait all slots ready timeout", "cluster", KindSlotNotReady, GenV2Beta | GenV20 | GenV2, alone},
		{"wait all slots ready timeout", "slot.Server", KindSlotNotReady, GenV2, alone},
		{"wait all api server addr ready timeout", "cluster", KindSlotNotReady, GenV20 | GenV2, alone},
		{"user handle panic", "poller", KindPanic, GenV2, alone},              // v2.1.0+
		{"reactorSub panic", "ReactorSub-", KindPanic, GenV20 | GenV2, alone}, // the process ends with it
		{configError, "", KindConfigUnreadable, 0, alone},
		{"propose batch until applied timeout", "RaftGroup", KindProposeTimeout, GenV2, alone},
	}
}

// v3Rows: internal/access/gateway/handler.go, logger access.gateway.conn.
func v3Rows() []row {
	const g = "access.gateway.conn"
	return []row{
		{"gateway session error", g, KindGatewayError, GenV3, alone},
		{"gateway listener error", g, KindGatewayError, GenV3, alone},
	}
}
