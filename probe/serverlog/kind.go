package serverlog

import "slices"

// Kind says what a line reports. The values are stable.
type Kind string

// Refused CONNECTs.
const (
	// KindTokenMismatch: the server has another token for this (uid, flag); on
	// v2.0.0-beta for this uid, or for somebody else where it does not know it.
	KindTokenMismatch Kind = "token-mismatch"
	// KindTokenUnset: expectToken is empty on a v1 or v2-beta line: never
	// registered under the flag that connected, or cleared by device_quit.
	KindTokenUnset Kind = "token-unset"
	// KindTokenCleared: expectToken is empty on a v2.0.1–v2.2.5 line: the device
	// record exists and its token is empty, as /user/device_quit leaves it.
	KindTokenCleared Kind = "token-cleared"
	// KindTokenRefused: the token did not verify, the line does not say whether
	// the server has another or none (v1.0.0–v1.0.5, or a cut line).
	KindTokenRefused Kind = "token-refused"
	// KindDeviceNotFound: no device record for (uid, flag) (v2.0.1–v2.2.5).
	KindDeviceNotFound Kind = "device-not-found"
	// KindTokenLookupFailed: the store failed while the token was looked up.
	KindTokenLookupFailed Kind = "token-lookup-failed"
	// KindTokenMissing: the CONNECT carries no token.
	KindTokenMissing Kind = "token-missing"
	// KindBanned: the user is banned.
	KindBanned Kind = "banned"
	// KindBanLookupFailed: the store failed while the ban was looked up.
	KindBanLookupFailed Kind = "ban-lookup-failed"
	// KindManagerTokenMismatch: managerUID with another token than managerToken.
	KindManagerTokenMismatch Kind = "manager-token-mismatch"
	// KindNotConnectFirst: the first frame was not CONNECT.
	KindNotConnectFirst Kind = "not-connect-first"
	// KindFrameUndecodable: bytes that are no frame; on v1 and v2.0 also on
	// connections that are already authenticated.
	KindFrameUndecodable Kind = "frame-undecodable"
	// KindUIDEmpty: the CONNECT names no user.
	KindUIDEmpty Kind = "uid-empty"
	// KindUIDIllegal: the uid has a blank or one of @ # & (v2.0.2+).
	KindUIDIllegal Kind = "uid-illegal"
	// KindClientKeyInvalid: the client key is not base64.
	KindClientKeyInvalid Kind = "client-key-invalid"
	// KindConnectRefused: the second line of a refusal, alone, with an error
	// that names no known cause.
	KindConnectRefused Kind = "connect-refused"
	// KindIPBlacklisted: the address is on the blacklist (v1.1.9–v2.0.0-beta).
	KindIPBlacklisted Kind = "ip-blacklisted"
	// KindNotWebSocket: the WebSocket port was spoken to in something else.
	KindNotWebSocket Kind = "not-websocket"
	// KindWebSocketPath: v3 serves one WebSocket path only.
	KindWebSocketPath Kind = "websocket-path-unknown"
	// KindPlainToTLS: plain text arrived at a TLS port: ws:// instead of wss://.
	KindPlainToTLS Kind = "plain-to-tls"
	// KindCertRefused: the client does not trust the server's certificate, and
	// said so.
	KindCertRefused Kind = "certificate-refused"
	// KindTLSFailed: a TLS handshake failed in another way.
	KindTLSFailed Kind = "tls-failed"
	// KindUnsupportedFrame: v3 got a frame it has no handler for, as a JSON-RPC
	// connect is.
	KindUnsupportedFrame Kind = "unsupported-frame"
	// KindGatewayError: another error of a v3 session or listener.
	KindGatewayError Kind = "gateway-error"
)

// Connections that were lost or closed.
const (
	// KindConnackLost: a frame, CONNACK or later, was thrown away because the
	// connection was not known (accept race, v2.1.0+).
	KindConnackLost Kind = "connack-lost"
	// KindKicked: a login at master level kicked the one before it on this flag.
	KindKicked Kind = "kicked"
	// KindSuperseded: a login with the same device id closed the one before it.
	KindSuperseded Kind = "superseded"
	// KindKickCloseLost: a kicked connection could not be closed: already gone,
	// or, on v2.2.1–v2.2.5, left open as a zombie.
	KindKickCloseLost Kind = "kick-close-lost"
	// KindNoConnectClosed: closed after 2 s in which no CONNECT was accepted.
	KindNoConnectClosed Kind = "no-connect-closed"
	// KindRefusedClosed: closed 4 s after a CONNECT that was refused in silence
	// (v2.0.8–v2.2.5).
	KindRefusedClosed Kind = "refused-closed"
	// KindIdleClosed: closed after the ordinary idle time.
	KindIdleClosed Kind = "idle-closed"
)

// The server itself and its HTTP API.
const (
	// KindPanic: the server panicked.
	KindPanic Kind = "panic"
	// KindClientKeyPanic: a client key shorter than 32 bytes made it panic: the
	// process ends up to v2.0.10, recovered from v2.1.0.
	KindClientKeyPanic Kind = "client-key-panic"
	// KindManagerTokenPanic: a wrong manager token in a CONNECT ended the process
	// (v2.1.0–v2.2.5).
	KindManagerTokenPanic Kind = "manager-token-panic"
	// KindTLSPanic: a TLS ClientHello ended the process, because wssAddr is set and
	// no certificate is (v1.1.0–v2.2.5).
	KindTLSPanic Kind = "tls-panic"
	// KindListenInUse: another process has the port the server listens on.
	KindListenInUse Kind = "listen-in-use"
	// KindListenNotLocal: the address to listen on is not one of the machine's.
	KindListenNotLocal Kind = "listen-address-not-local"
	// KindListenFailed: the server cannot listen for another reason, such as an
	// address without tcp:// or a port that it may not open.
	KindListenFailed Kind = "listen-failed"
	// KindCertUnreadable: wssConfig names files that are not there, or are no
	// certificate and key; the server did not start.
	KindCertUnreadable Kind = "certificate-unreadable"
	// KindStartFailed: the server did not start, for another reason.
	KindStartFailed Kind = "start-failed"
	// KindNoUIDPanic: a request without a uid ended the process (v2.0.1-beta to
	// v2.0.3-beta, /user/device_quit).
	KindNoUIDPanic Kind = "no-uid-panic"
	// KindNoUIDCall: a request without a uid made the API panic, which it
	// recovered from and answered 500 (v2.0.4 and later).
	KindNoUIDCall Kind = "no-uid-call"
	// KindAPIPanic: a request made the API panic, which it recovered from.
	KindAPIPanic Kind = "api-panic"
	// KindConfigUnreadable: the server could not read its wk.yaml, and did not
	// start.
	KindConfigUnreadable Kind = "config-unreadable"
	// KindSlotNotReady: the server ended because its slots were not ready in time.
	KindSlotNotReady Kind = "slot-not-ready"
	// KindSlotLeaderUnknown: no node leads the slot of this user.
	KindSlotLeaderUnknown Kind = "slot-leader-unknown"
	// KindProposeTimeout: a write to a slot was not applied in time.
	KindProposeTimeout Kind = "propose-timeout"
	// KindTokenStoreFailed: /user/token or /user/device_quit could not write.
	KindTokenStoreFailed Kind = "token-store-failed"
	// KindTokenRequestInvalid: the body of a /user/token request does not decode.
	KindTokenRequestInvalid Kind = "token-request-invalid"
	// KindTokenCallUnauthorized: POST /user/token was answered 401 (access log).
	KindTokenCallUnauthorized Kind = "token-call-unauthorized"
	// KindTokenCallRefused: POST /user/token was answered 400 or another 4xx
	// (access log).
	KindTokenCallRefused Kind = "token-call-refused"
	// KindTokenCallBlocked: POST /user/token was answered 403, 404 or 405 (access
	// log), which the API itself answers to no such request.
	KindTokenCallBlocked Kind = "token-call-blocked"
	// KindTokenCallLimited: POST /user/token was answered 429 (access log).
	KindTokenCallLimited Kind = "token-call-limited"
	// KindTokenCallFailed: POST /user/token was answered 5xx (access log).
	KindTokenCallFailed Kind = "token-call-failed"
	// KindTokenCall: POST /user/token was answered 200 (access log).
	KindTokenCall Kind = "token-call"
	// KindQuitCall: POST /user/device_quit was answered 200 (access log).
	KindQuitCall Kind = "quit-call"
	// KindQuitCallFailed: POST /user/device_quit was answered otherwise.
	KindQuitCallFailed Kind = "quit-call-failed"
	// KindAPIUnauthorized: another call of the API was answered 401.
	KindAPIUnauthorized Kind = "api-call-unauthorized"
	// KindRouteFailed: a call of /route, which tells clients where to connect,
	// was answered 4xx or 5xx, but not 401.
	KindRouteFailed Kind = "route-call-failed"
	// KindUserRequestInvalid: the body of a /user/… request does not decode; the
	// line does not say of which.
	KindUserRequestInvalid Kind = "user-request-invalid"
	// KindQuitNoDevice: /user/device_quit for a flag that has no record.
	KindQuitNoDevice Kind = "quit-no-device"
	// KindTokenRequest: a /user/token request (debug level). No failure: it says
	// which token was meant for which flag.
	KindTokenRequest Kind = "token-request"
)

// Kinds lists every kind: refusals, lost connections, server.
func Kinds() []Kind {
	list := append(refusals(),
		KindConnackLost, KindKicked, KindSuperseded, KindKickCloseLost,
		KindNoConnectClosed, KindRefusedClosed, KindIdleClosed)
	list = append(list, troubles()...)
	return append(list, KindAPIUnauthorized, KindRouteFailed, KindNoUIDCall, KindAPIPanic, KindQuitCallFailed,
		KindSlotLeaderUnknown, KindProposeTimeout, KindQuitNoDevice, KindTokenCall, KindQuitCall, KindTokenRequest)
}

func refusals() []Kind {
	return []Kind{
		KindTokenMismatch, KindTokenUnset, KindTokenCleared, KindTokenRefused,
		KindDeviceNotFound, KindTokenLookupFailed, KindTokenMissing, KindBanned,
		KindBanLookupFailed, KindManagerTokenMismatch, KindNotConnectFirst,
		KindFrameUndecodable, KindUIDEmpty, KindUIDIllegal, KindClientKeyInvalid,
		KindConnectRefused, KindIPBlacklisted, KindNotWebSocket, KindWebSocketPath,
		KindPlainToTLS, KindCertRefused, KindTLSFailed, KindUnsupportedFrame, KindGatewayError,
	}
}

// troubles lists what refuses no client by itself and keeps clients out all the
// same, the worst first.
func troubles() []Kind {
	return []Kind{
		KindTLSPanic, KindClientKeyPanic, KindManagerTokenPanic, KindNoUIDPanic, KindListenInUse, KindListenNotLocal,
		KindListenFailed, KindCertUnreadable, KindConfigUnreadable, KindStartFailed, KindPanic, KindSlotNotReady,
		KindTokenCallUnauthorized, KindTokenCallRefused, KindTokenCallBlocked, KindTokenCallLimited, KindTokenCallFailed,
		KindTokenStoreFailed, KindTokenRequestInvalid, KindUserRequestInvalid,
	}
}

// Refusal says whether the kind is a client that the server turned away.
func (k Kind) Refusal() bool { return slices.Contains(refusals(), k) }

// Trouble says whether the kind keeps clients out without refusing one: the
// server ended, or the token that a client will send was not stored.
func (k Kind) Trouble() bool { return slices.Contains(troubles(), k) }

// Panic says whether the kind is a process that ended.
func (k Kind) Panic() bool {
	return k == KindTLSPanic || k == KindClientKeyPanic || k == KindManagerTokenPanic || k == KindNoUIDPanic || k == KindPanic
}

// Start says whether the kind is a server that did not start.
func (k Kind) Start() bool {
	switch k {
	case KindListenInUse, KindListenNotLocal, KindListenFailed, KindCertUnreadable, KindConfigUnreadable, KindStartFailed, KindSlotNotReady:
		return true
	}
	return false
}

// handshake says whether the kind is a TLS handshake that failed.
func (k Kind) handshake() bool {
	return k == KindPlainToTLS || k == KindCertRefused || k == KindTLSFailed
}
