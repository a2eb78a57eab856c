package serverlog

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

const mismatchLine = `{"level":"error","time":"2026-11-22T13:51:50.559034009+00:00","msg":"【handler】token verify fail","uid":"alice","sourceNodeId":1001,"expectToken":"stored-secret","actToken":"sent-secret"}`

const oldLine = `{"level":"error","time":"2024-04-11 13:51:22","msg":"【Processor】token verify fail","expectToken":"","actToken":"sent-secret","conn":"Conn[6] uid= fd={28} deviceFlag=APP deviceLevel=Slave deviceID="}`

// TestContainerFormats puts before a line what the tools put there.
func TestContainerFormats(t *testing.T) {
	t.Parallel()
	docker, err := json.Marshal(map[string]string{
		"log": mismatchLine + "\n", "stream": "stdout", "time": "2026-11-22T13:51:50.6Z",
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, line := range map[string]string{
		"bare":              mismatchLine,
		"compose":           "wukongim-1  | " + mismatchLine,
		"compose colours":   "\x1b[36mwukongim-1  |\x1b[0m " + mismatchLine,
		"compose times":     "wukongim-1  | 2026-11-22T13:51:50.600000000Z " + mismatchLine,
		"docker logs -t":    "2026-11-22T13:51:50.600000000Z " + mismatchLine,
		"container runtime": "2026-11-22T13:51:50.600000000+00:00 stdout F " + mismatchLine,
		"kubectl --prefix":  "[pod/wukongim-0/wukongim] " + mismatchLine,
		"stern":             "wukongim-0 wukongim " + mismatchLine,
		"journal":           "Nov 22 13:51:50 host wukongim[812]: " + mismatchLine,
		"docker json-file":  string(docker),
		"line numbers":      strings.Replace(mismatchLine, `,"msg"`, `,"linenum":"/src/event_connect.go:88","msg"`, 1),
		"spaced":            strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(mismatchLine),
		"message first":     `{"msg":"【handler】token verify fail",` + strings.Replace(strings.TrimPrefix(mismatchLine, "{"), `"msg":"【handler】token verify fail",`, "", 1),
		"escaped Chinese":   strings.NewReplacer("【", `\u3010`, "】", `\u3011`).Replace(mismatchLine),
		"CRLF":              mismatchLine + "\r",
		"upper level":       strings.Replace(mismatchLine, `"error"`, `"ERROR"`, 1),
		"NUL in front":      "\x00\x00\x00" + mismatchLine,
	} {
		list, stats := scanAll(t, &Scanner{}, line+"\n")
		if len(list) != 1 {
			t.Errorf("%s: expected one entry, got %v (%+v)", name, kindsOf(list), stats)
			continue
		}
		e := list[0]
		at := time.Date(2026, 11, 22, 13, 51, 50, 559034009, time.UTC)
		if e.Kind != KindTokenMismatch || e.UID != "alice" || !e.Time.Equal(at) ||
			!e.ExpectToken.Is("stored-secret") || !e.ActToken.Is("sent-secret") || e.Generations != GenV2 || len(e.Misleading) != 1 {
			t.Errorf("%s: expected the refusal of alice, got %+v", name, e)
		}
		if strings.Contains(e.Text, "secret") {
			t.Errorf("%s: the text shows a token: %q", name, e.Text)
		}
	}
}

// TestOuterTime takes docker's time where the server's has no zone.
func TestOuterTime(t *testing.T) {
	t.Parallel()
	shanghai := time.FixedZone("", 8*3600)
	for name, c := range map[string]struct {
		line string
		want time.Time
		sure bool
	}{
		"own, as in Location": {oldLine, time.Date(2024, 4, 11, 13, 51, 22, 0, shanghai), false},
		"docker logs -t":      {"2024-04-11T05:51:22.5Z " + oldLine, time.Date(2024, 4, 11, 5, 51, 22, 5e8, time.UTC), true},
		"compose and time":    {"im-1 | 2024-04-11T05:51:22.5Z " + oldLine, time.Date(2024, 4, 11, 5, 51, 22, 5e8, time.UTC), true},
	} {
		list, _ := scanAll(t, &Scanner{Location: shanghai}, c.line)
		if len(list) != 1 || !list[0].Time.Equal(c.want) || list[0].Misleads(MisleadNoZone) == c.sure {
			t.Errorf("%s: expected %v (sure: %v), got %+v", name, c.want, c.sure, list)
		}
	}
}

const consoleLine = "2026-11-22 13:57:49.113\tWARN\t[access.gateway.conn]\tgateway/handler.go:257\tgateway session error\t" +
	`{"event": "internal.access.gateway.session_error", "sessionID": 274, "listener": "ws-gateway", "error": "internal/access/gateway: unsupported frame"}`

// TestConsole reads what v3 writes on a terminal, in a file, and what is left of
// it after copying.
func TestConsole(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"file":      consoleLine,
		"terminal":  strings.Replace(consoleLine, "WARN", "\x1b[33mWARN\x1b[0m", 1),
		"copied":    strings.ReplaceAll(consoleLine, "\t", "    "),
		"one blank": strings.ReplaceAll(consoleLine, "\t", " "),
		"compose":   "wukongim-1  | " + consoleLine,
		"kubectl":   "[pod/wukongim-0/wukongim] 2026-11-22T13:57:49.2Z " + consoleLine,
		"runtime":   "2026-11-22T13:57:49.2Z stderr F " + consoleLine,
		"json":      strings.TrimSpace(string(readLog(t, "v3-jsonrpc-ok.log"))),
	} {
		list, _ := scanAll(t, &Scanner{}, line)
		if len(list) != 1 || list[0].Kind != KindUnsupportedFrame || list[0].Generations != GenV3 ||
			list[0].Time.Year() != 2026 {
			t.Errorf("%s: expected an unsupported frame of v3, got %+v", name, list)
		}
	}
}

// TestV3Errors tells the errors of a v3 session apart.
func TestV3Errors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Kind{
		`internal/access/gateway: unsupported frame`:                         KindUnsupportedFrame,
		`gateway/transport/gnet: websocket path \"/ws\" not found`:           KindWebSocketPath,
		`gateway/transport/gnet: missing websocket Connection upgrade token`: KindNotWebSocket,
		`gateway/transport/gnet: websocket handshake requires GET`:           KindNotWebSocket,
		`gateway/transport/gnet: unsupported websocket version \"8\"`:        KindNotWebSocket,
		`read tcp: connection reset by peer`:                                 KindGatewayError,
	} {
		line := `{"level":"ERROR","time":"2026-11-22 13:57:49.113","module":"access.gateway.conn","caller":"gateway/handler.go:180","msg":"gateway listener error","listener":"ws-gateway","error":"` + text + `"}`
		list, _ := scanAll(t, &Scanner{}, line)
		if len(list) != 1 || list[0].Kind != want {
			t.Errorf("%s: expected %s, got %v", text, want, kindsOf(list))
		}
	}
}

// TestPasted reads lines as they are in tickets: without their front (the one of
// ticket 124), without their end.
func TestPasted(t *testing.T) {
	t.Parallel()
	head := `Processor】token verify fail","expectToken":"","actToken":"xxxx-yyyy","conn":"Conn[6] uid= fd={28} deviceFlag=APP deviceLevel=Slave deviceID="}`
	list, _ := scanAll(t, &Scanner{}, head)
	if len(list) != 1 || list[0].Kind != KindTokenUnset || !list[0].ActToken.Is("xxxx-yyyy") || list[0].Generations != GenV1|GenV2Beta ||
		!list[0].Misleads(MisleadCut) || strings.Contains(list[0].Text, "xxxx") {
		t.Errorf("expected a token-unset without front, got %+v", list)
	}
	for cut, want := range map[string]Kind{
		`ored-secret`:   KindTokenMismatch, // the front of a token is there
		`stored-secret`: KindTokenRefused,
		`"expectToken"`: KindTokenRefused,
		`erify fail`:    "",
	} {
		text := mismatchLine[:strings.Index(mismatchLine, cut)]
		s := &Scanner{}
		list, _ := scanAll(t, s, text)
		var got Kind
		if len(list) == 1 {
			got = list[0].Kind
			if next, _ := scanAll(t, s, oldLine); next[0].ActToken.String() != "T0" {
				t.Errorf("cut at %s: expected no name for a piece of a token, the next one is %v", cut, next[0].ActToken)
			}
			if !list[0].Misleads(MisleadCut) || strings.Contains(list[0].Text, "st\"") || strings.HasSuffix(list[0].Text, `"st`) {
				t.Errorf("cut at %s: expected a marked line without the token's front, got %+v", cut, list[0])
			}
		}
		if got != want {
			t.Errorf("cut at %s: expected %q, got %v", cut, want, kindsOf(list))
		}
	}
}

// TestOtherMessages must give no entry: the words are there, the line is not the
// server's refusal.
func TestOtherMessages(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`{"level":"error","time":"2026-11-22T13:51:50.5+00:00","msg":"【Webhook】token verify fail","uid":"alice"}`,
		`{"level":"error","time":"2026-11-22T13:51:50.5+00:00","msg":"【Channel】数据格式有误！","error":"EOF"}`,
		`{"level":"info","time":"2026-11-22T13:51:50.5+00:00","msg":"【handler】chat","text":"token verify fail"}`,
		`{"level":"debug","time":"2026-11-22T13:51:50.5+00:00","msg":"【user】req","req":{"uid":"alice"}}`,
		`{"level":"debug","time":"2026-11-22T13:51:50.5+00:00","msg":"【ReactorSub-1】close connn","error":"read: connection reset by peer"}`,
		`our business log: 【handler】token verify fail for alice`,
		`GET /user/token 200 "token is empty"`,
	} {
		if list, _ := scanAll(t, &Scanner{}, line); len(list) != 0 {
			t.Errorf("expected nothing from %s, got %v", line, kindsOf(list))
		}
	}
}
