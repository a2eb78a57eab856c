package serverlog

import (
	"encoding/json"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// Generations is a set of server generations, those that can have written a
// line. The zero value says that the line does not tell.
type Generations uint8

// The generations; releases in parentheses.
const (
	GenV10    Generations = 1 << iota // v1.0 (1.0.0–1.0.5)
	GenV1                             // v1 (1.0.6–1.2.6)
	GenV2Beta                         // v2-beta (2.0.0-beta)
	GenV20                            // v2.0 (2.0.1–2.0.7)
	GenV2                             // v2 (2.0.8–2.2.5)
	GenV3                             // v3 (3 beta)
)

// List gives the names of the generations in the set, oldest first.
func (g Generations) List() []string {
	list := []string{}
	for i, name := range probe.Generations() { // in the order of the bits, as a test holds
		if g&(1<<i) != 0 {
			list = append(list, string(name))
		}
	}
	return list
}

// Has says whether the generation of that name ("v1.0", "v1", "v2-beta",
// "v2.0", "v2", "v3") is in the set.
func (g Generations) Has(name string) bool {
	for i, n := range probe.Generations() {
		if string(n) == name {
			return g&(1<<i) != 0
		}
	}
	return false
}

// String gives the names with commas, and "" for the empty set.
func (g Generations) String() string { return strings.Join(g.List(), ",") }

// MarshalJSON gives a list of names.
func (g Generations) MarshalJSON() ([]byte, error) { return json.Marshal(g.List()) }

// narrow gives what g and h have in common, or g where they contradict each
// other: the module in a line is stronger evidence than its time stamp, which
// a log shipper may have rewritten.
func (g Generations) narrow(h Generations) Generations {
	if both := g & h; both != 0 {
		return both
	}
	return g
}
