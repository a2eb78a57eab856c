package serverlog

import "bytes"

// maxJoined is how many lines one record may be spread over: `jq .` gives each
// field a line of its own, a terminal or a mail cuts a long one into some.
const maxJoined = 64

// joiner puts the lines of a record together that was wrapped on its way.
type joiner struct {
	lines [][]byte // the record's lines so far; none: no record is open
	size  int      // of them, in bytes
	first int64    // number of the first
}

// joined takes a line that may belong to a record that was wrapped; false: it is a line
// of its own, and nothing is open.
func (s *scan) joined(text []byte) (done bool, err error) {
	if len(s.join.lines) == 0 {
		if s.at.cut || !opens(text) {
			return false, nil
		}
		s.join.first = s.count.stats.Lines
		s.join.add(text)
		return true, nil
	}
	if startsAnew(text) || len(s.join.lines) >= maxJoined || s.join.size+len(text) > maxLine {
		if err := s.flushJoin(); err != nil {
			return true, err
		}
		return s.joined(text)
	}
	s.join.add(text)
	whole := s.join.whole()
	if unfinished(whole) {
		return true, nil
	}
	n := int64(len(s.join.lines) - 1)
	s.join.lines, s.join.size = s.join.lines[:0], 0
	s.count.stats.Folded += n
	s.count.levels[levelNone] += n
	s.no = s.join.first
	return true, s.text(whole)
}

func (j *joiner) add(text []byte) {
	j.lines = append(j.lines, bytes.Clone(text))
	j.size += len(text)
}

// whole gives the lines as one. What a line is indented by, or quoted with, is
// none of the record; a single blank may be.
func (j *joiner) whole() []byte {
	whole := bytes.Clone(j.lines[0])
	for _, text := range j.lines[1:] {
		rest, _ := splitPrefix(text)
		if bytes.HasPrefix(rest, []byte("  ")) || bytes.HasPrefix(rest, []byte("\t")) {
			rest = bytes.TrimLeft(rest, " \t")
		}
		whole = append(whole, rest...)
	}
	return whole
}

// flushJoin gives up a record whose end did not come: its lines are read one by one.
func (s *scan) flushJoin() error {
	lines, no := s.join.lines, s.no
	s.join.lines, s.join.size = nil, 0
	for i, text := range lines {
		s.no = s.join.first + int64(i)
		if err := s.text(text); err != nil {
			return err
		}
	}
	s.no = no
	return nil
}

// unfinished says whether the lines of a record so far are not all of it.
func unfinished(whole []byte) bool {
	rest, _ := splitPrefix(whole)
	if bytes.Contains(rest[:min(len(rest), maxPrefix)], []byte("[GIN] ")) {
		return opens(whole)
	}
	i := bytes.IndexByte(rest, '{')
	return i >= 0 && !balanced(rest[i:])
}

// opens says whether a line begins a record that does not end on it.
func opens(text []byte) bool {
	if len(text) == 0 || text[len(text)-1] == '}' {
		return false // nearly every line of a server
	}
	gin := bytes.Contains(text[:min(len(text), maxPrefix)], []byte("[GIN] "))
	if !gin && bytes.IndexByte(text, '{') < 0 || gin && bytes.Contains(text, []byte(" \"/")) {
		return false
	}
	rest, _ := splitPrefix(text)
	if i := bytes.Index(rest, []byte("[GIN] ")); i >= 0 && isGINStamp(rest[i+len("[GIN] "):]) {
		_, ok := parseGIN(rest)
		return !ok && bytes.Count(rest, []byte("|")) <= 4 && !bytes.Contains(rest, []byte(" /"))
	}
	if bytes.Equal(bytes.TrimSpace(rest), []byte("{")) {
		return true
	}
	i := splitJSON(rest)
	if i < 0 {
		if i = bytes.IndexByte(rest, '{'); i != 0 || !bytes.Contains(rest, []byte(`"level"`)) {
			return false
		}
	}
	return !balanced(rest[i:])
}

// balanced says whether the object at the start of b ends in b.
func balanced(b []byte) bool {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			end := stringEnd(b, i+1)
			if end < 0 {
				return false
			}
			i = end
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return true
			}
		}
	}
	return false
}

// startsAnew says whether a line is the first of a record, and not the rest of the
// one before it.
func startsAnew(text []byte) bool {
	rest, _ := splitPrefix(text)
	r := record{}
	if bytes.HasPrefix(rest, []byte(`{"`)) || bytes.Equal(bytes.TrimSpace(text), []byte("{")) || r.parseConsole(rest) {
		return true
	}
	if _, ok := panicText(rest); ok || len(rest) == 0 {
		return true
	}
	return bytes.HasPrefix(rest, []byte("[GIN")) || bytes.HasPrefix(rest, []byte("```")) || greeting(rest) ||
		splitJSON(text) >= 0 && bytes.Contains(text[:min(len(text), maxPrefix)], []byte(`{"level":`))
}
