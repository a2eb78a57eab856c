package sandbox

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
)

// shape is what tells the CONNACK of a login from that of another release.
type shape struct {
	size    int
	version uint8 // 0: the CONNACK carries none
	node    uint64
}

// shapeOf reads a CONNACK and fails the test where a part that all of them share is
// wrong: key, salt, and the time since the CONNECT was written.
func shapeOf(t *testing.T, raw []byte, node bool, late time.Duration) shape {
	t.Helper()
	decodeAs := uint8(1)
	if node {
		decodeAs = 4
	}
	f, n, err := wkproto.New().DecodeFrame(raw, decodeAs)
	ack, ok := f.(*wkproto.ConnackPacket)
	if !ok || n != len(raw) {
		t.Fatalf("decoding % x: %v, %d of %d bytes", raw, err, n, len(raw))
	}
	key, err := base64.StdEncoding.DecodeString(ack.ServerKey)
	if err != nil || len(key) != 32 || len(ack.Salt) != 16 {
		t.Errorf("key %q, salt %q", ack.ServerKey, ack.Salt)
	}
	if ack.TimeDiff != late.Milliseconds() || ack.HasServerVersion != (ack.ServerVersion != 0) {
		t.Errorf("time difference %d ms, want %v; server version %d, there: %t", ack.TimeDiff, late, ack.ServerVersion, ack.HasServerVersion)
	}
	return shape{len(raw), ack.ServerVersion, ack.NodeId}
}

// TestConnackShape holds the sizes and versions of CONNACK frames to the captured
// ones: 75, 76 or 84 bytes for a login, 15 or 23 for a refusal.
func TestConnackShape(t *testing.T) {
	t.Parallel()
	plain := shape{size: 75}
	rows := []struct {
		g                  Generation
		v1, v4, v5, v255   shape
		refused1, refused5 int // 0: silence
	}{
		{V10, plain, plain, plain, plain, 15, 15},
		{V1, plain, shape{76, 3, 0}, shape{76, 3, 0}, shape{76, 3, 0}, 15, 15},
		{V2Beta, plain, shape{76, 3, 0}, shape{76, 3, 0}, shape{76, 3, 0}, 15, 15},
		{V20, plain, shape{84, 4, 1001}, shape{84, 4, 1001}, shape{84, 4, 1001}, 15, 23},
		{V2, plain, shape{84, 4, 1001}, shape{84, 5, 1001}, shape{84, 5, 1001}, 0, 0},
		{V3, plain, shape{84, 4, 1}, shape{84, 5, 1}, shape{84, 6, 1}, 0, 0},
	}
	for _, row := range rows {
		t.Run(string(row.g), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := start(t, Config{Generation: row.g})
				register(t, s, "u", "T", 0, 0)
				for version, want := range map[uint8]shape{1: row.v1, 4: row.v4, 5: row.v5, 255: row.v255} {
					c := dial(t, s, "tcp")
					c.write(who{uid: "u", token: "T", version: version, device: fmt.Sprint(version)}.packet())
					raw, err := c.read(soon)
					if err != nil {
						t.Fatalf("version %d: %v", version, err)
					}
					if got := shapeOf(t, raw, want.node != 0, s.t.ackDelay); got != want {
						t.Errorf("version %d: got %+v, want %+v", version, got, want)
					}
				}
				for version, want := range map[uint8]int{1: row.refused1, 5: row.refused5} {
					if want == 0 {
						continue
					}
					c := dial(t, s, "tcp")
					c.write(who{uid: "u", token: "no", version: version}.packet())
					if raw, err := c.read(soon); err != nil || len(raw) != want {
						t.Errorf("refusal of version %d: got % x, %v, want %d bytes", version, raw, err, want)
					}
				}
				noHazards(t, s)
			})
		})
	}
}

// TestV3RefusalShape: a bad client key is all v3 refuses, with 23 bytes, and then
// it closes.
func TestV3RefusalShape(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, Config{Generation: V3})
		bad := "AAAA"
		c := dial(t, s, "tcp")
		c.write(who{uid: "u", key: &bad}.packet())
		if raw, err := c.read(soon); err != nil || len(raw) != 23 {
			t.Errorf("got % x, %v, want 23 bytes", raw, err)
		}
		if _, err := c.read(soon); err != errFIN {
			t.Errorf("after the refusal: got %v, want FIN", err)
		}
	})
}
