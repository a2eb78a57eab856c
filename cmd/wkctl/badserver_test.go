package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/wire"
)

// planted is a secret of somebody else that a server shows where addresses have
// one: in user information and in a query.
const planted = "pl4nted-S3CRET-0f-others"

// badServer is a server that works as v1 does on all of its ports, but where a hook
// plays something else. What it hears of a client it keeps: the tokens, and
// whatever would have harmed a real server or told a secret to a stranger.
type badServer struct {
	route   map[string]any                                    // in place of what /route answers
	api     func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
	apiConn func(c net.Conn)                                  // in place of HTTP on the API's port
	wsConn  func(c net.Conn)                                  // in place of HTTP on the WebSocket port
	upgrade func(c net.Conn, key string)                      // in place of the answer 101
	header  string                                            // more lines of the answer 101
	login   func(s *socket, login *wire.Connect, ack []byte)  // in place of ack, the right answer to a CONNECT
	tcpConn func(c net.Conn)                                  // in place of everything on the TCP port

	closed                     []string // ports that nobody listens on: "api", "ws"
	apiPort, ws, tcp, stranger net.Listener
	server                     *http.Server
	over                       chan struct{}
	bubbled                    bool // its clock is a bubble's
	running                    sync.WaitGroup

	mu       sync.Mutex
	conns    map[net.Conn]bool
	tokens   map[rogueRow]string
	heard    []string
	breaches []string
	visits   int // of the stranger
}

// open listens on a network in memory, or with nil on the machine's, for a process
// of its own.
func (s *badServer) open(t *testing.T, n *memnet.Network) {
	t.Helper()
	listen := net.Listen
	if n != nil {
		listen, s.bubbled = n.Listen, true
	}
	s.over, s.conns, s.tokens = make(chan struct{}), map[net.Conn]bool{}, map[rogueRow]string{}
	for _, l := range []*net.Listener{&s.apiPort, &s.ws, &s.tcp, &s.stranger} {
		var err error
		if *l, err = listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	if s.apiConn != nil {
		s.serve(s.apiPort, s.apiConn)
	} else {
		s.server = &http.Server{Handler: http.HandlerFunc(s.serveAPI), ErrorLog: log.New(io.Discard, "", 0)}
		s.running.Go(func() { _ = s.server.Serve(s.apiPort) })
	}
	s.serve(s.ws, func(c net.Conn) { s.listen(c, s.wsConn, s.serveWS) })
	s.serve(s.tcp, func(c net.Conn) { s.listen(c, s.tcpConn, s.serveTCP) })
	s.serve(s.stranger, func(c net.Conn) { s.listen(c, nil, s.serveStranger) })
	for name, l := range map[string]net.Listener{"api": s.apiPort, "ws": s.ws} {
		if slices.Contains(s.closed, name) {
			_ = l.Close()
		}
	}
}

// serve lets f have every connection, closes it behind f, and all at the end.
func (s *badServer) serve(l net.Listener, f func(net.Conn)) {
	s.running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.running.Go(func() {
				s.mu.Lock()
				s.conns[c] = true
				s.mu.Unlock()
				f(c)
				_ = c.Close()
			})
		}
	})
}

func (s *badServer) close() {
	close(s.over)
	if s.server != nil {
		_ = s.server.Close()
	}
	for _, l := range []net.Listener{s.apiPort, s.ws, s.tcp, s.stranger} {
		_ = l.Close()
	}
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}

// wait says whether the server still runs after so long.
func (s *badServer) wait(d time.Duration) bool {
	clock := time.NewTimer(d)
	defer clock.Stop()
	select {
	case <-clock.C:
		return true
	case <-s.over:
		return false
	}
}

// overheard is a connection of a port that no manager token belongs on. It keeps
// the start of what it reads.
type overheard struct {
	net.Conn
	got bytes.Buffer
}

func (o *overheard) Read(b []byte) (int, error) {
	n, err := o.Conn.Read(b)
	if o.got.Len() < 64<<10 {
		o.got.Write(b[:n])
	}
	return n, err
}

// listen serves a client port, and looks at what came.
func (s *badServer) listen(c net.Conn, hook, usual func(net.Conn)) {
	o := &overheard{Conn: c}
	if hook != nil {
		hook(o)
	} else {
		usual(o)
	}
	if bytes.Contains(o.got.Bytes(), []byte(managerSecret)) {
		s.breach("the manager token on a port that is not the API's")
	}
	if bytes.HasPrefix(o.got.Bytes(), []byte{0x16, 3}) {
		s.breach("a TLS ClientHello")
	}
}

func (s *badServer) breach(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.breaches, what) {
		s.breaches = append(s.breaches, what)
	}
}

func (s *badServer) hear(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token != "" && !slices.Contains(s.heard, token) {
		s.heard = append(s.heard, token)
	}
}

// secrets lists the tokens that have arrived, the manager's too.
func (s *badServer) secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.heard)
}

func (s *badServer) apiURL() string { return "http://" + s.apiPort.Addr().String() }

func (s *badServer) serveStranger(c net.Conn) {
	s.mu.Lock()
	s.visits++
	s.mu.Unlock()
	_, _ = http.ReadRequest(bufio.NewReader(c))
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
	drain(c)
}

// serveAPI answers as v1.2.6 does without its version.
func (s *badServer) serveAPI(w http.ResponseWriter, r *http.Request) {
	var body struct {
		UID   string           `json:"uid"`
		Token string           `json:"token"`
		Flag  wire.DeviceFlag  `json:"device_flag"`
		Level wire.DeviceLevel `json:"device_level"`
	}
	b, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(b, &body) // a list of uids is none
	s.hear(body.Token)
	s.hear(r.Header.Get("token"))
	switch {
	case r.URL.Path == "/user/device_quit" && body.UID == "":
		s.breach("device_quit without a uid")
	case r.URL.Path == "/user/token" && body.Level != 0:
		s.breach("a test user of level 1")
	}
	if s.api != nil && s.api(w, r) {
		return
	}
	switch r.URL.Path {
	case "/route":
		answer(w, http.StatusOK, s.addresses())
	case "/user/token", "/user/device_quit":
		s.mu.Lock()
		s.tokens[rogueRow{body.UID, body.Flag}] = body.Token
		s.mu.Unlock()
		answer(w, http.StatusOK, map[string]any{"status": 200})
	case "/user/onlinestatus":
		answer(w, http.StatusOK, []any{})
	default:
		http.NotFound(w, r)
	}
}

// addresses is what /route answers: {api}, {ws}, {tcp}, {stranger} and {heard} stand
// for its ports and for the tokens that it has heard.
func (s *badServer) addresses() map[string]any {
	all := map[string]any{"tcp_addr": "{tcp}", "ws_addr": "ws://{ws}", "wss_addr": ""}
	maps.Copy(all, s.route)
	fill := strings.NewReplacer("{api}", s.apiPort.Addr().String(), "{ws}", s.ws.Addr().String(), "{tcp}", s.tcp.Addr().String(),
		"{stranger}", s.stranger.Addr().String(), "{heard}", url.QueryEscape(strings.Join(s.secrets(), " ")))
	for key, value := range all {
		if text, ok := value.(string); ok {
			all[key] = fill.Replace(text)
		}
	}
	return all
}

// serveTCP takes a CONNECT as the TCP port does.
func (s *badServer) serveTCP(c net.Conn) {
	var got []byte
	buf := make([]byte, 2048)
	for {
		n, err := c.Read(buf)
		if got = append(got, buf[:n]...); err != nil {
			return
		}
		frame, _, err := wire.Decode(got)
		if login, ok := frame.(*wire.Connect); ok {
			_, _ = c.Write(s.judge(login))
			drain(c)
			return
		} else if err != wire.ErrIncomplete {
			return
		}
	}
}

// judge gives the right answer to a CONNECT.
func (s *badServer) judge(login *wire.Connect) []byte {
	s.hear(login.Token)
	if key, err := base64.StdEncoding.DecodeString(login.ClientKey); err != nil || len(key) != 32 {
		s.breach("a client key that is none")
	}
	if login.UID == "____manager" {
		s.breach("a CONNECT of the manager")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ack := &wire.Connack{Reason: 2}
	if login.Token != "" && s.tokens[rogueRow{login.UID, login.DeviceFlag}] == login.Token {
		ack = &wire.Connack{Reason: 1, ServerVersion: 3, ServerKey: strings.Repeat("k", 44), Salt: strings.Repeat("s", 16)}
	}
	b, _ := ack.Encode()
	return b
}

// left lists the users whose tokens were not cleared.
func (s *badServer) left() (list []rogueRow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for row, token := range s.tokens {
		if token != "" {
			list = append(list, row)
		}
	}
	return list
}

// drain reads until the client closes.
func drain(c io.Reader) { _, _ = io.Copy(io.Discard, c) }
