package secret

import (
	"slices"
	"strings"
	"testing"
)

// TestRedactLinear: a text four times as long takes four times the steps, whatever
// it is made of, and never a step that is not budgeted.
func TestRedactLinear(t *testing.T) { // counting allocations bears nothing beside it
	v, tokens := crowd(150)
	v.User("%25%2525%%%%%%&amp;&&&&&amp;")
	v.User(strings.Repeat("a", 64))
	known, _ := v.index()
	const n = 8 << 10
	long := texts(tokens, 4*n)
	for name, short := range texts(tokens, n) {
		t.Run(name, func(t *testing.T) {
			one, four := known.run(short), known.run(long[name])
			if one.over || four.over {
				t.Fatalf("gave up: %d and %d steps", one.steps, four.steps)
			}
			if ratio := float64(four.steps) / float64(one.steps); ratio > 4.6 {
				t.Errorf("%d steps for %d bytes, %d for %d: %.1f times", one.steps, len(short), four.steps, len(long[name]), ratio)
			}
			if slower > 1 {
				return // the detector allocates, too
			}
			room := func(text string) float64 { return testing.AllocsPerRun(1, func() { known.run(text) }) }
			if few, many := room(short), room(long[name]); many > 4.5*few+1000 {
				t.Errorf("%.0f allocations for %d bytes, %.0f for %d", few, len(short), many, len(long[name]))
			}
		})
	}
}

// TestRedactMebibyte: a mebibyte of what opens escapes is gone through.
func TestRedactMebibyte(t *testing.T) {
	t.Parallel()
	v, tokens := crowd(1000)
	token := tokens[slices.IndexFunc(tokens, func(s string) bool { return s[0] >= 'a' })] // no backslash protects a letter
	known, _ := v.Known(token)
	for part, n := range map[string]int{"%": 1 << 16, `\`: 1 << 20, "&": 1 << 16} {
		n /= slower
		text := strings.Repeat(part, n/2)
		want := text + known.String() + text
		if got := v.Redact(text + token + text); got != want {
			t.Errorf("all %s: %d bytes, want %d", part, len(got), len(want))
		}
	}
}

// TestRedactGivesUp: a long token that repeats itself, in a long text that does,
// would take time that grows with both. The rest of such a text is hidden.
func TestRedactGivesUp(t *testing.T) {
	t.Parallel()
	var v Vault
	v.User(strings.Repeat("ab", 5_000) + "c")
	v.User("another token")
	text := "another token: " + strings.Repeat("ab", 8_000) + " another token"
	got := v.Redact(text)
	if !strings.HasPrefix(got, "T1: abab") || !strings.HasSuffix(got, "abab"+unreadable) || len(got) > 10_000 {
		t.Errorf("got %.100s, %d bytes", got, len(got))
	}
	var slashes Vault // in a run of backslashes there are ever so many ways to read sixteen of them
	slashes.User(strings.Repeat(`\`, 16))
	if got := slashes.Redact("x" + strings.Repeat(`\`, 20_000) + "y"); !strings.HasPrefix(got, "xT0") || len(got) > 50 {
		t.Errorf("got %.100s, %d bytes", got, len(got))
	}
	spans := v.Find([]byte(text))
	if last := spans[len(spans)-1]; last.Start+last.Len != len(text) {
		t.Errorf("found %v in %d bytes", spans, len(text))
	}
}
