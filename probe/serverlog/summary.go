package serverlog

import (
	"context"
	"io"
	"slices"
	"sort"
	"time"
)

// maxGroups bounds a Summary: a group takes about 1 KB.
const maxGroups = 10_000

// maxTokens is how many different tokens a group names on each side.
const maxTokens = 4

// Summary groups entries by kind, uid and flag in bounded memory, at most 10,000 groups. Its zero value
// is ready.
type Summary struct {
	// Entries counts all entries.
	Entries int64
	// Overflow counts the entries that found no room for a group of their own.
	Overflow int64
	// OverflowKinds counts them by kind.
	OverflowKinds map[Kind]int64

	groups map[groupKey]*Group
}

type groupKey struct {
	kind Kind
	uid  string
	flag int // -1: not said
}

// Group is what a log says about one kind, uid and flag.
type Group struct {
	Kind  Kind   `json:"kind"`
	UID   string `json:"uid,omitempty"`
	Flag  *int   `json:"flag,omitempty"`
	Count int64  `json:"count"`
	// First and Last are the times of the earliest and latest entry; zero: no
	// entry has a time.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	// FirstLine and LastLine are line numbers.
	FirstLine int64 `json:"first_line"`
	LastLine  int64 `json:"last_line"`
	// Generations are the servers that can have written all of the entries.
	Generations Generations `json:"generations"`
	// Misleading is what misleads in any of them.
	Misleading []Misleading `json:"misleading,omitempty"`
	// ExpectTokens and ActTokens are the first four different tokens, in order of
	// appearance; an empty token counts.
	ExpectTokens []Token `json:"expect_tokens,omitempty"`
	ActTokens    []Token `json:"act_tokens,omitempty"`
	// Sample is the text of the first entry, Error its error.
	Sample string `json:"sample"`
	Error  string `json:"error,omitempty"`
}

// Add counts an entry.
func (s *Summary) Add(e Entry) {
	s.Entries++
	key := groupKey{e.Kind, e.UID, -1}
	if e.Flag != nil {
		key.flag = *e.Flag
	}
	g, ok := s.groups[key]
	if !ok {
		if g = s.open(key, &e); g == nil {
			return
		}
	}
	g.add(&e)
}

// open makes the group of an entry, nil if there is no room.
func (s *Summary) open(key groupKey, e *Entry) *Group {
	if len(s.groups) >= maxGroups {
		if s.OverflowKinds == nil {
			s.OverflowKinds = make(map[Kind]int64)
		}
		s.Overflow++
		s.OverflowKinds[e.Kind]++
		return nil
	}
	if s.groups == nil {
		s.groups = make(map[groupKey]*Group)
	}
	g := &Group{
		Kind: e.Kind, UID: e.UID, Flag: e.Flag, FirstLine: e.Line,
		Generations: e.Generations, Sample: e.Text, Error: e.Error,
	}
	s.groups[key] = g
	return g
}

func (g *Group) add(e *Entry) {
	g.Count++
	g.FirstLine = min(g.FirstLine, e.Line)
	g.LastLine = max(g.LastLine, e.Line)
	g.Generations = g.Generations.narrow(e.Generations)
	if !e.Time.IsZero() {
		if g.First.IsZero() || e.Time.Before(g.First) {
			g.First = e.Time
		}
		if e.Time.After(g.Last) {
			g.Last = e.Time
		}
	}
	for _, m := range e.Misleading {
		if !slices.Contains(g.Misleading, m) {
			g.Misleading = append(g.Misleading, m)
		}
	}
	g.ExpectTokens = addToken(g.ExpectTokens, e.ExpectToken)
	g.ActTokens = addToken(g.ActTokens, e.ActToken)
}

func addToken(list []Token, t Token) []Token {
	if !t.Present() || len(list) >= maxTokens || slices.Contains(list, t) {
		return list
	}
	return append(list, t)
}

// Groups gives the groups, the most frequent first, then in order of appearance.
func (s *Summary) Groups() []Group {
	list := make([]Group, 0, len(s.groups))
	for _, g := range s.groups {
		list = append(list, *g)
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := &list[i], &list[j]
		switch {
		case a.Count != b.Count:
			return a.Count > b.Count
		case a.FirstLine != b.FirstLine:
			return a.FirstLine < b.FirstLine
		case a.Kind != b.Kind:
			return a.Kind < b.Kind
		}
		return a.UID < b.UID
	})
	return list
}

// Summarise scans r into a Summary.
func (s *Scanner) Summarise(ctx context.Context, r io.Reader) (*Summary, Stats, error) {
	sum := &Summary{}
	stats, err := s.Scan(ctx, r, func(e Entry) error {
		sum.Add(e)
		return nil
	})
	return sum, stats, err
}
