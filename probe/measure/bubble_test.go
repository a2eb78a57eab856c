package measure

import (
	"bufio"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
)

const ms = time.Millisecond

// hop is how long a byte is under way in a bubble: a round trip takes 2 ms, and so
// does a dial.
const hop = ms

// TestMain: no test may leave a goroutine behind, so neither may a run.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lab is a test and the network it takes place on. It has no Run and no Parallel:
// neither is allowed in a bubble.
type lab struct {
	testing.TB
	net *memnet.Network // nil = the machine's
}

// bubble runs f on a network in memory and a clock of its own: waiting costs no
// time, and how long something took is exact. All that f starts has to have ended
// a round trip after it: what is left fails the test.
func bubble(t *testing.T, f func(t *lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		n.Delay = hop
		t.Cleanup(func() { time.Sleep(2 * n.Delay) }) // what is under way arrives
		f(&lab{t, n})
	})
}

// sub is bubble as a subtest, which runs beside others.
func sub(t *testing.T, name string, f func(t *lab)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		bubble(t, f)
	})
}

// onThisMachine gives a test the machine's own network.
func onThisMachine(t testing.TB) *lab { return &lab{TB: t} }

// listen listens on a port of its own.
func (t *lab) listen() net.Listener {
	t.Helper()
	listen := net.Listen
	if t.net != nil {
		listen = t.net.Listen
	}
	l, err := listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// dial is the Dial of what is tested, nil for the machine's network.
func (t *lab) dial() DialFunc {
	if t.net == nil {
		return nil
	}
	return t.net.Dial
}

// after calls f at a later time, unless the test is over by then.
func (t *lab) after(d time.Duration, f func()) {
	timer := time.AfterFunc(d, f)
	t.Cleanup(func() { timer.Stop() })
}

// since is a clock that starts at 0.
func since() func() time.Duration {
	from := time.Now()
	return func() time.Duration { return time.Since(from) }
}

// stand starts a stand-in that plays the given faults.
func stand(t *lab, cfg sandbox.Config, faults ...string) *sandbox.Server {
	t.Helper()
	for _, text := range faults {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Faults = append(cfg.Faults, f)
	}
	if t.net != nil {
		cfg.Listen, cfg.Dial = t.net.Listen, t.net.Dial
	}
	s, err := sandbox.Start(context.WithoutCancel(t.Context()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// web is an HTTP server that the handler plays; StartTLS makes it speak TLS, and
// anything else needs Start.
func web(t *lab, serve http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := &httptest.Server{Listener: t.listen(), Config: &http.Server{Handler: serve, ErrorLog: quiet()}}
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

// page starts an HTTP server and gives its URL.
func page(t *lab, serve http.HandlerFunc) (url string) {
	t.Helper()
	s := web(t, serve)
	s.Start()
	return s.URL
}

// raw is a TCP listener that does as it is told with every connection, each on a
// goroutine of its own, and closes it then.
func raw(t *lab, serve func(net.Conn)) (host string) {
	t.Helper()
	l := t.listen()
	var mu sync.Mutex
	var open []net.Conn
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			all.Go(func() {
				defer func() { _ = c.Close() }()
				serve(c)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return l.Addr().String()
}

// rawAPI is an API of which play writes every byte, once a request has come.
func rawAPI(t *lab, play func(c net.Conn, in *bufio.Reader)) *API {
	t.Helper()
	host := raw(t, func(c net.Conn) {
		in := bufio.NewReader(c)
		if r, err := http.ReadRequest(in); err == nil {
			_, _ = io.Copy(io.Discard, r.Body)
			play(c, in)
		}
	})
	return &API{Base: "http://" + host, Client: client(t)}
}

// gone waits until the other side has closed the connection.
func gone(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// reset makes the close of a connection a reset.
func reset(c net.Conn) { _ = c.(interface{ SetLinger(sec int) error }).SetLinger(0) }

// quiet swallows what a test server would write about its clients.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
