package diagnose

import (
	"cmp"
	"slices"

	"github.com/wkctl/wkctl/probe"
)

// weigh judges findings by the question: where the user of --uid was let in,
// that the API could not be asked keeps nobody from logging in.
func (f *facts) weigh() {
	if f.Mode != probe.ModeUser || len(f.Pairings) == 0 || f.Pairings[0].Observed != probe.Accepted {
		return
	}
	for i := range f.Findings {
		if x := &f.Findings[i]; x.Severity == probe.SeverityError && f.cause(x.Code).has(apiUnasked) {
			x.Severity = probe.SeverityWarning
		}
	}
}

// order puts what has to be fixed first in front. Findings that are alike in
// severity and place keep the order of the catalogue.
func (f *facts) order() {
	slices.SortStableFunc(f.Findings, func(a, b probe.Finding) int {
		return cmp.Or(cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)), cmp.Compare(f.place(&a), f.place(&b)))
	})
}

func severityRank(s probe.Severity) int {
	return map[probe.Severity]int{probe.SeverityError: 0, probe.SeverityWarning: 1, probe.SeverityInfo: 2}[s]
}

// place orders findings of one severity: a server that went away before all
// else; what is wrong with the address that clients are given before what can
// only be seen behind it; what a finding explains behind that finding.
func (f *facts) place(found *probe.Finding) int {
	c := f.cause(found.Code)
	switch {
	case f.gone() != nil && c.has(outage):
		return -1
	case found.DependsOn != "" && f.Finding(found.DependsOn) != nil:
		return 2
	case c.has(onTheWay):
		return 0
	case f.isUsed(c.address, found.Args):
		return 0
	case found.Severity == probe.SeverityWarning && f.isElsewhere(c.address, found.Args):
		return 2
	}
	return 1
}

// part is the part of /route that a cause is about.
type part int

// The parts.
const (
	noPart    part = iota
	namedPart      // the one that the finding's argument role names
	wssPart        // wss_addr
)

// isUsed says whether a finding about an advertised address comes before those
// about tokens: the client would use that very address, since none was given.
func (f *facts) isUsed(of part, args map[string]string) bool {
	switch of {
	case namedPart:
		return f.usedRole(args["role"])
	case wssPart:
		return f.Target.WSSource != probe.SourceFlag
	}
	return false
}

// isElsewhere says whether a finding is about an address that this client does
// not use: what is said of its own logins comes first.
func (f *facts) isElsewhere(of part, args map[string]string) bool {
	return of == namedPart && args["role"] != "" && !f.usedRole(args["role"])
}
