package sandbox

import (
	"fmt"
	"sync"
	"time"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
)

// Login is a live client for [Server.Online].
type Login struct {
	UID   string
	Token string
	// Flag and DeviceID are what it connects with; "" means sandbox-client.
	Flag     uint8
	DeviceID string
	// Reconnect makes it log in again 100 ms (times Config.Scale) after it was
	// kicked or closed, as an SDK does that does not know why it was.
	Reconnect bool
}

// Client is a live client inside the server. It opens no socket and is in no log,
// but it is online, can be kicked, and kicks.
type Client struct {
	s  *Server
	as Login

	mu     sync.Mutex
	conn   *conn
	kicked int
	over   bool
}

// Online logs a client in and keeps it online. It fails where a real client's
// CONNECT would be refused.
func (s *Server) Online(as Login) (*Client, error) {
	if as.DeviceID == "" {
		as.DeviceID = "sandbox-client"
	}
	cl := &Client{s: s, as: as}
	if err := cl.login(); err != nil {
		return nil, fmt.Errorf("putting %q online on flag %d: %w", as.UID, as.Flag, err)
	}
	return cl, nil
}

// Connected reports whether the client is online.
func (cl *Client) Connected() bool {
	cl.mu.Lock()
	c := cl.conn
	cl.mu.Unlock()
	for _, have := range cl.s.liveOf(cl.as.UID) {
		if have == c {
			return true
		}
	}
	return false
}

// Kicked counts the DISCONNECTs it was sent.
func (cl *Client) Kicked() int {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	return cl.kicked
}

// Close takes the client offline for good.
func (cl *Client) Close() {
	cl.mu.Lock()
	cl.over = true
	c := cl.conn
	cl.mu.Unlock()
	cl.s.drop(c)
}

func (cl *Client) login() error {
	p := &wkproto.ConnectPacket{
		Version: 5, UID: cl.as.UID, Token: cl.as.Token, DeviceFlag: wkproto.DeviceFlag(cl.as.Flag),
		DeviceID: cl.as.DeviceID, ClientKey: serverKey(), ClientTimestamp: time.Now().UnixMilli(),
	}
	s := cl.s
	out := s.judge(p, false)
	if out.verdict != Accepted {
		return fmt.Errorf("%s, reason %d", out.verdict, out.reason)
	}
	c := &conn{s: s, life: s.current(), transport: "sandbox", remote: "127.0.0.1:0", dialed: time.Now()}
	c.login = &login{uid: p.UID, deviceID: p.DeviceID, flag: uint8(p.DeviceFlag), level: out.level, version: p.Version}
	c.out = clientPeer{cl, c}
	if !s.add(c) {
		return fmt.Errorf("the server is closed")
	}
	cl.mu.Lock()
	cl.conn = c
	cl.mu.Unlock()
	s.kickByLogin(c)
	s.appear(c)
	return nil
}

// again logs in once more, if that is what the client does.
func (cl *Client) again() {
	cl.mu.Lock()
	stop := cl.over || !cl.as.Reconnect
	c := cl.conn
	cl.mu.Unlock()
	if stop {
		return
	}
	cl.s.later(cl.s.cfg.scaled(100*time.Millisecond), func() {
		cl.s.drop(c)
		cl.mu.Lock()
		stop := cl.over || cl.conn != c
		cl.mu.Unlock()
		if !stop {
			cl.login() // refused now: it stays away
		}
	})
}

// clientPeer hears what the server sends to a live client.
type clientPeer struct {
	cl *Client
	c  *conn
}

func (p clientPeer) send(frame []byte, _ bool) {
	if kindOf(frame) != wkproto.DISCONNECT {
		return
	}
	p.cl.mu.Lock()
	p.cl.kicked++
	p.cl.mu.Unlock()
	p.cl.again()
}

func (p clientPeer) hangUp() {
	p.cl.s.drop(p.c)
	p.cl.again()
}
