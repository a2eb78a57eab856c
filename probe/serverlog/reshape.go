package serverlog

import (
	"bytes"
	"html"
)

// bared takes blanks, the bullet of a list, code marks and tags off both ends.
func (s *scan) bared(b []byte) []byte {
	t := bytes.TrimSpace(b)
	for _, mark := range []string{"- ", "* ", "+ ", "• ", "| "} {
		t = bytes.TrimPrefix(t, []byte(mark))
	}
	for _, tag := range []string{"<pre>", "<code>", "<p>", "<li>", "<br>", "<br/>", "<td>"} {
		t = bytes.TrimPrefix(t, []byte(tag))
	}
	for _, tag := range []string{"</pre>", "</code>", "</p>", "</li>", "<br>", "<br/>", "</td>", " |"} {
		t = bytes.TrimSuffix(t, []byte(tag))
	}
	if t = bytes.Trim(t, "` "); len(t) == len(b) || len(t) == 0 {
		return nil
	}
	return t
}

// lineKeys are where shippers put the line itself, timeKeys where its time.
func isLineKey(key []byte) bool {
	switch string(key) {
	case "log", "message", "MESSAGE", "msg", "line", "Line", "textPayload", "content", "body", "text", "_raw", "raw", "event":
		return true
	}
	return false
}

func isTimeKey(key []byte) bool {
	switch string(key) {
	case "time", "@timestamp", "timestamp", "ts":
		return true
	}
	return false
}

// field gives the line inside a JSON object: docker's {"log":"…\n","stream":…,"time":…},
// journald's MESSAGE, or what a shipper makes of it, also one object deeper.
func (s *scan) field(b []byte) []byte {
	open := bytes.IndexByte(b[:min(len(b), maxPrefix)], '{')
	if open < 0 {
		return nil
	}
	c := cursor{b: b, i: open + 1}
	var inner []byte
	for {
		key, val, ok := c.next()
		if !ok {
			return inner
		}
		switch {
		case val.typ == valueString && isLineKey(key) && inner == nil:
			inner = bytes.TrimRight(unescape([]byte{}, val.raw), "\r\n")
		case val.typ == valueString && isTimeKey(key):
			s.rec.outer = val.raw
		case val.typ == valueNested && inner == nil && val.raw[0] == '{' && len(val.raw) < len(b):
			inner = s.field(val.raw)
		}
	}
}

// string gives what is inside one pair of quotes around the whole line, or around
// what follows a first word or column.
func (s *scan) string(b []byte) []byte {
	open := bytes.IndexByte(b[:min(len(b), maxPrefix)], '"')
	if open < 0 || b[len(b)-1] != '"' || open == len(b)-1 {
		return nil
	}
	if end := stringEnd(b, open+1); end != len(b)-1 {
		return nil
	}
	return bytes.TrimRight(unescape(nil, b[open+1:len(b)-1]), "\r\n")
}

// unescaped undoes the escaping of a line that was cut out of JSON: {\"level\":…
func (s *scan) unescaped(b []byte) []byte {
	if !bytes.Contains(b, []byte(`\"`)) {
		return nil
	}
	for _, sure := range []string{`{\"`, ` \"/`} {
		if bytes.Contains(b, []byte(sure)) {
			return bytes.TrimRight(unescape(nil, b), "\r\n")
		}
	}
	return nil
}

// entities undoes the escaping of HTML.
func (s *scan) entities(b []byte) []byte {
	if bytes.IndexByte(b, '&') < 0 || bytes.IndexByte(b, ';') < 0 {
		return nil
	}
	return []byte(html.UnescapeString(string(b)))
}

// doubled undoes the escaping of a column of CSV, where a quote is two.
func (s *scan) doubled(b []byte) []byte {
	if !bytes.Contains(b, []byte(`""`)) {
		return nil
	}
	return bytes.ReplaceAll(b, []byte(`""`), []byte(`"`))
}

// recoloured takes off colour codes whose escape character was lost or is spelt
// out: "^[[90;43m", "\x1b[0m", "[90;43m".
func (s *scan) recoloured(b []byte) []byte {
	var out []byte
	for i := 0; i < len(b); {
		n := sgrLength(b[i:])
		if n == 0 {
			if out != nil {
				out = append(out, b[i])
			}
			i++
			continue
		}
		if out == nil {
			out = append(make([]byte, 0, len(b)), b[:i]...)
		}
		i += n
	}
	return out
}

// sgrLength is the length of a colour code at the start of b, 0: there is none.
func sgrLength(b []byte) int {
	n := 0
	for _, esc := range []string{"^[", `\x1b`, `\u001b`, `\033`, `\e`, "\u241b", "\ufffd"} {
		if bytes.HasPrefix(b, []byte(esc)) {
			n = len(esc)
			break
		}
	}
	if n == len(b) || b[n] != '[' {
		return 0
	}
	end := n + 1
	for end < len(b) && (b[end] >= '0' && b[end] <= '9' || b[end] == ';') {
		end++
	}
	if end == n+1 || end == len(b) || b[end] != 'm' {
		return 0
	}
	return end + 1
}

// respaced puts plain quotes and blanks where an editor or a page has put others.
func (s *scan) respaced(b []byte) []byte {
	out := b
	for from, to := range map[string]string{
		"\u00a0": " ", "\u3000": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u200b": "", "\ufeff": "",
		"\u201c": `"`, "\u201d": `"`, "\u201e": `"`, "\uff02": `"`, "\uff5c": "|",
	} {
		out = bytes.ReplaceAll(out, []byte(from), []byte(to))
	}
	if bytes.Equal(out, b) {
		return nil
	}
	return out
}

// deeper gives what follows words in front of a line that nobody else took off:
// the columns of a table, the names that stern prints. What is left must start
// like a line of the server.
func (s *scan) deeper(b []byte) []byte {
	head := b[:min(len(b), maxPrefix)]
	for i := 1; i < len(head); i++ {
		switch b[i-1] {
		case ' ', '\t', ',', '"', '|', ';', ':':
		default:
			continue
		}
		if r := (record{}); r.parseConsole(b[i:]) || isGINStamp(b[i:]) {
			return bytes.TrimRight(b[i:], "\"")
		}
	}
	return nil
}
