package secret

import "unicode/utf8"

// layers is how many escapings on top of each other are taken off: a JSON string
// in a JSON string in a web page has three.
const layers = 3

// unit is what a stretch of a text may stand for once some escapings are taken
// off: one character in most cases.
type unit struct {
	end  int // in the text as it came
	n    int8
	val  [8]byte // the first n: a byte, or a character in UTF-8; a few references of HTML give two
	shut bool    // a backslash keeps it from opening an escape
	byte bool    // from an escape that names a byte: where it is 0x80 or more, other writers mean a character by it
}

func (u *unit) is(c byte) bool { return u.n == 1 && u.val[0] == c }

// opens says whether an escape may begin with u.
func (u *unit) opens() bool { return u.n == 1 && !u.shut && opensEscape(u.val[0]) }

func opensEscape(c byte) bool { return c == '%' || c == '\\' || c == '&' }

// variable says whether c may stand for something else than itself: '+' is a
// blank in the query of a URL.
func variable(c byte) bool { return opensEscape(c) || c == '+' }

func byteUnit(c byte, end int) unit { return unit{end: end, n: 1, val: [8]byte{c}, byte: true} }

func runeUnit(r rune, end int) unit {
	u := unit{end: end}
	u.n = int8(utf8.EncodeRune(u.val[:], r))
	return u
}

// decoder reads a text with any mixture of escapes. What a place stands for is
// not certain, for nobody says which escapings there are, and a token may look
// like an escape: so it gives everything that it may be. Every place can be asked
// for by itself.
type decoder struct {
	text   string
	places []place
	base   int // added to places in the keys, so that those of an earlier text are no more
	far    int // where it stops to look ahead
	cut    bool
	steps  int // what a search costs, whatever the machine
}

// place is what the decoder knows of one place. Each escape asks for what follows
// it once per layer, so without a memory the work would double with every layer.
type place struct {
	key   int // 1 + the base + the place, 0: of none
	taken int // as many escapings are taken off
	list  []unit
	upTo  [layers + 1]int // how many of the list have at most so many escapings
}

// ahead is how far the decoder looks, in bytes: a reference of HTML in JSON in
// JSON with every character escaped takes fewer.
const ahead = 256

func (d *decoder) reset(text string) {
	d.base += len(d.text)
	d.text, d.steps = text, 0
}

// units appends to list what may stand at p, the byte as it is first.
func (d *decoder) units(p int, list []unit) []unit {
	d.far, d.cut = p+ahead, false
	return append(list, d.at(p, layers)...)
}

// at gives what may stand at p, where an escape opens, with at most so many
// escapings taken off. The list is good until a place that is far off is read.
func (d *decoder) at(p, taken int) []unit {
	if d.places == nil {
		d.places = make([]place, ahead)
	}
	m, key := &d.places[p%ahead], d.base+p+1
	if m.key != key {
		m.key, m.taken, m.list = key, 0, m.list[:0]
		d.add(m, unit{end: p + 1, n: 1, val: [8]byte{d.text[p]}})
		m.upTo[0] = len(m.list)
	}
	if m.taken < taken {
		cut := d.cut
		d.cut = false
		for m.taken < taken {
			d.takeOff(m)
		}
		if d.cut { // more of it can be seen from further on
			m.key = 0
		}
		d.cut = d.cut || cut
	}
	return m.list[:m.upTo[taken]]
}

// takeOff takes one escaping more off than before.
func (d *decoder) takeOff(m *place) {
	below, opening := m.taken, 0
	for i := range m.upTo[below] {
		if u := m.list[i]; u.opens() {
			opening++
			d.escape(m, u, below, below > 0 && i < m.upTo[below-1])
		}
	}
	m.taken++
	m.upTo[m.taken] = len(m.list)
	// Most escapes have no other near them and stand for no opener of one: there is
	// no more to take off.
	for _, u := range m.list[m.upTo[below]:] {
		if u.opens() {
			opening++
		}
	}
	if p := m.key - d.base - 1; opening == 1 && d.alone(p) {
		for m.taken < layers {
			m.taken++
			m.upTo[m.taken] = len(m.list)
		}
	}
}

// alone says whether no other escape opens where the one that opens at p may end.
func (d *decoder) alone(p int) bool {
	end := p + len(`\u{1234567}`)
	if d.text[p] == '&' {
		end = p + longestName + 2
	}
	for i := p + 1; i < min(end, len(d.text)); i++ {
		if opensEscape(d.text[i]) {
			return false
		}
	}
	return true
}

// add notes u, and what else it may have been before it was written so.
func (d *decoder) add(m *place, u unit) {
	d.steps++
	for i := range m.list {
		if m.list[i].end == u.end && m.list[i] == u {
			return
		}
	}
	m.list = append(m.list, u)
	switch {
	case u.is('+'), u.n == 2 && string(u.val[:2]) == "\u00a0": // web pages keep a blank so
		d.add(m, byteUnit(' ', u.end))
	case u.byte && u.val[0] >= utf8.RuneSelf: // Latin-1, as in \xe9 of JavaScript
		d.add(m, runeUnit(rune(u.val[0]), u.end))
	}
}

// any gives what may stand at p, nothing at the end of the text.
func (d *decoder) any(p, taken int) []unit {
	d.steps++
	switch {
	case p >= len(d.text):
		return nil
	case p >= d.far:
		d.cut = true
		return nil
	}
	return d.at(p, taken)
}

// pick gives the character at p that is of a kind, if one may stand there. Where
// it may end in two places, as with and without the semicolon of a reference, it
// ends in the last.
func (d *decoder) pick(p, taken int, kind func(c byte) bool) (c byte, end int, ok bool) {
	if p < len(d.text) && !opensEscape(d.text[p]) {
		d.steps++
		return d.text[p], p + 1, kind(d.text[p])
	}
	end = p
	for _, u := range d.any(p, taken) {
		if u.n == 1 && u.end > end && kind(u.val[0]) {
			c, end, ok = u.val[0], u.end, true
		}
	}
	return c, end, ok
}

// next says whether c may stand at p, and what follows it.
func (d *decoder) next(p, taken int, c byte) (end int, ok bool) {
	_, end, ok = d.pick(p, taken, func(b byte) bool { return b == c })
	return end, ok
}
