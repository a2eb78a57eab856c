package sandbox

import (
	"errors"
	"sync"
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
	d12open fate = "d12 lives" // DISCONNECT 12, and PING is answered forever
)

// fateOf watches a connection until it is clear what became of it. Every delay
// there is ends within 10 s.
func fateOf(t *testing.T, c *client, patience time.Duration) fate {
	t.Helper()
	said := fate("")
	for {
		f, err := c.frame(patience)
		switch d, ok := f.(*wkproto.DisconnectPacket); {
		case ok && d.ReasonCode == wkproto.ReasonConnectKick && said == "":
			said = "d12 "
		case errors.Is(err, errSilence) && c.tcp != nil:
			if c.pingFor(patience) == nil {
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

// kickRow is one row of the measured table of kick rules.
type kickRow struct {
	name                        string
	level                       int // of the older connection's token
	then                        func(t *testing.T, s target, uid string)
	v10, v1, beta, v20, v2, vv3 fate
}

func (r kickRow) want(g Generation) fate {
	return map[Generation]fate{V10: r.v10, V1: r.v1, V2Beta: r.beta, V20: r.v20, V2: r.v2, V3: r.vv3}[g]
}

func kickRows() []kickRow {
	second := func(flag uint8, device string) func(*testing.T, target, string) {
		return func(t *testing.T, s target, uid string) {
			loggedIn(t, s, "tcp", who{uid: uid, token: "T", flag: flag, device: device})
		}
	}
	token := func(flag, level int) func(*testing.T, target, string) {
		return func(t *testing.T, s target, uid string) { register(t, s, uid, "T", flag, level) }
	}
	return []kickRow{
		{"level 1, other device", 1, second(0, "d2"), d12open, d12ends, d12ends, d12ends, d12zomb, lives},
		{"level 1, same device", 1, second(0, "d1"), lives, ends, ends, ends, zombie, ends},
		{"level 0, same device", 0, second(0, "d1"), lives, ends, ends, ends, zombie, ends},
		{"level 0, other device", 0, second(0, "d2"), lives, lives, lives, lives, lives, lives},
		{"another flag", 1, then(token(1, 1), second(1, "d2")), lives, lives, lives, lives, lives, lives},
		{"token at level 1", 0, token(0, 1), d12open, d12ends, d12ends, d12ends, d12zomb, ends},
		{"token at level 0", 0, token(0, 0), lives, lives, lives, lives, lives, lives},
		{"token of another flag", 0, token(1, 1), lives, lives, lives, lives, lives, lives},
		{"quit", 0, quits(0), d12open, d12ends, d12ends, d12ends, d12zomb, ends},
		{"quit -1", 0, quits(-1), d12open, d12ends, d12ends, d12ends, d12zomb, ends},
		{"ban", 0, ban, lives, lives, lives, lives, lives, lives},
	}
}

// TestKicks is the table, for the release that stands for each generation.
func TestKicks(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		var wg sync.WaitGroup
		for _, row := range kickRows() {
			s := start(t, Config{Generation: g})
			register(t, s, "u", "T", 0, row.level)
			old := loggedIn(t, s, "tcp", who{uid: "u", token: "T"})
			row.then(t, s, "u")
			wg.Go(func() {
				if got, want := fateOf(t, old, 12*time.Second), row.want(g); got != want {
					t.Errorf("%s: got %q, want %q", row.name, got, want)
				}
			})
		}
		wg.Wait()
	})
}

// TestOnlineStatus: one row per connection, and none once it is gone.
func TestOnlineStatus(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		register(t, s, "u", "T", 0, 0)
		online := func() string {
			_, got, _ := call(t, s, "POST", s.APIURL()+"/user/onlinestatus", `["u","nobody"]`)
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
		settles(t, func() bool { return online() == "["+row+"]" })
	})
}

// TestLiveClient: a client of Online is online, is kicked by a master login, and
// kicks back when it reconnects.
func TestLiveClient(t *testing.T) {
	bubble(t, func(t *testing.T) {
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
		if got := fateOf(t, c, 12*time.Second); got != d12ends {
			t.Errorf("the probe: got %q, want %q", got, d12ends)
		}
		if !cl.Connected() { // for 2 s at least
			t.Error("the client did not come back")
		}
		if cl.Kicked() == 0 {
			t.Error("the client was never kicked")
		}
		cl.Close()
		if cl.Connected() || len(s.Connects()) != 1 {
			t.Errorf("after Close: connected %v, %d CONNECTs logged", cl.Connected(), len(s.Connects()))
		}
	})
}
