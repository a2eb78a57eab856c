package sandbox

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe/memnet"
)

// TestWritersTakeTurns: two writers to a client that does not read give up one after
// the other. With a mutex between them the clock of a bubble would stand still.
func TestWritersTakeTurns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n := memnet.New()
		l, err := n.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		near, err := n.Dial(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer near.Close()
		link, took := newTCPLink(near), stopwatch()
		gaveUp := make(chan time.Duration)
		for range 2 {
			go func() {
				link.send(make([]byte, 1<<20), false)
				gaveUp <- took()
			}()
		}
		if got := []time.Duration{<-gaveUp, <-gaveUp}; !slices.Equal(got, []time.Duration{writeLimit, 2 * writeLimit}) {
			t.Errorf("gave up after %v", got)
		}
	})
}

// TestCloseWaitsForHTTP: a connection whose request was answered before its body was
// read stays half a second longer, and Close with it.
func TestCloseWaitsForHTTP(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, Config{})
		c := knock(t, s, addrOf(s.ManagerURL()))
		io.WriteString(c, "POST /connz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || resp.StatusCode != 401 {
			t.Fatalf("got %v, %v", resp, err)
		}
		took := stopwatch()
		if s.Close(); took() != 500*time.Millisecond {
			t.Errorf("Close took %v", took())
		}
	})
}

// TestDeadProcessAnswersNothing: a request that waits when the process ends, or that
// arrives then, is cut and not answered with an empty 200.
func TestDeadProcessAnswersNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := faulty(t, "api-slow:1h", "restart:1m")
		took := stopwatch()
		if resp, err := browser(s).Get(s.APIURL() + "/route"); err == nil || took() != time.Minute {
			t.Errorf("waiting: got %v, %v after %v", resp, err, took())
		}
		w := answerless{t: t}
		dead := &life{over: true}
		func() {
			defer func() {
				if got := recover(); got != http.ErrAbortHandler {
					t.Errorf("arriving: got %v", got)
				}
			}()
			s.counted(dead, http.NotFoundHandler()).ServeHTTP(w, nil)
		}()
	})
}

// answerless is the client of a server that must not answer.
type answerless struct {
	t *testing.T
	http.ResponseWriter
}

func (w answerless) Write(b []byte) (int, error) {
	w.t.Errorf("answered %q", b)
	return len(b), nil
}

// TestListenerOfConfig: what Config.Listen says is what Start fails with, and what
// it gave is closed again.
func TestListenerOfConfig(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n := memnet.New()
		var opened []net.Listener
		for _, faults := range [][]Fault{nil, {{Name: "refuse-tcp"}}} {
			cfg := Config{Listen: func(network, address string) (net.Listener, error) {
				l, err := n.Listen(network, address)
				if err == nil {
					opened = append(opened, l)
				}
				return l, err
			}, Addr: Addr{WS: "127.0.0.1:5200", TCP: "127.0.0.1:5200"}, Faults: faults}
			if s, err := Start(t.Context(), cfg); err == nil {
				s.Close()
				t.Error("two listeners on one port")
			}
		}
		for _, l := range opened {
			if err := l.Close(); err == nil {
				t.Errorf("%v was left open", l.Addr())
			}
		}
		if len(opened) != 4 {
			t.Errorf("%d listeners, want the API's and the WebSocket's twice", len(opened))
		}
	})
}
