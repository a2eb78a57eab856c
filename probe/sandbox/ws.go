package sandbox

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// wsLink is the server side of a WebSocket, written by hand because 1.x and 2.x
// servers do what a library does not: they close with a bare FIN, swallow
// fragmented messages, and answer a plain HTTP request by closing.
type wsLink struct {
	*tcpLink
	s *Server
}

// Opcodes and close codes of RFC 6455.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA

	closeNormal      = 1000
	closeInvalidText = 1007
)

// maxMessage bounds a message; the largest frame a server accepts is 1 MiB.
const maxMessage = 1 << 20

// upgrade reads the request head and answers it. false means the socket is done
// with and has to be closed.
func (l *wsLink) upgrade() bool {
	first, err := l.br.Peek(1)
	if err != nil {
		return false
	}
	if first[0] == 0x16 { // a TLS hello: silence, then FIN at the idle limit
		io.Copy(io.Discard, l.br)
		return false
	}
	r, err := http.ReadRequest(l.br)
	if err != nil {
		return false
	}
	if page, over := l.s.limits(); over {
		l.write(page.raw())
		return false
	}
	if l.s.has("no-upgrade") {
		l.raw.SetReadDeadline(time.Time{})
		io.Copy(io.Discard, l.br)
		return false
	}
	if status, text := l.refusal(r); status != 0 {
		if l.s.t.gateway {
			l.write(fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nServer: wkctl-sandbox\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
				status, http.StatusText(status), len(text), text))
		}
		return false
	}
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	l.write(fmt.Appendf(nil, "HTTP/1.1 101 Switching Protocols\r\nServer: wkctl-sandbox\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:])))
	return true
}

// refusal is the status v3 refuses a request with; 1.x and 2.x refuse only what
// is no upgrade, on any path, and close without a byte.
func (l *wsLink) refusal(r *http.Request) (int, string) {
	upgrade := strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
	connection := strings.Contains(strings.ToLower(strings.Join(r.Header.Values("Connection"), ",")), "upgrade")
	switch {
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, "websocket handshake requires GET"
	case l.s.t.gateway && r.URL.Path != "/":
		return http.StatusNotFound, `websocket path "/" not found`
	case !connection:
		return http.StatusBadRequest, "missing websocket Connection upgrade token"
	case !upgrade:
		return http.StatusBadRequest, "missing websocket Upgrade header"
	case r.Header.Get("Sec-WebSocket-Key") == "":
		return http.StatusBadRequest, "invalid websocket key"
	}
	return 0, ""
}

// receive returns the next data message; control frames are answered on the way.
func (l *wsLink) receive() (data []byte, text bool, err error) {
	var message []byte
	for {
		fin, op, payload, err := l.frame()
		if err != nil {
			return nil, false, err
		}
		switch op {
		case opPing:
			l.frameOut(opPong, payload)
			continue
		case opPong:
			continue
		case opClose:
			// 1.x and 2.x do not echo a close frame, v3 does.
			if l.s.t.gateway {
				l.closeFrame(closeNormal)
			}
			return nil, false, io.EOF
		case opText:
			text = true
		}
		if !fin || op == opContinuation {
			l.s.hazard("a fragmented WebSocket message: 1.x and 2.x swallow it")
			if !l.s.t.gateway {
				return nil, false, errDeaf
			}
		}
		if message = append(message, payload...); !fin {
			if len(message) > maxMessage {
				return nil, false, io.ErrShortBuffer
			}
			continue
		}
		if text && !bytes.HasPrefix(message, []byte("{")) {
			l.s.hazard("a WKProto frame in a WebSocket text message: it is swallowed")
		}
		if text && !utf8.Valid(message) {
			if l.s.t.gateway {
				l.closeFrame(closeInvalidText)
				return nil, false, io.EOF
			}
			return nil, false, errDeaf
		}
		return message, text, nil
	}
}

// frame reads one frame and takes its mask off.
func (l *wsLink) frame() (fin bool, op byte, payload []byte, err error) {
	var head [8]byte
	if _, err = io.ReadFull(l.br, head[:2]); err != nil {
		return false, 0, nil, err
	}
	fin, op = head[0]&0x80 != 0, head[0]&0x0F
	masked, size := head[1]&0x80 != 0, uint64(head[1]&0x7F)
	switch size {
	case 126:
		_, err = io.ReadFull(l.br, head[:2])
		size = uint64(binary.BigEndian.Uint16(head[:2]))
	case 127:
		_, err = io.ReadFull(l.br, head[:8])
		size = binary.BigEndian.Uint64(head[:8])
	}
	if err == nil && size > maxMessage {
		err = io.ErrShortBuffer
	}
	var mask [4]byte
	if err == nil && masked {
		_, err = io.ReadFull(l.br, mask[:])
	}
	if err != nil {
		return false, 0, nil, err
	}
	payload = make([]byte, size)
	if _, err = io.ReadFull(l.br, payload); err != nil {
		return false, 0, nil, err
	}
	if masked {
		for i := range payload {
			payload[i] ^= mask[i%4]
		}
	}
	return fin, op, payload, nil
}

func (l *wsLink) send(frame []byte, text bool) {
	if text {
		l.frameOut(opText, frame)
		return
	}
	l.frameOut(opBinary, frame)
}

func (l *wsLink) frameOut(op byte, payload []byte) {
	head := []byte{0x80 | op, byte(len(payload))}
	if len(payload) > 125 {
		head = binary.BigEndian.AppendUint16([]byte{0x80 | op, 126}, uint16(len(payload)))
	}
	l.write(append(head, payload...))
}

func (l *wsLink) closeFrame(code uint16) {
	l.frameOut(opClose, binary.BigEndian.AppendUint16(nil, code))
}

// hangUp is a bare FIN on 1.x and 2.x (1006 in a browser), a close frame with
// code 1000 on v3.
func (l *wsLink) hangUp() {
	if l.s.t.gateway {
		l.closeFrame(closeNormal)
	}
	l.raw.Close()
}
