package main

import (
	"bytes"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/wkctl/wkctl/probe/wire"
)

// answered sends the given bytes as one message in place of a CONNACK.
func answered(b ...byte) func(*badServer) {
	return onConnect(func(k *socket, _ []byte) { k.send(frameBinary, b) })
}

// kick is a DISCONNECT with a text.
func kick(reason wire.Reason, text string) []byte {
	b, _ := (&wire.Disconnect{Reason: reason, Text: text}).Encode()
	return b
}

// large is a RECV frame of 1 MiB, the most that a client takes.
func large() []byte {
	return append([]byte{0x50, 0x80, 0x80, 0x40}, make([]byte, 1<<20)...)
}

// frames are answers in WKProto on the WebSocket port.
func frames() []behaviour {
	return slices.Concat(brokenFrames(), answers(), floods(), kicks())
}

// brokenFrames are no frames.
func brokenFrames() []behaviour {
	whole := func(reason wire.Reason) []byte {
		b, _ := (&wire.Connack{Reason: reason, ServerVersion: 3, ServerKey: strings.Repeat("k", 44), Salt: strings.Repeat("s", 16)}).Encode()
		return b
	}
	good := whole(1)
	return []behaviour{
		{name: "a CONNACK of one byte", exit: 1, first: "WK409", set: answered(0x20)},
		{name: "a CONNACK cut in two", exit: 1, first: "WK409", set: answered(good[:20]...)},
		{name: "a CONNACK without its last byte", exit: 1, first: "WK409", set: answered(good[:len(good)-1]...)},
		{name: "a CONNACK whose length is too short", exit: 1, first: "WK409", set: answered(append([]byte{good[0], 5}, good[2:]...)...)},
		{name: "a CONNACK whose length is too long", exit: 1, first: "WK409", set: answered(append([]byte{good[0], 0xf0, 0x10}, good[2:]...)...)},
		{name: "a CONNACK of length 0", exit: 1, first: "WK409", set: answered(0x20, 0)},
		{name: "a CONNACK whose texts are longer than it", exit: 1, first: "WK409", set: answered(append([]byte{0x21, 14, 3}, bytes.Repeat([]byte{0xff}, 13)...)...)},
		{name: "a length without end", exit: 1, first: "WK409", set: answered(bytes.Repeat([]byte{0xff}, 300)...)},
		{name: "a length of 256 MiB", exit: 1, first: "WK409", set: answered(0x20, 0xff, 0xff, 0xff, 0x7f)},
		{name: "a length of 1 MiB and no more", exit: 1, first: "WK409", set: answered(0x20, 0x80, 0x80, 0x40)},
		{name: "frame type 0", exit: 1, first: "WK409", set: answered(0x00, 0x00)},
		{name: "frame type 15", exit: 1, first: "WK409", set: answered(0xff, 0x02, 1, 2)},
		{name: "frame type CONNECT", exit: 1, first: "WK409", set: answered(0x10, 0x02, 1, 2)},
		{name: "its own CONNECT back", exit: 1, first: "WK409", set: func(s *badServer) {
			s.login = func(k *socket, login *wire.Connect, _ []byte) {
				b, _ := login.Encode()
				k.send(frameBinary, b)
				drain(k.r)
			}
		}},
		{name: "the token as a frame", exit: 1, first: "WK409", set: func(s *badServer) {
			s.login = func(k *socket, login *wire.Connect, _ []byte) {
				k.send(frameBinary, []byte("\xffdenied: "+login.Token+" "+managerSecret))
				drain(k.r)
			}
		}},
		{name: "text in place of a frame", exit: 1, first: "WK409", set: answered([]byte("unauthorized\x1b[2J\r\n::error::x")...)},
		{name: "HTML in place of a frame", exit: 1, first: "WK409", set: answered([]byte("<html><script>alert(1)</script></html>")...)},
		{name: "JSON-RPC in place of a frame", exit: 1, first: "WK409", set: onConnect(func(k *socket, _ []byte) {
			k.send(frameText, []byte(`{"jsonrpc":"2.0","method":"connack","params":{"reasonCode":1}}`))
		})},
		{name: "deep JSON in place of a frame", exit: 1, first: "WK409", set: onConnect(func(k *socket, _ []byte) { k.send(frameText, []byte(strings.Repeat(`{"a":[`, 100_000))) })},
	}
}

// answers are CONNACKs that a server should not give.
func answers() []behaviour {
	reply := func(c wire.Connack) func(*badServer) {
		b, _ := c.Encode()
		return answered(b...)
	}
	return []behaviour{
		{name: "everybody is let in", exit: 1, first: "WK507", set: reply(wire.Connack{Reason: 1, ServerVersion: 3, ServerKey: strings.Repeat("k", 44), Salt: "0123456789abcdef"})},
		{name: "nobody is let in", exit: 1, first: "WK516", set: reply(wire.Connack{Reason: 2})},
		{name: "everybody is banned", exit: 1, first: "WK206", set: reply(wire.Connack{Reason: 19})},
		{name: "reason 0", exit: 1, first: "WK516", set: reply(wire.Connack{Reason: 0})},
		{name: "reason 255", exit: 1, first: "WK516", set: reply(wire.Connack{Reason: 255, ServerVersion: 255, HasNodeID: true, NodeID: 1<<64 - 1, TimeDiff: -1 << 63})},
		{name: "a server key of 60 kB", exit: 1, first: "WK518", set: onConnect(func(k *socket, ack []byte) {
			b, _ := (&wire.Connack{Reason: 1, ServerVersion: 3, ServerKey: strings.Repeat("k", 60<<10), Salt: "\x1b[2J"}).Encode()
			if len(ack) < 20 {
				b = ack
			}
			k.send(frameBinary, b)
		})},
		{name: "no server key", first: noFinding, set: onConnect(func(k *socket, ack []byte) {
			b, _ := (&wire.Connack{Reason: 1, ServerVersion: 3}).Encode()
			if len(ack) < 20 {
				b = ack
			}
			k.send(frameBinary, b)
		})},
		{name: "each CONNACK twice", first: noFinding, set: onConnect(func(k *socket, ack []byte) { k.send(frameBinary, ack); k.send(frameBinary, ack) })},
		{name: "two CONNACKs in a message", first: noFinding, set: onConnect(func(k *socket, ack []byte) { k.send(frameBinary, append(slices.Clone(ack), ack...)) })},
		{name: "let in and then refused", first: noFinding, set: onConnect(func(k *socket, ack []byte) {
			no, _ := (&wire.Connack{Reason: 2}).Encode()
			k.send(frameBinary, append(slices.Clone(ack), no...))
		})},
		{name: "garbage behind the CONNACK", first: noFinding, set: onConnect(func(k *socket, ack []byte) {
			k.send(frameBinary, append(slices.Clone(ack), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
		})},
		{name: "a PONG for an answer", exit: 1, first: "WK507", set: answered(0x80)},
		{name: "a PING for an answer", exit: 1, first: "WK409", set: answered(0x70)},
		{name: "a CONNACK each byte a message", first: noFinding, set: onConnect(func(k *socket, ack []byte) {
			for i := range ack {
				k.send(frameBinary, ack[i:i+1])
			}
		})},
		{name: "a CONNACK that drips", first: noFinding, set: onConnect(func(k *socket, ack []byte) { k.drip(k, wsFrame(frameBinary, ack), 5*time.Millisecond) })},
		{name: "no answer", exit: 1, first: "WK409", set: onConnect(func(*socket, []byte) {})},
		{name: "closed on each CONNECT", exit: 1, first: "WK409", set: func(s *badServer) { s.login = func(*socket, *wire.Connect, []byte) {} }},
		{name: "reset on each CONNECT", exit: 1, first: "WK409", set: func(s *badServer) { s.login = func(k *socket, _ *wire.Connect, _ []byte) { reset(k.Conn) } }},
		{name: "accepted and then closed", first: noFinding, set: func(s *badServer) {
			s.login = func(k *socket, _ *wire.Connect, ack []byte) { k.send(frameBinary, ack) }
		}},
		{name: "accepted and then reset", first: noFinding, set: func(s *badServer) {
			s.login = func(k *socket, _ *wire.Connect, ack []byte) {
				k.send(frameBinary, ack)
				k.wait(20 * time.Millisecond)
				reset(k.Conn)
			}
		}},
	}
}

// floods never stop.
func floods() (list []behaviour) {
	for name, b := range map[string][]byte{
		"PINGs": bytes.Repeat([]byte{0x70}, 200), "small RECVs": bytes.Repeat([]byte{0x50, 4, 1, 2, 3, 4}, 100), "RECVs of 1 MiB": large(),
		"unknown frames": bytes.Repeat([]byte{0xd0, 1, 0}, 100), "CONNACKs that are cut": bytes.Repeat([]byte{0x20, 1, 0}, 100),
	} {
		message := wsFrame(frameBinary, b)
		list = append(list,
			behaviour{name: name + " in place of an answer", exit: 1, first: "WK409", set: onConnect(func(k *socket, _ []byte) { k.flood(k, message, 0) })},
			behaviour{name: name + " behind the answer", first: noFinding, set: onConnect(func(k *socket, ack []byte) { k.send(frameBinary, ack); k.flood(k, message, 0) })},
			behaviour{name: name + " behind the answer to a user", exit: 1, first: "WK502", user: true, set: onConnect(func(k *socket, ack []byte) { k.send(frameBinary, ack); k.flood(k, message, 0) })},
		)
	}
	return append(list, behaviour{name: "a PING now and then", exit: 1, first: "WK409", set: onConnect(func(k *socket, _ []byte) { k.flood(k, wsFrame(frameBinary, []byte{0x70}), 50*time.Millisecond) })})
}

// kicks are DISCONNECTs, whose text is the server's.
func kicks() []behaviour {
	hostile := "\x1b[2J\x1b]8;;http://evil.example/\x07you\u202e<script>alert(1)</script>\r\n::error::x http://u:" + planted + "@h/?k=" + planted
	before := func(b []byte) func(*badServer) {
		return onConnect(func(k *socket, _ []byte) { k.send(frameBinary, b) })
	}
	after := func(b []byte) func(*badServer) {
		return onConnect(func(k *socket, ack []byte) { k.send(frameBinary, ack); k.send(frameBinary, b) })
	}
	return []behaviour{
		{name: "a kick in place of an answer", exit: 1, first: "WK409", set: before(kick(12, hostile))},
		{name: "a kick of 60 kB in place of an answer", exit: 1, first: "WK409", set: before(kick(12, strings.Repeat("out ", 15<<10)))},
		{name: "a kick that is no UTF-8 in place of an answer", exit: 1, first: "WK409", set: before(kick(255, "\xff\xfe\xc3("))},
		{name: "an empty kick in place of an answer", exit: 1, first: "WK409", set: before([]byte{0x90, 0})},
		{name: "a kick cut short in place of an answer", exit: 1, first: "WK409", set: before([]byte{0x90, 4, 12, 0xff, 0xff, 'x'})},
		{name: "a kick behind the answer", first: noFinding, set: after(kick(12, hostile))},
		{name: "a kick of a user behind the answer", exit: 1, first: "WK502", user: true, set: after(kick(12, hostile))},
		{name: "a kick of a user with the token", exit: 1, first: "WK601", user: true, set: func(s *badServer) {
			s.login = func(k *socket, login *wire.Connect, _ []byte) {
				b, _ := (&wire.Connack{Reason: 1, ServerVersion: 3}).Encode()
				if login.Token != userSecret {
					b, _ = (&wire.Connack{Reason: 2}).Encode()
				}
				k.send(frameBinary, b)
				k.send(frameBinary, kick(12, login.Token))
				drain(k.r)
			}
		}},
		{name: "kicks without end in place of an answer", exit: 1, first: "WK409", set: onConnect(func(k *socket, _ []byte) { k.flood(k, wsFrame(frameBinary, kick(12, hostile)), 0) })},
		{name: "kicks without end behind the answer", first: noFinding, set: onConnect(func(k *socket, ack []byte) {
			k.send(frameBinary, ack)
			k.flood(k, wsFrame(frameBinary, kick(12, hostile)), 0)
		})},
		{name: "a kick and then a CONNACK", exit: 1, first: "WK409", set: onConnect(func(k *socket, ack []byte) { k.send(frameBinary, kick(12, "")); k.send(frameBinary, ack) })},
	}
}

// tcpPorts are about the address of native SDKs, which every run looks at.
func tcpPorts() []behaviour {
	tcp := func(f func(s *badServer, c net.Conn)) func(*badServer) {
		return func(s *badServer) { s.tcpConn = func(c net.Conn) { f(s, c) } }
	}
	big := []byte(strings.Repeat("0123456789abcdef", 4<<10))
	read := func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }
	return []behaviour{
		{name: "tcp resets", first: "WK405", set: tcp(func(_ *badServer, c net.Conn) { reset(c) })},
		{name: "tcp closes", first: "WK405", set: tcp(func(*badServer, net.Conn) {})},
		{name: "tcp is mute", first: "WK405", set: tcp(func(_ *badServer, c net.Conn) { hold(c) })},
		{name: "tcp floods garbage", first: "WK405", set: tcp(func(s *badServer, c net.Conn) { s.flood(c, big, time.Second) })},
		{name: "tcp floods RECVs of 1 MiB", first: "WK405", set: tcp(func(s *badServer, c net.Conn) { s.flood(c, large(), 0) })},
		{name: "tcp drips a frame", first: "WK405", set: tcp(func(s *badServer, c net.Conn) { s.flood(c, []byte{0x50}, 20*time.Millisecond) })},
		{name: "tcp speaks SSH", first: "WK405", set: tcp(bytesThen("SSH-2.0-OpenSSH_9.9\r\n", hold))},
		{name: "tcp speaks HTTP", first: "WK405", set: tcp(func(_ *badServer, c net.Conn) { read(c); _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") })},
		{name: "tcp answers a PING", first: "WK405", set: tcp(func(_ *badServer, c net.Conn) { read(c); _, _ = c.Write([]byte{0x70}); hold(c) })},
		{name: "tcp sends a kick", first: "WK405", set: tcp(func(_ *badServer, c net.Conn) { read(c); _, _ = c.Write(kick(12, "\x1b[2J"+planted)); hold(c) })},
	}
}
