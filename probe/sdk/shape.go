package sdk

import (
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Shape is the form of an id that an SDK makes: plain text with places to fill
// in. {hex8} and {hex32} are random hex digits; {uuid} is a random UUID with
// dashes, {uuid32} and {uuid16} its first digits without; {UUID} and {UUID32}
// the same in capitals; {ms} is the time in Unix milliseconds, {n} a counter.
type Shape string

// place describes one place of a Shape.
type place struct {
	pattern string // regular expression of what may stand there
	fill    func(random [16]byte, now time.Time, n int) string
}

const (
	patternHex32  = `[0-9a-f]{32}`
	patternUUID   = `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`
	patternUUID32 = `[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}`
	patternUUID16 = `[0-9a-f]{12}4[0-9a-f]{3}`
)

// placeOf gives the place of that name.
func placeOf(name string) (place, bool) {
	switch name {
	case "hex8":
		return place{`[0-9a-f]{8}`, func(r [16]byte, _ time.Time, _ int) string { return hex.EncodeToString(r[:4]) }}, true
	case "hex32":
		return place{patternHex32, func(r [16]byte, _ time.Time, _ int) string { return hex.EncodeToString(r[:]) }}, true
	case "uuid":
		return place{patternUUID, func(r [16]byte, _ time.Time, _ int) string { return uuid(r) }}, true
	case "UUID":
		return place{upper(patternUUID), func(r [16]byte, _ time.Time, _ int) string { return strings.ToUpper(uuid(r)) }}, true
	case "uuid32":
		return place{patternUUID32, func(r [16]byte, _ time.Time, _ int) string { return uuid32(r) }}, true
	case "UUID32":
		return place{upper(patternUUID32), func(r [16]byte, _ time.Time, _ int) string { return strings.ToUpper(uuid32(r)) }}, true
	case "uuid16":
		return place{patternUUID16, func(r [16]byte, _ time.Time, _ int) string { return uuid32(r)[:16] }}, true
	case "ms":
		return place{`[0-9]{13,}`, func(_ [16]byte, t time.Time, _ int) string { return strconv.FormatInt(t.UnixMilli(), 10) }}, true
	case "n":
		return place{`[0-9]+`, func(_ [16]byte, _ time.Time, n int) string { return strconv.Itoa(n) }}, true
	}
	return place{}, false
}

// upper turns a pattern of lower-case hex digits into one of upper-case ones.
func upper(pattern string) string {
	return strings.NewReplacer("a-f", "A-F", "[89ab]", "[89AB]").Replace(pattern)
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
		p, ok := placeOf(name)
		if !ok {
			return fmt.Errorf("filling in shape %q: unknown place %q", string(s), name)
		}
		var r [16]byte
		if _, err := io.ReadFull(random, r[:]); err != nil {
			return fmt.Errorf("reading random bytes for an id: %w", err)
		}
		b.WriteString(p.fill(r, now, n))
		return nil
	})
	return b.String(), err
}

// Pattern gives the regular expression that matches every id of this shape,
// anchored at both ends.
func (s Shape) Pattern() (*regexp.Regexp, error) {
	var b strings.Builder
	b.WriteString("^")
	err := s.walk(func(t string) { b.WriteString(regexp.QuoteMeta(t)) }, func(name string) error {
		p, ok := placeOf(name)
		if !ok {
			return fmt.Errorf("matching shape %q: unknown place %q", string(s), name)
		}
		b.WriteString(p.pattern)
		return nil
	})
	if err != nil {
		return nil, err
	}
	b.WriteString("$")
	return regexp.Compile(b.String())
}
