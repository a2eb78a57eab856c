package serverconf

import (
	"strings"
	"unicode"
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

// distance is the number of inserted, deleted, changed or swapped letters between
// two words; more than limit gives limit+1.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || len(a) > 80 || len(b) > 80 {
		return limit + 1
	}
	before, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return min(last[len(b)], limit+1)
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
	limit := tolerance(want)
	best := limit + 1
	var found *keyInfo
	for _, k := range c.keys {
		d := distance(want, spelling(of(k)), limit)
		if d < best || d == best && found != nil && k.tracked && !found.tracked {
			best, found = d, k
		}
	}
	return found
}

func pathOf(k *keyInfo) string { return k.path }
func envOf(k *keyInfo) string  { return k.env }
