package secret

import "encoding/binary"

// Numbers of digits below which hex and base64 hold no token.
const (
	shortestHex    = 2 * shortest
	shortestBase64 = (8*shortest + 5) / 6
)

// unwrap looks for tokens in what stands in base64 or in hex, whose digits are
// some of base64's.
func (s *search) unwrap() {
	in := &unwrapper{outer: s, inner: search{known: s.known, nested: true}}
	for p := 0; p < len(s.text); {
		from, count := p, 0
		for p < len(s.text) {
			c, end := s.plain(p)
			if value64(c) < 0 {
				p = max(end, p+1)
				break
			}
			p = end
			count++
		}
		if count >= shortestBase64 {
			in.run(from, count)
		}
	}
}

// plain gives the character at p with all escapings taken off, and what follows.
func (s *search) plain(p int) (c byte, end int) {
	if c = s.text[p]; !opensEscape(c) {
		return c, p + 1
	}
	s.here = s.units(p, s.here[:0])
	if u := s.here[len(s.here)-1]; u.n == 1 {
		return u.val[0], u.end
	}
	return 0, p + 1
}

// unwrapper takes the digits of a text for bytes.
type unwrapper struct {
	outer  *search
	inner  search
	digits []byte
	starts []int // where each digit stands, and where the last one ends
	bytes  []byte
}

// run takes so many digits of base64 from a place on.
func (in *unwrapper) run(from, count int) {
	in.digits, in.starts = in.digits[:0], append(in.starts[:0], from)
	for range count {
		c, end := in.outer.plain(from)
		in.digits, in.starts = append(in.digits, c), append(in.starts, end)
		from = end
	}
	in.unpack(0, count, 6)
	for i := 0; i < count; i++ {
		from := i
		for i < count && value(in.digits[i]) >= 0 {
			i++
		}
		if i-from >= shortestHex {
			in.unpack(from, i, 4)
		}
	}
}

// unpack searches the bytes that some digits stand for. The first of them may
// begin at any digit, for one alphabet may go over into another (user%3A…, 0x…)
// and a text may be cut.
func (in *unwrapper) unpack(from, to, bits int) {
	shifts := 4
	if bits == 4 {
		shifts = 2
	}
	for first := from; first < from+shifts; first++ {
		in.decode(in.digits[first:to], bits)
		if !in.outer.known.promising(in.bytes) {
			continue
		}
		in.inner.search(string(in.bytes))
		in.outer.steps += in.inner.steps
		for _, h := range in.inner.hits {
			h.start, h.end = in.starts[first+h.start*8/bits], in.starts[first+(h.end*8-1)/bits+1]
			in.outer.hits = append(in.outer.hits, h)
		}
	}
}

func (in *unwrapper) decode(digits []byte, bits int) {
	in.bytes = in.bytes[:0]
	acc, have := 0, 0
	for _, c := range digits {
		v := value64(c)
		if bits == 4 {
			v = value(c)
		}
		acc, have = acc<<bits|v, have+bits
		if have >= 8 {
			have -= 8
			in.bytes = append(in.bytes, byte(acc>>have))
			acc &= 1<<have - 1
		}
	}
}

// promising says whether a search can find something. Most words are taken for
// base64, and are nobody's token.
func (a *automaton) promising(b []byte) bool {
	for i, c := range b {
		if variable(c) {
			return true
		}
		if i+shortest > len(b) {
			continue
		}
		g := binary.LittleEndian.Uint32(b[i:])
		if a.starts.has(g) || len(b) >= shortestPiece && a.grams.has(g) {
			return true
		}
	}
	return false
}

// value64 gives the value of a digit of base64, of either alphabet, -1 for any
// other byte.
func value64(c byte) int {
	switch {
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+', c == '-':
		return 62
	case c == '/', c == '_':
		return 63
	}
	return -1
}
