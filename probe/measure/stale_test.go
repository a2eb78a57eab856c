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
func staleAPI(t *lab, end func(c net.Conn, in *bufio.Reader)) (*API, *atomic.Int64) {
	t.Helper()
	var answers atomic.Int64
	return rawAPI(t, func(c net.Conn, in *bufio.Reader) {
		answers.Add(1)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 14\r\n\r\n{\"status\":200}")
		end(c, in)
	}), &answers
}

// TestStaleKeepAlive: an API that closes kept connections without saying so
// works, whenever and however it closes them, as it does with curl.
func TestStaleKeepAlive(t *testing.T) {
	t.Parallel()
	const soon = hop / 5 // with the next request under way
	rows := []struct {
		name string
		end  func(c net.Conn, in *bufio.Reader)
	}{
		{"at once", func(net.Conn, *bufio.Reader) {}},
		{"at once, with a reset", func(c net.Conn, _ *bufio.Reader) { reset(c) }},
		{"soon", func(net.Conn, *bufio.Reader) { time.Sleep(soon) }},
		{"soon, with a reset", func(c net.Conn, _ *bufio.Reader) { time.Sleep(soon); reset(c) }},
		{"at the next request", func(_ net.Conn, in *bufio.Reader) { _, _ = in.ReadByte() }},
		{"at the next request, with a reset", func(c net.Conn, in *bufio.Reader) { _, _ = in.ReadByte(); reset(c) }},
		{"having read the next request", func(_ net.Conn, in *bufio.Reader) { _, _ = http.ReadRequest(in) }},
	}
	for _, row := range rows {
		sub(t, row.name, func(t *lab) {
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
