package sdk_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
)

// startSandbox gives a server whose time limits are a quarter of the real ones.
func startSandbox(t *testing.T, g sandbox.Generation) *sandbox.Server {
	t.Helper()
	s, err := sandbox.Start(t.Context(), sandbox.Config{Generation: g, Scale: 0.25})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// pipe is a connection as an SDK opens it.
type pipe struct {
	write func(sdk.Message) error
	read  func() ([]byte, error)
}

func dial(t *testing.T, srv *sandbox.Server, s sdk.SDK) pipe {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	if s.Transport == sdk.TCP {
		c, err := net.Dial("tcp", srv.TCPAddr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		return pipe{
			write: func(m sdk.Message) error { _, err := c.Write(m.Payload); return err },
			read: func() ([]byte, error) {
				b := make([]byte, 4096)
				n, err := c.Read(b)
				return b[:n], err
			},
		}
	}
	c, _, err := websocket.Dial(ctx, srv.WSURL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return pipe{
		write: func(m sdk.Message) error {
			kind := websocket.MessageBinary
			if m.Text {
				kind = websocket.MessageText
			}
			return c.Write(ctx, kind, m.Payload)
		},
		read: func() ([]byte, error) { _, b, err := c.Read(ctx); return b, err },
	}
}

// answer reads one message in whichever protocol the SDK speaks.
func answer(t *testing.T, s sdk.SDK, p pipe) (wire.Frame, string) {
	t.Helper()
	b, err := p.read()
	if err != nil {
		t.Fatalf("%s: reading the answer: %v", s.ID, err)
	}
	if s.Protocol == sdk.JSONRPC {
		m, _, err := wire.DecodeJSON(b)
		if err != nil {
			t.Fatalf("%s: %v in %q", s.ID, err, b)
		}
		return m.Frame, m.ID
	}
	f, _, err := wire.Decode(b)
	if err != nil {
		t.Fatalf("%s: %v in %x", s.ID, err, b)
	}
	return f, ""
}

// verdict waits until the server has decided about the CONNECT of uid.
func verdict(t *testing.T, srv *sandbox.Server, uid string) sandbox.ConnectRecord {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		for _, r := range srv.Connects() {
			if r.UID == uid && r.Verdict != sandbox.Pending {
				return r
			}
		}
	}
	t.Fatalf("no CONNECT of %q was decided", uid)
	return sandbox.ConnectRecord{}
}

// Every row logs in with a token for its default flag, and its heartbeat is
// answered; with a token for another flag it does not.
func TestEveryRowLogsIn(t *testing.T) {
	t.Parallel()
	for _, g := range []sandbox.Generation{sandbox.V1, sandbox.V2} {
		t.Run(string(g), func(t *testing.T) {
			t.Parallel()
			srv := startSandbox(t, g)
			for _, s := range sdk.All() {
				if s.Protocol == sdk.JSONRPC && g == sandbox.V1 {
					checkNotSpoken(t, srv, s)
					continue
				}
				checkAccepted(t, srv, s)
				checkOtherFlag(t, srv, s)
			}
			if h := srv.Hazards(); len(h) > 0 {
				t.Errorf("hazards: %v", h)
			}
		})
	}
}

// connect logs in as a user whose token is stored for one flag.
func connect(t *testing.T, srv *sandbox.Server, s sdk.SDK, tokenFlag wire.DeviceFlag) (p pipe, uid, id string) {
	t.Helper()
	uid = "u-" + s.ID + "-" + tokenFlag.String()
	srv.Register(uid, "right", uint8(tokenFlag), uint8(wire.LevelSlave))
	m, err := s.Connect(sdk.Login{UID: uid, Token: "right", Flag: s.WireFlag})
	if err != nil {
		t.Fatal(err)
	}
	p = dial(t, srv, s)
	if err := p.write(m); err != nil {
		t.Fatal(err)
	}
	return p, uid, m.ID
}

func checkAccepted(t *testing.T, srv *sandbox.Server, s sdk.SDK) {
	t.Helper()
	p, uid, id := connect(t, srv, s, s.DefaultFlag())
	f, answered := answer(t, s, p)
	if c, ok := f.(*wire.Connack); !ok || c.Reason != wire.ReasonSuccess || answered != id {
		t.Errorf("%s: got %+v to request %q; want success to %q", s.ID, f, answered, id)
	}
	r := verdict(t, srv, uid)
	if wire.DeviceFlag(r.Flag) != s.DefaultFlag() || r.Transport != string(s.Transport) || r.JSONRPC != (s.Protocol == sdk.JSONRPC) {
		t.Errorf("%s: the server saw %+v; want flag %d over %s", s.ID, r, s.DefaultFlag(), s.Transport)
	}
	ping, err := s.Ping(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.write(ping); err != nil {
		t.Fatal(err)
	}
	if f, answered := answer(t, s, p); f != (wire.Pong{}) || answered != ping.ID {
		t.Errorf("%s: got %+v to ping %q; want a pong to %q", s.ID, f, answered, ping.ID)
	}
}

func checkOtherFlag(t *testing.T, srv *sandbox.Server, s sdk.SDK) {
	t.Helper()
	p, uid, _ := connect(t, srv, s, s.DefaultFlag()+1)
	want := sandbox.Refused
	if srv.Generation() == sandbox.V2 {
		want = sandbox.Silent
	} else if f, _ := answer(t, s, p); f.(*wire.Connack).Reason != wire.ReasonAuthFail {
		t.Errorf("%s: got %+v; want AuthFail", s.ID, f)
	}
	if r := verdict(t, srv, uid); r.Verdict != want {
		t.Errorf("%s: got %s; want %s", s.ID, r.Verdict, want)
	}
}

// checkNotSpoken: v1 takes the opening brace for a PING before login and closes.
func checkNotSpoken(t *testing.T, srv *sandbox.Server, s sdk.SDK) {
	t.Helper()
	p, uid, _ := connect(t, srv, s, s.DefaultFlag())
	b, err := p.read()
	var closed websocket.CloseError
	if err == nil || errors.As(err, &closed) {
		t.Errorf("%s: got %q, error %v; want the connection cut", s.ID, b, err)
	}
	for _, r := range srv.Connects() {
		if r.UID == uid {
			t.Errorf("%s: the server read a CONNECT: %+v", s.ID, r)
		}
	}
}
