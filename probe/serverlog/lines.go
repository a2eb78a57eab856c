package serverlog

import (
	"bytes"
	"errors"
	"io"
)

// defaultMaxLine is how much of a line is looked at, in bytes. The longest lines
// a server writes about a connection carry a stack trace of a few kilobytes.
const defaultMaxLine = 64 << 10

// minMaxLine keeps the header of a line readable whatever the caller asks for.
const minMaxLine = 512

// lineReader cuts a stream into lines in a fixed buffer.
type lineReader struct {
	r          io.Reader
	buf        []byte
	start, end int   // the unread part of buf
	searched   int   // buf[start:searched] holds no newline
	max        int   // longer lines are cut
	offset     int64 // of buf[start] in the stream
	err        error // what the reader ended with
	skipping   bool  // inside the rest of a line that was cut
}

func newLineReader(r io.Reader, max int) *lineReader {
	if max <= 0 {
		max = defaultMaxLine
	}
	if max < minMaxLine {
		max = minMaxLine
	}
	return &lineReader{r: r, buf: make([]byte, 4*max), max: max}
}

// line is one line without its line end.
type line struct {
	text   []byte // valid until the next call
	offset int64
	cut    bool // longer than the limit, the rest is thrown away
	open   bool // the stream ends without a line end
}

// next gives the next line; false at the end of the stream or on an error.
func (l *lineReader) next() (line, bool) {
	for {
		l.dropNUL()
		if i := bytes.IndexByte(l.buf[l.searched:l.end], '\n'); i >= 0 {
			text, offset := l.take(l.searched + i)
			l.start++ // the newline
			l.searched = l.start
			l.offset++
			if l.skipping {
				l.skipping = false
				continue
			}
			cut := len(text) > l.max
			return line{text: text[:min(len(text), l.max)], offset: offset, cut: cut}, true
		}
		l.searched = l.end
		if l.skipping {
			l.take(l.end)
		} else if l.end-l.start >= l.max {
			text, offset := l.take(l.start + l.max)
			l.skipping = true
			return line{text: text, offset: offset, cut: true}, true
		}
		if l.err != nil {
			return l.last()
		}
		l.fill()
	}
}

// dropNUL skips the NUL bytes in front of a line: a log that was truncated while
// the server had it open starts with a hole as long as what was there before.
func (l *lineReader) dropNUL() {
	if l.skipping || l.searched != l.start {
		return
	}
	for l.start < l.end && l.buf[l.start] == 0 {
		l.start++
		l.offset++
	}
	l.searched = l.start
}

// take gives buf[start:to] and moves behind it.
func (l *lineReader) take(to int) ([]byte, int64) {
	text, offset := l.buf[l.start:to], l.offset
	l.offset += int64(to - l.start)
	l.start = to
	if l.searched < to {
		l.searched = to
	}
	return text, offset
}

// last gives what the stream ends with, if it does not end with a newline.
func (l *lineReader) last() (line, bool) {
	if l.start == l.end || l.skipping {
		return line{}, false
	}
	text, offset := l.take(l.end)
	return line{text: text, offset: offset, open: true}, true
}

// emptyReads is how many reads may bring nothing before the reader is given up,
// as in package bufio.
const emptyReads = 100

func (l *lineReader) fill() {
	if l.start > 0 {
		copy(l.buf, l.buf[l.start:l.end])
		l.end -= l.start
		l.searched -= l.start
		l.start = 0
	}
	for range emptyReads {
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		if err != nil {
			l.err = err
			return
		}
		if n > 0 {
			return
		}
	}
	l.err = io.ErrNoProgress
}

// failure gives the reader's error, nil at an ordinary end.
func (l *lineReader) failure() error {
	if errors.Is(l.err, io.EOF) {
		return nil
	}
	return l.err
}
