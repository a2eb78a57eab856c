package serverlog

import "bytes"

// quoted takes the mark of a quotation off: "> ". Nil: there is none.
func quoted(b []byte) []byte {
	rest := bytes.TrimLeft(b, " ")
	if len(rest) == 0 || rest[0] != '>' || len(b)-len(rest) > 3 {
		return nil
	}
	return bytes.TrimPrefix(rest[1:], []byte(" "))
}

// maxNumber is how many digits a line number has at most; a longer one is a time.
const maxNumber = 8

// numbered takes a line number off, and the name of the file before it: "  12  ",
// "12:", "12\t", "12. ", "error.log:12:". A date is none.
func numbered(b []byte) []byte {
	rest := bytes.TrimLeft(b, " \t")
	indented := len(rest) < len(b)
	if i := bytes.Index(rest[:min(len(rest), 256)], []byte(".log:")); i > 0 && isPath(rest[:i]) {
		rest = rest[i+len(".log:"):]
		if after := numbered(rest); after != nil {
			return after
		}
		return rest
	}
	n := 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	if n == 0 || n > maxNumber || n == len(rest) {
		return nil
	}
	switch after := rest[n:]; {
	case after[0] == '\t', after[0] == ':' && (isDate(after[1:]) || isGINStamp(after[1:]) || !bytes.ContainsAny(after[1:min(len(after), 3)], "0123456789")):
		return bytes.TrimPrefix(after[1:], []byte(" "))
	case bytes.HasPrefix(after, []byte(". ")), bytes.HasPrefix(after, []byte(") ")):
		return after[2:]
	case bytes.HasPrefix(after, []byte("  ")), after[0] == ' ' && indented:
		return bytes.TrimLeft(after, " ")
	}
	return nil
}

// isPath says whether b can be the path of a file, as far as a log has one.
func isPath(b []byte) bool {
	return !bytes.ContainsAny(b, " \t\"'{}[]|")
}

// syslogged takes the head of a syslog or journald line off: "Nov 22 13:51:50 host
// wukongim[812]: ", "<30>1 TIME host wukongim 812 - - " (RFC 5424), or, behind a time that
// is taken off already, "host wukongim[812]: ".
func syslogged(b []byte) []byte {
	rest := b
	if len(rest) > 0 && rest[0] == '<' {
		i := bytes.IndexByte(rest[:min(len(rest), 6)], '>')
		if _, ok := parseUint(rest[1:max(i, 1)]); !ok {
			return nil
		}
		rest = rest[i+1:]
		if after, ok := bytes.CutPrefix(rest, []byte("1 ")); ok {
			return rfc5424(after)
		}
	}
	for _, month := range []string{"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "} {
		if bytes.HasPrefix(rest, []byte(month)) && len(rest) > len("Nov 22 13:51:50 ") && shaped(rest[len("Nov 22 "):], "00:00:00 ") {
			rest = rest[len("Nov 22 13:51:50 "):]
		}
	}
	host, after := cutWord(rest)
	tag, text, ok := bytes.Cut(after, []byte(": "))
	if !ok {
		tag, text, ok = bytes.Cut(after, []byte(":"))
		ok = ok && len(text) == 0
	}
	if !ok || !isServiceName(host) || !isTag(tag) {
		return nil
	}
	return text
}

// rfc5424 skips time, host, name, process, message id and the lack of data.
func rfc5424(b []byte) []byte {
	for range 5 {
		if _, b = cutWord(b); b == nil {
			return nil
		}
	}
	if after, ok := bytes.CutPrefix(b, []byte("- ")); ok {
		return bytes.TrimPrefix(after, []byte("\xef\xbb\xbf"))
	}
	return nil
}

// isTag says whether b is a program and its process: "wukongim[812]".
func isTag(b []byte) bool {
	open := bytes.IndexByte(b, '[')
	if open < 1 || b[len(b)-1] != ']' || !isServiceName(b[:open]) {
		return false
	}
	_, ok := parseUint(b[open+1 : len(b)-1])
	return ok
}
