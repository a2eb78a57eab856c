package serverlog

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"
)

// Scanner reads logs. Its zero value is ready. One scan at a time.
type Scanner struct {
	// Aliases names the tokens; nil: a new one is made. Names given with Add
	// before the scan are used for the tokens found.
	Aliases *Aliases
	// Location is the zone of times that are written without one; nil: UTC.
	Location *time.Location
}

func (s *Scanner) location() *time.Location {
	if s.Location == nil {
		return time.UTC
	}
	return s.Location
}

// ctxEvery is how many lines are read between two looks at the context.
const ctxEvery = 4096

// Scan reads r to its end and hands every entry to fn, in the order in which
// their last lines were read. r may be packed in any way that a Reader undoes; it
// may be a Reader itself. Scan stops when the context ends, the reader fails or
// fn gives an error, and returns that error with the counts so far. A reader that
// blocks is not interrupted: close it.
func (s *Scanner) Scan(ctx context.Context, r io.Reader, fn func(Entry) error) (Stats, error) {
	return s.scan(ctx, r, maxLine, fn)
}

// scan looks at no more of a line than longest bytes.
func (s *Scanner) scan(ctx context.Context, r io.Reader, longest int, fn func(Entry) error) (Stats, error) {
	if s.Aliases == nil {
		s.Aliases = &Aliases{}
	}
	text, ok := r.(*Reader)
	if !ok {
		text = NewReader(contextReader{ctx, r}, "")
	}
	sc := newScan(s, fn)
	lines := newLineReader(contextReader{ctx, text}, longest)
	err := sc.lines(ctx, lines)
	stats := sc.count.result()
	stats.Bytes, stats.Encoding = lines.offset, text.Encoding()
	if stats.Known == 0 {
		stats.Form = text.Form()
	}
	return stats, err
}

// lines reads to the end.
func (s *scan) lines(ctx context.Context, lines *lineReader) error {
	for {
		ln, ok := lines.next()
		if !ok {
			break
		}
		if err := s.line(ln); err != nil {
			return err
		}
		if s.count.stats.Lines%ctxEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := s.finish(); err != nil {
		return err
	}
	if err := lines.failure(); err != nil {
		return fmt.Errorf("reading server log at byte %d: %w", lines.offset, err)
	}
	return nil
}

// contextReader stops reading once the context has ended.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// scan is one run over one stream.
type scan struct {
	scanner *Scanner
	index   index
	class   classifier
	fold    folder
	trace   tracer
	count   counter
	rec     record
	join    joiner
	at      line   // the line at hand
	no      int64  // its number, the first one's where it was joined of several
	bare    []byte // it without escape sequences
	msg     []byte // an unescaped message

	shaken   []byte // the TLS failure that was printed last
	shakenAt int64  // its line

	badBodyAt int64 // the line of an error whose access line is still to come; 0: none
}

func newScan(s *Scanner, fn func(Entry) error) *scan {
	sc := &scan{scanner: s, index: newIndex()}
	sc.class = classifier{scanner: s, mask: masker{aliases: s.Aliases}}
	emit := func(e Entry) error {
		sc.count.stats.Entries++
		return fn(e)
	}
	sc.fold.emit, sc.trace.emit = emit, emit
	return sc
}

// line handles one line.
func (s *scan) line(ln line) error {
	s.at = ln
	s.count.stats.Lines++
	if ln.cut {
		s.count.stats.Cut++
	}
	s.count.stats.Unterminated = ln.open
	if len(s.fold.list) > 0 {
		if err := s.fold.expire(s.count.stats.Lines); err != nil {
			return err
		}
	}
	text := bytes.TrimRight(ln.text, "\r")
	if bytes.IndexByte(text, 0x1b) >= 0 {
		s.bare = stripEscapes(s.bare[:0], text)
		text = s.bare
	}
	s.no = s.count.stats.Lines
	if done, err := s.joined(text); done {
		return err
	}
	return s.text(text)
}

// text finds the format of a line and handles the record in it.
func (s *scan) text(text []byte) error {
	s.rec = record{text: text}
	if i := splitJSON(text); i >= 0 && s.rec.parseJSON(text[i:], &s.msg) {
		s.rec.prefix = text[:i]
		return s.asRecord(text)
	}
	s.rec = record{text: text}
	rest, at := splitPrefix(text)
	s.rec.outer = at
	if len(rest) > 0 && rest[0] == '{' {
		if done, err := s.unwrapped(rest); done {
			return err
		}
		s.rec = record{text: text, outer: at}
	}
	if s.rec.parseConsole(rest) {
		return s.asRecord(text)
	}
	if s.rec.parseHeadless(rest) && s.index.find(s.rec.msg, s.rec.module) != nil {
		return s.record()
	}
	s.rec = record{text: text, outer: at}
	return s.plain(rest)
}

// asRecord handles the record of a line, unless the line shows that there is
// another one inside.
func (s *scan) asRecord(text []byte) error {
	if s.index.find(s.rec.msg, s.rec.module) == nil {
		if done, err := s.reshapedRecord(text); done {
			return err
		}
	}
	return s.record()
}

// plain handles a line without a level.
func (s *scan) plain(text []byte) error {
	done, err := s.trace.plain(text, s)
	if !done && err == nil {
		done, err = s.other(text)
	}
	if !done && err == nil && len(text) > 0 {
		if done, err = s.unwrapped(text); done {
			return err // it counts itself
		}
	}
	s.count.levels[levelNone]++
	switch {
	case done:
	case len(bytes.TrimSpace(text)) == 0:
		s.count.stats.Blank++
	default:
		s.count.stats.Plain++
	}
	return err
}

// record handles a line whose header was read. Most are of no interest and leave
// here, before anything else of them is looked at.
func (s *scan) record() error {
	s.count.levels[s.rec.level]++
	if s.trace.inside || s.trace.held != nil || s.rec.level >= levelError {
		if err := s.trace.structured(&s.rec); err != nil {
			return err
		}
	}
	if done, err := s.logged(); done {
		return err
	}
	return s.listed()
}

// listed handles a record by its row in the table, if it has one.
func (s *scan) listed() error {
	r := s.index.find(s.rec.msg, s.rec.module)
	if r != nil || len(s.rec.module) > 0 {
		s.known()
	}
	if r == nil {
		return s.unknown()
	}
	if r.pair == second && len(s.fold.list) > 0 {
		e := s.class.repeat(&s.rec)
		if folded, err := s.fold.join(&e, r); folded {
			s.count.stats.Folded++
			return err
		}
	}
	e, ok := s.class.facts(&s.rec, r)
	if !ok {
		s.count.other[s.rec.level]++
		return nil
	}
	if r.pair == kickClose {
		if folded, err := s.fold.join(&e, r); folded {
			s.count.stats.Folded++
			return err
		}
	}
	if e.Kind.handshake() && s.shakenAgain(&e) {
		s.count.stats.Folded++
		return nil
	}
	s.badBody(e.Kind)
	s.class.finish(&e, &s.rec)
	e.Line = s.no
	return s.fold.take(e, r)
}

// unknown handles a message that is not in the table: a panic whatever it says,
// an error as a sample, the rest as a number.
func (s *scan) unknown() error {
	if s.rec.level >= levelPanic {
		return s.fold.emit(s.panic())
	}
	s.count.other[s.rec.level]++
	if s.rec.level == levelError {
		s.count.unknown(&s.rec, s.no, &s.class.mask)
	}
	return nil
}

// panic makes the entry of a panic whose message is not in the table.
func (s *scan) panic() Entry {
	e, _ := s.class.facts(&s.rec, &row{kind: KindPanic})
	s.class.finish(&e, &s.rec)
	e.Line = s.no
	return e
}

// panicEntry makes the entry of a panic that the Go runtime wrote.
func (s *scan) panicEntry(msg []byte) Entry {
	s.known()
	e := s.panic()
	e.Error = s.class.mask.text(msg, maxError)
	e.Kind = startPanic(msg)
	return e
}

// known counts a line that a server writes.
func (s *scan) known() {
	s.count.stats.Known++
	s.count.stats.LastKnown = s.no
}

func (s *scan) finish() error {
	if err := s.flushJoin(); err != nil {
		return err
	}
	if err := s.trace.end(); err != nil {
		return err
	}
	return s.fold.flush()
}
