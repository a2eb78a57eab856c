package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
	"github.com/coder/websocket"
)

func TestParseFault(t *testing.T) {
	t.Parallel()
	good := map[string]Fault{
		"mute":                             {Name: "mute"},
		"slow:500ms":                       {Name: "slow", Delay: 500 * time.Millisecond},
		"reset-on-dial":                    {Name: "reset-on-dial"},
		"reset-on-dial:2":                  {Name: "reset-on-dial", Count: 2},
		"api-mute:/varz":                   {Name: "api-mute", Path: "/varz"},
		"api-error:400":                    {Name: "api-error", Status: 400},
		"api-error:401:/user/onlinestatus": {Name: "api-error", Status: 401, Path: "/user/onlinestatus"},
		"api-error:400::a: b":              {Name: "api-error", Status: 400, Text: "a: b"},
		"die-on-tls":                       {Name: "die-on-tls"},
		"die-on-tls:2s":                    {Name: "die-on-tls", Delay: 2 * time.Second},
		"restart:1m":                       {Name: "restart", Delay: time.Minute},
		"mute-after:2":                     {Name: "mute-after", Count: 2},
		"refuse-flag:0":                    {Name: "refuse-flag"},
		"slow-flag:1:1.5s":                 {Name: "slow-flag", Flag: 1, Delay: 1500 * time.Millisecond},
		"forward-fails:1/3":                {Name: "forward-fails", Count: 1, Of: 3},
		"rate-limit:5":                     {Name: "rate-limit", Count: 5},
		"rate-limit-api:5:429":             {Name: "rate-limit-api", Count: 5, Status: 429},
		"rate-limit-ws:5:429:1":            {Name: "rate-limit-ws", Count: 5, Status: 429, Delay: time.Second},
		"redirect-api:https://a.b/c?d=e:1": {Name: "redirect-api", Text: "https://a.b/c?d=e:1"},
	}
	for text, want := range good {
		got, err := ParseFault(text)
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, err, want)
		}
		if again, err := ParseFault(got.String()); err != nil || again != got {
			t.Errorf("%s: written as %q, read as %+v, %v", text, got.String(), again, err)
		}
	}
	for _, text := range []string{"", "nope", "mute:1", "slow", "slow:fast", "slow:-1s", "lose:0", "lose:x", "api-mute:varz", "api-error", "api-error:42", "api-error:400:varz",
		"restart", "die-on-tls:0s", "mute-after", "mute-after:0", "refuse-flag", "refuse-flag:256", "slow-flag:1", "slow-flag:-1:1s",
		"forward-fails", "forward-fails:1", "forward-fails:0/3", "forward-fails:4/3", "rate-limit", "rate-limit:0", "rate-limit:5:200",
		"rate-limit:5:429:x", "rate-limit:5:429:", "rate-limit:5:429:1:1", "redirect-api", "redirect-api:varz", "stale-keep-alive:1"} {
		var f Fault
		if err := f.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "expected") {
			t.Errorf("%q: got %+v, %v", text, f, err)
		}
	}
	if len(FaultHelp()) != len(faultTable()) {
		t.Error("a fault without help")
	}
}

// faulty starts a stand-in with faults and the user u on flag 0.
func faulty(t *testing.T, faults ...string) *Server {
	t.Helper()
	cfg := Config{TLS: "valid"}
	for _, text := range faults {
		f, err := ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Faults = append(cfg.Faults, f)
	}
	s := start(t, cfg)
	s.Register("u", "T", 0, 0)
	return s
}

// answerTo connects as u and describes what comes back, and how long after the
// CONNECT it comes.
func answerTo(t *testing.T, s *Server) string {
	t.Helper()
	c := dial(t, s, "tcp")
	c.write(who{uid: "u", token: "T"}.packet())
	took := stopwatch()
	b, err := c.read(soon)
	switch {
	case err != nil:
		return fmt.Sprintf("%v %v", err, took())
	case kindOf(b) != wkproto.CONNACK:
		return "garbage"
	}
	f, _, err := wkproto.New().DecodeFrame(b, 4)
	ack, ok := f.(*wkproto.ConnackPacket)
	if !ok {
		t.Fatalf("got % x: %v", b, err)
	}
	switch {
	case len(ack.Salt) != 16:
		return "short salt"
	case len(ack.ServerKey) != 44:
		return "short key"
	}
	got := fmt.Sprintf("connack %v", took())
	if err := c.pingFor(time.Second); err != nil {
		return got + ", ping: " + err.Error()
	}
	if f, err := c.frame(soon); err == nil {
		got += fmt.Sprintf(", disconnect %d %v", f.(*wkproto.DisconnectPacket).ReasonCode.Byte(), took())
	} else if errors.Is(err, errFIN) {
		got += fmt.Sprintf(", dropped %v", took())
	}
	return got
}

func TestSocketFaults(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]string{
		"":                  "connack 0s",
		"mute":              "silence 15s", // longer than the idle limit
		"garbage":           "garbage",
		"close-on-connect":  "FIN 0s",
		"slow:50ms":         "connack 50ms",
		"slow:1m":           "FIN 4s", // at the limit of a CONNECT
		"lose":              "FIN 3s", // at the idle limit
		"short-salt":        "short salt",
		"short-server-key":  "short key",
		"no-pong":           "connack 0s, ping: silence",
		"drop-after:100ms":  "connack 0s, dropped 100ms",
		"kick-after:100ms":  "connack 0s, disconnect 12 100ms",
		"slow-flag:0:50ms":  "connack 50ms",
		"slow-flag:0:1m":    "FIN 4s",
		"slow-flag:1:1m":    "connack 0s",
		"refuse-flag:0":     "FIN 4s", // the refusal of a v2 server
		"refuse-flag:1":     "connack 0s",
		"refuse-ws":         "connack 0s",
		"refuse-api":        "connack 0s",
		"api-500":           "connack 0s",
		"reset-on-dial:999": "reset 0s",
	} {
		t.Run(fault, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var faults []string
				if fault != "" {
					faults = append(faults, fault)
				}
				s, got := faulty(t, faults...), ""
				if strings.HasPrefix(fault, "reset") {
					c := knock(t, s, s.TCPAddr())
					if _, err := c.Read(make([]byte, 1)); errors.Is(err, syscall.ECONNRESET) {
						got = "reset 0s"
					}
				} else {
					got = answerTo(t, s)
				}
				if got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		})
	}
}

// TestNoConnack: the login happened all the same, so PING works and the API shows
// it.
func TestNoConnack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := faulty(t, "no-connack")
		c := dial(t, s, "tcp")
		c.write(who{uid: "u", token: "T"}.packet())
		if _, err := c.read(time.Minute); !errors.Is(err, errSilence) {
			t.Errorf("got %v, want silence", err)
		}
		if err := c.ping(); err != nil {
			t.Errorf("PING: %v", err)
		}
		if _, got, _ := call(t, s, "POST", s.APIURL()+"/user/onlinestatus", `["u"]`); !strings.Contains(got, `"online":1`) {
			t.Errorf("online: %s", got)
		}
	})
}

func TestCountedFaults(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := faulty(t, "lose:2")
		for i, want := range []string{"FIN 3s", "FIN 3s", "connack 0s"} {
			if got := answerTo(t, s); got != want {
				t.Errorf("attempt %d: got %q, want %q", i, got, want)
			}
		}
	})
}

func TestRefusedPorts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for fault, want := range map[string][4]bool{ // api, ws, wss, tcp
			"refuse":     {true, false, false, false},
			"refuse-ws":  {true, false, true, true},
			"refuse-wss": {true, true, false, true},
			"refuse-tcp": {true, true, true, false},
			"refuse-api": {false, true, true, true},
		} {
			s := faulty(t, fault)
			open := func(addr string) bool { return !refused(t, s, addr) }
			got := [4]bool{open(addrOf(s.APIURL())), open(addrOf(s.WSURL())), open(addrOf(s.WSSURL())), open(s.TCPAddr())}
			if got != want {
				t.Errorf("%s: open ports %v, want %v", fault, got, want)
			}
		}
	})
}

func TestNoUpgrade(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := faulty(t, "no-upgrade")
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		took := stopwatch()
		_, _, err := websocket.Dial(ctx, s.WSURL(), &websocket.DialOptions{HTTPClient: browser(s)})
		if !errors.Is(err, context.DeadlineExceeded) || took() != time.Hour {
			t.Errorf("got %v after %v, want the deadline", err, took())
		}
	})
}

func TestAPIFaults(t *testing.T) {
	t.Parallel()
	get := func(t *testing.T, s *Server, path string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "GET", s.APIURL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := browser(s).Transport.RoundTrip(req)
		if err != nil {
			return "", err
		}
		resp.Body.Close()
		return resp.Status + " " + resp.Header.Get("Content-Type"), nil
	}
	for _, row := range []struct {
		fault, path, want string
		wantErr           error
		after             time.Duration
	}{
		{"api-500", "/route", "500 Internal Server Error ", nil, 0},
		{"api-500:/varz", "/route", "200 OK application/json; charset=utf-8", nil, 0},
		{"api-error:401:/route", "/route", "401 Unauthorized application/json; charset=utf-8", nil, 0},
		{"api-html", "/route", "200 OK text/html; charset=utf-8", nil, 0},
		{"api-mute", "/route", "", context.DeadlineExceeded, time.Hour},
		{"api-slow:1m", "/route", "200 OK application/json; charset=utf-8", nil, time.Minute},
		{"api-slow:1ms", "/route", "200 OK application/json; charset=utf-8", nil, time.Millisecond},
		{"api-reset", "/route", "", syscall.ECONNRESET, 0},
		{"refuse-api", "/route", "", syscall.ECONNREFUSED, 0},
	} {
		t.Run(row.fault, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, took := faulty(t, row.fault), stopwatch()
				if got, err := get(t, s, row.path); got != row.want || !errors.Is(err, row.wantErr) || took() != row.after {
					t.Errorf("got %q, %v after %v, want %q, %v after %v", got, err, took(), row.want, row.wantErr, row.after)
				}
			})
		})
	}
}

func TestLoseToken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := faulty(t, "lose-token")
		register(t, s, "w", "T", 0, 0)
		if rows := s.Tokens(); len(rows) != 1 || rows[0].UID != "u" {
			t.Errorf("stored %+v", rows)
		}
	})
}

func TestNodeOffline(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := faulty(t, "node-offline")
		if _, got, _ := call(t, s, "GET", s.APIURL()+"/cluster/nodes", ""); !strings.Contains(got, `"total":2`) || strings.Count(got, `"online":1`) != 1 {
			t.Errorf("got %s", got)
		}
	})
}
