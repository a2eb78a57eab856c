package secret

import (
	"slices"
	"strings"
	"unicode/utf8"
)

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

// stepsPerFork is what it costs to remember a fork, in steps.
const stepsPerFork = 16

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
	nested bool     // the text is what a text in base64 or hex holds, and is not itself unwrapped
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

// fork is where a walk had several ways on, and with which bytes of a secret. Runs
// of backslashes can be read in very many ways that meet again.
type fork struct {
	place         int
	state, length int32
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
	return s.known.starts.has(g, startBits) || s.known.grams.has(g, gramBits) && s.afterWord(p)
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
	case p == 0, !wordByte(s.text[p-1]) && utf8.RuneStart(s.text[p]):
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

// from looks for the longest token, or piece of one, that begins at p.
func (s *search) from(p int) {
	s.start, s.fresh, s.best = p, s.afterWord(p), hit{end: -1}
	clear(s.seen)
	s.walk(0, 0, p)
	if s.over { // nothing may be said of what follows
		s.best = hit{start: p, end: len(s.text), owner: -1}
	}
	if s.best.end >= 0 {
		s.hits = append(s.hits, s.best)
	}
}

// walk goes on from a state, behind length bytes of a secret, at p. It takes
// every way on that the escapes at p allow and that a secret has.
func (s *search) walk(state, length int32, p int) {
	for {
		if length >= shortest {
			s.note(state, length, p)
		}
		if s.steps++; p >= len(s.text) || s.over {
			return
		}
		if s.steps > s.bound {
			s.over = true
			return
		}
		c := s.text[p]
		if variable(c) {
			break
		}
		if state = s.advance(state, length, c); state == 0 {
			return
		}
		length++
		p++
	}
	if p == s.place {
		s.branch(state, length, s.here)
		return
	}
	if length > 1 {
		s.steps += stepsPerFork
		here := fork{p, state, length}
		if _, known := s.seen[here]; known {
			return
		}
		if s.seen == nil {
			s.seen = map[fork]struct{}{}
		}
		s.seen[here] = struct{}{}
	}
	var room [8]unit
	s.branch(state, length, s.units(p, room[:0]))
}

func (s *search) branch(state, length int32, list []unit) {
	for i := range list {
		u, to, n := &list[i], state, length
		for _, c := range u.val[:u.n] {
			if to = s.advance(to, n, c); to == 0 {
				break
			}
			n++
		}
		if to != 0 && u.n > 0 {
			s.walk(to, n, u.end)
		}
	}
}

// advance gives the state behind one byte more, 0 where no secret goes on so.
// Where no piece may begin, only the front of a secret is of interest.
func (s *search) advance(at, length int32, c byte) int32 {
	to := s.known.step(at, c)
	if to != 0 && !s.fresh {
		if st := &s.known.states[to]; !st.start || st.length != length+1 {
			return 0
		}
	}
	return to
}

// note keeps what was read from the start up to p, if it is a token or enough of
// one, and longer than what was found before.
func (s *search) note(at, length int32, p int) {
	st := &s.known.states[at]
	head := st.start && st.length == length
	h := hit{start: s.start, end: p, owner: st.owner}
	switch {
	case head && st.whole >= 0:
		h.owner, h.whole = st.whole, true
	case length < st.need:
		return
	case head && (st.stop || s.beforeWord(p)):
		h.noTail = true
	case st.stop && s.fresh:
		h.noHead = true
	default:
		return
	}
	if p > s.best.end || p == s.best.end && h.whole {
		s.best = h
	}
}

// merge sorts the hits and makes one of those that overlap. It is named after the
// first whole token in it.
func (s *search) merge() {
	slices.SortStableFunc(s.hits, func(a, b hit) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	merged := s.hits[:0]
	for _, h := range s.hits {
		if len(merged) == 0 || h.start >= merged[len(merged)-1].end {
			merged = append(merged, h)
			continue
		}
		m := &merged[len(merged)-1]
		if h.owner < 0 {
			if h.start = m.end; h.start < h.end {
				merged = append(merged, h)
			}
			break
		}
		if h.whole && !m.whole {
			m.owner, m.whole = h.owner, true
		}
		m.end = max(m.end, h.end)
	}
	s.hits = merged
}

// unreadable stands for the rest of a text that could not be searched.
const unreadable = "[hidden]"

// replace gives the text with aliases in place of what was found. Those of pieces
// have an ellipsis where something is missing.
func (s *search) replace(alias func(owner int32) string) string {
	if len(s.hits) == 0 {
		return s.text
	}
	var b strings.Builder
	from := 0
	for _, h := range s.hits {
		before, after := s.text[from:h.start], s.text[h.end:]
		b.WriteString(before)
		switch {
		case h.owner < 0:
			b.WriteString(unreadable)
		case h.whole:
			b.WriteString(alias(h.owner))
		default:
			if h.noHead && !strings.HasSuffix(before, ellipsis) && !strings.HasSuffix(before, "...") {
				b.WriteString(ellipsis)
			}
			b.WriteString(alias(h.owner))
			if h.noTail && !strings.HasPrefix(after, ellipsis) && !strings.HasPrefix(after, "...") {
				b.WriteString(ellipsis)
			}
		}
		from = h.end
	}
	b.WriteString(s.text[from:])
	return b.String()
}

const ellipsis = "…"
