package serverlog

import "bytes"

// configError starts what a server says that cannot read its wk.yaml
// (cmd/root.go of every release).
const configError = "read config file error"

// shakeMark is in what the servers' TLS library prints of every handshake that
// fails, whatever the level of the log is (crypto/tls conn.go of WuKongIM's fork).
const shakeMark = "握手失败！"

// other handles a line without a level that is no part of a stack trace: what the
// server and the libraries in it print. False: none of that.
func (s *scan) other(b []byte) (done bool, err error) {
	switch {
	case len(b) == 0:
		return false, nil
	case bytes.HasPrefix(b, []byte("```")), bytes.HasPrefix(b, []byte("~~~")): // around a pasted log
		s.count.other[levelNone]++
		return true, nil
	case bytes.HasPrefix(b, []byte(configError)):
		s.known()
		s.trace.panicMsg = []byte(configError) // the panic that follows says it again
		return true, s.printed(Entry{Kind: KindConfigUnreadable, Error: string(b)})
	}
	if done, err := s.access(b); done {
		return true, err
	}
	if done, err := s.handshake(b); done {
		return true, err
	}
	if greeting(b) {
		s.known()
		s.count.other[levelNone]++
		return true, nil
	}
	return false, nil
}

// greeting says whether b is of what a server prints of itself before its log: the
// banner of v1 and v2 (internal/server/server.go), gin's and gnet's own lines.
func greeting(b []byte) bool {
	b = bytes.TrimLeft(b, " \t")
	for _, start := range []string{
		"[GIN-debug] ", "[gnet] ", "║", "╔══", "╚══", "━━━", "├─ ", "└─ ", "🚀 Starting WuKongIM", "📋 Configuration:",
		"🌐 Network Endpoints:", "⚙️", "💡 Quick Links:",
		"__      __       ____  __.", `/  \    /  \__ __|`, `\   \/\/   /  |`, `\        /|  |  /`, `\__/\  / |____/`, `\/                \/`,
	} {
		if bytes.HasPrefix(b, []byte(start)) {
			return true
		}
	}
	return false
}

// handshake handles what is printed of a TLS handshake that failed, also by the
// standard library: "http: TLS handshake error from 10.0.0.7:4711: EOF".
func (s *scan) handshake(b []byte) (done bool, err error) {
	text := b
	switch {
	case bytes.Contains(b, []byte(shakeMark)):
		i := bytes.LastIndex(b, []byte("> "))
		text = b[i+1:]
		if i := bytes.LastIndex(text, []byte(" handshakeStatus")); i >= 0 {
			text = text[:i]
		}
	case bytes.Contains(b, []byte("http: TLS handshake error from ")):
	case bytes.HasPrefix(b, []byte("tls: ")), bytes.HasPrefix(b, []byte("remote error: tls: ")), bytes.HasPrefix(b, []byte("local error: tls: ")):
	default:
		return false, nil
	}
	text = bytes.TrimSpace(text)
	s.known()
	s.shaken, s.shakenAt = append(s.shaken[:0], text...), s.count.stats.Lines
	return true, s.printed(Entry{Kind: tlsKind(text), Error: string(text)})
}

// shakenWindow is how many lines after the printed one the same failure may come
// at level debug.
const shakenWindow = 16

// shakenAgain says whether the failure of a record was printed just before.
func (s *scan) shakenAgain(e *Entry) bool {
	if len(s.shaken) == 0 || e.Error != string(s.shaken) || s.count.stats.Lines-s.shakenAt > shakenWindow {
		return false
	}
	s.shaken = s.shaken[:0]
	return true
}

// tlsKind says what the error of a TLS handshake means. A client that does not
// trust the certificate says so with an alert (RFC 8446, 6.2).
func tlsKind(err []byte) Kind {
	has := func(s string) bool { return bytes.Contains(err, []byte(s)) }
	switch {
	case has("first record does not look like a TLS handshake"):
		return KindPlainToTLS
	case has("remote error: tls:") && has("certificate"):
		return KindCertRefused
	}
	return KindTLSFailed
}
