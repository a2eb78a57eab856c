package serverlog

import "bytes"

// parseConsole reads a v3 console line (internal/log/zap.go, zap's console
// encoder): time, LEVEL, [module], caller, message, {fields}, separated by tabs,
// or by blanks where it was copied from a terminal.
func (r *record) parseConsole(b []byte) bool {
	if !isDate(b) || len(b) < secondsLen {
		return false
	}
	end := secondsLen
	if len(b) >= millisLen && b[secondsLen] == '.' {
		end = millisLen
	}
	stampText, rest := b[:end], skipBlank(b[end:])
	word, rest := cutWord(rest)
	lvl := parseLevel(word)
	if lvl == levelNone {
		return false
	}
	r.level, r.time = lvl, stampText
	if bytes.HasPrefix(rest, []byte("[")) {
		if i := bytes.IndexByte(rest, ']'); i > 0 {
			r.module = rest[1:i]
			rest = skipBlank(rest[i+1:])
		}
	}
	if caller, after := cutWord(rest); isCaller(caller) {
		rest = after
	}
	if i := bytes.IndexByte(rest, '{'); i >= 0 && i+1 < len(rest) && rest[i+1] == '"' {
		r.body = rest[i:]
		rest = rest[:i]
	}
	r.msg = bytes.TrimRight(rest, " \t")
	return true
}

func skipBlank(b []byte) []byte { return bytes.TrimLeft(b, " \t") }

// cutWord gives the text up to the next blank and what follows the blanks.
func cutWord(b []byte) (word, rest []byte) {
	i := bytes.IndexAny(b, " \t")
	if i < 0 {
		return b, nil
	}
	return b[:i], skipBlank(b[i:])
}

// isCaller says whether word is a place in the source: gateway/handler.go:257.
func isCaller(word []byte) bool {
	i := bytes.LastIndex(word, []byte(".go:"))
	if i < 0 {
		return false
	}
	_, ok := parseUint(word[i+len(".go:"):])
	return ok
}

// parseHeadless reads a JSON line whose front is missing, as people paste it:
// Processor】token verify fail","expectToken":"","actToken":"…"}. It has a module
// mark, a message and at least one field.
func (r *record) parseHeadless(b []byte) bool {
	i := bytes.Index(b, []byte(closeMark))
	if i < 0 {
		return false
	}
	end := stringEnd(b, i+len(closeMark))
	if end < 0 || end+1 >= len(b) || b[end+1] != ',' && b[end+1] != '}' {
		return false
	}
	start := bytes.LastIndex(b[:i], []byte(openMark))
	if start >= 0 {
		start += len(openMark)
	} else {
		start = 0
	}
	r.module = b[start:i]
	r.msg = b[i+len(closeMark) : end]
	r.body = b[end:] // its first byte stands for the brace
	r.cut = true
	return true
}
