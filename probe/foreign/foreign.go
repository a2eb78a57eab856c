package foreign

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes text from a server fit to be stored and shown: at most max runes,
// invalid UTF-8 replaced, line ends and tabs turned into spaces, and every
// other control, bidirectional or format character dropped, escape sequences
// whole. A server could otherwise repaint the terminal or forge lines of a log.
func Clean(s string, max int) string {
	var b strings.Builder
	n, space := 0, true
	for len(s) > 0 && n < max {
		if skip := EscapeLength(s); skip > 0 {
			s = s[skip:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch {
		case unicode.IsSpace(r):
			if !space {
				b.WriteByte(' ')
				n++
			}
			space = true
			continue
		case !unicode.IsPrint(r):
			continue
		}
		b.WriteRune(r)
		n++
		space = false
	}
	out := strings.TrimRight(b.String(), " ")
	if n == max && strings.TrimSpace(s) != "" {
		out += "…"
	}
	return out
}
