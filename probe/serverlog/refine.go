package serverlog

import "bytes"

// refine says what the fields add to the row: the exact kind, tokens, user and
// flag. False: the line is about something else.
func (c *classifier) refine(e *Entry, rec *record) bool {
	switch e.Kind {
	case KindTokenMismatch:
		c.token(e, rec)
	case KindManagerTokenMismatch:
		e.ActToken = c.alias(c.f.token)
	case KindDeviceNotFound:
		if string(c.f.err.text()) != errNotFound {
			e.Kind = KindTokenLookupFailed
		}
	case KindConnectRefused:
		c.second(e)
	case KindBanned:
		e.mislead(MisleadBanPerUser)
	case KindSuperseded:
		c.oldConn(e)
	case KindIdleClosed:
		c.idle(e)
	case KindNotWebSocket:
		return c.notWebSocket(e)
	case KindGatewayError:
		e.Kind = gatewayKind(c.f.err.text(), e)
	case KindConnackLost:
		e.mislead(MisleadAnyFrame)
	case KindKickCloseLost:
		e.mislead(MisleadZombieOrGone)
	case KindPanic:
		c.panicked(e)
	case KindListenFailed, KindStartFailed, KindNoUIDPanic:
		c.refineStart(e)
	default:
		return c.refineAPI(e)
	}
	return true
}

// notWebSocket reads why a connection broke off before it was a WebSocket.
func (c *classifier) notWebSocket(e *Entry) bool {
	err := c.f.err.text()
	if bytes.Contains(err, []byte("tls: ")) {
		e.Kind = tlsKind(err)
		return true
	}
	return bytes.HasPrefix(err, []byte("handshake error"))
}

// panicked looks for the cause of a panic in the stack that the line carries.
func (c *classifier) panicked(e *Entry) {
	switch {
	case bytes.Contains(c.f.stack.raw, []byte("getClientAesKeyAndIV")):
		e.Kind = KindClientKeyPanic
	case bytes.Contains(c.f.stack.raw, []byte(readHello)):
		e.Kind, e.Generations = KindTLSPanic, genTLSPanic
	}
}

// readHello is in the stack of a server whose wss port has no certificate: its
// TLS settings are nil (crypto/tls handshake_server.go, v1.1.0 to v2.2.5).
const readHello = "tls.(*Conn).readClientHello"

const genTLSPanic = GenV1 | GenV2Beta | GenV20 | GenV2

// errNotFound is wkdb.ErrNotFound (pkg/wkdb/errors.go of every v2).
const errNotFound = "not found"

// errVerify is what handleConnect returns behind the message of the same text.
const errVerify = "token verify fail"

// alias gives the token of a field. What is left of a cut one is no token.
func (c *classifier) alias(v value) Token {
	switch {
	case v.typ != valueString:
		return Token{}
	case len(v.raw) == 0:
		return Token{state: tokenEmpty}
	}
	return c.scanner.Aliases.token(v.text())
}

// token reads "token verify fail", whose fields differ from range to range:
// none up to v1.0.5, no user in v2.0.8–2.1.3, the true connection in v2.0.
func (c *classifier) token(e *Entry, rec *record) {
	e.ExpectToken, e.ActToken = c.alias(c.f.expect), c.alias(c.f.act)
	cut := rec.cut || c.f.cut
	switch {
	case e.ExpectToken.Empty() && e.Generations&GenV10 != 0: // 【Processor】
		e.Kind = KindTokenUnset
		e.mislead(MisleadUnsetOrCleared)
	case e.ExpectToken.Empty():
		e.Kind = KindTokenCleared
	case !e.ExpectToken.Present() && c.f.expect.typ == valueCut && len(c.f.expect.raw) > 0:
		// The end of the line is missing, but there was a token.
	case !e.ExpectToken.Present():
		e.Kind = KindTokenRefused
	}
	if e.Generations&GenV10 != 0 {
		c.processorGens(e, cut)
	}
	if conn := c.f.conn.text(); e.Generations == GenV20 {
		t := parseConn(conn)
		e.UID, e.Flag = clean(t.uid, maxUID), t.flag
	}
}

// processorGens tells v1.0 from v1 and v2-beta: the fields came with v1.0.6.
func (c *classifier) processorGens(e *Entry, cut bool) {
	switch {
	case c.f.expect.typ != valueNone:
		e.Generations = GenV1 | GenV2Beta
		if c.f.conn.typ != valueNone {
			e.mislead(MisleadPooledConn)
		}
	case !cut:
		e.Generations = GenV10
	}
}

// second reads the second line of a refusal that stands alone: its error repeats
// what the first one says.
func (c *classifier) second(e *Entry) {
	e.mislead(MisleadSecondLine)
	switch err := string(c.f.err.text()); err {
	case errVerify:
		e.Kind = KindTokenRefused
	case "token is empty":
		e.Kind = KindTokenMissing
	case "device is ban":
		e.Kind = KindBanned
		e.mislead(MisleadBanPerUser)
	case errNotFound: // GetChannel gives no such error
		e.Kind = KindDeviceNotFound
	default:
		if bytes.HasPrefix([]byte(err), []byte("illegal base64 data")) {
			e.Kind = KindClientKeyInvalid
		}
	}
}

// oldConn reads the text of the connection that is closed.
func (c *classifier) oldConn(e *Entry) {
	t := parseConn(c.f.oldConn.text())
	e.UID, e.Flag = clean(t.uid, maxUID), t.flag
}

// idle tells the idle limits apart: 2000 ms before a CONNECT is accepted, 4000 ms
// once one was read (v2.0.8+ internal/server/proto.go), else connIdleTime.
func (c *classifier) idle(e *Entry) {
	pooled := bytes.Contains(c.f.conn.raw, []byte(" deviceFlag="))
	if pooled {
		e.Generations &= GenV1 | GenV2Beta
	} else if c.f.conn.typ == valueString {
		e.Generations &= GenV20 | GenV2
	}
	ms, _ := c.f.maxIdle.number()
	switch {
	case ms == 2000:
		e.Kind = KindNoConnectClosed
		e.mislead(MisleadAfterRefusal)
	case ms == 4000 && e.Generations&GenV2 != 0:
		e.Kind = KindRefusedClosed
		e.Generations = GenV2
	}
	if e.Kind == KindIdleClosed { // authenticated: the text is the connection's own
		t := parseConn(c.f.conn.text())
		e.UID, e.Flag = clean(t.uid, maxUID), t.flag
		return
	}
	if pooled {
		e.mislead(MisleadPooledConn)
	}
}

// gatewayKind reads the error of a v3 session (internal/access/gateway/handler.go,
// pkg/gateway/transport/gnet/ws_handshake.go).
func gatewayKind(err []byte, e *Entry) Kind {
	has := func(s string) bool { return bytes.Contains(err, []byte(s)) }
	switch {
	case has("internal/access/gateway: unsupported frame"):
		e.mislead(MisleadAnyFrame)
		return KindUnsupportedFrame
	case has("websocket path ") && has(" not found"):
		return KindWebSocketPath
	case has("missing websocket "), has("invalid websocket "), has("websocket handshake "), has("unsupported websocket version "):
		return KindNotWebSocket
	}
	return KindGatewayError
}
