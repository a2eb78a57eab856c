package report

import (
	"slices"
	"strings"
	"testing"
)

func TestColumns(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{"abc": 3, "设备标识": 8, "✓ 接受": 6, "→ · …": 5, "\x1b[31mred\x1b[0m": 3, "─│╭": 3} {
		if got := columns(s); got != want {
			t.Errorf("columns(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		in    string
		width int
		want  []string
	}{
		{"words", "one two three four", 9, []string{"one two", "three", "four"}},
		{"an address is never broken", "see https://example.org/long/path now", 10, []string{"see", "https://example.org/long/path", "now"}},
		{"Chinese", "服务端到下面查找", 8, []string{"服务端到", "下面查找"}},
		{"no punctuation at the start of a line", "服务端。查找", 6, []string{"服务", "端。查", "找"}},
		{"mixed", "用 token 登录失败了", 9, []string{"用 token", "登录失败", "了"}},
		{"line breaks stay", "a\n\nb", 9, []string{"a", "", "b"}},
		{"empty", "", 9, []string{""}},
	}
	for _, tt := range tests {
		if got := wrap(tt.in, tt.width); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("用 token 登录，失败了 see https://x.example/y", 12)
	f.Fuzz(func(t *testing.T, s string, width int) {
		s = clean(s, lineLimit)
		width = 8 + width&0x3f
		var back []string
		for _, l := range wrap(s, width) {
			back = append(back, strings.ReplaceAll(l, " ", ""))
			if columns(l) > width && len(pieces(l)) > 1 {
				t.Fatalf("wrap(%q, %d): the line %q could be broken", s, width, l)
			}
		}
		if got, want := strings.Join(back, ""), strings.ReplaceAll(s, " ", ""); got != want {
			t.Fatalf("wrap(%q, %d) lost text: %q", s, width, got)
		}
	})
}
