package sandbox

type faultRow struct {
	name string
	kind faultKind
	help string
}

// faultTable documents every fault. Those without "api" or a listener in their
// name play on the ws, wss and tcp listeners alike.
func faultTable() []faultRow {
	return append(append(socketFaults(), apiFaults()...), gatewayFaults()...)
}

// socketFaults are those of the ports that clients connect to, and of the process.
func socketFaults() []faultRow {
	return []faultRow{
		{"refuse", plain(), "the ws, wss and tcp ports are closed"},
		{"refuse-ws", plain(), "the ws port is closed"},
		{"refuse-wss", plain(), "the wss port is closed"},
		{"refuse-tcp", plain(), "the tcp port is closed"},
		{"refuse-api", plain(), "the API port is closed"},
		{"reset-on-dial", counted(), "the first N dials (default all) are reset after the accept"},
		{"no-upgrade", plain(), "the WebSocket upgrade is never answered"},
		{"mute", plain(), "the socket opens, nothing that follows is answered or closed"},
		{"mute-after", number(), "N CONNECTs are answered by a CONNACK, those after them are neither answered nor closed"},
		{"garbage", plain(), "a CONNECT is answered with bytes that are no frame"},
		{"close-on-connect", plain(), "a CONNECT is answered by closing the socket"},
		{"slow", timed(), "the verdict on a CONNECT takes this long"},
		{"slow-flag", flagTimed(), "the verdict on a CONNECT with device flag N takes this long"},
		{"refuse-flag", flagged(), "a CONNECT with device flag N is refused, whatever its token"},
		{"lose-first", plain(), "the first CONNECT of each uid is lost (2.0.8)"},
		{"lose", counted(), "the first N CONNECTs of all uids together (default all) are lost"},
		{"no-connack", plain(), "a login succeeds, its CONNACK is lost, PING works (2.0.8 to 2.2.5, tcp)"},
		{"short-salt", plain(), "the CONNACK carries 8 bytes of salt instead of 16"},
		{"short-server-key", plain(), "the CONNACK carries half a server key"},
		{"drop-after", timed(), "a login is closed after this time, without DISCONNECT"},
		{"kick-after", timed(), "a login is sent DISCONNECT 12 after this time and closed"},
		{"no-pong", plain(), "a PING after login is not answered"},
		{"die-on-tls", maybeTimed(), "a wss port without certificate: the first TLS ClientHello crashes the server (1.1.0 to 2.2.5), which comes back after DURATION (default never)"},
		{"restart", timed(), "this long after its start the server goes down once, and is back 200ms later"},
	}
}

// apiFaults are those of the server's own HTTP API.
func apiFaults() []faultRow {
	return []faultRow{
		{"api-500", pathed(), "the API answers 500 with an empty body"},
		{"api-error", answered(), "the API answers this status with this msg, api-error:400:/user/token:text"},
		{"api-slow", timed(), "every API answer takes this long"},
		{"api-mute", pathed(), "the API never answers"},
		{"api-reset", pathed(), "the API resets the connection"},
		{"api-html", plain(), "the API port serves a web page"},
		{"lose-token", plain(), "POST /user/token answers 200 and stores nothing"},
		{"forgets-tokens", counted(), "the first N POST /user/token (default all) are answered 200 and store an empty token (2.0.8 after its start)"},
		{"forward-fails", slots(), "N of M slots have their leader on a node whose API cannot be reached: /user/token and /user/device_quit answer 400 for the uids in them (cluster)"},
		{"node-offline", plain(), "/cluster/nodes lists another node that is offline"},
	}
}

// gatewayFaults are those of what may stand between a client and the server. The
// pages are nginx's, and so is the Server header.
func gatewayFaults() []faultRow {
	return []faultRow{
		{"rate-limit", rated(), "more than R requests a second, API and WebSocket upgrades together, are answered STATUS (default 503), with Retry-After if SECONDS are given"},
		{"rate-limit-api", rated(), "the same for the API alone"},
		{"rate-limit-ws", rated(), "the same for WebSocket upgrades alone"},
		{"block-post", pathed(), "the API answers 403 to all but GET and HEAD"},
		{"stale-keep-alive", plain(), "an API connection is reset by the second request on it, without notice"},
		{"answers-101", pathed(), "the API answers 101 as to a WebSocket upgrade, and nothing more"},
		{"redirect-api", linked(), "the API answers 302 with this Location, which may hold {api_host} and the like"},
		{"plain-to-https", plain(), "the API answers 400, The plain HTTP request was sent to HTTPS port"},
	}
}
