package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const rpcConnect = `{"method":"connect","params":{"uid":"u","token":%q,"deviceId":"web_1","%s":1,"clientTimestamp":1795354960563},"id":"r-1"}`

func TestJSONRPCConnect(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		register(t, s, "u", "T1", 1, 0)
		register(t, s, "u", "T0", 0, 0)
		c := dial(t, s, "ws")
		c.writeText(fmt.Sprintf(rpcConnect, "T1", "deviceFlag"))
		if g != V2 {
			closesAtOnce(t, c, g)
			return
		}
		b, err := c.read(soon)
		var got struct {
			JSONRPC, ID string
			Result      struct {
				ServerVersion, ReasonCode uint8
				TimeDiff                  int64
				NodeID                    uint64
			}
		}
		if err != nil || json.Unmarshal(b, &got) != nil || got.JSONRPC != "2.0" || got.ID != "r-1" ||
			got.Result.ServerVersion != 5 || got.Result.ReasonCode != 1 || got.Result.NodeID != 1001 {
			t.Fatalf("got %s, %v", b, err)
		}
		c.writeText(`{"method":"ping","params":{},"id":"p-1"}`)
		if b, err = c.read(soon); string(b) != `{"id":"p-1","jsonrpc":"2.0"}` {
			t.Errorf("ping: got %s, %v", b, err)
		}
		c = dial(t, s, "tcp")
		c.write(fmt.Appendf(nil, rpcConnect, "T0", "device_flag")) // read as flag 0
		if b, err = c.read(soon); !strings.Contains(string(b), `"reasonCode":1`) {
			t.Errorf("device_flag over tcp: got %s, %v", b, err)
		}
		c = dial(t, s, "ws")
		c.writeText(fmt.Sprintf(rpcConnect, "no", "deviceFlag"))
		took := stopwatch()
		if b, err = c.read(soon); !errors.Is(err, errFIN) || took() != idleAfterConnect {
			t.Errorf("wrong token: got %s, %v after %v, want silence, then FIN", b, err, took())
		}
		if got := s.Connects(); !got[0].JSONRPC || got[0].Flag != 1 || got[1].Flag != 0 || got[2].Verdict != Silent {
			t.Errorf("records: %+v", got)
		}
	})
}

// TestJSONRPCOther: before a login only v3 answers a ping; all else is closed.
func TestJSONRPCOther(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g, IdleClose: time.Minute})
		c := dial(t, s, "ws")
		c.writeText(`{"method":"ping","id":"1"}`)
		if g == V3 {
			if b, err := c.read(soon); string(b) != `{"id":"1","jsonrpc":"2.0"}` {
				t.Errorf("ping: got %s, %v", b, err)
			}
		} else {
			closesAtOnce(t, c, g)
		}
		for _, text := range []string{`{"method":"send","id":"1"}`, `{"method":`, `{"method":"connect","params":{"token":"T"},"id":"1"}`} {
			c := dial(t, s, "ws")
			c.writeText(text)
			closesAtOnce(t, c, g)
		}
	})
}

// TestJSONRPCKick: a kicked JSON-RPC client is told in its own format.
func TestJSONRPCKick(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, Config{})
		s.Register("u", "T1", 1, 0)
		c := dial(t, s, "ws")
		c.writeText(fmt.Sprintf(rpcConnect, "T1", "deviceFlag"))
		if _, err := c.read(soon); err != nil {
			t.Fatal(err)
		}
		s.Quit("u", 1)
		if b, err := c.read(soon); !strings.Contains(string(b), `"method":"disconnect","params":{"reason":"","reasonCode":12}`) {
			t.Errorf("got %s, %v", b, err)
		}
	})
}
