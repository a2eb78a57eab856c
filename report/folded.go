package report

import (
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// A finding that only follows from another is half a sentence of that one: whoever
// deals with the cause is rid of it.

// told is a finding as a reader meets it, with those that follow from it.
type toldFinding struct {
	*probe.Finding
	follows []*probe.Finding
}

// folded gives the findings in their order, each with those that follow from it.
// One that is worse than what it follows from stands for itself.
func folded(d *probe.Diagnosis) []toldFinding {
	var list []toldFinding
	under := make([][]*probe.Finding, len(d.Findings))
	for i := range d.Findings {
		if at := rootAt(d.Findings, i); at >= 0 {
			under[at] = append(under[at], &d.Findings[i])
		}
	}
	for i := range d.Findings {
		if rootAt(d.Findings, i) < 0 {
			list = append(list, toldFinding{&d.Findings[i], under[i]})
		}
	}
	return list
}

// rootAt says where the finding stands that one comes from in the end, -1 where it
// comes from none.
func rootAt(list []probe.Finding, i int) int {
	at := -1
	for next, steps := i, 0; steps < len(list); steps++ { // a saved report may go round in circles
		from := list[next].DependsOn
		next = -1
		for j := range list {
			if from != "" && list[j].Code == from && heavier(&list[j], &list[i]) {
				next = j
				break
			}
		}
		if next < 0 {
			return at
		}
		at = next
	}
	return -1
}

// heavier says whether a is as severe as b at least.
func heavier(a, b *probe.Finding) bool {
	rank := map[probe.Severity]int{probe.SeverityError: 2, probe.SeverityWarning: 1}
	return rank[a.Severity] >= rank[b.Severity]
}

// whole is the cause of a finding with what follows from it. Beside the picture
// of the login the cause is told without what stands there.
func (w words) whole(f *toldFinding, pictured bool) string {
	cause := f.Cause
	id := f.Code + ".brief"
	if v := f.Args["variant"]; v != "" {
		id = f.Code + "." + v + ".brief"
	}
	if pictured && w.text.Has(id) && w.text.Complete(id, f.Args) {
		cause = joinSentences(w.text.Text(id, f.Args), w.sight(f.Finding))
	}
	for _, x := range f.follows {
		id := x.Code + ".aside"
		if w.text.Has(id) {
			cause = joinSentences(cause, w.text.Text(id))
			continue
		}
		cause = joinSentences(cause, w.text.Text("finding.follows", text.Args{"code": x.Code, "title": strings.TrimRight(x.Title, ".。")}))
	}
	return cause
}

// sight is what the SDK's user sees of it, "" where that is not known.
func (w words) sight(f *probe.Finding) string {
	seen := seen(f.Args["sees_sdk"], probe.Observed(f.Args["sees"]))
	if seen.En == "" {
		return ""
	}
	return w.text.Text("finding.sees", text.Args{"sees_sdk": f.Args["sees_sdk"], "sees": seen.In(string(w.text.Lang()))})
}
