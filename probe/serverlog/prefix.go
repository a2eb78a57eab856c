package serverlog

import "bytes"

// maxPrefix is how far into a line its JSON may start, in bytes: a compose
// service name, a pod name and a time stamp fit easily.
const maxPrefix = 512

// splitJSON finds where a JSON log line starts behind what a container tool put
// in front of it; -1: this is no JSON log line.
func splitJSON(b []byte) int {
	if bytes.HasPrefix(b, []byte(`{"level":`)) {
		return 0
	}
	head := b[:min(len(b), maxPrefix)]
	if i := bytes.Index(head, []byte(`{"level":`)); i >= 0 {
		return i
	}
	// Keys in another order, or spaced: rewritten by a log shipper.
	if i := bytes.Index(head, []byte(`{"`)); i >= 0 && bytes.Contains(b, []byte(`"level"`)) {
		return i
	}
	return -1
}

// maxPeeled is how many things are taken off the front of one line.
const maxPeeled = 8

// splitPrefix takes off what stands in front of a line that is not JSON: of docker
// compose ("wukongim-1  | "), docker logs -t (an RFC 3339 time), container runtimes
// (time, "stdout F"), kubectl ("[pod/wukongim-0/wukongim] "), syslog and journald,
// grep and editors (line numbers), and of quoting in Markdown.
func splitPrefix(b []byte) (rest, stampText []byte) {
	rest = b
	for range maxPeeled {
		next, at := stepPrefix(rest)
		if len(next) == len(rest) {
			break
		}
		if at != nil {
			stampText = at
		}
		rest = next
	}
	return rest, stampText
}

// stepPrefix takes one thing off the front, and gives the time that it was.
func stepPrefix(b []byte) (rest, stampText []byte) {
	if len(b) == 0 {
		return b, nil
	}
	if i := bytes.IndexByte(b[:min(len(b), 64)], ' '); i > secondsLen && isDate(b) && b[10] == 'T' {
		return b[i+1:], b[:i]
	}
	if bytes.HasPrefix(b, []byte("[pod/")) {
		if i := bytes.Index(b, []byte("] ")); i > 0 {
			return b[i+2:], nil
		}
		return b, nil
	}
	for _, stream := range []string{"stdout F ", "stderr F ", "stdout P ", "stderr P "} {
		if after, ok := bytes.CutPrefix(b, []byte(stream)); ok {
			return after, nil
		}
	}
	// docker compose pads the name with blanks and draws a bar behind it.
	if i := bytes.Index(b[:min(len(b), 128)], []byte(" | ")); i > 0 && isServiceName(bytes.TrimSpace(b[:i])) {
		return b[i+len(" | "):], nil
	}
	for _, step := range []func([]byte) []byte{quoted, numbered, syslogged} {
		if after := step(b); after != nil {
			return after, nil
		}
	}
	return b, nil
}

// isServiceName says whether b can be the name of a compose container.
func isServiceName(b []byte) bool {
	for _, c := range b {
		word := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			c == '-' || c == '_' || c == '.'
		if !word {
			return false
		}
	}
	return len(b) > 0
}

// isDate says whether b starts like 2006-01-02.
func isDate(b []byte) bool {
	const shape = "0000-00-00"
	return len(b) > len(shape) && shaped(b, shape)
}

// shaped says whether b starts with digits where shape has zeros, and with its
// other bytes as they are.
func shaped(b []byte, shape string) bool {
	if len(b) < len(shape) {
		return false
	}
	for i := range len(shape) {
		if shape[i] == '0' && (b[i] < '0' || b[i] > '9') || shape[i] != '0' && b[i] != shape[i] {
			return false
		}
	}
	return true
}

// prefixStamp finds the RFC 3339 time in the prefix of a JSON line: the last one,
// which docker wrote.
func prefixStamp(prefix []byte) []byte {
	_, at := splitPrefix(prefix)
	return at
}
