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
		r, size := utf8.DecodeRuneInString(s)
		if r == 0x1b {
			s = s[escapeLength(s):]
			continue
		}
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

// escapeLength says how many bytes the escape sequence at the start of s takes:
// CSI up to its final byte, OSC and the other strings up to BEL or ST, else two.
func escapeLength(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
		}
		return len(s)
	case ']', 'P', 'X', '^', '_':
		for i := 2; i < len(s); i++ {
			if s[i] == 0x07 {
				return i + 1
			}
			if s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\' {
				return i + 2
			}
		}
		return len(s)
	}
	return 2
}
