package report

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// columns gives the width of s on a terminal. Ambiguous characters count one
// column whatever the locale: the environment of wkctl says nothing about the
// reader's terminal.
func columns(s string) int {
	return twwidth.WidthWithOptions(s, twwidth.Options{})
}

// pad fills s with blanks to n columns.
func pad(s string, n int) string {
	if gap := n - columns(s); gap > 0 {
		return s + strings.Repeat(" ", gap)
	}
	return s
}

// wrap breaks s into lines of at most width columns, between words and between
// Chinese characters, never inside a word: an address or a code that is too
// long sticks out and can still be copied. Line breaks in s are kept.
func wrap(s string, width int) []string {
	var lines []string
	for _, part := range strings.Split(s, "\n") {
		lines = append(lines, wrapLine(part, width)...)
	}
	return lines
}

func wrapLine(s string, width int) []string {
	var lines []string
	line, used := "", 0
	for _, piece := range pieces(s) {
		w := columns(strings.TrimRight(piece, " "))
		if used > 0 && used+w > width {
			lines = append(lines, strings.TrimRight(line, " "))
			line, used = "", 0
		}
		line += piece
		used += columns(piece)
	}
	return append(lines, strings.TrimRight(line, " "))
}

// pieces cuts s where a line may break: behind blanks, and around each Chinese
// character, except before closing and behind opening punctuation.
func pieces(s string) []string {
	var list []string
	start := 0
	runes := []rune(s)
	for i := 1; i <= len(runes); i++ {
		if i == len(runes) || breakable(runes[i-1], runes[i]) {
			list = append(list, string(runes[start:i]))
			start = i
		}
	}
	return list
}

func breakable(before, after rune) bool {
	if after == ' ' {
		return false
	}
	if before == ' ' {
		return true
	}
	if strings.ContainsRune("，。、；：！？）」』】》”’%…", after) || strings.ContainsRune("（「『【《“‘", before) {
		return false
	}
	return wide(before) && (wide(after) || unicode.IsLetter(after) || unicode.IsDigit(after)) ||
		wide(after) && (unicode.IsLetter(before) || unicode.IsDigit(before))
}

func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) ||
		r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF
}

// ansi is the colours that a page writes.
var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")
