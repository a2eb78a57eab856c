// Package measure finds out how a WuKongIM server authenticates its clients: it
// registers throw-away users, opens connections that imitate a client SDK, and
// writes down what came back.
//
// It does not judge: a [Prober] fills a probe.Diagnosis and gives no reasons.
// What a server must never be sent is kept here, see SECURITY.md.
package measure
