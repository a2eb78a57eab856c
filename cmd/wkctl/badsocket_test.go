package main

import (
	"bufio"
	"bytes"
	"compress/flate"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/wkctl/wkctl/probe/wire"
)

// The first byte of a WebSocket frame: whole, with its opcode.
const (
	frameText   = 0x81
	frameBinary = 0x82
	frameClose  = 0x88
	framePing   = 0x89
	framePong   = 0x8a
)

// socket is the server's end of a WebSocket that keeps no rules.
type socket struct {
	net.Conn
	*badServer
	r *bufio.Reader
}

// acceptOf gives what answers a Sec-WebSocket-Key (RFC 6455, 4.2.2).
func acceptOf(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// switching is a proper answer to an upgrade.
func switching(key string) string {
	return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + acceptOf(key) + "\r\n"
}

func (s *badServer) serveWS(c net.Conn) {
	r := bufio.NewReader(c)
	if first, err := r.Peek(1); err != nil || first[0] != 'G' {
		drain(r) // no GET: as a server that waits for the rest of it
		return
	}
	req, err := http.ReadRequest(r)
	if err != nil {
		return
	}
	if req.Header.Get("Token") != "" {
		s.breach("a manager token on the WebSocket port")
	}
	key := req.Header.Get("Sec-WebSocket-Key")
	switch {
	case s.upgrade != nil:
		s.upgrade(c, key)
		return
	case key == "":
		_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
		return
	}
	_, _ = io.WriteString(c, switching(key)+s.header+"\r\n")
	k := &socket{c, s, r}
	k.serve()
}

// serve takes the CONNECT, and a PING of who is logged in.
func (k *socket) serve() {
	_, payload, err := k.read()
	if err != nil {
		return
	}
	frame, _, _ := wire.Decode(payload)
	login, ok := frame.(*wire.Connect)
	if !ok {
		k.breach("something else before the CONNECT")
		return
	}
	ack := k.judge(login)
	if k.login != nil {
		k.login(k, login, ack)
		return
	}
	k.send(frameBinary, ack)
	k.pongs()
}

// pongs answers until the client closes.
func (k *socket) pongs() {
	for {
		if _, payload, err := k.read(); err != nil {
			return
		} else if frame, _, _ := wire.Decode(payload); frame == (wire.Ping{}) {
			k.send(frameBinary, wire.Pong{}.Encode())
		}
	}
}

// read gives the next message of the client, which never fragments one.
func (k *socket) read() (first byte, payload []byte, err error) {
	var head [2]byte
	if _, err = io.ReadFull(k.r, head[:]); err != nil {
		return 0, nil, err
	}
	size := int(head[1] & 0x7f)
	if size == 126 {
		var long [2]byte
		if _, err = io.ReadFull(k.r, long[:]); err != nil {
			return 0, nil, err
		}
		size = int(binary.BigEndian.Uint16(long[:]))
	}
	masked := make([]byte, 4+size)
	if _, err = io.ReadFull(k.r, masked); err != nil {
		return 0, nil, err
	}
	for i := range size {
		masked[4+i] ^= masked[i%4]
	}
	if payload = masked[4:]; head[0]&0x40 != 0 { // compressed: RFC 7692, 7.2.2
		payload, _ = io.ReadAll(flate.NewReader(io.MultiReader(bytes.NewReader(payload), strings.NewReader("\x00\x00\xff\xff"))))
	}
	return head[0], payload, nil
}

// wsFrame writes a frame of a server: without a mask.
func wsFrame(first byte, payload []byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

// send writes a frame and says whether anybody takes it.
func (k *socket) send(first byte, payload []byte) bool {
	_, err := k.Write(wsFrame(first, payload))
	return err == nil
}

// floodTick is how long in a bubble a flood waits behind each piece; behind a large one it waits
// for longer, so that at most floodRate bytes are sent in a second. Without a pause
// the clock of a bubble would stand still, and with it the client's limit of time.
const (
	floodTick = 50 * time.Millisecond
	floodRate = 1 << 20
)

// floodMost is how much a flood sends on one connection of the machine's network: a
// client that kept it would be found out by less.
const floodMost = 64 << 20

// flood writes b without end, from time to time where every is not 0.
func (s *badServer) flood(c net.Conn, b []byte, every time.Duration) {
	if every == 0 && s.bubbled {
		every = max(floodTick, time.Duration(len(b))*time.Second/floodRate)
	}
	for sent := 0; s.bubbled || sent < floodMost; sent += len(b) {
		if _, err := c.Write(b); err != nil || every > 0 && !s.wait(every) {
			return
		}
	}
}

// drip writes b byte by byte.
func (s *badServer) drip(c net.Conn, b []byte, every time.Duration) bool {
	for i := range b {
		if _, err := c.Write(b[i : i+1]); err != nil || !s.wait(every) {
			return false
		}
	}
	return true
}

// reset ends a connection by RST.
func reset(c net.Conn) {
	if o, ok := c.(*overheard); ok {
		c = o.Conn
	}
	if tcp, ok := c.(interface{ SetLinger(sec int) error }); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
