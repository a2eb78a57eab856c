package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// each runs a test for every generation.
func each(t *testing.T, f func(t *testing.T, g Generation)) {
	t.Helper()
	for _, g := range Generations() {
		t.Run(string(g), func(t *testing.T) {
			t.Parallel()
			f(t, g)
		})
	}
}

var pingFrame = []byte{0x70}

// closesAtOnce fails unless the socket is closed without a byte, long before any
// idle limit; v3 says 1000 on a WebSocket.
func closesAtOnce(t *testing.T, c *client, g Generation) {
	t.Helper()
	from := time.Now()
	b, err := c.read(soon)
	if len(b) > 0 || errors.Is(err, errSilence) || time.Since(from) > soon/2 {
		t.Errorf("got % x, %v after %v, want an immediate close", b, err, time.Since(from))
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
	t.Parallel()
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g, IdleClose: time.Minute})
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
	t.Parallel()
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g, RefusalClose: time.Minute, IdleClose: time.Minute})
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
		c.write(pingFrame)
		closesAtOnce(t, c, g)
		noHazards(t, s)
	})
}

func TestLostConnect(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Faults: []Fault{{Name: "lose-first"}}, IdleClose: time.Second})
	s.Register("u", "T", 0, 0)
	c := dial(t, s, "tcp")
	c.write(who{uid: "u", token: "T"}.packet())
	eventually(t, func() bool { return len(s.Connects()) == 1 }) // not in one read with the PING
	if err := c.pingFor(200 * time.Millisecond); !errors.Is(err, errSilence) {
		t.Errorf("PING after a lost CONNECT: got %v, want silence", err)
	}
	if _, err := c.read(soon); !errors.Is(err, errFIN) {
		t.Errorf("got %v, want FIN at the idle limit", err)
	}
	if got := attempt(t, s, "tcp", who{uid: "u", token: "T"}); got != a1 {
		t.Errorf("second CONNECT: got %s, want A1", got)
	}
	got := s.Connects()
	if len(got) != 2 || got[0].Verdict != Lost || got[1].Verdict != Accepted || got[1].Overlapped {
		t.Errorf("records: %+v", got)
	}
	noHazards(t, s)
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
	t.Parallel()
	each(t, func(t *testing.T, g Generation) {
		limit := 300 * time.Millisecond
		s := start(t, Config{Generation: g, RefusalClose: limit, IdleClose: limit})
		c := dial(t, s, "tcp")
		from := time.Now()
		if _, err := c.read(soon); !errors.Is(err, errFIN) || time.Since(from) < limit*8/10 {
			t.Errorf("unused: got %v after %v, want FIN after %v", err, time.Since(from), limit)
		}
		if g == V3 {
			return
		}
		c = dial(t, s, "ws")
		c.write(who{uid: "u", token: "no"}.packet())
		if g != V2 {
			if _, err := c.frame(soon); err != nil {
				t.Fatal(err)
			}
		}
		from = time.Now()
		if _, err := c.read(soon); !errors.Is(err, errFIN) || time.Since(from) < limit*8/10 {
			t.Errorf("refused: got %v after %v, want FIN after %v", err, time.Since(from), limit)
		}
	})
}

// TestConnectAndPing: swallowed up to 2.1.5, closed by 2.2.0 and up and by v3.
func TestConnectAndPing(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		register(t, s, "u", "T", 0, 0)
		good := who{uid: "u", token: "T"}.packet()
		for _, transport := range []string{"ws", "tcp"} {
			c := dial(t, s, transport)
			c.write(good[:20])
			time.Sleep(5 * time.Millisecond)
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
			time.Sleep(2 * batchWindow)
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
	t.Parallel()
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g, IdleClose: 1500 * time.Millisecond})
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
		_, err = c.read(soon)
		if g == V3 {
			if websocket.CloseStatus(err) != websocket.StatusInvalidFramePayloadData {
				t.Errorf("in a text message: got %v, want 1007", err)
			}
		} else if !errors.Is(err, errFIN) {
			t.Errorf("in a text message: got %v, want FIN at the idle limit", err)
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
// or four seconds have passed.
func raw(t *testing.T, addr, send string) answer {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return answer{}
	}
	defer c.Close()
	from := time.Now()
	io.WriteString(c, send)
	c.SetReadDeadline(from.Add(4 * time.Second))
	got, _ := io.ReadAll(c) // a reset and a deadline are told apart by the time
	return answer{string(got), time.Since(from)}
}

// raws is raw for several at once.
func raws(t *testing.T, sends ...[2]string) []answer {
	t.Helper()
	answers := make([]answer, len(sends))
	var wg sync.WaitGroup
	for i, send := range sends {
		wg.Go(func() { answers[i] = raw(t, send[0], send[1]) })
	}
	wg.Wait()
	return answers
}

func addrOf(url string) string { return url[strings.Index(url, "://")+3:] }

const upgradeRequest = "GET %s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// TestWrongPort: what the ports answer to a protocol that is not theirs.
func TestWrongPort(t *testing.T) {
	t.Parallel()
	const early = 1200 * time.Millisecond
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g, IdleClose: 2 * time.Second})
		ws, tcp := addrOf(s.WSURL()), s.TCPAddr()
		got := raws(t,
			[2]string{ws, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
			[2]string{ws, fmt.Sprintf(upgradeRequest, "/ws")},
			[2]string{ws, "\x16\x03\x01\x02\x00\x01\x00"},
			[2]string{tcp, fmt.Sprintf(upgradeRequest, "/")},
			[2]string{tcp, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
			[2]string{tcp, strings.Repeat("\xff", 20)},
			[2]string{addrOf(s.APIURL()), fmt.Sprintf(upgradeRequest, "/")},
			[2]string{ws, string(who{uid: "u", token: "T"}.packet())},
		)
		http := got[0]
		switch {
		case g == V3 && !strings.HasPrefix(http.got, "HTTP/1.1 400 Bad Request\r\nServer: wkctl-sandbox\r\n"):
			t.Errorf("plain HTTP to ws: got %q", http.got)
		case g != V3 && (http.got != "" || http.open > early):
			t.Errorf("plain HTTP to ws: got %+v", http)
		}
		want := "HTTP/1.1 101 "
		if g == V3 {
			want = "HTTP/1.1 404 "
		}
		if !strings.HasPrefix(got[1].got, want) {
			t.Errorf("upgrade on /ws: got %q, want %q", got[1].got, want)
		}
		if tls := got[2]; tls.got != "" || tls.open < early {
			t.Errorf("TLS to ws: got %+v, want silence until the idle limit", tls)
		}
		if up := got[3]; up.got != "" || up.open > early {
			t.Errorf("upgrade to tcp: got %+v", up)
		}
		if get := got[4]; get.got != "" || get.open < early {
			t.Errorf("short GET to tcp: got %+v", get)
		}
		if noise := got[5]; noise.got != "" || (noise.open < early) != (g == V3) {
			t.Errorf("garbage to tcp: got %+v", noise)
		}
		if !strings.HasPrefix(got[6].got, "HTTP/1.1 404 ") {
			t.Errorf("upgrade to the API: got %q", got[6].got)
		}
		if frame := got[7]; strings.HasPrefix(frame.got, "HTTP/1.1 101") || len(s.Connects()) != 0 {
			t.Errorf("raw CONNECT to ws: got %+v", frame)
		}
	})
}

// TestUpgradeAnswer: nothing that a browser offers is negotiated.
func TestUpgradeAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	request := strings.Replace(fmt.Sprintf(upgradeRequest, "/"), "\r\n\r\n",
		"\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nSec-WebSocket-Protocol: chat\r\nOrigin: null\r\n\r\n", 1)
	got := raw(t, addrOf(s.WSURL()), request).got
	r := bufio.NewScanner(strings.NewReader(got))
	for r.Scan() {
		if strings.HasPrefix(r.Text(), "Sec-WebSocket-Extensions") || strings.HasPrefix(r.Text(), "Sec-WebSocket-Protocol") {
			t.Errorf("negotiated: %s", r.Text())
		}
	}
	if !strings.Contains(got, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") {
		t.Errorf("got %q", got)
	}
}

// TestWebSocketPing: a WebSocket ping is answered on every generation.
func TestWebSocketPing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g, IdleClose: time.Minute})
		c := dial(t, s, "ws")
		ctx := c.ws.CloseRead(t.Context())
		if err := c.ws.Ping(ctx); err != nil {
			t.Error(err)
		}
	})
}
