package sandbox

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// refused reports whether a port of s takes no connection.
func refused(t *testing.T, s target, addr string) bool {
	t.Helper()
	c, err := s.dial(t.Context(), "tcp", addr)
	if err == nil {
		c.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// hello sends a TLS ClientHello, which no port here answers.
func hello(t *testing.T, s target, addr string) {
	t.Helper()
	if err := tls.Client(knock(t, s, addr), &tls.Config{InsecureSkipVerify: true}).HandshakeContext(t.Context()); err == nil {
		t.Fatalf("a TLS handshake with %s", addr)
	}
}

// gone reports whether a socket ends.
func (c *client) gone() bool {
	_, err := c.read(soon)
	return err != nil && err != errSilence
}

const crashHazard = "TLS ClientHello to a wss listener without certificate (crashes v1.1.0 to v2.2.5)"

// TestDieOnTLS: everything but a ClientHello is harmless to a wss port without a
// certificate; that ends all of the server at once.
func TestDieOnTLS(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, g := range []Generation{V1, V2} {
			s := start(t, Config{Generation: g, Faults: []Fault{{Name: "die-on-tls"}}, Proxy: Proxy{To: "api"}})
			s.Register("u", "T", 0, 0)
			if _, route, _ := call(t, s, "GET", s.APIURL()+"/route", ""); !strings.Contains(route, `"wss_addr":"`+s.WSSURL()+`"`) {
				t.Errorf("%s: route %s", g, route)
			}
			logins := []*client{loggedIn(t, s, "ws", who{uid: "u", token: "T"}), loggedIn(t, s, "tcp", who{uid: "u", token: "T", device: "d2"})}
			knock(t, s, addrOf(s.WSSURL()))
			upgrade := knock(t, s, addrOf(s.WSSURL()))
			upgrade.Write([]byte(strings.Replace(upgradeRequest, "%s", "/", 1)))
			if n, err := upgrade.Read(make([]byte, 1)); n > 0 || err == nil {
				t.Errorf("%s: a plain upgrade: got %d bytes, %v", g, n, err)
			}
			noHazards(t, s)
			if call(t, s, "GET", s.APIURL()+"/route", ""); s.Died() {
				t.Errorf("%s: it died of plain bytes", g)
			}

			hello(t, s, addrOf(s.WSSURL()))
			for _, url := range []string{s.APIURL(), s.WSURL(), s.WSSURL(), "tcp://" + s.TCPAddr(), s.ManagerURL()} {
				if !refused(t, s, addrOf(url)) {
					t.Errorf("%s: %s is open after the crash", g, url)
				}
			}
			if !logins[0].gone() || !logins[1].gone() || !s.Died() {
				t.Errorf("%s: logins outlive the crash, or it is not reported", g)
			}
			if got := s.Hazards(); !slices.Equal(got, []string{crashHazard}) {
				t.Errorf("%s: hazards %q", g, got)
			}
			if status, _, _ := call(t, s, "GET", s.ProxyURL()+"/route", ""); status != 502 {
				t.Errorf("%s: the proxy answers %d, want 502", g, status)
			}
			if _, err := s.Online(Login{UID: "u", Token: "T"}); err == nil {
				t.Errorf("%s: a login on a dead server", g)
			}
		}
	})
}

// TestReturn: a supervisor starts the server again on the same ports, with its
// store and without its connections. A client that reconnects is back 100 ms later.
func TestReturn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const away, again = 50 * time.Millisecond, 100 * time.Millisecond
		s := start(t, Config{Faults: []Fault{{Name: "die-on-tls", Delay: away}}})
		s.Register("u", "T", 0, 0)
		old := loggedIn(t, s, "tcp", who{uid: "u", token: "T"})
		stays, err := s.Online(Login{UID: "u", Token: "T", DeviceID: "stays", Reconnect: true})
		if err != nil {
			t.Fatal(err)
		}
		leaves, err := s.Online(Login{UID: "u", Token: "T", DeviceID: "leaves"})
		if err != nil {
			t.Fatal(err)
		}
		for crash := 1; crash <= 2; crash++ {
			before := s.current()
			hello(t, s, addrOf(s.WSSURL()))
			died := time.Now()
			if _, err := old.read(soon); crash == 1 && err != errFIN || !time.Now().Equal(died) {
				t.Errorf("a login ended with %v, %v after the crash", err, time.Since(died))
			}
			time.Sleep(away - 1)
			if synctest.Wait(); s.current() != before || !refused(t, s, addrOf(s.APIURL())) {
				t.Errorf("crash %d: back too early", crash)
			}
			time.Sleep(time.Nanosecond)
			if synctest.Wait(); !s.current().started.Equal(died.Add(away)) || refused(t, s, addrOf(s.APIURL())) {
				t.Errorf("crash %d: started %v after it", crash, s.current().started.Sub(died))
			}
			if stays.Connected() {
				t.Errorf("crash %d: the client is back with the server", crash)
			}
			time.Sleep(again)
			settles(t, stays.Connected)
			if len(s.Hazards()) != crash || !s.Died() {
				t.Errorf("crash %d: hazards %q", crash, s.Hazards())
			}
			for _, transport := range []string{"ws", "tcp"} {
				if got := attempt(t, s, transport, who{uid: "u", token: "T", device: "new " + transport}); got != a1 {
					t.Errorf("crash %d: the right token over %s: got %s", crash, transport, got)
				}
			}
		}
		if leaves.Connected() {
			t.Error("a connection outlives a crash")
		}
	})
}

// TestRestart: the server goes down once, by itself, and is away for 200 ms.
func TestRestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		took := stopwatch()
		s := start(t, Config{Faults: []Fault{{Name: "restart", Delay: 800 * time.Millisecond}}})
		s.Register("u", "T", 0, 0)
		c := loggedIn(t, s, "ws", who{uid: "u", token: "T"})
		if _, err := c.read(soon); err == nil || took() != 800*time.Millisecond || !s.Died() {
			t.Errorf("the login ended with %v after %v, death reported: %t", err, took(), s.Died())
		}
		if !refused(t, s, addrOf(s.WSURL())) {
			t.Error("the port is open after the crash")
		}
		time.Sleep(restartPause)
		synctest.Wait()
		second := s.current()
		if got := attempt(t, s, "ws", who{uid: "u", token: "T"}); got != a1 {
			t.Errorf("after the restart: got %s", got)
		}
		noHazards(t, s)
		if !wait(time.Hour, second.done) {
			t.Error("it went down a second time")
		}
	})
}

// TestUptimeOfProcess: /varz counts from the start of the process.
func TestUptimeOfProcess(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, g := range []Generation{V10, V1, V2Beta, V20, V2} {
			s := start(t, Config{Generation: g})
			s.mu.Lock()
			s.now.started = time.Now().Add(-26*time.Hour - 3*time.Minute)
			s.mu.Unlock()
			_, body, _ := call(t, s, "GET", s.APIURL()+"/varz", "")
			var got struct{ Uptime string }
			if err := json.Unmarshal([]byte(body), &got); err != nil || got.Uptime != "1d2h3m0s" {
				t.Errorf("%s: got %s, %v", g, body, err)
			}
		}
	})
}

func TestUptimeFormat(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for want, d := range map[string]time.Duration{
		"0s":            999 * time.Millisecond,
		"59s":           59 * time.Second,
		"2m3s":          2*time.Minute + 3*time.Second,
		"1h0m0s":        time.Hour,
		"1d2h3m4s":      day + 2*time.Hour + 3*time.Minute + 4*time.Second,
		"364d0h0m59s":   364*day + 59*time.Second,
		"1y0d0h0m0s":    365 * day,
		"2y364d23h0m1s": 2*365*day + 364*day + 23*time.Hour + time.Second,
	} {
		if got := uptime(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

// TestCloseWhileDead: Close is quick between death and return too, and gives the
// ports back.
func TestCloseWhileDead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, back := range []time.Duration{0, time.Hour} {
			s := start(t, Config{Faults: []Fault{{Name: "die-on-tls", Delay: back}}, Proxy: Proxy{To: "ws"}})
			hello(t, s, addrOf(s.WSSURL()))
			took := stopwatch()
			s.Close()
			if s.Close(); took() != 0 {
				t.Errorf("back after %v: Close took %v", back, took())
			}
			if !refused(t, s, addrOf(s.APIURL())) || !refused(t, s, addrOf(s.ProxyURL())) {
				t.Errorf("back after %v: a port is open", back)
			}
		}
	})
}

// TestDeadPortsAreHeld: while the server is away, nobody else gets its ports. Only
// the machine's own network gives a port out again.
func TestDeadPortsAreHeld(t *testing.T) {
	t.Parallel()
	s := startReal(t, Config{Faults: []Fault{{Name: "die-on-tls"}}})
	call(t, s, "GET", s.APIURL()+"/route", "") // leaves a connection behind
	loggedInWS, _, err := websocket.Dial(t.Context(), s.WSURL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer loggedInWS.CloseNow()
	s.die(s.current(), 0)
	if len(s.held) != len(s.sockets) {
		t.Errorf("%d of %d ports are held", len(s.held), len(s.sockets))
	}
}

// TestRealPorts: on the machine's own network a server comes back on its ports, and
// those that refuse are held.
func TestRealPorts(t *testing.T) {
	t.Parallel()
	s := startReal(t, Config{TLS: "valid", Faults: []Fault{{Name: "refuse-tcp"}}, Proxy: Proxy{To: "api"}})
	if !refused(t, s, s.TCPAddr()) {
		t.Error("the TCP port is open")
	}
	s.die(s.current(), 0)
	if !refused(t, s, addrOf(s.WSURL())) || !s.rise() {
		t.Fatal("it does not die, or does not come back")
	}
	for _, base := range []string{s.APIURL(), s.ProxyURL()} {
		if status, _, _ := call(t, s, "GET", base+"/route", ""); status != 200 {
			t.Errorf("%s after the restart: got %d", base, status)
		}
	}
	s.Register("u", "T", 0, 0)
	for _, transport := range []string{"ws", "wss"} {
		if got := attempt(t, s, transport, who{uid: "u", token: "T", device: transport}); got != a1 {
			t.Errorf("%s after the restart: got %s", transport, got)
		}
	}
}
