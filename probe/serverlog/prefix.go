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

// splitPrefix takes off what docker compose ("wukongim-1  | "), docker logs -t
// (an RFC 3339 time), container runtimes (time, "stdout F") and kubectl
// ("[pod/wukongim-0/wukongim] ") put in front of a line that is not JSON.
func splitPrefix(b []byte) (rest, stampText []byte) {
	rest = b
	for range 4 { // at most one of each
		switch {
		case bytes.HasPrefix(rest, []byte("[pod/")):
			i := bytes.Index(rest, []byte("] "))
			if i < 0 {
				return rest, stampText
			}
			rest = rest[i+2:]
		case bytes.HasPrefix(rest, []byte("stdout F ")), bytes.HasPrefix(rest, []byte("stderr F ")),
			bytes.HasPrefix(rest, []byte("stdout P ")), bytes.HasPrefix(rest, []byte("stderr P ")):
			rest = rest[len("stdout F "):]
		default:
			next, at := stepPrefix(rest)
			if len(next) == len(rest) {
				return rest, stampText
			}
			if at != nil {
				stampText = at
			}
			rest = next
		}
	}
	return rest, stampText
}

// stepPrefix takes one time stamp or one compose service name off.
func stepPrefix(b []byte) (rest, stampText []byte) {
	if i := bytes.IndexByte(b[:min(len(b), 64)], ' '); i > secondsLen && isDate(b) && b[10] == 'T' {
		return b[i+1:], b[:i]
	}
	// docker compose pads the name with blanks and draws a bar behind it.
	i := bytes.Index(b[:min(len(b), 128)], []byte(" | "))
	if i > 0 && isServiceName(bytes.TrimRight(b[:i], " ")) {
		return b[i+len(" | "):], nil
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
	if len(b) <= len(shape) {
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

// unwrapDocker gives the line inside a line of docker's json-file log driver,
// {"log":"…\n","stream":"stdout","time":"…"}, and the time docker gave it.
func unwrapDocker(b []byte, scratch *[]byte) (inner, stampText []byte, ok bool) {
	if !bytes.HasPrefix(b, []byte(`{"log":"`)) {
		return nil, nil, false
	}
	c := cursor{b: b, i: 1}
	for {
		key, val, more := c.next()
		if !more {
			break
		}
		switch string(key) {
		case "log":
			*scratch = unescape((*scratch)[:0], val.raw)
			inner = bytes.TrimRight(*scratch, "\r\n")
		case "time":
			stampText = val.raw
		}
	}
	return inner, stampText, inner != nil
}
