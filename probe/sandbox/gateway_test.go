package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// spent empties the bucket of a rate limit for the length of a test.
func spent(s *Server, fault string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[fault] = &bucket{at: time.Now().Add(time.Hour)}
}

// TestRateLimit: which doors a limit stands at, and what it says.
func TestRateLimit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for fault, want := range map[string]struct {
			api, ws int // statuses beyond the limit
			retry   string
		}{
			"rate-limit:5":           {503, 503, ""},
			"rate-limit:5:429":       {429, 429, ""},
			"rate-limit-api:5":       {503, 101, ""},
			"rate-limit-ws:5:429:7":  {200, 429, "7"},
			"rate-limit-api:1:503:2": {503, 101, "2"},
		} {
			s := faulty(t, fault)
			name, _, _ := strings.Cut(fault, ":")
			spent(s, name)
			status, body, header := call(t, s, "GET", s.APIURL()+"/route", "")
			if status != want.api {
				t.Errorf("%s: API got %d, want %d", fault, status, want.api)
			}
			if status != 200 && (header.Get("Server") != "nginx" || header.Get("Retry-After") != want.retry || !strings.Contains(body, "<center>nginx</center>")) {
				t.Errorf("%s: got %v %s", fault, header, body)
			}
			for _, url := range []string{s.WSURL(), s.WSSURL()} {
				ws, resp, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPClient: trusting(t, s)})
				if resp == nil {
					t.Fatalf("%s: %v", fault, err)
				}
				if resp.StatusCode != want.ws || want.ws != 101 && (resp.Header.Get("Server") != "nginx" || resp.Header.Get("Retry-After") != want.retry) {
					t.Errorf("%s: %s got %s %v, want %d", fault, url, resp.Status, resp.Header, want.ws)
				}
				if err == nil {
					ws.CloseNow()
				}
			}
			if got := attempt(t, s, "tcp", who{uid: "u", token: "T"}); got != a1 {
				t.Errorf("%s: over TCP, where there is no limit: got %s", fault, got)
			}
		}
	})
}

// TestBucket: a bucket holds the requests of one second, and no more after a rest.
func TestBucket(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := faulty(t, "rate-limit:3")
		now := time.Now()
		for i, step := range []struct {
			rest time.Duration
			want int
		}{{0, 3}, {0, 0}, {time.Second / 2, 1}, {time.Second / 2, 2}, {time.Hour, 3}} {
			now = now.Add(step.rest)
			got := 0
			for range 5 {
				if s.take(s.cfg.Faults[0], now) {
					got++
				}
			}
			if got != step.want {
				t.Errorf("step %d: %d requests, want %d", i, got, step.want)
			}
		}
	})
}

// TestNginxPages: the refusals of a gateway, in its own words.
func TestNginxPages(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, row := range []struct {
			fault, method, path string
			status              int
			says, location      string
		}{
			{"block-post", "POST", "/user/token", 403, "<h1>403 Forbidden</h1>", ""},
			{"block-post", "OPTIONS", "/user/token", 403, "<h1>403 Forbidden</h1>", ""},
			{"block-post", "GET", "/route", 200, "ws_addr", ""},
			{"block-post:/user/token", "POST", "/user/token", 403, "nginx", ""},
			{"block-post:/user/token", "POST", "/user/onlinestatus", 400, "msg", ""},
			{"redirect-api:https://im.example.com/x", "GET", "/route", 302, "<h1>302 Moved Temporarily</h1>", "https://im.example.com/x"},
			{"redirect-api:https://{tcp_host}/", "POST", "/user/token", 302, "302", "https://TCP/"},
			{"plain-to-https", "GET", "/route", 400, "<title>400 The plain HTTP request was sent to HTTPS port</title>", ""},
			{"plain-to-https", "POST", "/user/token", 400, "<h1>400 Bad Request</h1>", ""},
		} {
			s := faulty(t, row.fault)
			status, body, header := call(t, s, row.method, s.APIURL()+row.path, "")
			location := strings.ReplaceAll(row.location, "TCP", s.TCPAddr())
			if status != row.status || !strings.Contains(body, row.says) || header.Get("Location") != location {
				t.Errorf("%s: %s %s: got %d %s, Location %q", row.fault, row.method, row.path, status, body, header.Get("Location"))
			}
			if got := s.Requests(); len(got) != 1 || got[0].Status != row.status {
				t.Errorf("%s: logged %+v", row.fault, got)
			}
			if page := strings.HasPrefix(body, "<html>"); page != (header.Get("Server") == "nginx") {
				t.Errorf("%s: Server %q with %s", row.fault, header.Get("Server"), body)
			}
		}
	})
}

// TestStaleKeepAlive: the first request of every connection is answered, without
// Connection: close, and the second ends it.
func TestStaleKeepAlive(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := faulty(t, "stale-keep-alive")
		post := func(client *http.Client, keep bool) error {
			req, err := http.NewRequestWithContext(t.Context(), "POST", s.APIURL()+"/user/onlinestatus", io.NopCloser(bytes.NewReader([]byte(`["u"]`))))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 || keep && resp.Close {
				return fmt.Errorf("%s, %v, close %t", resp.Status, err, resp.Close)
			}
			return nil
		}
		pool := &http.Transport{DialContext: s.dial}
		defer pool.CloseIdleConnections()
		pooled, single := &http.Client{Transport: pool}, browser(s)
		for i, want := range []bool{true, false, true, false} { // a connection that failed is dropped
			if err := post(pooled, true); (err == nil) != want {
				t.Errorf("pooled request %d: got %v", i, err)
			}
		}
		for range 3 {
			if err := post(single, false); err != nil {
				t.Errorf("a connection of its own: got %v", err)
			}
		}
		if got := len(s.Requests()); got != 5 {
			t.Errorf("%d requests reached the API, want 5", got)
		}
	})
}

// TestAnswers101: an API that switches protocols and then says nothing.
func TestAnswers101(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := faulty(t, "answers-101:/route")
		if status, _, _ := call(t, s, "GET", s.APIURL()+"/health", ""); status != 200 {
			t.Errorf("another path: got %d", status)
		}
		c := knock(t, s, addrOf(s.APIURL()))
		fmt.Fprint(c, "GET /route HTTP/1.1\r\nHost: x\r\n\r\n")
		buf := make([]byte, 4096)
		n, err := c.Read(buf)
		if got := string(buf[:n]); err != nil || !strings.HasPrefix(got, "HTTP/1.1 101 ") || !strings.Contains(got, "\r\nUpgrade: websocket\r\n") || !strings.HasSuffix(got, "\r\n\r\n") {
			t.Errorf("got %q, %v", got, err)
		}
		c.SetReadDeadline(time.Now().Add(time.Hour))
		if n, err := c.Read(buf); n > 0 || !os.IsTimeout(err) {
			t.Errorf("afterwards: got %d bytes, %v", n, err)
		}
		took := stopwatch()
		if s.Close(); took() != 0 {
			t.Errorf("Close waited for the client for %v", took())
		}
	})
}
