package serverlog

import (
	"unicode"
	"unicode/utf8"

	"github.com/wkctl/wkctl/probe/foreign"
)

// Bounds of the strings in an Entry, in bytes.
const (
	maxUID   = 128
	maxShort = 128 // device ids, modules, times
	maxError = 300
	maxText  = 600
)

// clean gives b fit for a terminal and at most max bytes long.
func clean(b []byte, max int) string {
	if len(b) == 0 {
		return ""
	}
	return bound(string(sanitise(b[:min(len(b), 4*max)])), max)
}

// sanitise gives b with tabs as blanks and every other control or format
// character (escape sequences, line ends, direction marks) and every byte that is
// no UTF-8 as U+FFFD. It gives b itself if there is nothing to change.
func sanitise(b []byte) []byte {
	good := harmless(b)
	if good == len(b) {
		return b
	}
	out := append(make([]byte, 0, len(b)+len(b)/4), b[:good]...)
	for b = b[good:]; len(b) > 0; {
		r, size := utf8.DecodeRune(b)
		b = b[size:]
		switch {
		case r == '\t':
			r = ' '
		case hostile(r):
			r = utf8.RuneError
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// harmless gives the length of the front of b that needs no change.
func harmless(b []byte) int {
	for i := 0; ; {
		for i < len(b) && b[i]-0x20 < 0x7f-0x20 { // printable ASCII
			i++
		}
		if i == len(b) || b[i] < utf8.RuneSelf {
			return i
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 || hostile(r) {
			return i
		}
		i += size
	}
}

const ellipsis = "…"

// bound cuts s to max bytes at a rune.
func bound(s string, max int) string {
	if len(s) <= max {
		return s
	}
	cut := max - len(ellipsis)
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + ellipsis
}

// hostile says whether a terminal may obey r instead of showing it.
func hostile(r rune) bool {
	if r < utf8.RuneSelf {
		return r < 0x20 || r == 0x7f
	}
	if r >= 0x3000 && r <= 0x9fff { // Chinese text and its punctuation
		return false
	}
	return r < 0xa0 || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Cf, r)
}

// stripEscapes appends b to dst without terminal escape sequences: colours, titles,
// links.
func stripEscapes(dst, b []byte) []byte {
	for len(b) > 0 {
		if skip := foreign.EscapeLength(b); skip > 0 {
			b = b[skip:]
			continue
		}
		dst = append(dst, b[0])
		b = b[1:]
	}
	return dst
}
