package probe

import (
	"fmt"
	"strconv"
	"strings"
)

// Release is a version of the server as a number that sorts: 20205 is 2.2.5.
type Release int

// ParseRelease reads "2.2.5", "v2.0.7-20241104" and "v2.0.0-beta"; what stands behind
// the "-" does not count. ok is false for anything else: three numbers of at most two
// digits are expected.
func ParseRelease(s string) (r Release, ok bool) {
	s, _, _ = strings.Cut(strings.TrimPrefix(s, "v"), "-")
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return 0, false
	}
	for _, p := range parts {
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil || len(p) > 2 {
			return 0, false
		}
		r = r*100 + Release(n)
	}
	return r, true
}

// String gives "2.2.5".
func (r Release) String() string {
	return fmt.Sprintf("%d.%d.%d", r/10000, r/100%100, r%100)
}

// Releases gives the first and the last release of a generation; that of v3 is any
// 3.x. ok is false where the generation is not known.
func (g Generation) Releases() (first, last Release, ok bool) {
	switch g {
	case GenV10:
		return 10000, 10005, true
	case GenV1:
		return 10006, 10206, true
	case GenV2Beta:
		return 20000, 20000, true
	case GenV20:
		return 20001, 20007, true
	case GenV2:
		return 20008, 20205, true
	case GenV3:
		return 30000, 39999, true
	}
	return 0, 0, false
}

// GenerationOf gives the generation of a release; one that is newer than any known
// belongs to the last generation of its major version. ok is false where there is
// none.
func GenerationOf(r Release) (gen Generation, ok bool) {
	for _, g := range Generations() {
		if first, _, _ := g.Releases(); r >= first && r/10000 == first/10000 {
			gen, ok = g, true
		}
	}
	return gen, ok
}
