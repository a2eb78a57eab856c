package sandbox

import (
	"errors"
	"testing"
	"time"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
)

// fate is what happens to an older connection.
type fate string

const (
	lives   fate = "lives"
	zombie  fate = "zombie"   // open, not answered
	ends    fate = "ends"     // FIN
	d12ends fate = "d12 ends" // DISCONNECT 12, then FIN
	d12zomb fate = "d12 zombie"
	d12open fate = "d12 lives" // DISCONNECT 12, and PING is answered for ever
)

// fateOf watches a connection until it is clear what became of it. Every delay
// there is ends within 10 s × Scale.
func fateOf(t *testing.T, c *client) fate {
	t.Helper()
	said := fate("")
	for {
		f, err := c.frame(450 * time.Millisecond)
		switch d, ok := f.(*wkproto.DisconnectPacket); {
		case ok && d.ReasonCode == wkproto.ReasonConnectKick && said == "":
			said = "d12 "
		case errors.Is(err, errSilence) && c.tcp != nil:
			if c.ping() == nil {
				return said + lives
			}
			return said + zombie
		case err != nil:
			return said + ends
		default:
			t.Fatalf("got %v", f)
		}
	}
}

// TestKicks is the measured table of kick rules, for the release that stands for
// each generation.
func TestKicks(t *testing.T) {
	t.Parallel()
	second := func(flag uint8, device string) func(t *testing.T, s *Server) {
		return func(t *testing.T, s *Server) {
			loggedIn(t, s, "tcp", who{uid: "u", token: "T", flag: flag, device: device})
		}
	}
	api := func(flag, level int) func(t *testing.T, s *Server) {
		return func(t *testing.T, s *Server) { register(t, s, "u", "T", flag, level) }
	}
	rows := []struct {
		name                       string
		level                      int
		then                       func(t *testing.T, s *Server)
		v10, v1, beta, v20, v2, v3 fate
	}{
		{"level 1, other device", 1, second(0, "d2"), d12open, d12ends, d12ends, d12ends, d12zomb, lives},
		{"level 1, same device", 1, second(0, "d1"), lives, ends, ends, ends, zombie, ends},
		{"level 0, same device", 0, second(0, "d1"), lives, ends, ends, ends, zombie, ends},
		{"level 0, other device", 0, second(0, "d2"), lives, lives, lives, lives, lives, lives},
		{"another flag", 1, func(t *testing.T, s *Server) {
			s.Register("u", "T", 1, 1)
			second(1, "d2")(t, s)
		}, lives, lives, lives, lives, lives, lives},
		{"token at level 1", 0, api(0, 1), d12open, d12ends, d12ends, d12ends, d12zomb, ends},
		{"token at level 0", 0, api(0, 0), lives, lives, lives, lives, lives, lives},
		{"token of another flag", 0, api(1, 1), lives, lives, lives, lives, lives, lives},
		{"quit", 0, func(t *testing.T, s *Server) { quit(t, s, "u", 0) }, d12open, d12ends, d12ends, d12ends, d12zomb, ends},
		{"quit -1", 0, func(t *testing.T, s *Server) { quit(t, s, "u", -1) }, d12open, d12ends, d12ends, d12ends, d12zomb, ends},
		{"ban", 0, func(t *testing.T, s *Server) { ban(t, s, "u") }, lives, lives, lives, lives, lives, lives},
	}
	each(t, func(t *testing.T, g Generation) {
		done := make(chan struct{})
		for _, row := range rows {
			want := map[Generation]fate{V10: row.v10, V1: row.v1, V2Beta: row.beta, V20: row.v20, V2: row.v2, V3: row.v3}[g]
			s := start(t, Config{Generation: g})
			register(t, s, "u", "T", 0, row.level)
			old := loggedIn(t, s, "tcp", who{uid: "u", token: "T"})
			row.then(t, s)
			go func() {
				defer func() { done <- struct{}{} }()
				if got := fateOf(t, old); got != want {
					t.Errorf("%s: got %q, want %q", row.name, got, want)
				}
			}()
		}
		for range rows {
			<-done
		}
	})
}

// TestOnlineStatus: one row per connection, and none once it is gone.
func TestOnlineStatus(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		register(t, s, "u", "T", 0, 0)
		online := func() string {
			_, got, _ := call(t, "POST", s.APIURL()+"/user/onlinestatus", `["u","nobody"]`)
			return got
		}
		if got := online(); got != `[]` {
			t.Errorf("before: got %s", got)
		}
		c := loggedIn(t, s, "ws", who{uid: "u", token: "T"})
		loggedIn(t, s, "tcp", who{uid: "u", token: "T", device: "d2"})
		row := `{"uid":"u","device_flag":0,"online":1}`
		if got := online(); got != "["+row+","+row+"]" {
			t.Errorf("two clients: got %s", got)
		}
		c.close()
		eventually(t, func() bool { return online() == "["+row+"]" })
	})
}

// eventually waits for what another goroutine is about to make true.
func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for range 200 {
		if is() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("never became true")
}

// TestLiveClient: a client of Online is online, is kicked by a master login, and
// kicks back when it reconnects.
func TestLiveClient(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Generation: V1})
	s.Register("u", "T", 0, 1)
	if _, err := s.Online(Login{UID: "u", Token: "no"}); err == nil {
		t.Error("a wrong token came online")
	}
	cl, err := s.Online(Login{UID: "u", Token: "T", Reconnect: true})
	if err != nil || !cl.Connected() {
		t.Fatalf("got %v, connected %v", err, cl.Connected())
	}
	c := loggedIn(t, s, "tcp", who{uid: "u", token: "T", device: "probe"})
	if got := fateOf(t, c); got != d12ends {
		t.Errorf("the probe: got %q, want %q", got, d12ends)
	}
	eventually(t, cl.Connected)
	if cl.Kicked() == 0 {
		t.Error("the client was never kicked")
	}
	cl.Close()
	if cl.Connected() || len(s.Connects()) != 1 {
		t.Errorf("after Close: connected %v, %d CONNECTs logged", cl.Connected(), len(s.Connects()))
	}
}
