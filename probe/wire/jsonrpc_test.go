package wire

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in string
		want     JSONMessage
	}{
		{"v2.2.5 accepts", `{"jsonrpc":"2.0","id":"1","result":{"serverVersion":5,"timeDiff":1,"reasonCode":1,"nodeId":1001}}`,
			JSONMessage{ID: "1", Frame: &Connack{ServerVersion: 5, TimeDiff: 1, Reason: ReasonSuccess, NodeID: 1001, HasNodeID: true}}},
		{"time difference of 0 is left out", `{"jsonrpc":"2.0","id":"1","result":{"serverVersion":4,"reasonCode":1,"nodeId":1001}}`,
			JSONMessage{ID: "1", Frame: &Connack{ServerVersion: 4, Reason: ReasonSuccess, NodeID: 1001, HasNodeID: true}}},
		{"client ahead of the server", `{"id":"1","result":{"timeDiff":-500,"reasonCode":1,"serverKey":"k","salt":"s"}}`,
			JSONMessage{ID: "1", Frame: &Connack{TimeDiff: -500, Reason: ReasonSuccess, ServerKey: "k", Salt: "s"}}},
		{"refusal as a result", `{"jsonrpc":"2.0","id":"x","result":{"reasonCode":2,"nodeId":0}}`,
			JSONMessage{ID: "x", Frame: &Connack{Reason: ReasonAuthFail, HasNodeID: true}}},
		{"refusal as an error", `{"id":"x","error":{"code":2,"message":"auth fail"}}`,
			JSONMessage{ID: "x", Frame: &Connack{Reason: ReasonAuthFail}, Error: &RPCError{Code: 2, Message: "auth fail"}}},
		{"error code of JSON-RPC", `{"id":"x","error":{"code":-32001,"message":"no"}}`,
			JSONMessage{ID: "x", Frame: &Connack{Reason: ReasonUnknown}, Error: &RPCError{Code: -32001, Message: "no"}}},
		{"an error is no success, whatever its code", `{"id":"x","error":{"code":1}}`,
			JSONMessage{ID: "x", Frame: &Connack{Reason: ReasonUnknown}, Error: &RPCError{Code: 1}}},
		{"pong of v2.2.5", `{"jsonrpc":"2.0","id":"7"}`, JSONMessage{ID: "7", Frame: Pong{}}},
		{"pong with a null result", `{"jsonrpc":"2.0","id":"7","result":null}`, JSONMessage{ID: "7", Frame: Pong{}}},
		{"pong of v2.1.5", `{"jsonrpc":"2.0","method":"pong"}`, JSONMessage{Frame: Pong{}}},
		{"kick", `{"jsonrpc":"2.0","method":"disconnect","params":{"reasonCode":12,"reason":"login in other device"}}`,
			JSONMessage{Frame: &Disconnect{Reason: ReasonConnectKick, Text: "login in other device"}}},
		{"disconnect without params", `{"method":"disconnect"}`, JSONMessage{Frame: &Disconnect{}}},
		{"message for the user", `{"jsonrpc":"2.0","method":"recv","params":{"payload":"e30="}}`, JSONMessage{Frame: Other{}}},
		{"answer to a send", `{"id":"9","result":{"messageId":"1"}}`, JSONMessage{ID: "9", Frame: Other{}}},
		{"keys in another case do not count", `{"id":"1","result":{"reasonCode":2,"ReasonCode":1,"REASONCODE":1}}`,
			JSONMessage{ID: "1", Frame: &Connack{Reason: ReasonAuthFail}}},
		{"white space before", " \r\n\t{\"id\":\"7\"}", JSONMessage{ID: "7", Frame: Pong{}}},
	} {
		got, n, err := DecodeJSON([]byte(tc.in))
		if err != nil || n != len(tc.in) {
			t.Errorf("%s: got n %d, error %v; want n %d", tc.name, n, err, len(tc.in))
			continue
		}
		if got.ID != tc.want.ID || !same(got.Frame, tc.want.Frame) || !sameNode(got.Frame, tc.want.Frame) {
			t.Errorf("%s: got %q %+v; want %q %+v", tc.name, got.ID, got.Frame, tc.want.ID, tc.want.Frame)
		}
		if (got.Error == nil) != (tc.want.Error == nil) || got.Error != nil && *got.Error != *tc.want.Error {
			t.Errorf("%s: got error object %+v; want %+v", tc.name, got.Error, tc.want.Error)
		}
	}
}

// sameNode compares what same leaves out where no version is stated.
func sameNode(a, b Frame) bool {
	x, ok := a.(*Connack)
	if !ok {
		return true
	}
	y := b.(*Connack)
	return x.NodeID == y.NodeID && x.HasNodeID == y.HasNodeID
}

func TestDecodeJSONRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, field string }{
		{"array", `[1]`, "message"},
		{"null", `null`, "message"},
		{"no member that says anything", `{}`, "message"},
		{"only jsonrpc", `{"jsonrpc":"2.0"}`, "message"},
		{"number as id", `{"id":1,"result":{"reasonCode":1}}`, "id"},
		{"result is a string", `{"id":"1","result":"ok"}`, "result"},
		{"reason over 255", `{"id":"1","result":{"reasonCode":256}}`, "reasonCode"},
		{"reason below 0", `{"id":"1","result":{"reasonCode":-1}}`, "reasonCode"},
		{"reason with a fraction", `{"id":"1","result":{"reasonCode":1.5}}`, "reasonCode"},
		{"reason as text", `{"id":"1","result":{"reasonCode":"1"}}`, "reasonCode"},
		{"version over 255", `{"id":"1","result":{"reasonCode":1,"serverVersion":300}}`, "serverVersion"},
		{"node id below 0", `{"id":"1","result":{"reasonCode":1,"nodeId":-1}}`, "nodeId"},
		{"error is a string", `{"id":"1","error":"no"}`, "error"},
		{"params is a list", `{"method":"disconnect","params":[12]}`, "params"},
		{"WKProto", "\x20\x0d\x00\x00", "message"},
		{"HTTP", "HTTP/1.1 400 Bad Request\r\n", "message"},
		{"too deep", strings.Repeat(`{"a":`, 20000), "message"},
		{"too long", `{"id":"` + strings.Repeat("x", MaxBody) + `"}`, "message"},
	} {
		got, n, err := DecodeJSON([]byte(tc.in))
		var f *FormatError
		if !errors.As(err, &f) || f.Field != tc.field || n != 0 || got != (JSONMessage{}) {
			t.Errorf("%s: got %+v, n %d, error %v; want a FormatError in %s", tc.name, got, n, err, tc.field)
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("%s: error has %d bytes", tc.name, len(err.Error()))
		}
	}
}

func TestDecodeJSONCut(t *testing.T) {
	t.Parallel()
	whole := `{"jsonrpc":"2.0","id":"1","result":{"reasonCode":1,"nodeId":1001}}`
	for i := range whole {
		if _, n, err := DecodeJSON([]byte(whole[:i])); !errors.Is(err, ErrIncomplete) || n != 0 {
			t.Errorf("cut to %q: got n %d, error %v; want ErrIncomplete", whole[:i], n, err)
		}
	}
	if _, n, err := DecodeJSON([]byte(whole + `{"jsonrpc":`)); err != nil || n != len(whole) {
		t.Errorf("two messages: got n %d, error %v; want n %d", n, err, len(whole))
	}
}

// FuzzDecodeJSON: DecodeJSON never panics and takes no more than it was given;
// a CONNACK from it says what the text says.
func FuzzDecodeJSON(f *testing.F) {
	for _, s := range []string{
		`{"jsonrpc":"2.0","id":"1","result":{"serverVersion":5,"timeDiff":1,"reasonCode":1,"nodeId":1001}}`,
		`{"id":"x","error":{"code":-32001,"message":"no"}}`, `{"jsonrpc":"2.0","id":"7"}`,
		`{"jsonrpc":"2.0","method":"pong"}`, `{"method":"disconnect","params":{"reasonCode":12}}`, `{`, ``, `null`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, n, err := DecodeJSON(b)
		if err != nil {
			var fe *FormatError
			if n != 0 || m != (JSONMessage{}) || !errors.Is(err, ErrIncomplete) && !errors.As(err, &fe) {
				t.Fatalf("got %+v, n %d, error %v", m, n, err)
			}
			return
		}
		if n < 2 || n > len(b) || m.Frame == nil || bytes.TrimLeft(b, " \t\r\n")[0] != '{' {
			t.Fatalf("got %+v, n %d of %d bytes", m, n, len(b))
		}
		if c, ok := m.Frame.(*Connack); ok && m.Error != nil && c.Reason == ReasonSuccess {
			t.Fatalf("an error object became a success: %s", b)
		}
	})
}
