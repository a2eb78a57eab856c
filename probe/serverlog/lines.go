package serverlog

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxLine is how much of a line is looked at, in bytes. The longest lines a server
// writes about a connection carry a stack trace of a few kilobytes.
const maxLine = 64 << 10

// emptyReads is how many reads may bring nothing before the reader is given up,
// as in package bufio.
const emptyReads = 100

// lineReader cuts a stream into lines in a fixed buffer.
type lineReader struct {
	r        *bufio.Reader
	max      int   // longer lines are cut
	offset   int64 // read so far, in bytes
	err      error // what the reader ended with; it is not asked again
	skipping bool  // inside the rest of a line that was cut
}

// newLineReader cuts lines that are longer than max bytes.
func newLineReader(r io.Reader, max int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, max+1), max: max}
}

// line is one line without its line end.
type line struct {
	text []byte // valid until the next call
	cut  bool   // longer than the limit, the rest is thrown away
	open bool   // the stream ends without a line end
}

// next gives the next line; false at the end of the stream or on an error.
func (l *lineReader) next() (line, bool) {
	for l.skipping && l.err == nil {
		_, full := l.slice()
		l.skipping = full
	}
	if l.err != nil || !l.dropNUL() {
		return line{}, false
	}
	text, full := l.slice()
	if full {
		l.skipping = true
		return line{text: text[:l.max], cut: true}, true
	}
	if l.err != nil {
		return line{text: text, open: true}, true
	}
	return line{text: text[:len(text)-1]}, true
}

// slice gives the next bytes up to a newline, which is the last of them; full says
// that the buffer held none.
func (l *lineReader) slice() (text []byte, full bool) {
	text, err := l.r.ReadSlice('\n')
	l.offset += int64(len(text))
	if errors.Is(err, bufio.ErrBufferFull) {
		return text, true
	}
	l.err = err
	return text, false
}

// dropNUL skips the NUL bytes in front of a line: a log that was truncated while
// the server had it open starts with a hole as long as what was there before. It is
// false where nothing follows.
func (l *lineReader) dropNUL() bool {
	for {
		if _, l.err = l.r.Peek(1); l.err != nil {
			return false
		}
		head, _ := l.r.Peek(l.r.Buffered())
		n := len(head) - len(bytes.TrimLeft(head, "\x00"))
		_, _ = l.r.Discard(n) // they are in the buffer
		l.offset += int64(n)
		if n < len(head) {
			return true
		}
	}
}

// failure gives the reader's error, nil at an ordinary end.
func (l *lineReader) failure() error {
	if errors.Is(l.err, io.EOF) {
		return nil
	}
	return l.err
}
