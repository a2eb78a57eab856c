package report

import (
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// tally counts the pairings by verdict and by observation.
type tally struct {
	verdict  map[probe.Outcome]int
	observed map[probe.Observed]int
	tested   int
	all      int
}

func tallied(pairings []probe.Pairing) tally {
	t := tally{verdict: map[probe.Outcome]int{}, observed: map[probe.Observed]int{}, all: len(pairings)}
	for i := range pairings {
		t.verdict[pairings[i].Verdict]++
		t.observed[pairings[i].Observed]++
		if pairings[i].Observed != probe.NotRun {
			t.tested++
		}
	}
	return t
}

// observations lists the kinds of observation in the order they are told.
func observations() []probe.Observed {
	return []probe.Observed{
		probe.Accepted, probe.Refused, probe.Silent, probe.Closed, probe.Unreachable, probe.NotRun,
	}
}

// tallyText says what was seen, kind by kind: "3 accepted, 6 refused".
func tallyText(n tally, t *text.Printer) string {
	var parts []string
	for _, o := range observations() {
		if n.observed[o] > 0 {
			word := t.Text("observed." + string(o))
			parts = append(parts, t.Text("tally.observed", text.Args{"n": strconv.Itoa(n.observed[o]), "word": word}))
		}
	}
	return strings.Join(parts, t.Text("tally.comma"))
}
