package serverlog

import (
	"fmt"
	"strings"
	"testing"
)

// sourceLine builds a v2 line.
func sourceLine(level, module, msg, fields string) string {
	return fmt.Sprintf(`{"level":%q,"time":"2026-04-03T01:05:14.9+00:00","msg":"【%s】%s"%s}`, level, module, msg, fields)
}

// TestLinesFromSource has the lines that no capture holds; their shape is the
// server's source, that of the writes and the propose time-out also ticket 526.
func TestLinesFromSource(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string
		kind Kind
		uid  string
		flag string
		gens Generations
	}{
		{sourceLine("error", "user", "更新设备失败！", `,"error":"context deadline exceeded","uid":"0100","deviceFlag":0`), KindTokenStoreFailed, "0100", "0", GenV2},
		{sourceLine("error", "user", "添加设备失败！", `,"error":"no leader","uid":"u","deviceFlag":5`), KindTokenStoreFailed, "u", "5", GenV2},
		{sourceLine("error", "UserAPI", "更新用户token失败！", `,"error":"EOF"`), KindTokenStoreFailed, "", "-", GenV20},
		{sourceLine("error", "user", "获取设备信息失败！", `,"error":"pebble: closed","uid":"u","deviceFlag":1`), KindTokenStoreFailed, "u", "1", GenV2},
		{sourceLine("error", "user", "获取频道所在节点失败！", `,"error":"no leader","channelID":"u","channelType":1`), KindSlotLeaderUnknown, "u", "-", GenV2},
		{sourceLine("error", "RaftGroup[slot]", "propose batch until applied timeout", `,"raftKey":"5","resps":[{"Id":1,"Index":2}],"progress":"key:5"`), KindProposeTimeout, "", "-", GenV2},
		{sourceLine("panic", "slot.Server", "wait all slots ready timeout", ``), KindSlotNotReady, "", "-", GenV2},
		{sourceLine("panic", "cluster[1001]", "wait all slots ready timeout", ``), KindSlotNotReady, "", "-", GenV20 | GenV2},
		{sourceLine("error", "user", "数据格式有误！", `,"error":"json: cannot unmarshal string into Go struct field UpdateTokenReq.device_flag of type wkproto.DeviceFlag"`), KindTokenRequestInvalid, "", "-", GenV2},
		{sourceLine("info", "handler", "writeFrame: conn not exist", `,"uid":"u","nodeId":1001,"connId":7,"sourceNodeId":1001`), KindConnackLost, "u", "-", GenV2},
		{sourceLine("error", "poller[3]", "user handle panic", `,"panic":"runtime error: slice bounds out of range [:32] with capacity 5","stack":"goroutine 9\ninternal/user/handler.(*Handler).getClientAesKeyAndIV"`), KindClientKeyPanic, "", "-", GenV2},
		{sourceLine("error", "poller[3]", "user handle panic", `,"panic":"x","stack":"goroutine 9"`), KindPanic, "", "-", GenV2},
		{sourceLine("warn", "Server", "CONNECT packet UID is illegal, closing connection", `,"uid":"a@b"`), KindUIDIllegal, "a@b", "-", GenV2},
		{sourceLine("warn", "Server", "CONNECT packet UID is empty, closing connection", ``), KindUIDEmpty, "", "-", GenV2},
		{sourceLine("warn", "Server", "First frame is not CONNECT, closing connection", `,"frameType":"ping"`), KindNotConnectFirst, "", "-", GenV2},
		{sourceLine("warn", "Server", "Failed to decode first frame, closing connection", `,"error":"EOF","data":"\u0010secret-frame"`), KindFrameUndecodable, "", "-", GenV2},
		{sourceLine("error", "handler", "get device channel info err", `,"error":"pebble: closed"`), KindBanLookupFailed, "", "-", GenV2},
		{sourceLine("error", "handler", "get device token err", `,"error":"pebble: closed","uid":"u","deviceFlag":"SYSTEM","sourceNodeId":1`), KindTokenLookupFailed, "u", "99", GenV2},
		{sourceLine("error", "Processor", "get user token err", `,"error":"bolt: closed"`), KindTokenLookupFailed, "", "-", genBeforeV2},
		{sourceLine("debug", "Dispatch", "ip is in blacklist", `,"ip":"10.0.0.9"`), KindIPBlacklisted, "", "-", GenV1 | GenV2Beta},
		{sourceLine("info", "handler", "auth: close old conn for slave", `,"oldConn":"ConnId:29, Uid:u, DeviceId:A, DeviceFlag:1, DeviceLevel:0, NodeId:1001, Auth:true, AesIV:u1xDk7Bad6lDkCqn, AesKey:7848ba2af1b96621","oldConnId":29,"newConnId":30`), KindSuperseded, "u", "1", GenV2},
		{sourceLine("debug", "Conn[[reactor-1]9]", "max idle time exceeded, close the connection", `,"maxIdle":180000,"lastActivity":180010,"conn":"Conn[9] fd={161}"`), KindIdleClosed, "", "-", GenV20 | GenV2},
		{sourceLine("fatal", "anything", "no such message", ``), KindPanic, "", "-", 0},
	} {
		list, _ := scanAll(t, &Scanner{}, c.line+"\n")
		if len(list) != 1 {
			t.Errorf("%s: expected one entry, got %v", c.line, kindsOf(list))
			continue
		}
		e := list[0]
		flag := "-"
		if e.Flag != nil {
			flag = fmt.Sprint(*e.Flag)
		}
		if e.Kind != c.kind || e.UID != c.uid || flag != c.flag || e.Generations != c.gens {
			t.Errorf("%s:\nexpected %s %q %s [%s], got %s %q %s [%s]", c.line, c.kind, c.uid, c.flag, c.gens, e.Kind, e.UID, flag, e.Generations)
		}
		for _, secret := range []string{"secret-frame", "u1xDk7Bad6lDkCqn", "7848ba2af1b96621"} {
			if strings.Contains(e.Text, secret) {
				t.Errorf("the text shows %q: %s", secret, e.Text)
			}
		}
	}
}

// TestTable: no two rows for one message of one module, and every kind comes
// from a row or from what refine makes of one.
func TestTable(t *testing.T) {
	t.Parallel()
	refined := map[Kind]bool{
		KindTokenUnset: true, KindTokenCleared: true, KindTokenRefused: true,
		KindNoConnectClosed: true, KindRefusedClosed: true, KindClientKeyPanic: true,
		KindManagerTokenPanic: true, KindTokenRequestInvalid: true,
		KindWebSocketPath: true, KindUnsupportedFrame: true,
		KindPlainToTLS: true, KindCertRefused: true, KindTLSFailed: true, KindTLSPanic: true,
		KindTokenCallUnauthorized: true, KindTokenCallRefused: true, KindTokenCallBlocked: true,
		KindTokenCallLimited: true, KindTokenCallFailed: true, KindTokenCall: true,
		KindQuitCall: true, KindQuitCallFailed: true, KindAPIUnauthorized: true, KindRouteFailed: true,
		KindListenInUse: true, KindListenNotLocal: true, KindCertUnreadable: true, KindNoUIDCall: true, KindAPIPanic: true,
	}
	seen := map[string]bool{}
	for msg, rows := range newIndex() {
		for _, r := range rows {
			key := r.module + "】" + msg
			if seen[key] {
				t.Errorf("two rows for %s", key)
			}
			seen[key] = true
			refined[r.kind] = true
		}
	}
	for _, k := range Kinds() {
		if !refined[k] {
			t.Errorf("no line gives kind %s", k)
		}
		delete(refined, k)
	}
	for k := range refined {
		t.Errorf("kind %s is not in Kinds()", k)
	}
}

// TestConnText reads connections whose user and device try to forge one.
func TestConnText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"uid: u connId: 6 deviceId: d deviceFlag: WEB isRealConn: true proxyConnId: 0":                   "u 1",
		"uid: u connId: 6 deviceId: d deviceFlag: 2 isRealConn: true":                                    "u 2",
		"uid: u connId: 6 deviceId: x deviceFlag: WEB isRealConn: true deviceFlag: APP isRealConn: true": " -",
		"ConnId:29, Uid:u, DeviceId:A, DeviceFlag:0, DeviceLevel:1, NodeId:1001":                         "u 0",
		"ConnId:29, Uid:u, DeviceId:, DeviceFlag:9, DeviceLevel:1, DeviceFlag:0, DeviceLevel:1":          " -",
		"Conn[29] uid=u fd={23} deviceFlag=PC deviceLevel=Master deviceID=A":                             "u 2",
		"Conn[29] uid=u fd=21": "u -",
		"Conn[29] fd={153}":    " -",
		"Conn[x] uid=u fd=1":   "u -",
		"something else":       " -",
	} {
		c := parseConn([]byte(text))
		flag := "-"
		if c.flag != nil {
			flag = fmt.Sprint(*c.flag)
		}
		if got := fmt.Sprintf("%s %s", c.uid, flag); got != want {
			t.Errorf("%q: expected %q, got %q", text, want, got)
		}
	}
}
