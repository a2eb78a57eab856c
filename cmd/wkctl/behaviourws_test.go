package main

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/wkctl/wkctl/probe/wire"
)

// upgrades are answers to a WebSocket upgrade that are none, or broken.
func upgrades() (list []behaviour) {
	for _, status := range []int{0, 200, 201, 301, 302, 307, 400, 401, 403, 404, 407, 426, 429, 500, 502, 503, 504, 999} {
		body := fmt.Sprintf("<h1>%d</h1> %s \x1b]0;x\x07", status, planted[:3])
		text := fmt.Sprintf("HTTP/1.1 %03d Said So\r\nServer: gateway\r\nLocation: http://u:%s@127.0.0.1:1/?k=%s\r\nContent-Length: %d\r\n\r\n%s", status, planted, planted, len(body), body)
		exit, first := exitFinding, "WK401"
		if status == 429 { // which says nothing about the server behind it
			exit, first = exitNoDiagnosis, "WK210"
		}
		list = append(list, behaviour{name: fmt.Sprintf("upgrade answers %d", status), exit: exit, first: first, set: upgrade(func(_ *badServer, c net.Conn, _ string) { _, _ = io.WriteString(c, text) })})
	}
	return append(append(list, upgradeConnections()...), upgradeHeaders()...)
}

// upgrade plays f in place of the answer to each upgrade.
func upgrade(f func(s *badServer, c net.Conn, key string)) func(*badServer) {
	return func(s *badServer) { s.upgrade = func(c net.Conn, key string) { f(s, c, key) } }
}

// upgradeConnections are about the connection more than about its answer.
func upgradeConnections() []behaviour {
	const tick = 20 * time.Millisecond
	big := []byte(strings.Repeat("0123456789abcdef", 4<<10))
	conn := func(f func(s *badServer, c net.Conn)) func(*badServer) {
		return func(s *badServer) { s.wsConn = func(c net.Conn) { f(s, c) } }
	}
	endless := func(head, b string, every time.Duration) func(*badServer) {
		return upgrade(func(s *badServer, c net.Conn, _ string) {
			_, _ = io.WriteString(c, head)
			s.flood(c, []byte(b), every)
		})
	}
	return []behaviour{
		{name: "ws nobody listens", exit: 3, first: "WK405", set: func(s *badServer) { s.closed = []string{"ws"} }},
		{name: "ws resets each connection", exit: 1, first: "WK401", set: conn(func(_ *badServer, c net.Conn) { reset(c) })},
		{name: "ws closes each connection", exit: 1, first: "WK401", set: conn(func(*badServer, net.Conn) {})},
		{name: "ws takes connections and is mute", exit: 1, first: "WK401", set: conn(func(_ *badServer, c net.Conn) { hold(c) })},
		{name: "ws resets each upgrade", exit: 1, first: "WK401", set: upgrade(func(_ *badServer, c net.Conn, _ string) { reset(c) })},
		{name: "ws closes on each upgrade", exit: 1, first: "WK401", set: upgrade(func(*badServer, net.Conn, string) {})},
		{name: "ws is mute on each upgrade", exit: 1, first: "WK401", set: upgrade(func(_ *badServer, c net.Conn, _ string) { hold(c) })},
		{name: "ws drips its 101", exit: 1, first: "WK401", set: upgrade(func(s *badServer, c net.Conn, key string) { s.drip(c, []byte(switching(key)), tick) })},
		{name: "ws garbage without a question", exit: 1, first: "WK401", set: conn(func(s *badServer, c net.Conn) { s.flood(c, big, time.Second) })},
		{name: "ws SSH banner", exit: 1, first: "WK401", set: conn(bytesThen("SSH-2.0-OpenSSH_9.9\r\n", hold))},
		{name: "ws TLS alert", exit: 1, first: "WK306", set: upgrade(func(_ *badServer, c net.Conn, _ string) { _, _ = io.WriteString(c, "\x15\x03\x01\x00\x02\x02\x46") })},
		{name: "ws header line without end", exit: 1, first: "WK401", set: endless("HTTP/1.1 101 Switching Protocols\r\nX-Long: ", string(big), 0)},
		{name: "ws headers without end", exit: 1, first: "WK401", set: endless("HTTP/1.1 101 Switching Protocols\r\n", strings.Repeat("X-More: more\r\n", 200), 0)},
		{name: "ws body without end", exit: 1, first: "WK401", set: endless("HTTP/1.1 404 Not Found\r\n\r\n", string(big), 0)},
		{name: "ws body that drips", exit: 1, first: "WK401", set: endless("HTTP/1.1 404 Not Found\r\nContent-Length: 900000\r\n\r\n", "x", tick)},
		{name: "ws 100 Continue storm", exit: 1, first: "WK401", set: endless("", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100), 0)},
		{name: "ws 103 Early Hints storm", exit: 1, first: "WK401", set: endless("", strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 100), 0)},
		{name: "ws gzip bomb for a body", exit: 1, first: "WK401", set: upgrade(func(_ *badServer, c net.Conn, _ string) {
			b := bomb()
			_, _ = fmt.Fprintf(c, "HTTP/1.1 400 Bad\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(b), b)
		})},
	}
}

// upgradeHeaders are 101 answers that break a rule, and what may come behind one.
func upgradeHeaders() []behaviour {
	const first = "HTTP/1.1 101 Switching Protocols\r\n"
	as := func(lines func(key string) string, behind string) func(*badServer) {
		return upgrade(func(_ *badServer, c net.Conn, key string) {
			_, _ = io.WriteString(c, lines(key)+"\r\n"+behind)
			hold(c)
		})
	}
	fixed := func(lines string) func(string) string { return func(string) string { return lines } }
	without := func(line string) func(string) string {
		return func(key string) string {
			head, tail, _ := strings.Cut(switching(key), line)
			_, tail, _ = strings.Cut(tail, "\r\n")
			return head + tail
		}
	}
	with := func(line string) func(string) string {
		return func(key string) string { return switching(key) + line + "\r\n" }
	}
	return []behaviour{
		{name: "101 with a wrong Accept", exit: 1, first: "WK401", set: as(func(string) string { return switching("other") }, "")},
		{name: "101 with the key for Accept", exit: 1, first: "WK401", set: as(func(key string) string { return strings.Replace(switching(key), acceptOf(key), key, 1) }, "")},
		{name: "101 without Accept", exit: 1, first: "WK401", set: as(without("Sec-WebSocket-Accept"), "")},
		{name: "101 without Upgrade", exit: 1, first: "WK401", set: as(without("Upgrade: "), "")},
		{name: "101 without Connection", exit: 1, first: "WK401", set: as(without("Connection: "), "")},
		{name: "101 without headers", exit: 1, first: "WK401", set: as(fixed(first), "")},
		{name: "101 to h2c", exit: 1, first: "WK401", set: as(fixed(first+"Upgrade: h2c\r\nConnection: Upgrade\r\n"), "")},
		{name: "101 in HTTP 1.0", exit: 1, first: "WK409", set: as(func(key string) string { return strings.Replace(switching(key), "1.1", "1.0", 1) }, "")},
		{name: "101 with another subprotocol", exit: 1, first: "WK401", set: as(with("Sec-WebSocket-Protocol: mqtt"), "")},
		{name: "101 with an unknown extension", exit: 1, first: "WK401", set: as(with("Sec-WebSocket-Extensions: x-evil; a=1"), "")},
		{name: "101 with a huge compression window", exit: 1, first: "WK409", set: as(with("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99"), "")},
		{name: "101 with compression twice", exit: 1, first: "WK401", set: as(with("Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate"), "")},
		{name: "101 with control bytes in headers", exit: 1, first: "WK401", set: as(with("X-\x01: \x1b[2J"), "")},
		{name: "101 then garbage", exit: 1, first: "WK409", set: as(with("X: y"), strings.Repeat("\xff\xfegarbage", 50))},
		{name: "101 then HTTP", exit: 1, first: "WK409", set: as(with("X: y"), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")},
		{name: "101 then TLS", exit: 1, first: "WK409", set: as(with("X: y"), "\x15\x03\x01\x00\x02\x02\x46")},
		{name: "101 then another 101", exit: 1, first: "WK409", set: as(with("X: y"), switching("other")+"\r\n")},
		{name: "101 then closed", exit: 1, first: "WK409", set: upgrade(func(_ *badServer, c net.Conn, key string) { _, _ = io.WriteString(c, switching(key)+"\r\n") })},
		{name: "101 then reset", exit: 1, first: "WK409", set: upgrade(func(_ *badServer, c net.Conn, key string) {
			_, _ = io.WriteString(c, switching(key)+"\r\n")
			time.Sleep(20 * time.Millisecond)
			reset(c)
		})},
	}
}

// onConnect plays f behind the CONNECT on the WebSocket port, and then reads on.
func onConnect(f func(k *socket, ack []byte)) func(*badServer) {
	return func(s *badServer) {
		s.login = func(k *socket, _ *wire.Connect, ack []byte) {
			f(k, ack)
			drain(k.r)
		}
	}
}

// sockets are frames of WebSocket that break a rule, and its closes.
func sockets() (list []behaviour) {
	one := func(first byte, payload string) func(*badServer) {
		return onConnect(func(k *socket, _ []byte) { k.send(first, []byte(payload)) })
	}
	raw := func(b string) func(*badServer) {
		return onConnect(func(k *socket, _ []byte) { _, _ = k.Write([]byte(b)) })
	}
	list = []behaviour{
		{name: "masked frames", first: noFinding, set: onConnect(func(k *socket, ack []byte) {
			_, _ = k.Write(append([]byte{frameBinary, 0x80 | byte(len(ack)), 0, 0, 0, 0}, ack...))
		})},
		{name: "a text message", first: noFinding, set: onConnect(func(k *socket, ack []byte) { k.send(frameText, ack) })},
		{name: "text that is no UTF-8", exit: 1, first: "WK409", set: one(frameText, "\xff\xfe\xc3(")},
		{name: "fragments without end", exit: 1, first: "WK409", set: onConnect(func(k *socket, ack []byte) {
			k.send(0x02, ack[:1])
			k.flood(k, wsFrame(0x00, make([]byte, 32<<10)), 0)
		})},
		{name: "empty fragments without end", exit: 1, first: "WK409", set: onConnect(func(k *socket, ack []byte) {
			k.send(0x02, ack[:1])
			k.flood(k, bytes.Repeat(wsFrame(0x00, nil), 200), 0)
		})},
		{name: "a continuation of nothing", exit: 1, first: "WK409", set: one(0x80, "x")},
		{name: "a message inside another", exit: 1, first: "WK409", set: onConnect(func(k *socket, ack []byte) { k.send(0x02, ack[:2]); k.send(frameBinary, ack) })},
		{name: "each byte a fragment", first: noFinding, set: onConnect(func(k *socket, ack []byte) {
			for i := range ack {
				first := byte(0)
				if i == 0 {
					first = 2
				}
				if i == len(ack)-1 {
					first |= 0x80
				}
				k.send(first, ack[i:i+1])
			}
		})},
		{name: "reserved bit 1", exit: 1, first: "WK409", set: one(0xc2, "\x40\x00")},
		{name: "reserved bit 2", exit: 1, first: "WK409", set: one(0xa2, "\x40\x00")},
		{name: "reserved bit 3", exit: 1, first: "WK409", set: one(0x92, "\x40\x00")},
		{name: "reserved data opcode", exit: 1, first: "WK409", set: one(0x83, "x")},
		{name: "reserved control opcode", exit: 1, first: "WK409", set: one(0x8b, "x")},
		{name: "a ping of 126 bytes", exit: 1, first: "WK409", set: one(framePing, strings.Repeat("p", 126))},
		{name: "a close of 64 kB", exit: 1, first: "WK409", set: one(frameClose, "\x03\xe8"+strings.Repeat("p", 64<<10))},
		{name: "a ping in fragments", exit: 1, first: "WK409", set: one(0x09, "x")},
		{name: "a length of 63 bits", exit: 1, first: "WK409", set: raw("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff")},
		{name: "a length with the highest bit", exit: 1, first: "WK409", set: raw("\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x01x")},
		{name: "a length in more bytes than needed", first: noFinding, set: onConnect(func(k *socket, ack []byte) {
			_, _ = k.Write(append([]byte{frameBinary, 127, 0, 0, 0, 0, 0, 0, 0, byte(len(ack))}, ack...))
		})},
		{name: "a frame of 16 MiB", exit: 1, first: "WK409", set: onConnect(func(k *socket, _ []byte) { k.send(frameBinary, make([]byte, 16<<20)) })},
		{name: "half a frame", exit: 1, first: "WK409", set: raw("\x82\x20\x21")},
		{name: "a flood of pings", exit: 1, first: "WK409", set: onConnect(func(k *socket, _ []byte) { k.flood(k, bytes.Repeat(wsFrame(framePing, make([]byte, 125)), 100), 0) })},
		{name: "a flood of pongs", exit: 1, first: "WK409", set: onConnect(func(k *socket, _ []byte) { k.flood(k, bytes.Repeat(wsFrame(framePong, nil), 200), 0) })},
		{name: "a flood of empty messages", exit: 1, first: "WK409", set: onConnect(func(k *socket, _ []byte) { k.flood(k, bytes.Repeat(wsFrame(frameBinary, nil), 200), 0) })},
		{name: "compression that nobody asked for", exit: 1, first: "WK409", set: func(s *badServer) {
			s.header = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
			onConnect(func(k *socket, _ []byte) { k.send(0xc2, []byte("\xff\xff\xff\xff no deflate")) })(s)
		}},
		{name: "a bomb in compression", exit: 1, first: "WK409", set: func(s *badServer) {
			s.header = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
			onConnect(func(k *socket, _ []byte) { k.send(0xc2, zeros()) })(s)
		}},
		{name: "compressed and right", first: noFinding, set: func(s *badServer) {
			s.header = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n"
			onConnect(func(k *socket, ack []byte) { k.send(frameBinary, ack) })(s)
		}},
	}
	return append(list, closes()...)
}

// zeros is 16 MiB of them as a message of permessage-deflate (RFC 7692, 7.2.1),
// made once.
var zeros = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression)
	_, _ = w.Write(make([]byte, 16<<20))
	_ = w.Flush()
	return bytes.TrimSuffix(b.Bytes(), []byte{0, 0, 0xff, 0xff})
})

// closes are close frames, of which the reason is a text of the server's.
func closes() (list []behaviour) {
	for name, payload := range map[string]string{
		"without a code": "", "of one byte": "\x03", "1005": "\x03\xedx", "1006": "\x03\xee", "999": "\x03\xe7x", "5000": "\x13\x88x", "1000": "\x03\xe8bye",
		"with 123 bytes": "\x0f\xa1" + strings.Repeat("r", 123), "with 124 bytes": "\x0f\xa1" + strings.Repeat("r", 124), "that is no UTF-8": "\x0f\xa1\xff\xfe\xc3(",
		"with control bytes": "\x0f\xa1\x1b[2J\x1b]0;x\x07\r\n::error::x", "with HTML": "\x0f\xa1<script>alert(1)</script>](javascript:x)", "with a URL": "\x0f\xa1http://u:" + planted + "@h/?k=" + planted,
	} {
		list = append(list, behaviour{name: "a close " + name, exit: exitFinding, first: "WK409", set: onConnect(func(k *socket, _ []byte) { k.send(frameClose, []byte(payload)) })})
	}
	return append(list,
		behaviour{name: "a close with the token", exit: 1, first: "WK409", set: func(s *badServer) {
			s.login = func(k *socket, login *wire.Connect, _ []byte) {
				k.send(frameClose, []byte("\x0f\xa1no: "+login.Token[:min(len(login.Token), 100)]))
			}
		}},
		behaviour{name: "a close and then frames", exit: 1, first: "WK409", set: onConnect(func(k *socket, ack []byte) { k.send(frameClose, []byte("\x03\xe8")); k.send(frameBinary, ack) })},
		behaviour{name: "a close behind the answer", first: noFinding, set: onConnect(func(k *socket, ack []byte) { k.send(frameBinary, ack); k.send(frameClose, []byte("\x0f\xa1later")) })},
	)
}
