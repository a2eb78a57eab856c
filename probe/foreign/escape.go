package foreign

// EscapeLength gives the length in bytes of the terminal escape sequence that s
// begins with (ECMA-48: CSI, the strings OSC, DCS, SOS, PM, APC, and two-byte
// escapes, in their 7-bit and 8-bit forms), or 0. An unfinished string sequence
// swallows no text beyond its introducer.
func EscapeLength[T ~string | ~[]byte](s T) int {
	intro, kind := 0, byte(0)
	switch {
	case len(s) >= 2 && s[0] == 0x1b:
		intro, kind = 2, s[1]
	case len(s) >= 2 && s[0] == 0xc2 && (s[1] == 0x90 || s[1] == 0x98 || s[1] >= 0x9b && s[1] <= 0x9f && s[1] != 0x9c):
		intro, kind = 2, s[1]-0x40 // the other 8-bit controls stand alone
	default:
		return 0
	}
	switch kind {
	case '[':
		return intro + csiLength(s[intro:])
	case ']', 'P', 'X', '^', '_':
		return intro + stringLength(s[intro:])
	}
	if kind >= 0x20 && kind <= 0x2f { // ESC ( B and the like: more may follow
		return intro + csiLength(s[intro:])
	}
	if kind >= 0x30 && kind <= 0x7e {
		return intro
	}
	return 1 // ESC before something that is not part of a sequence
}

// csiLength counts parameter and intermediate bytes and the final byte.
func csiLength[T ~string | ~[]byte](s T) int {
	for i := range len(s) {
		if s[i] >= 0x40 && s[i] <= 0x7e {
			return i + 1
		}
		if s[i] < 0x20 || s[i] > 0x7e {
			return i
		}
	}
	return len(s)
}

// stringLength counts up to and including BEL or ST.
func stringLength[T ~string | ~[]byte](s T) int {
	for i := range len(s) {
		switch {
		case s[i] == 0x07:
			return i + 1
		case s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\', s[i] == 0xc2 && i+1 < len(s) && s[i+1] == 0x9c:
			return i + 2
		}
	}
	return 0
}
