package probe

import "testing"

func TestParseRelease(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"1.0.0": "1.0.0", "2.0.10": "2.0.10", "v2.2.5": "2.2.5", "v2.0.7-20241104": "2.0.7", "v2.0.0-beta": "2.0.0", "12.34.56": "12.34.56"} {
		if r, ok := ParseRelease(in); !ok || r.String() != want {
			t.Errorf("%s: got %s, %v", in, r, ok)
		}
	}
	for _, in := range []string{"", "v", "1.2", "1.2.x", "1.2.345", "1.2.3.4", "1.+2.3", "1.-2.3", "1..3", "vv1.2.3"} {
		if r, ok := ParseRelease(in); ok {
			t.Errorf("%q is no release, got %s", in, r)
		}
	}
}

// TestReleases: the generations follow each other without a release in two of them.
func TestReleases(t *testing.T) {
	t.Parallel()
	last := Release(0)
	for _, g := range Generations() {
		from, to, ok := g.Releases()
		if !ok || from <= last || to < from {
			t.Errorf("%s: %s to %s, after %s", g, from, to, last)
		}
		last = to
	}
	if _, _, ok := GenUnknown.Releases(); ok {
		t.Error("an unknown generation has no releases")
	}
}
