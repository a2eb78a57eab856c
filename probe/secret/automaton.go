package secret

// automaton knows every substring of the secrets that were added to it: it is
// their suffix automaton, which takes space and time in proportion to their
// length and lets one more be added at any time. A state stands for substrings
// that end at the same places; they are the longest of them and ends of it.
type automaton struct {
	states []state
	edges  []edge
	tables [][256]int32 // of states with many edges, by byte; the first is state 0's

	starts, grams filter // the first four bytes of a secret, and any four
}

type state struct {
	length int32 // of the longest
	link   int32 // the state of the longest end that is not in this one, -1: none
	edges  int32 // the first of a list in edges, 0: none; -1-i: they are in tables[i]
	count  int32 // length of the list
	owner  int32 // a secret that has the substrings
	whole  int32 // the secret that the longest of them is, -1: none
	need   int32 // from which length a piece of a secret counts
	start  bool  // the longest begins a secret
	stop   bool  // all of them end one
}

type edge struct {
	to, next int32
	c        byte
}

func newAutomaton(startBits, gramBits uint) *automaton {
	return &automaton{
		states: []state{{link: -1, whole: -1, edges: -1}}, edges: make([]edge, 1), tables: make([][256]int32, 1),
		starts: newFilter(startBits), grams: newFilter(gramBits),
	}
}

// add takes a secret of at least shortest bytes under a number of the caller's.
func (a *automaton) add(raw string, owner int32) {
	need := int32(piece(len(raw)))
	last := int32(0)
	for i := range len(raw) {
		last = a.extend(last, raw[i], owner)
		s := &a.states[last]
		s.start, s.need = true, min(s.need, need)
	}
	a.states[last].whole = owner
	for s := last; s > 0; s = a.states[s].link {
		a.states[s].stop = true
	}
	a.starts.set(gram(raw, 0))
	for i := range len(raw) - shortest + 1 {
		a.grams.set(gram(raw, i))
	}
}

// extend gives the state of what last stands for with c behind it.
func (a *automaton) extend(last int32, c byte, owner int32) int32 {
	if q := a.step(last, c); q != 0 {
		return a.exact(last, q, c)
	}
	cur := int32(len(a.states))
	a.states = append(a.states, state{length: a.states[last].length + 1, owner: owner, whole: -1, need: longestPiece})
	p := last
	for ; p >= 0 && a.step(p, c) == 0; p = a.states[p].link {
		a.connect(p, cur, c)
	}
	if p >= 0 {
		a.states[cur].link = a.exact(p, a.step(p, c), c)
	}
	return cur
}

// exact gives the state whose longest substring is that of p with c behind it.
// Where q, to which c leads, has longer ones, they are parted.
func (a *automaton) exact(p, q int32, c byte) int32 {
	if a.states[p].length+1 == a.states[q].length {
		return q
	}
	parted := int32(len(a.states))
	a.states = append(a.states, a.states[q])
	s := &a.states[parted]
	s.length, s.edges, s.count, s.whole, s.start = a.states[p].length+1, 0, 0, -1, false
	a.copyEdges(q, parted)
	a.states[q].link = parted
	for ; p >= 0 && a.step(p, c) == q; p = a.states[p].link {
		a.redirect(p, parted, c)
	}
	return parted
}

// step gives the state that c leads to, 0 if there is none.
func (a *automaton) step(s int32, c byte) int32 {
	e := a.states[s].edges
	if e < 0 {
		return a.tables[-1-e][c]
	}
	for ; e != 0; e = a.edges[e].next {
		if a.edges[e].c == c {
			return a.edges[e].to
		}
	}
	return 0
}

// longestList is how many edges are kept in a list.
const longestList = 16

func (a *automaton) connect(from, to int32, c byte) {
	s := &a.states[from]
	switch {
	case s.edges < 0:
		a.tables[-1-s.edges][c] = to
	case s.count < longestList:
		a.edges = append(a.edges, edge{to, s.edges, c})
		s.edges = int32(len(a.edges) - 1)
		s.count++
	default:
		var table [256]int32
		for e := s.edges; e != 0; e = a.edges[e].next {
			table[a.edges[e].c] = a.edges[e].to
		}
		table[c] = to
		a.tables = append(a.tables, table)
		s.edges = -int32(len(a.tables))
	}
}

func (a *automaton) copyEdges(from, to int32) {
	if t := a.states[from].edges; t < 0 {
		a.tables = append(a.tables, a.tables[-1-t])
		a.states[to].edges = -int32(len(a.tables))
		return
	}
	for e := a.states[from].edges; e != 0; e = a.edges[e].next {
		a.connect(to, a.edges[e].to, a.edges[e].c)
	}
}

func (a *automaton) redirect(from, to int32, c byte) {
	e := a.states[from].edges
	if e < 0 {
		a.tables[-1-e][c] = to
		return
	}
	for a.edges[e].c != c {
		e = a.edges[e].next
	}
	a.edges[e].to = to
}

// filter says of most groups of four bytes that they are nowhere in the secrets,
// so that most places of a text are done with after one look.
type filter struct {
	words []uint64
	shift uint
}

// Sizes of the filters for up to thousands of secrets, and for a few, as powers
// of two.
const (
	startBits, gramBits       = 16, 19
	fewStartBits, fewGramBits = 9, 12
)

func newFilter(bits uint) filter { return filter{make([]uint64, 1<<bits/64), 32 - bits} }

// gram gives the four bytes at i as a number.
func gram(s string, i int) uint32 {
	return uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24
}

func (f *filter) set(g uint32) {
	i := g * 0x9e3779b1 >> f.shift
	f.words[i/64] |= 1 << (i % 64)
}

func (f *filter) has(g uint32) bool {
	i := g * 0x9e3779b1 >> f.shift
	return f.words[i/64]>>(i%64)&1 != 0
}
