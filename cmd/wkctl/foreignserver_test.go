package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/wire"
)

// rogue is a server that puts a text of the test's choice wherever a server can
// put one: headers, error bodies, its version, its addresses, the reason of a
// DISCONNECT. Its modes:
//
//	""        works as v1 does
//	route     /route advertises the text
//	refuse    POST /user/token answers 400 with the text as msg
//	error     POST /user/token answers 500 with the text as body
//	auth      the API answers 401
//	page      the API answers every request with a web page
//	moved     the API redirects to the text
//	upgrade   the WebSocket port answers 502
//	socket    a CONNECT is answered with the text as it is
//	close     a CONNECT is answered with a close that has the text for its reason
//	huge      the API answers with 2 MiB of the text
//	header    as "", with the whole text in the headers
type rogue struct {
	mode string
	say  func(heard []string) string // heard are all tokens that arrived, the manager's too

	api, ws *httptest.Server

	mu     sync.Mutex
	tokens map[rogueRow]string
	heard  []string
}

type rogueRow struct {
	uid  string
	flag wire.DeviceFlag
}

// rogueOn starts one on a network in memory; nil is the machine's.
func rogueOn(t *testing.T, n *memnet.Network, mode string, say func([]string) string) *rogue {
	t.Helper()
	r := &rogue{mode: mode, say: say, tokens: map[rogueRow]string{}}
	r.ws = webServer(t, n, r.serveWS)
	r.api = webServer(t, n, r.serveAPI)
	t.Cleanup(func() {
		r.api.CloseClientConnections()
		r.api.Close()
		r.ws.Close()
	})
	return r
}

// webServer starts a web server on a network in memory; nil is the machine's.
func webServer(t *testing.T, n *memnet.Network, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	if n == nil {
		return httptest.NewServer(h)
	}
	l, err := n.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
	s.Start()
	return s
}

func (r *rogue) wsURL() string { return "ws://" + r.ws.Listener.Addr().String() }

func (r *rogue) hear(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if token != "" && !slices.Contains(r.heard, token) {
		r.heard = append(r.heard, token)
	}
}

// secrets lists what has arrived.
func (r *rogue) secrets() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.heard)
}

func (r *rogue) text() string { return r.say(r.secrets()) }

func (r *rogue) serveAPI(w http.ResponseWriter, req *http.Request) {
	var body struct {
		UID        string          `json:"uid"`
		Token      string          `json:"token"`
		DeviceFlag wire.DeviceFlag `json:"device_flag"`
	}
	b, _ := io.ReadAll(req.Body)
	_ = json.Unmarshal(b, &body) // a list of uids is none
	r.hear(body.Token)
	r.hear(req.Header.Get("token"))
	text := r.text()
	w.Header().Set("Server", r.header(text))
	switch {
	case r.mode == "auth":
		answer(w, http.StatusUnauthorized, map[string]any{"msg": text, "status": 401})
	case r.mode == "page":
		_, _ = io.WriteString(w, "<html><title>"+text+"</title>"+text)
	case r.mode == "moved":
		w.Header().Set("Location", "http://127.0.0.1:1/?token="+r.header(text))
		w.WriteHeader(http.StatusFound)
	case r.mode == "huge":
		_, _ = io.WriteString(w, strings.Repeat(text+" ", 2<<20/(len(text)+1)))
	case req.URL.Path == "/user/token" && r.mode == "refuse":
		answer(w, http.StatusBadRequest, map[string]any{"msg": text, "status": 400})
	case req.URL.Path == "/user/token" && r.mode == "error":
		http.Error(w, text, http.StatusInternalServerError)
	case req.URL.Path == "/user/token", req.URL.Path == "/user/device_quit":
		r.mu.Lock()
		r.tokens[rogueRow{body.UID, body.DeviceFlag}] = body.Token
		r.mu.Unlock()
		answer(w, http.StatusOK, map[string]any{"status": 200})
	default:
		r.servePage(w, req.URL.Path, text)
	}
}

// header gives what a client takes as the value of a header: with control
// characters in it the answer is no HTTP.
func (r *rogue) header(text string) string {
	if r.mode == "header" {
		return text
	}
	printable := func(c rune) rune {
		if c < ' ' || c == 0x7f || c == utf8.RuneError {
			return -1
		}
		return c
	}
	return strings.Map(printable, text[:min(len(text), 4000)])
}

func (r *rogue) servePage(w http.ResponseWriter, path, text string) {
	switch path {
	case "/route":
		route := map[string]any{"tcp_addr": "127.0.0.1:1", "ws_addr": r.wsURL(), "wss_addr": ""}
		if r.mode == "route" {
			route = map[string]any{"tcp_addr": text, "ws_addr": r.wsURL() + "/?token=" + text, "wss_addr": "wss://" + text}
		}
		answer(w, http.StatusOK, route)
	case "/varz":
		answer(w, http.StatusOK, map[string]any{"version": text, "manager_uid": text})
	case "/cluster/nodes":
		node := map[string]any{"id": 1, "online": 0, "app_version": text, "cluster_addr": text}
		answer(w, http.StatusOK, map[string]any{"data": []any{node, node}})
	case "/user/onlinestatus":
		answer(w, http.StatusOK, []any{map[string]any{"uid": text, "device_flag": 1, "online": 0}})
	default:
		http.Error(w, text, http.StatusNotFound)
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (r *rogue) serveWS(w http.ResponseWriter, req *http.Request) {
	text := r.text()
	w.Header().Set("Server", r.header(text))
	if r.mode == "upgrade" || req.Header.Get("Upgrade") == "" {
		http.Error(w, text, http.StatusBadGateway)
		return
	}
	c, err := websocket.Accept(w, req, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer func() { _ = c.CloseNow() }()
	ctx := req.Context()
	_, b, err := c.Read(ctx)
	if err != nil {
		return
	}
	if frame, _, err := wire.Decode(b); err == nil {
		if login, ok := frame.(*wire.Connect); ok {
			r.answerLogin(ctx, c, login)
		}
	}
	for err == nil { // the client closes
		_, _, err = c.Read(ctx)
	}
}

// answerLogin accepts or refuses as v1 does, and says more than it should.
func (r *rogue) answerLogin(ctx context.Context, c *websocket.Conn, login *wire.Connect) {
	r.hear(login.Token)
	r.mu.Lock()
	right := login.Token != "" && r.tokens[rogueRow{login.UID, login.DeviceFlag}] == login.Token
	r.mu.Unlock()
	if r.mode == "socket" {
		_ = c.Write(ctx, websocket.MessageBinary, []byte("\xff"+r.text())) // no frame begins so
		return
	}
	if r.mode == "close" {
		text := r.text()
		_ = c.Close(4001, strings.ToValidUTF8(text[:min(len(text), 120)], "")) // 123 bytes fit
		return
	}
	ack := &wire.Connack{Reason: 2}
	if right {
		ack = &wire.Connack{Reason: 1, ServerVersion: 3, ServerKey: strings.Repeat("k", 44), Salt: strings.Repeat("s", 16)}
	}
	b, err := ack.Encode()
	if err == nil {
		err = c.Write(ctx, websocket.MessageBinary, b)
	}
	if b, encodeErr := (&wire.Disconnect{Reason: 12, Text: r.text()}).Encode(); err == nil && encodeErr == nil {
		_ = c.Write(ctx, websocket.MessageBinary, b)
	}
}

// TestRogueWorks: where it says nothing special it is a server like any other,
// so that the tests with it reach what they are about.
func TestRogueWorks(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		r := rogueOn(t, n, "", func([]string) string { return "nothing" })
		f := &terminal{net: n}
		if code := f.run(t, "diagnose", "--api", r.api.URL); code != exitOK || !strings.Contains(f.stdout.String(), "3 accepted, 6 refused") {
			t.Errorf("exit code %d\n%s%s", code, &f.stdout, &f.stderr)
		}
	})
}
