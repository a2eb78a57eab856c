// Package spell says how far apart two words are, for hints such as "did you
// mean". It knows no words itself: how near is near is for its callers to say.
package spell

import (
	"cmp"
	"slices"
)

// Distance counts the bytes that must be put in, taken out, replaced, or swapped
// with their neighbour, to make one word of the other.
func Distance(a, b string) int {
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
	return last[len(b)]
}

// maxWord is the length up to which words are compared, in bytes; hints are about
// names that somebody types.
const maxWord = 80

// Near is a word of a list that another one may mean.
type Near struct {
	Index    int // in the list
	Distance int
}

// Nearest lists the words that are at most limit away, the nearest first, else in
// their order. A word of more than 80 bytes is near to none.
func Nearest(word string, list []string, limit int) []Near {
	var near []Near
	for i, w := range list {
		if max(len(word), len(w)) > maxWord || max(len(word)-len(w), len(w)-len(word)) > limit {
			continue
		}
		if d := Distance(word, w); d <= limit {
			near = append(near, Near{Index: i, Distance: d})
		}
	}
	slices.SortStableFunc(near, func(a, b Near) int { return cmp.Compare(a.Distance, b.Distance) })
	return near
}
