package secret

import "unicode/utf8"

// shortest is the length in bytes from which Redact replaces a token. A shorter
// one ("1", "abc") would tear ordinary words and numbers apart without being
// hidden by it.
const shortest = 4

// A piece of a token, as a server leaves it that cuts what it echoes, is hidden
// from half of the token's length on: what is left to guess is then less than
// what was shown. Twelve bytes are always enough, for so many in common are no
// accident; fewer than eight never are, for words and the fronts of uids are
// that short.
const shortestPiece, longestPiece = 8, 12

// piece gives the length in bytes from which a piece of a token is hidden.
func piece(length int) int { return min(max((length+1)/2, shortestPiece), longestPiece) }

// A search may take so many steps, and stepsPerByte more for each byte of the
// text. Ordinary text takes one to three for each, and text that is all escapes
// about forty. Only a long periodic token in a long text of the same period takes
// more; such a text is hidden from there on.
const stepsFree, stepsPerByte = 1 << 20, 128

// hit is a stretch of a text that shows a token.
type hit struct {
	start, end int
	owner      int32 // number of the token, -1: not known
	whole      bool  // the whole token
	noHead     bool  // of a piece: not from its start
	noTail     bool  // of a piece: not up to its end
}

// search looks for every token of an automaton in one text.
type search struct {
	decoder
	known  *automaton
	nested bool     // the text is what base64 or hex holds: it is not itself unwrapped, and has no words
	ends   []uint64 // a bit per place: an escape for something that is no part of a word ends before it
	hits   []hit
	over   bool // it took too many steps
	bound  int
	here   []unit // what may stand at place
	place  int
	// of the start that is being looked at:
	start int
	seen  map[fork]struct{}
	fresh bool // something that is no part of a word stands before it, or nothing
	best  hit
}

// run gives all that shows a token in the text.
func (a *automaton) run(text string) *search {
	s := &search{known: a}
	s.search(text)
	return s
}

// search finds what begins at each place of the text. It may be called again.
func (s *search) search(text string) {
	s.reset(text)
	special := -1 // the next byte that may stand for something else
	for p := 0; p+shortest <= len(text) && !s.over; p++ {
		if special < p {
			for special = p; special < len(text) && !variable(text[special]); special++ {
			}
		}
		if special == p {
			s.noteEnds(p)
		}
		if special < p+shortest || s.promises(p) {
			s.from(p)
		}
	}
	if !s.nested {
		s.unwrap()
	}
	s.merge()
}

func (s *search) reset(text string) {
	s.decoder.reset(text)
	s.hits, s.over, s.bound = s.hits[:0], false, stepsFree+stepsPerByte*len(text)
	s.ends, s.place = nil, -1
}

// promises says whether a token or a piece of one may begin at p, where four bytes
// follow that stand for themselves.
func (s *search) promises(p int) bool {
	s.steps++
	g := gram(s.text, p)
	return s.known.starts.has(g) || s.known.grams.has(g) && s.afterWord(p)
}

// noteEnds remembers where the escapes at p end that stand for no part of a word.
// Of "\ntoken" the token starts behind the n.
func (s *search) noteEnds(p int) {
	s.here, s.place = s.units(p, s.here[:0]), p
	for i := 1; i < len(s.here); i++ {
		u := &s.here[i]
		if u.n > 0 && !wordByte(u.val[u.n-1]) && u.end < len(s.text) {
			if s.ends == nil {
				s.ends = make([]uint64, len(s.text)/64+1)
			}
			s.ends[u.end/64] |= 1 << (u.end % 64)
		}
	}
}

// afterWord says whether a piece may begin at p.
func (s *search) afterWord(p int) bool {
	switch {
	case p == 0, s.nested, !wordByte(s.text[p-1]) && utf8.RuneStart(s.text[p]):
		return true
	}
	return s.ends != nil && s.ends[p/64]>>(p%64)&1 != 0
}

// beforeWord says whether a piece may end at p.
func (s *search) beforeWord(p int) bool {
	return p == len(s.text) || !wordByte(s.text[p]) && utf8.RuneStart(s.text[p])
}

// wordByte says whether a name goes on with c.
func wordByte(c byte) bool { return alphanumeric(c) || c == '_' || c == '-' }
