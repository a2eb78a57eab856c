package measure

import (
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// script answers the CONNECT of a raw TCP connection with frames, then reads.
func script(t *lab, play func(c net.Conn, token string)) (address string) {
	return "tcp://" + raw(t, func(c net.Conn) {
		buf := make([]byte, 4096)
		n, _ := c.Read(buf)
		if f, _, err := wire.Decode(buf[:n]); err == nil {
			play(c, f.(*wire.Connect).Token)
		}
		gone(c)
	})
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// TestConnectEcho: a server that sends the token back does not get it into the
// report, neither as text nor as bytes.
func TestConnectEcho(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		const token = "echoed-secret"
		address := script(t, func(c net.Conn, token string) {
			_, _ = c.Write(must((&wire.Disconnect{Reason: wire.ReasonConnectKick, Text: "go away, " + token + "\x1b[31m\u202e!"}).Encode()))
		})
		c := connected(t, address, "u", token, 1)
		if c.Observed != probe.Closed || c.Verdict.ExitCode != 1 || c.Disconnect == nil || c.Disconnect.Text != "go away, T0!" || c.Disconnect.ReasonCode != wire.ReasonConnectKick {
			t.Errorf("got %s, exit code %d, %+v", c.Observed, c.Verdict.ExitCode, c.Disconnect)
		}
		checkFrames(t, c, []string{"CONNECT", "DISCONNECT"}, token)
		if got := c.Frames[1].Hex; strings.Count(got, "**") != len(token) {
			t.Errorf("DISCONNECT is %s", got)
		}
		garbage := script(t, func(c net.Conn, token string) { _, _ = c.Write([]byte("\xff\xfe" + token)) })
		checkFrames(t, connected(t, garbage, "u", token, 1), []string{"CONNECT", "?"}, token)
	})
}

// TestConnectFlood: a server that pushes without end is read up to the answer,
// and what is kept of it is bounded; behind the answer it fills no memory and
// holds no goroutine.
func TestConnectFlood(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		push := append([]byte{5<<4 | 1, 0x80, 0x80, 0x02}, make([]byte, 32<<10)...) // RECV of 32 KiB
		address := script(t, func(c net.Conn, _ string) {
			for range 100 {
				_, _ = c.Write(push)
			}
			_, _ = c.Write(must((&wire.Connack{ServerVersion: 4, Reason: wire.ReasonSuccess, HasNodeID: true}).Encode()))
			for {
				if _, err := c.Write(push); err != nil {
					return
				}
			}
		})
		c := connected(t, address, "u", "tok-secret", 1)
		if c.Observed != probe.Accepted || len(c.Frames) != maxFrames {
			t.Errorf("got %s, %v, %d frames", c.Observed, c.Fault, len(c.Frames))
		}
		if last := c.Frames[len(c.Frames)-1]; last.Name != "CONNACK" {
			t.Errorf("the last frame is %s", last.Name)
		}
		for _, f := range c.Frames {
			if len(f.Hex) > 2*maxDumped {
				t.Errorf("%s: %d bytes of hex", f.Name, len(f.Hex))
			}
		}
	})
}

// TestConnectPieces: an answer that comes byte by byte, and one that comes with
// more behind it.
func TestConnectPieces(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		ack := must((&wire.Connack{ServerVersion: 5, Reason: wire.ReasonSuccess, ServerKey: "key", Salt: "salt", HasNodeID: true, NodeID: 7}).Encode())
		bytewise := script(t, func(c net.Conn, _ string) {
			for i := range ack {
				_, _ = c.Write(ack[i : i+1])
				time.Sleep(ms)
			}
		})
		together := script(t, func(c net.Conn, _ string) { _, _ = c.Write(append(slices.Clone(ack), 0xff, 0xff)) })
		for name, address := range map[string]string{"byte by byte": bytewise, "with more": together} {
			c := connected(t, address, "u", "tok-secret", 1)
			if c.Observed != probe.Accepted || c.NodeID == nil || *c.NodeID != 7 || c.ServerVersion != 5 {
				t.Errorf("%s: got %s, %v", name, c.Observed, c.Fault)
			}
		}
		half := script(t, func(c net.Conn, _ string) { _, _ = c.Write(ack[:5]); _ = c.Close() })
		if c := connected(t, half, "u", "tok-secret", 1); c.Observed != probe.Closed || c.Verdict.ExitCode != 1 {
			t.Errorf("half an answer: got %s, exit code %d", c.Observed, c.Verdict.ExitCode)
		}
		endless := script(t, func(c net.Conn, _ string) { _, _ = c.Write([]byte{2 << 4, 0xff, 0xff, 0xff, 0x7f}) })
		if c := connected(t, endless, "u", "tok-secret", 1); c.Observed != probe.Closed || c.Fault.Kind != probe.FaultGarbage {
			t.Errorf("a frame of 256 MiB: got %s, %v", c.Observed, c.Fault)
		}
	})
}
