package serverlog

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// valueType says what a JSON value looked like.
type valueType uint8

const (
	valueNone    valueType = iota
	valueString            // raw is what is between the quotes, escaped
	valueLiteral           // a number, true, false, null
	valueNested            // an object or array, with its brackets
	valueCut               // the line ended inside the value
)

// value is one JSON value, unparsed.
type value struct {
	raw []byte
	typ valueType
}

// cursor walks over the fields of a JSON object without parsing it whole. It
// takes what server lines are: compact or spaced, maybe cut anywhere.
type cursor struct {
	b   []byte
	i   int
	cut bool // the object does not end
}

// next gives the next field; false at the end or where the object is truncated.
func (c *cursor) next() (key []byte, val value, ok bool) {
	c.space()
	if c.i >= len(c.b) {
		c.cut = true
		return nil, value{}, false
	}
	if c.b[c.i] != '"' {
		c.cut = c.b[c.i] != '}'
		return nil, value{}, false
	}
	end := stringEnd(c.b, c.i+1)
	if end < 0 {
		c.cut = true
		return nil, value{}, false
	}
	key = c.b[c.i+1 : end]
	c.i = end + 1
	c.space()
	if c.i >= len(c.b) || c.b[c.i] != ':' {
		c.cut = true
		return nil, value{}, false
	}
	c.i++
	c.space()
	return key, c.value(), true
}

// space skips white space, and the comma between two fields.
func (c *cursor) space() {
	for c.i < len(c.b) && (c.b[c.i] == ' ' || c.b[c.i] == ',' || c.b[c.i] == '\t') {
		c.i++
	}
}

func (c *cursor) value() value {
	if c.i >= len(c.b) {
		c.cut = true
		return value{typ: valueCut}
	}
	start := c.i
	switch c.b[c.i] {
	case '"':
		end := stringEnd(c.b, start+1)
		if end < 0 {
			c.cut = true
			c.i = len(c.b)
			return value{raw: c.b[start+1:], typ: valueCut}
		}
		c.i = end + 1
		return value{raw: c.b[start+1 : end], typ: valueString}
	case '{', '[':
		return c.nested()
	}
	for c.i < len(c.b) && c.b[c.i] != ',' && c.b[c.i] != '}' {
		c.i++
	}
	c.cut = c.i == len(c.b)
	return value{raw: bytes.TrimRight(c.b[start:c.i], " "), typ: valueLiteral}
}

// nested skips an object or array, minding brackets inside strings.
func (c *cursor) nested() value {
	start, depth := c.i, 0
	for c.i < len(c.b) {
		switch c.b[c.i] {
		case '"':
			end := stringEnd(c.b, c.i+1)
			if end < 0 {
				c.i = len(c.b)
				continue
			}
			c.i = end
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		c.i++
		if depth == 0 {
			return value{raw: c.b[start:c.i], typ: valueNested}
		}
	}
	c.cut = true
	return value{raw: c.b[start:], typ: valueCut}
}

// stringEnd gives the index of the quote that ends the string whose text starts
// at i, -1 if there is none.
func stringEnd(b []byte, i int) int {
	for from := i; ; {
		j := bytes.IndexByte(b[from:], '"')
		if j < 0 {
			return -1
		}
		end := from + j
		slashes := 0
		for k := end - 1; k >= i && b[k] == '\\'; k-- {
			slashes++
		}
		if slashes%2 == 0 {
			return end
		}
		from = end + 1
	}
}

// unescape appends the text of a JSON string to dst. What is no valid escape is
// kept as it is.
func unescape(dst, raw []byte) []byte {
	for len(raw) > 0 {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 || i+1 >= len(raw) {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:i]...)
		raw = raw[i:]
		switch raw[1] {
		case 'n':
			dst, raw = append(dst, '\n'), raw[2:]
		case 't':
			dst, raw = append(dst, '\t'), raw[2:]
		case 'r':
			dst, raw = append(dst, '\r'), raw[2:]
		case 'b':
			dst, raw = append(dst, '\b'), raw[2:]
		case 'f':
			dst, raw = append(dst, '\f'), raw[2:]
		case '"', '\\', '/':
			dst, raw = append(dst, raw[1]), raw[2:]
		case 'u':
			r, size := unicodeEscape(raw)
			dst, raw = utf8.AppendRune(dst, r), raw[size:]
		default:
			dst, raw = append(dst, raw[0]), raw[1:]
		}
	}
	return dst
}

// unicodeEscape reads \uXXXX, or two of them that make a surrogate pair, and
// gives the rune and the length in bytes.
func unicodeEscape(raw []byte) (rune, int) {
	first, ok := hex4(raw)
	if !ok {
		return rune(raw[0]), 1
	}
	if !utf16.IsSurrogate(first) {
		return first, 6
	}
	if second, ok := hex4(raw[6:]); ok {
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			return r, 12
		}
	}
	return utf8.RuneError, 6
}

func hex4(raw []byte) (rune, bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
	return rune(n), err == nil
}
