package secret

import (
	"html"
	"strconv"
	"unicode/utf8"
)

// escape adds to a place what the escape stands for that opens with a unit of it.
// What follows is read with at most so many escapings taken off; again: it was
// read with fewer before.
func (d *decoder) escape(m *place, open unit, below int, again bool) {
	switch p := open.end; open.val[0] {
	case '%': // %2F, and %u002F of JavaScript
		if end, ok := d.next(p, below, 'u'); ok {
			d.codePoint(m, end, below, 4)
		}
		d.bytes(m, p, below)
	case '\\':
		d.backslash(m, p, below, again)
	default:
		d.reference(m, p, below)
	}
}

// backslash reads the escapes of strings in JSON, JavaScript, Go, Python and C,
// and a backslash that only protects what follows.
func (d *decoder) backslash(m *place, p, below int, again bool) {
	if p < len(d.text) && !opensEscape(d.text[p]) {
		d.steps++
		d.escaped(m, d.text[p], p+1, below)
		return
	}
	known := 0 // what was read when one escaping less was taken off
	if again && below > 0 {
		known = len(d.any(p, below-1))
	}
	for i, u := range d.any(p, below) {
		if u.n == 1 && (i >= known || alphanumeric(u.val[0])) {
			d.escaped(m, u.val[0], u.end, below)
		}
	}
}

// escaped reads on behind a backslash and c.
func (d *decoder) escaped(m *place, c byte, p, below int) {
	switch {
	case c == 'u':
		d.codePoint(m, p, below, 4)
	case c == 'U':
		d.codePoint(m, p, below, 8)
	case c == 'x':
		d.bytes(m, p, below)
		d.braces(m, p, below)
	case c >= '0' && c <= '7':
		d.octal(m, number{int(c - '0'), p}, below)
	case c >= ' ' && c < utf8.RuneSelf && !alphanumeric(c):
		u := byteUnit(c, p)
		u.shut = c == '%' || c == '&' // as far as this reader goes; another one may take the backslash first
		d.add(m, u)
	}
	const letters, values = "abefnrtv", "\a\b\x1b\f\n\r\t\v"
	for i := range len(letters) {
		if letters[i] == c {
			d.add(m, byteUnit(values[i], p))
		}
	}
}

// bytes reads two hex digits.
func (d *decoder) bytes(m *place, p, below int) {
	list := d.digits(number{0, p}, below, digits{16, 2, 2})
	for _, n := range list.all() {
		d.add(m, byteUnit(byte(n.value), n.end))
	}
}

// octal reads at most two digits more.
func (d *decoder) octal(m *place, first number, below int) {
	list := d.digits(first, below, digits{8, 0, 2})
	for _, n := range list.all() {
		if n.value <= 0xff {
			d.add(m, byteUnit(byte(n.value), n.end))
		}
	}
}

// codePoint reads so many hex digits, or any number of them in braces, and the
// second half of a pair of surrogates.
func (d *decoder) codePoint(m *place, p, below, count int) {
	d.braces(m, p, below)
	list := d.digits(number{0, p}, below, digits{16, count, count})
	for _, n := range list.all() {
		switch {
		case n.value >= 0xd800 && n.value < 0xdc00:
			d.pair(m, n, below)
		case n.value <= utf8.MaxRune:
			d.add(m, runeUnit(rune(n.value), n.end))
		}
	}
}

func (d *decoder) pair(m *place, high number, below int) {
	for _, open := range d.any(high.end, below) {
		u, ok := d.next(open.end, below, 'u')
		if !ok || !open.opens() {
			continue
		}
		list := d.digits(number{0, u}, below, digits{16, 4, 4})
		for _, low := range list.all() {
			if low.value >= 0xdc00 && low.value < 0xe000 {
				d.add(m, runeUnit(rune((high.value-0xd800)<<10|(low.value-0xdc00)+0x10000), low.end))
			}
		}
	}
}

func (d *decoder) braces(m *place, p, below int) {
	from, ok := d.next(p, below, '{')
	if !ok {
		return
	}
	list := d.digits(number{0, from}, below, digits{16, 1, 8})
	for _, n := range list.all() {
		if end, closed := d.next(n.end, below, '}'); closed && n.value <= utf8.MaxRune {
			d.add(m, runeUnit(rune(n.value), end))
		}
	}
}

// reference reads a character reference of HTML: &#47; &#x2F; &sol; &amp, with
// or without the semicolon as browsers do. Package html knows the 2,231 names
// and which characters some numbers really mean.
func (d *decoder) reference(m *place, p, below int) {
	d.named(m, p, below)
	from, ok := d.next(p, below, '#')
	if !ok {
		return
	}
	kind := digits{10, 1, 10}
	if _, end, ok := d.pick(from, below, func(c byte) bool { return c == 'x' || c == 'X' }); ok {
		kind.base, from = 16, end
	}
	list := d.digits(number{0, from}, below, kind)
	for _, n := range list.all() {
		if n.value > utf8.MaxRune {
			continue
		}
		u := unit{end: n.end}
		if end, ok := d.next(n.end, below, ';'); ok {
			u.end = end
		}
		u.n = int8(copy(u.val[:], html.UnescapeString("&#"+strconv.Itoa(n.value)+";")))
		d.add(m, u)
	}
}

// longestName is the length of &CounterClockwiseContourIntegral; without the
// ampersand.
const longestName = 32

func (d *decoder) named(m *place, p, below int) {
	var name [1 + longestName]byte
	var ends [1 + longestName]int
	name[0], ends[0] = '&', p
	n := 1
	for n < len(name) && name[n-1] != ';' {
		c, end, ok := d.pick(ends[n-1], below, func(c byte) bool { return alphanumeric(c) || c == ';' })
		if !ok {
			break
		}
		name[n], ends[n] = c, end
		n++
	}
	if n < 3 {
		return
	}
	whole := string(name[:n])
	text := html.UnescapeString(whole)
	if text == whole {
		return
	}
	// Old names end where they end: &ampx is "&x". Any other stands for the text.
	_, size := utf8.DecodeRuneInString(text)
	if rest := text[size:]; len(rest) < n && whole[n-len(rest):] == rest {
		text, n = text[:size], n-len(rest)
	}
	u := unit{end: ends[n-1]}
	u.n = int8(copy(u.val[:], text))
	d.add(m, u)
}
