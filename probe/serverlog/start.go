package serverlog

import "bytes"

// listenKind says why a server cannot listen, from the error of the system: "bind:
// address already in use". On Windows the texts are others.
func listenKind(err []byte) Kind {
	has := func(s string) bool { return bytes.Contains(err, []byte(s)) }
	switch {
	case has("address already in use"), has("Only one usage of each socket address"):
		return KindListenInUse
	case has("cannot assign requested address"), has("requested address is not valid in its context"):
		return KindListenNotLocal
	}
	return KindListenFailed
}

// startPanic says what the text of a panic tells of a server that did not start,
// KindPanic where it tells nothing: gin's listener (internal/api/server_http.go of
// every release) and the settings (options.go, ConfigureWithViper) panic with the
// error itself.
func startPanic(msg []byte) Kind {
	switch {
	case bytes.HasPrefix(msg, []byte(configError)):
		return KindConfigUnreadable
	case bytes.HasPrefix(msg, []byte("listen ")), bytes.HasPrefix(msg, []byte("bind: ")):
		return listenKind(msg)
	case bytes.HasPrefix(msg, []byte("tls: ")), bytes.HasPrefix(msg, []byte("x509: ")), opensCert(msg):
		return KindCertUnreadable
	}
	return KindPanic
}

// opensCert says whether the error is about a file that is named like a
// certificate or a key: "open /certs/server.pem: no such file or directory".
func opensCert(msg []byte) bool {
	_, rest, ok := bytes.Cut(msg, []byte("open "))
	path, _, found := bytes.Cut(rest, []byte(": "))
	if !ok || !found || !bytes.HasPrefix(msg, []byte("open ")) {
		return false
	}
	for _, end := range []string{".pem", ".crt", ".cer", ".cert", ".key"} {
		if bytes.HasSuffix(path, []byte(end)) {
			return true
		}
	}
	return false
}

// configured says what a panic means that happened while the settings were read:
// up to v2.2.5 the only files opened there are the certificate, its key, and the
// secret of the manager page (options.go, jwt.secret).
func configured(err string) Kind {
	b := []byte(err)
	for _, start := range []string{"open ", "read "} {
		if bytes.HasPrefix(b, []byte(start)) && !bytes.Contains(b, []byte("jwt.secret")) {
			return KindCertUnreadable
		}
	}
	return KindStartFailed
}

// emptyShard is what the store panics with where a request names no uid (v2.0.1 to
// v2.2.5 pkg/wkdb/wukongdb.go shardId).
const emptyShard = "shardId key is empty"

// startRows: pkg/wknet/acceptor.go of v1.0.9 to v2.2.5, cmd/root.go.
func startRows() []row {
	const a = "Acceptor"
	all := genBeforeV2 | GenV20 | GenV2
	return []row{
		{"initTCPListener() failed", a, KindListenFailed, all, alone},
		{"initWSListener() failed", a, KindListenFailed, all, alone},
		{"initWSSListener() failed", a, KindListenFailed, all, alone},
		{"start server error", "", KindStartFailed, all, alone},
		{emptyShard, "wukongDB", KindNoUIDPanic, GenV20 | GenV2, alone},
	}
}

// refineStart refines the lines of startRows.
func (c *classifier) refineStart(e *Entry) {
	switch e.Kind {
	case KindListenFailed:
		e.Kind = listenKind(c.f.err.text())
	case KindStartFailed:
		if err := c.f.err.text(); bytes.Contains(err, []byte("listen ")) || bytes.Contains(err, []byte("bind: ")) {
			e.Kind = listenKind(err)
		}
	case KindNoUIDPanic:
		// In a request gin recovers; in v2.0.1 to v2.0.3 it is a write to the store,
		// which nothing recovers. Without a stack the line does not say.
		switch {
		case bytes.Contains(c.f.trace.raw, []byte(".deviceQuit")):
			e.Kind, e.Status, e.Path = KindNoUIDCall, 500, pathQuit
		case bytes.Contains(c.f.trace.raw, []byte("gin-gonic")):
			e.Kind, e.Status = KindNoUIDCall, 500
			e.mislead(MisleadNoEndpoint)
		}
	}
}
