package report

// Wrap breaks s into lines of at most width columns as reports do: between
// words and between Chinese characters, never inside a word. Line breaks in s
// are kept.
func Wrap(s string, width int) []string { return wrap(s, width) }

// Pad fills s with blanks to n columns of a terminal; Chinese characters take
// two.
func Pad(s string, n int) string { return pad(s, n) }

// Columns gives the width of s on a terminal.
func Columns(s string) int { return columns(s) }
