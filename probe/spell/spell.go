// Package spell says how far apart two words are, for hints such as "did you
// mean". It knows no words itself: how near is near is for its callers to say.
package spell

// Distance is the Levenshtein distance in bytes: how many of them must be put in,
// taken out or replaced.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost = 1 + min(last, row[j], row[j+1])
			}
			last, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
