package secret

// fork is where a walk had several ways on, and with which bytes of a secret. Runs
// of backslashes can be read in very many ways that meet again.
type fork struct {
	place         int
	state, length int32
}

// stepsPerFork is what it costs to remember a fork, in steps.
const stepsPerFork = 16

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
	case s.nested: // a digit at either end may belong to a neighbour as well, and no words are like it
		h.noHead, h.noTail = true, true
	default:
		return
	}
	if p > s.best.end || p == s.best.end && h.whole {
		s.best = h
	}
}
