package sandbox

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// playGatewayFault plays what stands in front of the API.
func (s *Server) playGatewayFault(f Fault, w http.ResponseWriter, r *http.Request) bool {
	switch f.Name {
	case "rate-limit", "rate-limit-api":
		if s.take(f, time.Now()) {
			return false
		}
		limited(f).write(w)
	case "block-post": // limit_except GET
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			return false
		}
		nginxPage{status: http.StatusForbidden}.write(w)
	case "answers-101":
		s.hijacked(w, []byte("HTTP/1.1 101 Switching Protocols\r\nServer: wkctl-sandbox\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"))
	case "redirect-api":
		nginxPage{status: http.StatusFound, name: "Location", value: s.withHosts(f.Text)}.write(w)
	case "plain-to-https":
		nginxPage{status: http.StatusBadRequest, text: "The plain HTTP request was sent to HTTPS port"}.write(w)
	default:
		return false
	}
	return true
}

// nginxPage is an answer that nginx makes up itself, with one header at most. The
// wording is its own, since that is what a client can tell it by.
type nginxPage struct {
	status      int
	text        string // what is wrong, "" for the status alone
	name, value string
}

func (p nginxPage) reason() string {
	switch p.status {
	case http.StatusFound:
		return "Moved Temporarily"
	case http.StatusServiceUnavailable:
		return "Service Temporarily Unavailable"
	}
	return http.StatusText(p.status)
}

func (p nginxPage) body() []byte {
	head := fmt.Sprintf("%d %s", p.status, p.reason())
	title, detail := head, ""
	if p.text != "" {
		title = fmt.Sprintf("%d %s", p.status, p.text)
		detail = "<center>" + p.text + "</center>\r\n"
	}
	return fmt.Appendf(nil, "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n%s<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
		title, head, detail)
}

func (p nginxPage) write(w http.ResponseWriter) {
	w.Header().Set("Server", "nginx")
	if p.name != "" {
		w.Header().Set(p.name, p.value)
	}
	writeRaw(w, p.status, "text/html", p.body())
}

// raw is the whole answer, for a socket that is no HTTP server's.
func (p nginxPage) raw() []byte {
	body, extra := p.body(), ""
	if p.name != "" {
		extra = p.name + ": " + p.value + "\r\n"
	}
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: %d\r\n%sConnection: close\r\n\r\n%s",
		p.status, p.reason(), len(body), extra, body)
}

// limited is the answer beyond a rate limit: 503, unless limit_req_status says
// otherwise.
func limited(f Fault) nginxPage {
	page := nginxPage{status: http.StatusServiceUnavailable}
	if f.Status != 0 {
		page.status = f.Status
	}
	if f.Delay > 0 {
		page.name, page.value = "Retry-After", strconv.Itoa(int(f.Delay/time.Second))
	}
	return page
}

// bucket holds what may still be asked under a rate limit.
type bucket struct {
	left float64
	at   time.Time
}

// take takes a request out of a fault's bucket and reports whether it was in it. A
// bucket holds the requests of one second.
func (s *Server) take(f Fault, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	rate := float64(f.Count)
	b := s.buckets[f.Name]
	if b == nil {
		b = &bucket{left: rate, at: now}
		s.buckets[f.Name] = b
	}
	b.left = min(rate, b.left+rate*now.Sub(b.at).Seconds())
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// limits reports whether a WebSocket upgrade is beyond a limit, and its answer.
func (s *Server) limits() (nginxPage, bool) {
	for _, f := range s.cfg.Faults {
		if (f.Name == "rate-limit" || f.Name == "rate-limit-ws") && !s.take(f, time.Now()) {
			return limited(f), true
		}
	}
	return nginxPage{}, false
}

// staleListener accepts connections that are good for one request each.
type staleListener struct{ net.Listener }

// Accept waits for a connection.
func (l staleListener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if tcp, ok := raw.(tcpConn); ok {
		return &staleConn{tcpConn: tcp}, nil
	}
	return raw, err
}

// tcpConn is what a *net.TCPConn and its like in memory have in common.
type tcpConn interface {
	net.Conn
	CloseWrite() error
	SetLinger(sec int) error
}

// staleConn is a connection that a balancer on the way has forgotten once it was
// idle: the client still holds it for open, and is reset when it uses it.
type staleConn struct {
	tcpConn
	stale atomic.Bool
}

// Read resets the connection instead of reading a second request.
func (c *staleConn) Read(b []byte) (int, error) {
	n, err := c.tcpConn.Read(b)
	if n > 0 && c.stale.Load() {
		reset(c.tcpConn)
		return 0, net.ErrClosed
	}
	return n, err
}

// goStale tells a connection of a [staleListener] that it is idle.
func goStale(raw net.Conn) {
	if c, ok := raw.(*staleConn); ok {
		c.stale.Store(true)
	}
}
