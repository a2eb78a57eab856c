package sandbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/wkctl/wkctl/probe/memnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soon bounds the wait for what has to come. It is longer than any limit of a server
// that the tests wait for.
const soon = 15 * time.Second

// bubble runs a test whose clock stands still while anything happens, on networks
// in memory. Every goroutine has to end with it.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}

// each runs a test for every generation, each in a bubble.
func each(t *testing.T, f func(t *testing.T, g Generation)) {
	t.Helper()
	t.Parallel()
	for _, g := range Generations() {
		t.Run(string(g), func(t *testing.T) {
			bubble(t, func(t *testing.T) { f(t, g) })
		})
	}
}

// settles fails the test unless something holds as soon as everybody waits.
func settles(t *testing.T, holds func() bool) {
	t.Helper()
	if synctest.Wait(); !holds() {
		t.Error("it did not come true")
	}
}

// stopwatch tells how long ago it was made.
func stopwatch() func() time.Duration {
	from := time.Now()
	return func() time.Duration { return time.Since(from) }
}

// goodKey is a client key of the right shape; nobody ever decrypts with it.
const goodKey = "L28fKx1rDtkVZ7ZJx0cbFTLHhWvUn0mDsmU8r0O4PjI="

// start runs a stand-in on a network of its own.
func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	n := memnet.New()
	cfg.Listen, cfg.Dial = n.Listen, n.Dial
	return startReal(t, cfg)
}

// startReal runs a stand-in on the machine's own network, unless cfg names one.
func startReal(t *testing.T, cfg Config) *Server {
	t.Helper()
	s, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// target is what a test talks to: the stand-in, or a real server.
type target interface {
	APIURL() string
	WSURL() string
	WSSURL() string
	TCPAddr() string
	CACert() []byte
	dial(ctx context.Context, network, address string) (net.Conn, error)
}

func (s *Server) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.cfg.Dial == nil {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return s.cfg.Dial(ctx, network, address)
}

// knock dials one port of s.
func knock(t *testing.T, s target, addr string) net.Conn {
	t.Helper()
	c, err := s.dial(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// client is one socket, spoken to with the official codec.
type client struct {
	t   *testing.T
	tcp net.Conn
	ws  *websocket.Conn
	buf []byte
}

func dial(t *testing.T, s target, transport string) *client {
	t.Helper()
	c := &client{t: t}
	var err error
	switch transport {
	case "tcp":
		c.tcp, err = s.dial(t.Context(), "tcp", s.TCPAddr())
		if _, real := s.(live); real {
			time.Sleep(50 * time.Millisecond) // 1.2.6 closes a login whose CONNECT came at once
		}
	case "ws":
		c.ws, _, err = websocket.Dial(t.Context(), s.WSURL(), &websocket.DialOptions{HTTPClient: browser(s)})
	case "wss":
		c.ws, _, err = websocket.Dial(t.Context(), s.WSSURL(), &websocket.DialOptions{HTTPClient: trusting(t, s)})
	}
	if err != nil {
		t.Fatalf("dialling %s: %v", transport, err)
	}
	t.Cleanup(c.close)
	return c
}

// browser is an HTTP client that keeps no connection.
func browser(s target) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: s.dial, DisableKeepAlives: true}}
}

// trusting is browser, for those who know the root of s.
func trusting(t *testing.T, s target) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(s.CACert()) {
		t.Fatal("CACert is no PEM certificate")
	}
	client := browser(s)
	client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool}
	return client
}

func (c *client) close() {
	if c.tcp != nil {
		c.tcp.Close()
	} else {
		c.ws.CloseNow()
	}
}

func (c *client) write(b []byte) {
	c.t.Helper()
	var err error
	if c.tcp != nil {
		_, err = c.tcp.Write(b)
	} else {
		err = c.ws.Write(c.t.Context(), websocket.MessageBinary, b)
	}
	if err != nil {
		c.t.Fatalf("writing: %v", err)
	}
}

func (c *client) writeText(text string) {
	c.t.Helper()
	if err := c.ws.Write(c.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatalf("writing: %v", err)
	}
}

// The ways waiting for bytes ends without any.
var (
	errSilence = errors.New("silence")
	errFIN     = errors.New("FIN")
)

// read returns what arrives within d. A ws read that times out ends the client.
func (c *client) read(d time.Duration) ([]byte, error) {
	if c.tcp != nil {
		c.tcp.SetReadDeadline(time.Now().Add(d))
		buf := make([]byte, 4096)
		n, err := c.tcp.Read(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, errSilence
		case errors.Is(err, io.EOF):
			return nil, errFIN
		}
		return buf[:n], err
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), d)
	defer cancel()
	_, b, err := c.ws.Read(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, errSilence
	case errors.Is(err, io.EOF) && websocket.CloseStatus(err) == -1:
		return nil, errFIN
	}
	return b, err
}

// frame reads one frame with the official codec, told the version it needs.
func (c *client) frame(d time.Duration) (wkproto.Frame, error) {
	c.t.Helper()
	if len(c.buf) == 0 {
		b, err := c.read(d)
		if err != nil {
			return nil, err
		}
		c.buf = b
	}
	version := uint8(1)
	if kindOf(c.buf) == wkproto.CONNACK && (len(c.buf) == 23 || c.buf[0]&1 != 0 && c.buf[2] >= 4) {
		version = 4
	}
	f, n, err := wkproto.New().DecodeFrame(c.buf, version)
	if err != nil || f == nil {
		c.t.Fatalf("decoding % x: %v, %v", c.buf, f, err)
	}
	c.buf = c.buf[n:]
	return f, nil
}

// who is what a client connects as.
type who struct {
	uid, token string
	flag       uint8
	device     string
	version    uint8
	key        *string
}

func (w who) packet() []byte {
	p := &wkproto.ConnectPacket{
		Version: w.version, UID: w.uid, Token: w.token, DeviceFlag: wkproto.DeviceFlag(w.flag), DeviceID: w.device,
		ClientTimestamp: time.Now().UnixMilli(), ClientKey: goodKey,
	}
	if p.Version == 0 {
		p.Version = 5
	}
	if p.DeviceID == "" {
		p.DeviceID = "d1"
	}
	if w.key != nil {
		p.ClientKey = *w.key
	}
	return encode(p, wkproto.LatestVersion)
}

// The short forms the tables use, as in the measurements: A<reason>, S for
// silence, X for closed at once.
const (
	a1, a2, a19, a21 = "A1", "A2", "A19", "A21"
	silence          = "S"
	closed           = "X"
)

var ackNames = map[wkproto.ReasonCode]string{1: a1, 2: a2, 19: a19, 21: a21}

// attempt connects and reads the answer in short form. Silence is confirmed by
// the FIN of the refusal, after the limit of the release.
func attempt(t *testing.T, s target, transport string, w who) string {
	t.Helper()
	c := dial(t, s, transport)
	c.write(w.packet())
	took := stopwatch()
	f, err := c.frame(soon)
	if ack, ok := f.(*wkproto.ConnackPacket); ok {
		return ackNames[ack.ReasonCode]
	}
	if !errors.Is(err, errFIN) {
		t.Fatalf("after a CONNECT: got %v, %v", f, err)
	}
	stand, ok := s.(*Server)
	switch {
	case !ok && took() < idleAfterConnect/2, ok && (took() == 0 || took() == stand.t.ackDelay):
		return closed
	case ok && took() != stand.t.pending:
		t.Errorf("closed after %v, expected at once, after %v or after %v", took(), stand.t.ackDelay, stand.t.pending)
	}
	return silence
}

// login connects and fails the test unless it is accepted.
func loggedIn(t *testing.T, s target, transport string, w who) *client {
	t.Helper()
	c := dial(t, s, transport)
	c.write(w.packet())
	f, err := c.frame(soon)
	if ack, ok := f.(*wkproto.ConnackPacket); !ok || ack.ReasonCode != wkproto.ReasonSuccess {
		t.Fatalf("logging in as %+v: got %v, %v", w, f, err)
	}
	return c
}

// ping sends PING and tells PONG, FIN and silence apart.
func (c *client) ping() error { return c.pingFor(soon) }

func (c *client) pingFor(d time.Duration) error {
	c.t.Helper()
	c.write([]byte{byte(wkproto.PING) << 4})
	f, err := c.frame(d)
	if err == nil && f.GetFrameType() != wkproto.PONG {
		c.t.Fatalf("after a PING: got %v", f)
	}
	return err
}

// call makes one API request. Body "" sends none.
func call(t *testing.T, s target, method, url, body string, header ...string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := browser(s).Transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(got), resp.Header
}

// register stores a token over the API.
func register(t *testing.T, s target, uid, token string, flag, level int) {
	t.Helper()
	body, _ := json.Marshal(map[string]any{"uid": uid, "token": token, "device_flag": flag, "device_level": level})
	if status, got, _ := call(t, s, "POST", s.APIURL()+"/user/token", string(body)); status != 200 || got != `{"status":200}` {
		t.Fatalf("registering %s: got %d %s", uid, status, got)
	}
}

func quit(t *testing.T, s target, uid string, flag int) {
	t.Helper()
	body, _ := json.Marshal(map[string]any{"uid": uid, "device_flag": flag})
	if status, got, _ := call(t, s, "POST", s.APIURL()+"/user/device_quit", string(body)); status != 200 {
		t.Fatalf("device_quit of %s: got %d %s", uid, status, got)
	}
}

func noHazards(t *testing.T, s *Server) {
	t.Helper()
	if got := s.Hazards(); len(got) > 0 {
		t.Errorf("hazards: %s", strings.Join(got, "; "))
	}
}
