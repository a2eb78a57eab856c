package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// apiConnections are about how the API's port takes a connection and answers in
// HTTP, or not.
func apiConnections() []behaviour {
	const ok = "HTTP/1.1 200 OK\r\n"
	const tick = 20 * time.Millisecond
	conn := func(f func(s *badServer, c net.Conn)) func(*badServer) {
		return func(s *badServer) { s.apiConn = func(c net.Conn) { f(s, c) } }
	}
	endless := func(head, b string, every time.Duration) func(*badServer) {
		return raw("", func(s *badServer, c net.Conn) {
			if _, err := io.WriteString(c, head); err == nil {
				s.flood(c, []byte(b), every)
			}
		})
	}
	big := strings.Repeat("0123456789abcdef", 4<<10)
	answered := func(b string) func(*badServer) { return raw("", bytesThen(b, hangUp)) }
	return []behaviour{
		{name: "api nobody listens", exit: 3, first: "WK201", set: func(s *badServer) { s.closed = []string{"api"} }},
		{name: "api resets each connection", exit: 3, first: "WK201", set: conn(func(_ *badServer, c net.Conn) { reset(c) })},
		{name: "api closes each connection", exit: 3, first: "WK201", set: conn(func(*badServer, net.Conn) {})},
		{name: "api takes connections and is mute", exit: 3, first: "WK201", set: conn(func(_ *badServer, c net.Conn) { hold(c) })},
		{name: "api resets each request", exit: 3, first: "WK201", set: raw("", func(_ *badServer, c net.Conn) { reset(c) })},
		{name: "api closes on each request", exit: 3, first: "WK201", set: raw("", bytesThen("", hangUp))},
		{name: "api is mute on each request", exit: 3, first: "WK201", set: raw("", bytesThen("", hold))},
		{name: "api drips its status line", exit: 3, first: "WK201", set: raw("", func(s *badServer, c net.Conn) { s.drip(c, []byte(ok+strings.Repeat("X-A: b\r\n", 1000)), tick) })},
		{name: "api drips its body", exit: 3, first: "WK201", set: raw("", func(s *badServer, c net.Conn) {
			s.drip(c, []byte(ok+"Content-Length: 9000\r\n\r\n"), 0)
			s.flood(c, []byte("{"), tick)
		})},
		{name: "api header line without end", exit: 3, first: "WK202", set: endless(ok+"X-Long: ", big, 0)},
		{name: "api headers without end", exit: 3, first: "WK202", set: endless(ok, strings.Repeat("X-More: and more\r\n", 1000), 0)},
		{name: "api status line without end", exit: 3, first: "WK202", set: endless("HTTP/1.1 200 ", big, 0)},
		{name: "api body without end", exit: 3, first: "WK202", set: endless(ok+"Content-Type: application/json\r\n\r\n", big, 0)},
		{name: "api chunks without end", exit: 3, first: "WK202", set: endless(ok+"Transfer-Encoding: chunked\r\n\r\n", "10000\r\n"+big+"\r\n", 0)},
		{name: "api chunk extension without end", exit: 3, first: "WK202", set: endless(ok+"Transfer-Encoding: chunked\r\n\r\n1;", big, 0)},
		{name: "api trailers without end", exit: 3, first: "WK202", set: endless(ok+"Trailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", "X-T: "+big[:1000]+"\r\n", 0)},
		{name: "api 100 Continue storm", exit: 3, first: "WK202", set: endless("", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100), 0)},
		{name: "api 103 Early Hints storm", exit: 3, first: "WK202", set: endless("", strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 100), 0)},
		{name: "api 102 now and then", exit: 3, first: "WK201", set: endless("", "HTTP/1.1 102 Processing\r\n\r\n", tick)},
		{name: "api answers 101", exit: 3, first: "WK202", set: raw("", bytesThen("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", hold))},
		{name: "api answers 101 and floods", exit: 3, first: "WK202", set: endless("HTTP/1.1 101 Switching Protocols\r\n\r\n", big, 0)},
		{name: "api garbage", exit: 3, first: "WK202", set: answered("\x00\x01\x02\xff\xfe\x1b[2Jgarbage\r\n\r\n")},
		{name: "api garbage without end", exit: 3, first: "WK202", set: endless("\xff", big, 0)},
		{name: "api TLS alert", exit: 3, first: "WK202", set: answered("\x15\x03\x01\x00\x02\x02\x46")},
		{name: "api SSH banner", exit: 3, first: "WK202", set: conn(bytesThen("SSH-2.0-OpenSSH_9.9\r\n", hold))},
		{name: "api SMTP banner", exit: 3, first: "WK202", set: conn(bytesThen("220 mx.example ESMTP ready\r\n", hold))},
		{name: "api HTTP 0.9", exit: 3, first: "WK202", set: answered("<html>no status line</html>")},
		{name: "api HTTP 2 frames", exit: 3, first: "WK202", set: answered("\x00\x00\x12\x04\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 18))},
		{name: "api HTTP 9.9", exit: 3, first: "WK202", set: answered("HTTP/9.9 200 OK\r\n\r\n{}")},
		{name: "api status without digits", exit: 3, first: "WK202", set: answered("HTTP/1.1 abc OK\r\n\r\n{}")},
		{name: "api status of four digits", exit: 3, first: "WK202", set: answered("HTTP/1.1 2000 OK\r\n\r\n{}")},
		{name: "api negative length", exit: 3, first: "WK202", set: answered(ok + "Content-Length: -1\r\n\r\n{}")},
		{name: "api two lengths", exit: 3, first: "WK202", set: answered(ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x")},
		{name: "api huge length then close", exit: 3, first: "WK201", set: answered(ok + "Content-Length: 9223372036854775807\r\n\r\n{}")},
		{name: "api length above 64 bits", exit: 3, first: "WK202", set: answered(ok + "Content-Length: 99999999999999999999999\r\n\r\n{}")},
		{name: "api short of its length", exit: 3, first: "WK201", set: raw("", bytesThen(ok+"Content-Length: 100\r\n\r\n{}", hold))},
		{name: "api more than its length", exit: 3, first: "WK202", set: answered(ok + "Content-Length: 2\r\n\r\n{}" + ok + "Content-Length: 2\r\n\r\n{}")},
		{name: "api length and chunks", exit: 3, first: "WK202", set: answered(ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")},
		{name: "api chunk size that overflows", exit: 3, first: "WK202", set: answered(ok + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}")},
		{name: "api chunk size that is none", exit: 3, first: "WK202", set: answered(ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}")},
		{name: "api unknown transfer encoding", exit: 3, first: "WK202", set: answered(ok + "Transfer-Encoding: wat\r\n\r\n{}")},
		{name: "api header without colon", exit: 3, first: "WK202", set: answered(ok + "nonsense\r\n\r\n{}")},
		{name: "api header with control bytes", exit: 3, first: "WK202", set: answered(ok + "X-\x00: \x1b[31m\x07\r\nContent-Length: 2\r\n\r\n{}")},
		{name: "api folded header", exit: 3, first: "WK202", set: answered(ok + "X-A: b\r\n c\r\n\td\r\nContent-Length: 2\r\n\r\n{}")},
		{name: "api gzip bomb", exit: 3, first: "WK202", set: at("", gzipped(bomb()))},
		{name: "api gzip that is none", exit: 3, first: "WK202", set: at("", gzipped([]byte("this is no gzip")))},
		{name: "api gzip cut short", exit: 3, first: "WK201", set: at("", gzipped(bomb()[:2000]))},
		{name: "api gzip in gzip", exit: 3, first: "WK202", set: at("", gzipped(zipped(bomb())))},
		{name: "api unknown content encoding", exit: 3, first: "WK202", set: at("", func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Encoding", "br")
			_, _ = w.Write([]byte{0x1b, 0xff, 0, 1})
			return true
		})},
	}
}

// gzipped answers with what is said to be compressed.
func gzipped(b []byte) hook {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(b)
		return true
	}
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

// bomb is 17 MB of JSON in 17 kB, made once.
var bomb = sync.OnceValue(func() []byte { return zipped(bytes.Repeat([]byte(`{"tcp_addr":"`), 5<<18)) })

// hostileStatuses are those that are tried.
func hostileStatuses() []int {
	return []int{0, 204, 304, 401, 403, 404, 405, 407, 408, 409, 413, 418, 421, 429, 431, 500, 501, 502, 503, 504, 511, 599, 999}
}

// codeOf is the code that an HTTP status has on a path.
func codeOf(path string, status int) string {
	register := path == "/user/token"
	switch {
	case status == 401 && register:
		return "WK209" // while /route was answered
	case status == 401:
		return "WK204"
	case status >= 403 && status <= 405 && register:
		return "WK211"
	case status == 407:
		return "WK307"
	case status == 429, status == 503 && register:
		return "WK210"
	case status >= 502 && status <= 504, status < 500:
		return "WK202"
	}
	return "WK207"
}

// apiStatuses are HTTP statuses where 200 belongs, on each path that matters.
func apiStatuses() (list []behaviour) {
	for _, path := range []string{"/route", "/user/token"} {
		for _, status := range hostileStatuses() {
			body := fmt.Sprintf("<html><h1>%d</h1>\x1b[31m %s</html>", status, strings.Repeat("no ", 20))
			answer := fmt.Sprintf("HTTP/1.1 %03d Said So\r\nServer: gateway\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
			if status == 204 || status == 304 {
				answer = fmt.Sprintf("HTTP/1.1 %d Said So\r\n\r\n", status)
			}
			list = append(list, behaviour{name: fmt.Sprintf("%s answers %d", path, status), exit: exitNoDiagnosis, first: codeOf(path, status), set: raw(path, bytesThen(answer, hangUp))})
		}
	}
	for _, status := range []int{200, 301, 401, 403, 429, 500, 503, 999} {
		exit, first := exitOK, noFinding
		if status == 429 || status == 503 {
			exit, first = exitFinding, "WK210" // most of what was asked was never answered
		}
		list = append(list, behaviour{
			exit: exit, first: first, name: fmt.Sprintf("what shows the generation answers %d", status),
			set: func(s *badServer) {
				s.api = func(w http.ResponseWriter, r *http.Request) bool {
					return !strings.HasPrefix(r.URL.Path, "/user/") && r.URL.Path != "/route" && says(status, "text/html", "<html>"+strconv.Itoa(status))(w, r)
				}
			},
		})
	}
	return list
}

// hostileBodies are answers in place of JSON, by what they are.
func hostileBodies() map[string]string {
	return map[string]string{
		"nothing": "", "null": "null", "a list": "[1,2,3]", "a number": "1e999999", "NaN": "NaN",
		"wrong types":  `{"tcp_addr":{"a":[1]},"ws_addr":17,"wss_addr":false,"status":"200","version":{},"uptime":9,"data":"x","msg":[],"uid":{},"manager_uid":[1]}`,
		"huge numbers": `{"status":1e400,"data":[{"id":99999999999999999999999999,"online":1e309,"device_flag":-1,"device_level":256,"updated_at":-9223372036854775808}],"uptime":"999999999999999999999y"}`,
		"deep JSON":    strings.Repeat(`{"data":`, 50_000) + "1" + strings.Repeat("}", 50_000),
		"cut JSON":     `{"status":200,"tcp_addr":"127.0.0.1:1","ws_`,
		"HTML":         `<!doctype html><script>alert(1)</script><title>login</title>`,
		"binary":       "\x00\x01\xff\xfe" + strings.Repeat("\x80\x1b]0;x\x07", 300),
		"UTF-16":       "\xff\xfe{\x00\"\x00s\x00t\x00a\x00t\x00u\x00s\x00\"\x00:\x002\x000\x000\x00}\x00",
		"2 MiB":        `{"status":200,"x":"` + strings.Repeat("y", 2<<20) + `"}`,
		"many keys":    `{"status":200` + strings.Repeat(`,"data":[{"uid":"alice","token":"`+planted+`","device_flag":1}]`, 3000) + "}",
	}
}

// apiBodies are answers with status 200 that are not what was asked for.
func apiBodies() (list []behaviour) {
	bodies := hostileBodies()
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range bodies {
			if !yield(name) {
				return
			}
		}
	})
	places := []struct {
		name, paths string
		exit        int
		first       string
		user        bool
		other       map[string]string // bodies with another code
	}{
		{"/route", "/route", 3, "WK202", false, map[string]string{"wrong types": "WK405"}},
		{"/user/token", "/user/token", 3, "WK202", false, map[string]string{"many keys": "WK516"}},
		{"what shows the generation", "/healthz /health /varz /cluster/nodes /tags /system/ip/blacklist", 0, noFinding, false, nil},
		{"/user/onlinestatus", "/user/onlinestatus", 1, "WK517", true, map[string]string{"null": "WK502"}}, // null is a list of none
		{"/cluster/devices", "/cluster/devices", 1, "WK502", true, map[string]string{"many keys": "WK503"}},
	}
	for _, place := range places {
		for _, name := range names {
			answer := says(http.StatusOK, "application/json", bodies[name])
			exit, first := place.exit, place.first
			if code := place.other[name]; code != "" {
				exit, first = exitFinding, code // it can be read
			}
			list = append(list, behaviour{name: place.name + " is " + name, exit: exit, first: first, user: place.user, set: func(s *badServer) {
				s.api = func(w http.ResponseWriter, r *http.Request) bool {
					return slices.Contains(strings.Fields(place.paths), r.URL.Path) && answer(w, r)
				}
			}})
		}
	}
	return list
}

// redirects lead elsewhere, where no token of ours may go.
func redirects() (list []behaviour) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		list = append(list, behaviour{name: fmt.Sprintf("api redirects with %d", status), exit: exitNoDiagnosis, first: "WK202", alone: true, set: func(s *badServer) {
			s.api = func(w http.ResponseWriter, r *http.Request) bool {
				w.Header().Set("Location", "http://admin:"+planted+"@"+s.stranger.Addr().String()+r.URL.Path+"?key="+planted)
				w.WriteHeader(status)
				return true
			}
		}}, behaviour{name: fmt.Sprintf("registering redirects with %d", status), exit: exitNoDiagnosis, first: "WK202", alone: true, set: func(s *badServer) {
			s.api = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/user/token" {
					w.Header().Set("Location", "http://"+s.stranger.Addr().String()+"/user/token")
					w.WriteHeader(status)
				}
				return r.URL.Path == "/user/token"
			}
		}})
	}
	for name, location := range map[string]string{
		"javascript": "javascript:alert(1)", "a file": "file:///etc/passwd", "nothing": "", "itself": "/route", "no URL": "http://[::1:%zz/\x7f", "control bytes": "http://h/\x1b[2J\x07",
		"64 kB": "http://127.0.0.1:1/" + strings.Repeat("a", 60<<10), "data": "data:text/html,<script>x</script>",
	} {
		list = append(list, behaviour{name: "api redirects to " + name, exit: exitNoDiagnosis, first: "WK202", alone: true, set: raw("", bytesThen("HTTP/1.1 302 Found\r\nLocation: "+location+"\r\nContent-Length: 0\r\n\r\n", hangUp))})
	}
	return list
}

// cleanUps are about POST /user/device_quit, when the users' tokens are cleared.
func cleanUps() []behaviour {
	quit := "/user/device_quit"
	return []behaviour{
		{name: "clearing is mute", first: "WK214", set: raw(quit, bytesThen("", hold))},
		{name: "clearing resets", first: "WK214", set: raw(quit, func(_ *badServer, c net.Conn) { reset(c) })},
		{name: "clearing drips", first: "WK214", set: raw(quit, func(s *badServer, c net.Conn) {
			s.drip(c, []byte("HTTP/1.1 200 OK\r\n"+strings.Repeat("X: y\r\n", 999)), 20*time.Millisecond)
		})},
		{name: "clearing answers 500", first: "WK214", set: at(quit, says(500, "text/plain", "no leader"))},
		{name: "clearing answers 403", first: "WK214", set: at(quit, says(403, "text/html", "<h1>no</h1>"))},
		{name: "clearing answers 503", first: "WK214", set: at(quit, says(503, "text/html", "later"))},
		{name: "clearing answers a page", first: "WK214", set: at(quit, says(200, "text/html", "<html>ok</html>"))},
		{name: "clearing answers a list", first: "WK214", set: at(quit, says(200, "application/json", `[{"status":200}]`))},
		{name: "clearing says 400 in 200", first: "WK214", set: at(quit, says(200, "application/json", `{"status":400,"msg":"no\u001b[2J at http://u:`+planted+`@h/"}`))},
	}
}
