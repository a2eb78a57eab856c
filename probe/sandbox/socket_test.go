package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

var pingFrame = []byte{0x70}

// closesAtOnce fails unless the socket is closed without a byte at that very
// instant; v3 says 1000 on a WebSocket.
func closesAtOnce(t *testing.T, c *client, g Generation) {
	t.Helper()
	took := stopwatch()
	b, err := c.read(soon)
	if len(b) > 0 || errors.Is(err, errSilence) || took() != 0 {
		t.Errorf("got % x, %v after %v, want an immediate close", b, err, took())
	}
	want := websocket.StatusCode(-1)
	if g == V3 && c.ws != nil {
		want = websocket.StatusNormalClosure
	}
	if got := websocket.CloseStatus(err); got != want {
		t.Errorf("close code %d (%v), want %d", got, err, want)
	}
}

func TestPingFirst(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		for _, transport := range []string{"ws", "tcp"} {
			c := dial(t, s, transport)
			c.write(pingFrame)
			closesAtOnce(t, c, g)
		}
	})
}

// TestPingTellsSilence: after a refused CONNECT a PING closes at once, after a
// login it is answered, after a lost CONNECT nothing happens.
func TestPingTellsSilence(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		register(t, s, "u", "T", 0, 0)
		if err := loggedIn(t, s, "ws", who{uid: "u", token: "T"}).ping(); err != nil {
			t.Errorf("PING after a login: %v", err)
		}
		if g == V3 {
			return
		}
		c := dial(t, s, "ws")
		c.write(who{uid: "u2", token: "no"}.packet())
		if g != V2 {
			if _, err := c.frame(soon); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait() // refused by then
		c.write(pingFrame)
		closesAtOnce(t, c, g)
		noHazards(t, s)
	})
}

func TestLostConnect(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, Config{Faults: []Fault{{Name: "lose-first"}}, IdleClose: time.Second})
		s.Register("u", "T", 0, 0)
		c := dial(t, s, "tcp")
		c.write(who{uid: "u", token: "T"}.packet())
		took := stopwatch()
		settles(t, func() bool { return len(s.Connects()) == 1 }) // not in one read with the PING
		if err := c.pingFor(200 * time.Millisecond); !errors.Is(err, errSilence) {
			t.Errorf("PING after a lost CONNECT: got %v, want silence", err)
		}
		if _, err := c.read(soon); !errors.Is(err, errFIN) || took() != time.Second {
			t.Errorf("got %v after %v, want FIN at the idle limit, which the PING has not moved", err, took())
		}
		if got := attempt(t, s, "tcp", who{uid: "u", token: "T"}); got != a1 {
			t.Errorf("second CONNECT: got %s, want A1", got)
		}
		got := s.Connects()
		if len(got) != 2 || got[0].Verdict != Lost || got[1].Verdict != Accepted || got[1].Overlapped {
			t.Errorf("records: %+v", got)
		}
		noHazards(t, s)
	})
}

// TestLimits: the limits of a real server are the ones without a Config.
func TestLimits(t *testing.T) {
	t.Parallel()
	const never = time.Duration(0)
	for g, want := range map[Generation][2]time.Duration{ // unused, refused
		V10: {never, never}, V1: {3 * time.Second, 3 * time.Second}, V2Beta: {3 * time.Second, 3 * time.Second},
		V20: {3 * time.Second, 3 * time.Second}, V2: {3 * time.Second, 4 * time.Second}, V3: {3 * time.Minute, 3 * time.Minute},
	} {
		for _, scale := range []float64{1, 0.5} {
			got := Config{Generation: g, Scale: scale}.applyTimes(traitsOf(g))
			for i, limit := range []time.Duration{got.preauth, got.pending} {
				if limit != time.Duration(float64(want[i])*scale) {
					t.Errorf("%s, scale %v: got %v, want %v", g, scale, limit, want[i])
				}
			}
		}
	}
}

// TestIdle: an unused socket, and one that was refused, is closed at the limits,
// counted from its last byte.
func TestIdle(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		unused, refused := 300*time.Millisecond, 700*time.Millisecond
		s := start(t, Config{Generation: g, RefusalClose: refused, IdleClose: unused})
		c := dial(t, s, "tcp")
		took := stopwatch()
		time.Sleep(unused / 2)
		c.write([]byte{0x10}) // half a frame moves the limit
		if _, err := c.read(soon); !errors.Is(err, errFIN) || took() != unused*3/2 {
			t.Errorf("unused: got %v after %v, want FIN after %v", err, took(), unused*3/2)
		}
		if g == V3 {
			return
		}
		c = dial(t, s, "ws")
		c.write(who{uid: "u", token: "no"}.packet())
		took = stopwatch()
		if g == V2 {
			unused = refused
		} else if _, err := c.frame(soon); err != nil {
			t.Fatal(err)
		}
		if _, err := c.read(soon); !errors.Is(err, errFIN) || took() != unused {
			t.Errorf("refused: got %v after %v, want FIN after %v", err, took(), unused)
		}
	})
}

// TestConnectAndPing: swallowed up to 2.1.5, closed by 2.2.0 and up and by v3.
func TestConnectAndPing(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		register(t, s, "u", "T", 0, 0)
		c := dial(t, s, "ws")
		c.write(append(who{uid: "u", token: "T"}.packet(), 0x70))
		if g == V2 || g == V3 {
			closesAtOnce(t, c, g)
		} else if _, err := c.frame(soon); err != nil {
			t.Errorf("got %v, want a CONNACK", err)
		} else if err := c.ping(); err != nil {
			t.Errorf("the second PING: %v", err)
		}
		if len(s.Hazards()) != 1 {
			t.Errorf("hazards: %q, want one", s.Hazards())
		}
	})
}

// TestTwoConnects: in one write only the first counts; on a live socket a second
// one is ignored. v3 closes in both cases.
func TestTwoConnects(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		register(t, s, "u", "T", 0, 0)
		one := who{uid: "u", token: "T"}.packet()
		c := dial(t, s, "tcp")
		c.write(append(append([]byte{}, one...), one...))
		if g == V3 {
			closesAtOnce(t, c, g)
			c = loggedIn(t, s, "tcp", who{uid: "u", token: "T"})
			c.write(one)
			closesAtOnce(t, c, g)
			return
		}
		if _, err := c.frame(soon); err != nil {
			t.Fatal(err)
		}
		c.write(one)
		if err := c.ping(); err != nil {
			t.Errorf("PING after a second CONNECT: %v", err)
		}
		if n := len(s.Connects()); n != 1 {
			t.Errorf("%d CONNECTs counted, want 1", n)
		}
	})
}

// TestSplitConnect: two writes, or two WebSocket messages, make one CONNECT; a
// second try on a refused socket works.
func TestSplitConnect(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		register(t, s, "u", "T", 0, 0)
		good := who{uid: "u", token: "T"}.packet()
		for _, transport := range []string{"ws", "tcp"} {
			c := dial(t, s, transport)
			c.write(good[:20])
			time.Sleep(time.Millisecond) // not in one read
			c.write(good[20:])
			if _, err := c.frame(soon); err != nil {
				t.Errorf("split over two %s writes: %v", transport, err)
			}
		}
		if g == V3 {
			return
		}
		c := dial(t, s, "ws")
		c.write(who{uid: "u3", token: "no"}.packet())
		if g != V2 {
			c.frame(soon)
		} else {
			time.Sleep(batchWindow)
		}
		c.write(good)
		if _, err := c.frame(soon); err != nil {
			t.Errorf("a good CONNECT after a refused one: %v", err)
		}
	})
}

// TestFragmentedAndText: 1.x and 2.x swallow a fragmented CONNECT and one in a
// text message; v3 accepts the first and closes the second with 1007.
func TestFragmentedAndText(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		const idle = 1500 * time.Millisecond
		s := start(t, Config{Generation: g, IdleClose: idle})
		register(t, s, "u", "T", 0, 0)
		connect := who{uid: "u", token: "T", device: "\xff\xfe"}.packet()
		c := dial(t, s, "ws")
		w, err := c.ws.Writer(t.Context(), websocket.MessageBinary)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(connect[:10])
		w.Write(connect[10:])
		w.Close()
		if _, err := c.frame(soon); (err == nil) != (g == V3) {
			t.Errorf("fragmented: got %v", err)
		}
		c = dial(t, s, "ws")
		c.writeText(string(connect))
		took := stopwatch()
		_, err = c.read(soon)
		if g == V3 {
			if websocket.CloseStatus(err) != websocket.StatusInvalidFramePayloadData {
				t.Errorf("in a text message: got %v, want 1007", err)
			}
		} else if !errors.Is(err, errFIN) || took() != idle {
			t.Errorf("in a text message: got %v after %v, want FIN at the idle limit", err, took())
		}
		if len(s.Hazards()) < 2 {
			t.Errorf("hazards: %q, want both", s.Hazards())
		}
	})
}

// answer is what came back on a raw socket, and how long it stayed open.
type answer struct {
	got  string
	open time.Duration
}

// raw sends bytes to a port and returns all that comes back until the port closes
// or an hour has passed.
func raw(t *testing.T, s target, addr, send string) answer {
	t.Helper()
	c, took := knock(t, s, addr), stopwatch()
	io.WriteString(c, send)
	c.SetReadDeadline(time.Now().Add(time.Hour))
	got, _ := io.ReadAll(c) // a reset and a deadline are told apart by the time
	return answer{string(got), took()}
}

func addrOf(url string) string { return url[strings.Index(url, "://")+3:] }

const upgradeRequest = "GET %s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// TestWrongPort: what the ports answer to a protocol that is not theirs.
func TestWrongPort(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		const idle = 2 * time.Second
		s := start(t, Config{Generation: g, IdleClose: idle})
		ws, tcp, api := addrOf(s.WSURL()), s.TCPAddr(), addrOf(s.APIURL())
		for _, row := range []struct {
			name, addr, send string
			got              string // how it starts, "" for no byte
			open             time.Duration
			v3               string // likewise
			v3open           time.Duration
		}{
			{"plain HTTP to ws", ws, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "", 0, "HTTP/1.1 400 Bad Request\r\nServer: wkctl-sandbox\r\n", 0},
			{"upgrade on /ws", ws, fmt.Sprintf(upgradeRequest, "/ws"), "HTTP/1.1 101 ", idle, "HTTP/1.1 404 ", 0},
			{"TLS to ws", ws, "\x16\x03\x01\x02\x00\x01\x00", "", idle, "", idle},
			{"upgrade to tcp", tcp, fmt.Sprintf(upgradeRequest, "/"), "", 0, "", 0},
			{"short GET to tcp", tcp, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "", idle, "", idle},
			{"noise to tcp", tcp, strings.Repeat("\xff", 20), "", idle, "", 0},
			{"upgrade to the API", api, strings.Replace(fmt.Sprintf(upgradeRequest, "/"), "Upgrade\r\n", "Upgrade, close\r\n", 1), "HTTP/1.1 404 ", 0, "HTTP/1.1 404 ", 0},
			{"raw CONNECT to ws", ws, string(who{uid: "u", token: "T"}.packet()), "", idle, "", idle},
		} {
			want := answer{row.got, row.open}
			if g == V3 {
				want = answer{row.v3, row.v3open}
			}
			got := raw(t, s, row.addr, row.send)
			if !strings.HasPrefix(got.got, want.got) || (got.got == "") != (want.got == "") || got.open != want.open {
				t.Errorf("%s: got %+v, want %+v", row.name, got, want)
			}
		}
		if n := len(s.Connects()); n != 0 {
			t.Errorf("%d CONNECTs, want none", n)
		}
	})
}

// TestUpgradeAnswer: nothing that a browser offers is negotiated.
func TestUpgradeAnswer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, Config{})
		request := strings.Replace(fmt.Sprintf(upgradeRequest, "/"), "\r\n\r\n",
			"\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nSec-WebSocket-Protocol: chat\r\nOrigin: null\r\n\r\n", 1)
		got := raw(t, s, addrOf(s.WSURL()), request).got
		r := bufio.NewScanner(strings.NewReader(got))
		for r.Scan() {
			if strings.HasPrefix(r.Text(), "Sec-WebSocket-Extensions") || strings.HasPrefix(r.Text(), "Sec-WebSocket-Protocol") {
				t.Errorf("negotiated: %s", r.Text())
			}
		}
		if !strings.Contains(got, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") {
			t.Errorf("got %q", got)
		}
	})
}

// TestWebSocketPing: a WebSocket ping is answered on every generation.
func TestWebSocketPing(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		c := dial(t, s, "ws")
		ctx := c.ws.CloseRead(t.Context())
		if err := c.ws.Ping(ctx); err != nil {
			t.Error(err)
		}
	})
}
