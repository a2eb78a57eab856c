package measure

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// staleAPI keeps connections alive by its word and ends each after the first
// answer, as the row says.
func staleAPI(t *testing.T, end func(c *net.TCPConn, r *bufio.Reader)) (*API, *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var answers atomic.Int64
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer func() { _ = c.Close() }()
				in := bufio.NewReader(c)
				r, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				answers.Add(1)
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 14\r\n\r\n{\"status\":200}")
				end(c.(*net.TCPConn), in)
			})
		}
	})
	transport := NewTransport(nil, nil)
	t.Cleanup(func() {
		_ = l.Close()
		transport.CloseIdleConnections()
		wg.Wait()
	})
	return &API{Base: "http://" + l.Addr().String(), Client: &http.Client{Transport: transport}}, &answers
}

// TestStaleKeepAlive: an API that closes kept connections without saying so
// works, whenever and however it closes them, as it does with curl.
func TestStaleKeepAlive(t *testing.T) {
	t.Parallel()
	reset := func(c *net.TCPConn) { _ = c.SetLinger(0) }
	rows := []struct {
		name string
		end  func(c *net.TCPConn, r *bufio.Reader)
	}{
		{"at once", func(*net.TCPConn, *bufio.Reader) {}},
		{"at once, with a reset", func(c *net.TCPConn, _ *bufio.Reader) { reset(c) }},
		{"soon", func(*net.TCPConn, *bufio.Reader) { time.Sleep(200 * time.Microsecond) }},
		{"soon, with a reset", func(c *net.TCPConn, _ *bufio.Reader) { time.Sleep(200 * time.Microsecond); reset(c) }},
		{"at the next request", func(_ *net.TCPConn, r *bufio.Reader) { _, _ = r.ReadByte() }},
		{"at the next request, with a reset", func(c *net.TCPConn, r *bufio.Reader) { _, _ = r.ReadByte(); reset(c) }},
		{"having read the next request", func(_ *net.TCPConn, r *bufio.Reader) { _, _ = http.ReadRequest(r) }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a, answers := staleAPI(t, row.end)
			const runs = 200
			var wg sync.WaitGroup
			for i := range runs {
				if i%apiParallel == 0 {
					wg.Wait()
				}
				wg.Go(func() {
					if err := a.Register(t.Context(), fmt.Sprint(i), tokenOf("tok", 0)); err != nil {
						t.Errorf("run %d: %v", i, err)
					}
				})
			}
			wg.Wait()
			if n := answers.Load(); n != runs {
				t.Errorf("%d requests were answered, want %d", n, runs)
			}
		})
	}
}
