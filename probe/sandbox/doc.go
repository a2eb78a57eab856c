// Package sandbox is an embedded stand-in for the authentication side of a
// WuKongIM server: its HTTP API, its WebSocket, wss and TCP listeners, its
// manager port, and an optional reverse proxy in front of them.
//
// It is not WuKongIM. It stores no messages, joins no cluster and says so in the
// Server header of every HTTP answer, apart from those that a fault gives in the
// place of a gateway. It answers a CONNECT, a token request and
// the usual mistakes of a client the way each generation of the real server was
// measured to answer them, so that wkctl can be tried and tested without one.
//
// One release stands for each generation:
//
//	v1.0     1.0.5        only the token of flag 0 counts
//	v1       1.2.6        token per (uid, flag), a refusal is CONNACK reason 2
//	v2-beta  2.0.0-beta   one token per uid
//	v2.0     2.0.7        token per (uid, flag), reason 2 with a node id
//	v2       2.2.5        a refusal is silence, then a FIN after 4 s
//	v3       3 beta       tokens are stored and never checked
//
// What a real server does not survive (a CONNECT with a short client key, for
// example) the stand-in survives; it lists it in [Server.Hazards] instead, so
// that a test of a client can require that list to be empty. Only fault
// die-on-tls takes it down, see [Server.Died].
package sandbox
