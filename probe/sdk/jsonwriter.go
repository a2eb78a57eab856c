package sdk

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonWriter writes JSON the way an SDK's encoder does: without white space,
// keys in the order given, strings escaped by that encoder's rules. These are
// the documented defaults of each encoder.
type jsonWriter struct {
	encoder Encoder
	b       []byte
	err     error // the first
}

// request is a JSON-RPC request. params writes the value of its params member.
type request struct {
	method, id string
	keys       []string
	params     func()
}

func (w *jsonWriter) request(r request) {
	w.object(r.keys, func(key string) {
		switch key {
		case "jsonrpc":
			w.string(key, "2.0")
		case "method":
			w.string(key, r.method)
		case "id":
			w.string(key, r.id)
		case "params":
			r.params()
		default:
			w.err = fmt.Errorf("unknown key %q of a request", key)
		}
	})
	if w.encoder == EncoderGo {
		w.raw("\n") // json.Encoder ends each value with a line feed
	}
}

func (w *jsonWriter) object(keys []string, value func(key string)) {
	w.raw("{")
	for i, k := range keys {
		if i > 0 {
			w.raw(",")
		}
		w.string("key", k)
		w.raw(":")
		value(k)
	}
	w.raw("}")
}

func (w *jsonWriter) raw(s string) { w.b = append(w.b, s...) }

// string writes s and says where it stands, without the quotes.
func (w *jsonWriter) string(name, s string) Span {
	if !utf8.ValidString(s) && w.err == nil {
		w.err = fmt.Errorf("encoding %s: expected UTF-8, got %d bytes that are not", name, len(s))
	}
	w.raw(`"`)
	start := len(w.b)
	for _, r := range s {
		w.b = w.encoder.appendRune(w.b, r)
	}
	span := Span{start, len(w.b) - start}
	w.raw(`"`)
	return span
}

// appendRune appends one character of a string, escaped where the encoder does.
func (e Encoder) appendRune(b []byte, r rune) []byte {
	switch r {
	case '"':
		if e == EncoderCSharp {
			return append(b, `\u0022`...)
		}
		return append(b, `\"`...)
	case '\\':
		return append(b, `\\`...)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	case '/':
		if e == EncoderSwift {
			return append(b, `\/`...)
		}
	}
	if r < ' ' || e.escapes(r) {
		return e.appendEscape(b, r)
	}
	return utf8.AppendRune(b, r)
}

// escapes says whether the encoder writes a printable character as \uXXXX.
func (e Encoder) escapes(r rune) bool {
	switch e {
	case EncoderGo:
		return r == '<' || r == '>' || r == '&' || r == '\u2028' || r == '\u2029'
	case EncoderGson:
		return r == '<' || r == '>' || r == '&' || r == '=' || r == '\'' || r == '\u2028' || r == '\u2029'
	case EncoderCSharp:
		return r >= 0x7f || r == '&' || r == '\'' || r == '+' || r == '<' || r == '>' || r == '`'
	}
	return false
}

// appendEscape writes \uXXXX, a surrogate pair for a character beyond U+FFFF.
func (e Encoder) appendEscape(b []byte, r rune) []byte {
	format := `\u%04x`
	if e == EncoderCSharp {
		format = `\u%04X`
	}
	for _, unit := range utf16.AppendRune(nil, r) {
		b = fmt.Appendf(b, format, unit)
	}
	return b
}
