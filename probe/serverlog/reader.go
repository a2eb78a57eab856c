package serverlog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
)

// maxUnpacked bounds what a gzip file may unpack to, in bytes: 64 kB of zeros
// packed twice over become terabytes. It takes a few minutes to read this much,
// in constant memory.
const maxUnpacked = 16 << 30

// errTooMuch says that a packed log is larger than maxUnpacked.
var errTooMuch = errors.New("unpacking: more than 16 GiB")

// Reader gives a log as UTF-8 without a byte order mark, whatever of UTF-8,
// UTF-16 and gzip it comes in. It reads no further ahead than a few kilobytes,
// so that a live log can be followed through it.
type Reader struct {
	src   io.Reader
	enc   Encoding // of src; "" = to be told from its first bytes
	text  io.Reader
	found Encoding
	form  Form
	head  []byte // what the text starts with, at most sniffed bytes
	limit int64  // of unpacked bytes
	err   error
}

// NewReader reads src, whose encoding is told from its first bytes, or is enc
// where the caller knows better: the bytes are from the middle of a file.
func NewReader(src io.Reader, enc Encoding) *Reader {
	return &Reader{src: src, enc: enc, limit: maxUnpacked}
}

// Encoding gives the encoding of the source once something was read, the outer
// one where text in UTF-16 is packed with gzip.
func (r *Reader) Encoding() Encoding { return r.found }

// Form says what the text looks like that was read so far, where it is no log.
func (r *Reader) Form() Form {
	if r.form != "" {
		return r.form
	}
	return FormOf(r.head)
}

// Read gives text. A packed form that cannot be read gives io.EOF at once.
func (r *Reader) Read(p []byte) (int, error) {
	if r.text == nil && r.err == nil {
		r.err = r.open()
	}
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.text.Read(p)
	if room := sniffed - len(r.head); room > 0 && n > 0 {
		r.head = append(r.head, p[:min(n, room)]...)
	}
	return n, err
}

// open finds out what the source is, and what has to be undone.
func (r *Reader) open() error {
	src, enc, err := r.look(r.src, r.enc)
	if err != nil {
		return err
	}
	r.found = enc
	if enc == EncodingGzip {
		unpacked, err := gzip.NewReader(src)
		if err != nil {
			return fmt.Errorf("unpacking: %w", err)
		}
		if src, enc, err = r.look(&bounded{unpacked, r.limit}, ""); err != nil {
			return err
		}
		if enc == EncodingGzip {
			r.form = FormGzip
			return io.EOF
		}
	}
	switch enc {
	case EncodingUTF16LE:
		src = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Reader(src)
	case EncodingUTF16BE:
		src = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Reader(src)
	}
	r.text = src
	return nil
}

// look gives src without its byte order mark, and its encoding. A packed form
// that is not undone here ends it.
func (r *Reader) look(src io.Reader, known Encoding) (io.Reader, Encoding, error) {
	if known != "" && known != EncodingGzip {
		return src, known, nil
	}
	head, err := start(src)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", err
	}
	enc, mark := Sniff(head)
	if enc == EncodingUTF8 {
		if form := FormOf(head[mark:]); form.Packed() {
			r.form = form
			return nil, "", io.EOF
		}
	}
	rest := io.Reader(bytes.NewReader(head[mark:]))
	if err == nil { // else the source has ended, and must not be asked again
		rest = io.MultiReader(rest, src)
	}
	return rest, enc, nil
}

// start gives the first bytes of src: as many as come at once, but enough for a
// guess. It gives up on a reader that brings nothing, as the line reader does.
func start(src io.Reader) ([]byte, error) {
	head, empty := make([]byte, 0, sniffed), 0
	for len(head) < enough {
		n, err := src.Read(head[len(head):cap(head)])
		head = head[:len(head)+n]
		if err != nil {
			return head, err
		}
		if n > 0 {
			empty = 0
		} else if empty++; empty == emptyReads {
			return head, io.ErrNoProgress
		}
	}
	return head, nil
}

// bounded ends with an error where more than left bytes come.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, errTooMuch
	}
	return n, err
}
