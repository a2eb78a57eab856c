package measure

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// again writes the same until the other side has gone.
func again(c net.Conn, pause time.Duration, text string) {
	for {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
		time.Sleep(pause)
	}
}

// bomb is a gzip stream of n MiB of white space, in members of one.
func bomb(n int) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(bytes.Repeat([]byte{' '}, 1<<20))
	_ = w.Close()
	return bytes.Repeat(b.Bytes(), n)
}

// TestAPIHostileAnswers: whatever an API answers, the request ends within its
// limit, with a fault that says what came, and what is kept stays small.
func TestAPIHostileAnswers(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.1 200 OK\r\n"
	packed := bomb(64)
	rows := []struct {
		name string
		play func(c net.Conn)
		kind probe.FaultKind
	}{
		{"switches protocols", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
			gone(c)
		}, probe.FaultUpgraded},
		{"switches protocols and goes on", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
			again(c, 0, strings.Repeat("x", 1<<15))
		}, probe.FaultUpgraded},
		{"says nothing", gone, probe.FaultTimeout},
		{"a body that drips", func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Content-Length: 1000\r\n\r\n")
			again(c, 20*ms, "{")
		}, probe.FaultTimeout},
		{"a header that drips", func(c net.Conn) {
			_, _ = io.WriteString(c, ok)
			again(c, 20*ms, "X")
		}, probe.FaultTimeout},
		{"a header without end", func(c net.Conn) {
			_, _ = io.WriteString(c, ok)
			again(c, 0, "X-A: "+strings.Repeat("x", 4096)+"\r\n")
		}, probe.FaultOther},
		{"one line without end", func(c net.Conn) { again(c, 0, strings.Repeat("H", 1<<15)) }, probe.FaultOther},
		{"early hints without end", func(c net.Conn) {
			again(c, 0, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
		}, probe.FaultOther},
		{"continues without end, slowly", func(c net.Conn) { again(c, 20*ms, "HTTP/1.1 100 Continue\r\n\r\n") }, probe.FaultTimeout},
		{"a body without end", func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"\r\n")
			again(c, 0, strings.Repeat("x", 1<<15))
		}, probe.FaultNotWuKongIM},
		{"chunks without end", func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\n")
			again(c, 0, "1000\r\n"+strings.Repeat("x", 0x1000)+"\r\n")
		}, probe.FaultNotWuKongIM},
		{"a chunk longer than there is memory", func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n")
			again(c, 0, strings.Repeat("x", 1<<15))
		}, probe.FaultNotWuKongIM},
		{"a trailer without end", func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n")
			again(c, 0, "X-A: "+strings.Repeat("x", 4096)+"\r\n")
		}, probe.FaultOther},
		{"a length that is a lie", func(c net.Conn) { _, _ = io.WriteString(c, ok+"Content-Length: 1000\r\n\r\n{}") }, probe.FaultEOF},
		{"64 MiB in 64 kB of gzip", func(c net.Conn) {
			_, _ = fmt.Fprintf(c, ok+"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", len(packed))
			_, _ = c.Write(packed)
			gone(c)
		}, probe.FaultNotWuKongIM},
		{"gzip that is none", func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd")
		}, probe.FaultEOF},
	}
	for _, row := range rows {
		sub(t, row.name, func(t *lab) {
			a := rawAPI(t, func(c net.Conn, _ *bufio.Reader) { row.play(c) })
			for method, ask := range map[string]func() error{
				"GET":  func() error { _, err := a.Route(t.Context()); return err },
				"POST": func() error { return a.Quit(t.Context(), "u", 0) },
			} {
				took := since()
				f := faultOf(ask())
				if limit := defaultTimeout; took() > limit || (took() == limit) != (row.kind == probe.FaultTimeout) {
					t.Errorf("%s: it took %s", method, took())
				}
				if f.Kind != row.kind || f.Method != method || !strings.HasPrefix(f.Address, a.Base+"/") {
					t.Errorf("%s: got %s %s %q (%v), want %s", method, f.Kind, f.Method, f.Address, f, row.kind)
				}
				if n := len([]rune(f.Body)); n > maxBody+1 {
					t.Errorf("%s: %d characters of body are kept", method, n)
				}
			}
		})
	}
}

// TestAPIBoundBehindGzip: the bound holds for what a body unpacks to.
func TestAPIBoundBehindGzip(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		packed := bomb(64)
		a := rawAPI(t, func(c net.Conn, _ *bufio.Reader) {
			_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", len(packed))
			_, _ = c.Write(packed)
			gone(c)
		})
		if ans, err := a.Get(t.Context(), "/varz"); err != nil || len(ans.Body) != maxAnswer {
			t.Errorf("got %v, want %d bytes", err, maxAnswer)
		}
	})
}

// TestAPIUpgraded: the connection that was switched is closed at once.
func TestAPIUpgraded(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		closed := make(chan struct{})
		a := rawAPI(t, func(c net.Conn, _ *bufio.Reader) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nServer: s\u202e\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
			gone(c)
			close(closed)
		})
		took := since()
		_, err := a.Route(t.Context())
		f := faultOf(err)
		if f.Kind != probe.FaultUpgraded || f.Status != http.StatusSwitchingProtocols || f.Server != "s" || !strings.Contains(f.Error(), "HTTP 101") {
			t.Errorf("got %+v", f)
		}
		<-closed
		if took() != 5*hop { // a dial, a request and its answer, and the close
			t.Errorf("the connection was closed after %s", took())
		}
	})
}
