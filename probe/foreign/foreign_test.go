package foreign

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	t.Parallel()
	rows := []struct{ name, in, want string }{
		{"plain", "token is empty", "token is empty"},
		{"empty", "", ""},
		{"white space", "  a\t\tb\r\nc \u2028 d\u0085e  ", "a b c d e"},
		{"other scripts", "账号在其他设备上登录 é 🙂", "账号在其他设备上登录 é 🙂"},
		{"control characters", "a\x00b\x07c\x7fd\u0084e", "abcde"},
		{"colour in 8 bits", "a\u009b31mred", "ared"},
		{"window title in 8 bits", "a\u009d0;owned\u009cb", "ab"},
		{"colour", "a\x1b[31;1mred\x1b[0m", "ared"},
		{"cursor", "a\x1b[2J\x1b[Hb", "ab"},
		{"window title", "a\x1b]0;owned\x07b", "ab"},
		{"hyperlink", "a\x1b]8;;http://x\x1b\\b\x1b]8;;\x1b\\c", "abc"},
		{"a string without an end", "a\x1b]0;rest stays", "a0;rest stays"},
		{"device control", "a\x1bPq#0\x1b\\b", "ab"},
		{"a two-byte sequence", "a\x1bcb", "ab"},
		{"a lone escape", "a\x1b", "a"},
		{"a sequence cut short", "a\x1b[31", "a"},
		{"bidirectional", "a\u202eb\u2066c\u200fd", "abcd"},
		{"invisible", "a\u200bb\ufeffc\u00add", "abcd"},
		{"invalid UTF-8", "a\xffb\xc3", "a\ufffdb\ufffd"},
	}
	for _, row := range rows {
		if got := Clean(row.in, 40); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
	bounds := []struct {
		in   string
		max  int
		want string
	}{
		{"abcdef", 6, "abcdef"}, {"abcdef", 5, "abcde…"}, {"abcde   ", 5, "abcde"}, {"账号在其他", 2, "账号…"}, {"a b", 2, "a…"}, {"abc", 0, "…"},
	}
	for _, row := range bounds {
		if got := Clean(row.in, row.max); got != row.want {
			t.Errorf("%q to %d: got %q, want %q", row.in, row.max, got, row.want)
		}
	}
}

// FuzzClean: the bound is kept (an ellipsis aside), the text is valid UTF-8 on
// one line, and nothing in it can move a cursor or turn the writing direction.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{"plain", "\x1b[31mred", "\x1b]0;t\x07x", "\x1b\xc3\xa9", "\u202eabc", "a\xff\xfe", "\u2028\n\r\t", "\x1b[", "\x9b31m"} {
		f.Add(seed, 10)
	}
	f.Fuzz(func(t *testing.T, in string, max int) {
		if max < 0 || max > 1000 {
			t.Skip()
		}
		out := Clean(in, max)
		if !utf8.ValidString(out) {
			t.Errorf("%q: not UTF-8: %q", in, out)
		}
		body, cut := strings.CutSuffix(out, "…")
		if n := utf8.RuneCountInString(body); n > max || !cut && n > max {
			t.Errorf("%q: %d runes, at most %d", in, n, max)
		}
		for _, r := range out {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
				t.Errorf("%q: %U is left in %q", in, r, out)
			}
		}
		if !cut && Clean(out, max) != out {
			t.Errorf("%q: cleaning %q again changes it", in, out)
		}
	})
}
