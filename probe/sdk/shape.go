package sdk

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Shape is the form of an id that an SDK makes: plain text with places to fill
// in. {hex8} and {hex32} are random hex digits; {uuid} is a random UUID with
// dashes, {uuid32} and {uuid16} its first digits without; {UUID} and {UUID32}
// the same in capitals; {ms} is the time in Unix milliseconds, {n} a counter.
type Shape string

// filler fills a place of a Shape in.
type filler func(random [16]byte, now time.Time, n int) string

func placeOf(name string) (filler, bool) {
	switch name {
	case "hex8":
		return func(r [16]byte, _ time.Time, _ int) string { return hex.EncodeToString(r[:4]) }, true
	case "hex32":
		return func(r [16]byte, _ time.Time, _ int) string { return hex.EncodeToString(r[:]) }, true
	case "uuid":
		return func(r [16]byte, _ time.Time, _ int) string { return uuid(r) }, true
	case "UUID":
		return func(r [16]byte, _ time.Time, _ int) string { return strings.ToUpper(uuid(r)) }, true
	case "uuid32":
		return func(r [16]byte, _ time.Time, _ int) string { return uuid32(r) }, true
	case "UUID32":
		return func(r [16]byte, _ time.Time, _ int) string { return strings.ToUpper(uuid32(r)) }, true
	case "uuid16":
		return func(r [16]byte, _ time.Time, _ int) string { return uuid32(r)[:16] }, true
	case "ms":
		return func(_ [16]byte, t time.Time, _ int) string { return strconv.FormatInt(t.UnixMilli(), 10) }, true
	case "n":
		return func(_ [16]byte, _ time.Time, n int) string { return strconv.Itoa(n) }, true
	}
	return nil, false
}

func uuid32(r [16]byte) string {
	r[6] = r[6]&0x0f | 0x40 // version 4
	r[8] = r[8]&0x3f | 0x80 // variant of RFC 9562
	return hex.EncodeToString(r[:])
}

func uuid(r [16]byte) string {
	s := uuid32(r)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// walk visits the parts of a shape: plain text and places.
func (s Shape) walk(text func(string), place func(name string) error) error {
	rest := string(s)
	for rest != "" {
		plain, after, found := strings.Cut(rest, "{")
		text(plain)
		if !found {
			return nil
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			return fmt.Errorf("reading shape %q: expected a closing brace", string(s))
		}
		if err := place(name); err != nil {
			return err
		}
		rest = tail
	}
	return nil
}

// make fills the shape in. The error is that of the random source.
func (s Shape) make(random io.Reader, now time.Time, n int) (string, error) {
	var b strings.Builder
	err := s.walk(func(t string) { b.WriteString(t) }, func(name string) error {
		fill, ok := placeOf(name)
		if !ok {
			return fmt.Errorf("filling in shape %q: unknown place %q", string(s), name)
		}
		var r [16]byte
		if _, err := io.ReadFull(random, r[:]); err != nil {
			return fmt.Errorf("reading random bytes for an id: %w", err)
		}
		b.WriteString(fill(r, now, n))
		return nil
	})
	return b.String(), err
}
