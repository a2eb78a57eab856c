package secret

import "testing"

// TestSet: a set blanks under the caller's names and knows nothing else.
func TestSet(t *testing.T) {
	t.Parallel()
	var s Set
	if got := s.Redact(`a\/b`); got != `a\/b` {
		t.Errorf("an empty set: got %s", got)
	}
	s.Add("abc", "SHORT")
	s.Add("to/ken", "ONE")
	s.Add("other token", "TWO")
	for in, want := range map[string]string{
		`abc to\/ken, other%20token`: "abc ONE, TWO",
		"to/kem":                     "to/kem",
		"dG8va2Vu other to…":         "ONE TWO…",
	} {
		if got := s.Redact(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	for text, want := range map[string]bool{"": false, "plain + text": false, `\`: true, "50%": true, "a&b": true} {
		if got := Escaped(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
