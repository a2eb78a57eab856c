package serverconf

import (
	"strings"
	"unicode"

	"github.com/wkctl/wkctl/probe/spell"
)

// spelling reduces a key to what a misspelling usually keeps: letters and digits in
// lower case.
func spelling(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// tolerance is how many letters may be wrong in a word of this length.
func tolerance(word string) int {
	switch n := len(word); {
	case n < 4:
		return 0
	case n < 7:
		return 1
	default:
		return 2
	}
}

// nearest finds the key that a misspelt path or variable most likely means; of two
// equally near ones the one that clients depend on.
func (c *catalogue) nearest(written string, of func(*keyInfo) string) *keyInfo {
	want := spelling(written)
	names := make([]string, len(c.keys))
	for i, k := range c.keys {
		names[i] = spelling(of(k))
	}
	near := spell.Nearest(want, names, tolerance(want))
	if len(near) == 0 {
		return nil
	}
	found := c.keys[near[0].Index]
	for _, n := range near {
		if k := c.keys[n.Index]; n.Distance == near[0].Distance && k.tracked && !found.tracked {
			found = k
		}
	}
	return found
}

func pathOf(k *keyInfo) string { return k.path }
func envOf(k *keyInfo) string  { return k.env }
