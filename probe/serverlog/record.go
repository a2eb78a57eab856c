package serverlog

import "bytes"

// level is a zap level.
type level uint8

const (
	levelNone level = iota
	levelDebug
	levelInfo
	levelWarn
	levelError
	levelPanic // panic and dpanic
	levelFatal
	levelCount
)

func (l level) String() string {
	return [levelCount]string{"", "debug", "info", "warn", "error", "panic", "fatal"}[l]
}

// parseLevel reads a level as v1 and v2 write it (lower case) or v3 (upper).
func parseLevel(b []byte) level {
	switch string(b) {
	case "debug", "DEBUG":
		return levelDebug
	case "info", "INFO":
		return levelInfo
	case "warn", "WARN":
		return levelWarn
	case "error", "ERROR":
		return levelError
	case "panic", "PANIC", "dpanic", "DPANIC":
		return levelPanic
	case "fatal", "FATAL":
		return levelFatal
	}
	return levelNone
}

// record is a line taken apart, nothing copied.
type record struct {
	level  level
	time   []byte
	module []byte // without 【】 and []
	msg    []byte
	body   []byte // the JSON object with the fields; nil: none
	prefix []byte // what docker and the like put in front, unparsed
	outer  []byte // the time that docker gave the line
	text   []byte // the line, prefix included, escape sequences removed
	cut    bool   // the line is truncated before its header was complete
}

// openMark and closeMark surround the module in a v1 or v2 message
// (pkg/wklog/logger.go, WKLog.Error and its like).
const (
	openMark  = "【"
	closeMark = "】"
)

// parseJSON reads the header of a JSON line: b starts with its brace.
func (r *record) parseJSON(b []byte, scratch *[]byte) bool {
	c := cursor{b: b, i: 1}
	for r.level == levelNone || r.msg == nil || r.time == nil {
		key, val, ok := c.next()
		if !ok {
			break
		}
		if val.typ != valueString {
			continue
		}
		switch string(key) {
		case "level":
			r.level = parseLevel(val.raw)
		case "time":
			r.time = val.raw
		case "module":
			r.module = val.raw
		case "msg":
			r.msg = val.raw
		}
	}
	r.body = b
	r.cut = c.cut && r.msg == nil
	r.splitModule(scratch)
	return r.level != levelNone
}

// splitModule takes 【module】 off the message. zap writes Chinese as it is, other
// writers of JSON escape it; then the message is unescaped into scratch first.
func (r *record) splitModule(scratch *[]byte) {
	if bytes.HasPrefix(r.msg, []byte(`\u3010`)) {
		*scratch = unescape((*scratch)[:0], r.msg)
		r.msg = *scratch
	}
	if !bytes.HasPrefix(r.msg, []byte(openMark)) {
		return
	}
	end := bytes.Index(r.msg, []byte(closeMark))
	if end < 0 {
		return
	}
	r.module = r.msg[len(openMark):end]
	r.msg = r.msg[end+len(closeMark):]
}

// base gives the module's name without what it adds in brackets or behind a hyphen:
// userReactor[1001] is userReactor, ReactorSub-1 is ReactorSub-.
func base(module []byte) []byte {
	if i := bytes.IndexByte(module, '['); i > 0 {
		return module[:i]
	}
	if trimmed := bytes.TrimRight(module, "0123456789"); bytes.HasSuffix(trimmed, []byte("-")) {
		return trimmed
	}
	return module
}

func parseUint(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + uint64(c-'0')
	}
	return n, true
}
