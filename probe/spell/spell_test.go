package spell

import (
	"slices"
	"strings"
	"testing"
)

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "web", 3}, {"diagnose", "diagnose", 0}, {"diagnos", "diagnose", 1}, {"wsadr", "wsaddr", 1},
		{"flgas", "flags", 1}, {"tokneauthon", "tokenauthon", 1}, {"ab", "ba", 1}, {"easyjs", "easyios", 2}, {"kitten", "sitting", 3}, {"abc", "xyz", 3},
	} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := Distance(c.b, c.a); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	list := []string{"tcpaddr", "wsaddr", "wssaddr", "addr", strings.Repeat("a", 81)}
	for word, want := range map[string][]Near{
		"wsaddr":                {{1, 0}, {2, 1}, {3, 2}},
		"wsadr":                 {{1, 1}, {2, 2}},
		"colour":                nil,
		strings.Repeat("a", 81): nil,
	} {
		if got := Nearest(word, list, 2); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", word, got, want)
		}
	}
}
