package sandbox

import (
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// refused reports whether a port takes no connection.
func refused(addr string) bool {
	c, err := net.Dial("tcp", addr)
	if err == nil {
		c.Close()
	}
	return err != nil && strings.Contains(err.Error(), "refused")
}

// hello sends a TLS ClientHello and returns what became of it.
func hello(t *testing.T, addr string) error {
	t.Helper()
	c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
	if err == nil {
		c.Close()
		t.Fatalf("a TLS handshake with %s", addr)
	}
	return err
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
	t.Parallel()
	for _, g := range []Generation{V1, V2} {
		s := start(t, Config{Generation: g, Faults: []Fault{{Name: "die-on-tls"}}, Proxy: Proxy{To: "api"}})
		s.Register("u", "T", 0, 0)
		if _, route, _ := call(t, "GET", s.APIURL()+"/route", ""); !strings.Contains(route, `"wss_addr":"`+s.WSSURL()+`"`) {
			t.Errorf("%s: route %s", g, route)
		}
		logins := []*client{loggedIn(t, s, "ws", who{uid: "u", token: "T"}), loggedIn(t, s, "tcp", who{uid: "u", token: "T", device: "d2"})}
		bare, err := net.Dial("tcp", addrOf(s.WSSURL()))
		if err != nil {
			t.Fatal(err)
		}
		defer bare.Close()
		upgrade, err := net.Dial("tcp", addrOf(s.WSSURL()))
		if err != nil {
			t.Fatal(err)
		}
		defer upgrade.Close()
		upgrade.Write([]byte(strings.Replace(upgradeRequest, "%s", "/", 1)))
		if n, err := upgrade.Read(make([]byte, 1)); n > 0 || err == nil {
			t.Errorf("%s: a plain upgrade: got %d bytes, %v", g, n, err)
		}
		noHazards(t, s)
		if call(t, "GET", s.APIURL()+"/route", ""); s.Died() {
			t.Errorf("%s: it died of plain bytes", g)
		}

		hello(t, addrOf(s.WSSURL()))
		for _, url := range []string{s.APIURL(), s.WSURL(), s.WSSURL(), "tcp://" + s.TCPAddr(), s.ManagerURL()} {
			if !refused(addrOf(url)) {
				t.Errorf("%s: %s is open after the crash", g, url)
			}
		}
		if !logins[0].gone() || !logins[1].gone() || !s.Died() {
			t.Errorf("%s: logins outlive the crash, or it is not reported", g)
		}
		if got := s.Hazards(); !slices.Equal(got, []string{crashHazard}) {
			t.Errorf("%s: hazards %q", g, got)
		}
		if status, _, _ := call(t, "GET", s.ProxyURL()+"/route", ""); status != 502 {
			t.Errorf("%s: the proxy answers %d, want 502", g, status)
		}
		if _, err := s.Online(Login{UID: "u", Token: "T"}); err == nil {
			t.Errorf("%s: a login on a dead server", g)
		}
	}
}

// TestReturn: a supervisor starts the server anew on the same ports, with its
// store and without its connections.
func TestReturn(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Faults: []Fault{{Name: "die-on-tls", Delay: 50 * time.Millisecond}}})
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
		hello(t, addrOf(s.WSSURL()))
		eventually(t, func() bool { return s.current() != before && !refused(addrOf(s.APIURL())) })
		eventually(t, stays.Connected)
		if !s.current().started.After(before.started) || len(s.Hazards()) != crash || !s.Died() {
			t.Errorf("crash %d: started %v and %v, hazards %q", crash, before.started, s.current().started, s.Hazards())
		}
		for _, transport := range []string{"ws", "tcp"} {
			if got := attempt(t, s, transport, who{uid: "u", token: "T", device: "new"}); got != a1 {
				t.Errorf("crash %d: the right token over %s: got %s", crash, transport, got)
			}
		}
	}
	if !old.gone() || leaves.Connected() {
		t.Error("a connection outlives a crash")
	}
}

// TestRestart: the server goes down once, by itself.
func TestRestart(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Faults: []Fault{{Name: "restart", Delay: 800 * time.Millisecond}}})
	first := s.current()
	s.Register("u", "T", 0, 0)
	c := loggedIn(t, s, "ws", who{uid: "u", token: "T"})
	eventually(t, c.gone)
	if !s.Died() {
		t.Error("the death is not reported")
	}
	eventually(t, func() bool { return s.current() != first && !refused(addrOf(s.WSURL())) })
	second := s.current()
	if got := attempt(t, s, "ws", who{uid: "u", token: "T"}); got != a1 {
		t.Errorf("after the restart: got %s", got)
	}
	noHazards(t, s)
	if !wait(time.Second, second.done) {
		t.Error("it went down a second time")
	}
}

// TestUptimeOfProcess: /varz counts from the start of the process.
func TestUptimeOfProcess(t *testing.T) {
	t.Parallel()
	for _, g := range []Generation{V10, V1, V2Beta, V20, V2} {
		s := start(t, Config{Generation: g})
		s.mu.Lock()
		s.now.started = time.Now().Add(-26*time.Hour - 3*time.Minute)
		s.mu.Unlock()
		_, body, _ := call(t, "GET", s.APIURL()+"/varz", "")
		var got struct{ Uptime string }
		if err := json.Unmarshal([]byte(body), &got); err != nil || !strings.HasPrefix(got.Uptime, "1d2h3m") {
			t.Errorf("%s: got %s, %v", g, body, err)
		}
	}
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
	t.Parallel()
	for _, back := range []time.Duration{0, time.Hour} {
		s := start(t, Config{Faults: []Fault{{Name: "die-on-tls", Delay: back}}, Proxy: Proxy{To: "ws"}})
		hello(t, addrOf(s.WSSURL()))
		from := time.Now()
		s.Close()
		s.Close()
		if took := time.Since(from); took > 2*time.Second {
			t.Errorf("back after %v: Close took %v", back, took)
		}
		if !refused(addrOf(s.APIURL())) || !refused(addrOf(s.ProxyURL())) {
			t.Errorf("back after %v: a port is open", back)
		}
	}
}

// TestDeadPortsAreHeld: while the server is away, nobody else gets its ports.
func TestDeadPortsAreHeld(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Faults: []Fault{{Name: "die-on-tls", Delay: time.Hour}}})
	if resp, err := http.Get(s.APIURL() + "/route"); err == nil { // leaves a connection behind
		resp.Body.Close()
	}
	loggedInWS, _, err := websocket.Dial(t.Context(), s.WSURL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer loggedInWS.CloseNow()
	hello(t, addrOf(s.WSSURL()))
	eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.held) == len(s.sockets)
	})
}
