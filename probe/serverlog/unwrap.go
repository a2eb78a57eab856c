package serverlog

import "bytes"

// How far a line is unwrapped: so many wrappings around one another, and so many
// looks at what is inside, fewer where the line is long, so that a file that is no log
// is read as quickly as one that is.
const (
	maxWrapped = 5
	maxLooks   = 40
	lookBytes  = 128 << 10
)

// unwrapped undoes what a log viewer, a shipper, a chat or an issue tracker has
// made of a line, and handles the line inside; false: none was found. It is asked
// last, so that a line that is understood as it stands is never changed.
func (s *scan) unwrapped(text []byte) (done bool, err error) {
	looks := min(maxLooks, 3+lookBytes/(len(text)+1))
	return s.unwrap(text, maxWrapped, &looks)
}

// unwrap tries every wrapping that the line can have.
func (s *scan) unwrap(text []byte, depth int, looks *int) (done bool, err error) {
	outer := s.rec.outer
	for _, step := range []func(*scan, []byte) []byte{
		(*scan).field, (*scan).unescaped, (*scan).entities, (*scan).doubled, (*scan).recoloured,
		(*scan).respaced, (*scan).bared, (*scan).string, (*scan).deeper,
	} {
		s.rec = record{outer: outer}
		next := step(s, text)
		if next == nil || len(next) == len(text) && bytes.Equal(next, text) {
			continue
		}
		if *looks--; *looks < 0 {
			return false, nil
		}
		if done, err = s.inside(next); done {
			return true, err
		}
		if depth > 1 {
			if done, err = s.unwrap(next, depth-1, looks); done {
				return true, err
			}
		}
	}
	return false, nil
}

// reshaped says whether a record that is not in the table shows the marks of
// having been through a viewer or a shipper.
func reshaped(text []byte) bool {
	for _, mark := range []string{`{\"`, "[GIN] ", "&quot;", "&#34;", `{""`, "\u00a0", "\u201c", "\u201d"} {
		if bytes.Contains(text, []byte(mark)) {
			return true
		}
	}
	return false
}

// reshapedRecord handles the server's line in a record that is none of the table as it
// stands; false: there is none in it.
func (s *scan) reshapedRecord(text []byte) (done bool, err error) {
	if !reshaped(text) {
		return false, nil
	}
	own, msg := s.rec, s.msg
	s.msg = nil // the record's message may be in it
	if done, err = s.unwrapped(text); !done {
		s.rec, s.msg = own, msg
	}
	return done, err
}

// inside handles a line that was unwrapped, if it is one of the server.
func (s *scan) inside(text []byte) (bool, error) {
	if bytes.IndexByte(text, 0x1b) >= 0 {
		text = stripEscapes(nil, text)
	}
	if len(text) == 0 { // a blank line, which a stack may have in it
		s.count.levels[levelNone]++
		done, err := s.trace.plain(text, s)
		if !done {
			s.count.stats.Blank++
		}
		return true, err
	}
	rest, is := s.insideRecord(text)
	if is {
		return true, s.record()
	}
	if s.trace.starts(rest) || s.trace.inside && (s.trace.head > 0 || traceLine(rest)) {
		done, err := s.trace.plain(rest, s)
		if done {
			s.count.levels[levelNone]++
		}
		return done, err
	}
	done, err := s.other(rest)
	if done {
		s.count.levels[levelNone]++
		if err == nil {
			err = s.trace.end()
		}
	}
	return done, err
}

// insideRecord reads an unwrapped line as a record of the server; rest is the line
// without what stands in front of it.
func (s *scan) insideRecord(text []byte) (rest []byte, ok bool) {
	outer := s.rec.outer
	rest, at := splitPrefix(text)
	if at != nil {
		outer = at
	}
	clean := !reshaped(text) // else there is more to undo first
	s.rec = record{text: text, outer: outer}
	if i := splitJSON(text); i >= 0 && s.rec.parseJSON(text[i:], &s.msg) && s.ours() && clean {
		return rest, true
	}
	s.rec = record{text: text, outer: outer}
	if s.rec.parseConsole(rest) && s.ours() && clean {
		return rest, true
	}
	s.rec = record{text: text, outer: outer}
	if s.rec.parseHeadless(rest) && s.ours() {
		return rest, true
	}
	s.rec = record{text: text, outer: outer}
	return rest, false
}

// ours says whether the record names a module of the server, or is in the table.
func (s *scan) ours() bool {
	return len(s.rec.module) > 0 || s.index.find(s.rec.msg, s.rec.module) != nil
}
