package diagnose

import (
	"sort"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// Cause is one entry of the catalogue. Codes and ids are stable once released.
type Cause struct {
	Code  string
	ID    string
	Links []string // tickets in which somebody met it

	symptom  bool // it depends on the finding that explains its first pairing
	residual bool // it is looked for last: it takes what no other finding names

	// find gives the finding where the facts show the cause, else nil. Code,
	// ID and Links are filled in by Explain.
	find func(*facts) *probe.Finding
}

// Catalogue lists every cause, the roots before their symptoms: where two are
// found and equally severe, the earlier one is what to mend first.
func Catalogue() []Cause {
	var all []Cause
	for _, family := range [][]Cause{healthCauses(), confusionCauses(), apiCauses(), networkCauses(), addressCauses(), sdkCauses(), serverCauses(), authCauses(), advertisedCauses(), configCauses(), afterCauses(), clusterCauses(), clientCauses(), symptomCauses(), residualCauses()} {
		all = append(all, family...)
	}
	return all
}

// facts is a Diagnosis with what the causes ask of it again and again.
type facts struct {
	*probe.Diagnosis
	api, register, ws, right *probe.Check // nil: not part of this run
	control                  *probe.Check // the login that shows whether the client port works at all; nil: none was made
}

// Explain judges the pairings of d, replaces its findings and sets its verdict.
func Explain(d *probe.Diagnosis) {
	f := &facts{
		Diagnosis: d,
		api:       d.Check(probe.CheckAPI), register: d.Check(probe.CheckRegister),
		ws: d.Check(probe.CheckWS), right: d.Check(probe.CheckRightToken),
	}
	if f.control = f.right; f.control == nil {
		f.control = d.Check(probe.CheckUnknownUser)
	}
	for i := range d.Checks {
		d.Checks[i].Code = "" // of an earlier look: a saved diagnosis is explained again
	}
	for i := range d.Pairings {
		judge(f, &d.Pairings[i])
	}
	judgeSDKs(f)
	d.Findings = []probe.Finding{}
	f.look(false)
	f.look(true)
	asked(d)
	sort.SliceStable(d.Findings, func(i, j int) bool {
		a, b := &d.Findings[i], &d.Findings[j]
		if a.Severity != b.Severity {
			return severityRank(a.Severity) < severityRank(b.Severity)
		}
		return f.place(a) < f.place(b)
	})
	f.rootConfig()
	f.rootSDK()
	f.rootHealth()
	mark(d)
	depend(d)
	d.Verdict = verdict(d)
}

// look adds the findings of the causes that are looked for first, or last.
func (f *facts) look(residual bool) {
	for _, c := range Catalogue() {
		if c.residual != residual {
			continue
		}
		if found := c.find(f); found != nil {
			f.quoteLog(c, found)
			f.Findings = append(f.Findings, complete(c, *found))
		}
	}
}

func severityRank(s probe.Severity) int {
	return map[probe.Severity]int{probe.SeverityError: 0, probe.SeverityWarning: 1, probe.SeverityInfo: 2}[s]
}

// place orders findings of one severity: a server that went away before all
// else; what is wrong with the address that clients are given before what can
// only be seen behind it; what a finding explains behind that finding; otherwise
// the order of the catalogue.
func (f *facts) place(found *probe.Finding) int {
	switch {
	case f.gone() != nil && (found.Code == "WK308" || found.Code == "WK213"):
		return -1
	case found.DependsOn != "" && f.Finding(found.DependsOn) != nil:
		return 2
	case strings.HasPrefix(found.Code, "WK2"), found.Code == "WK506", found.Code == "WK411":
		return 0
	case f.advertisedFirst(found):
		return 0
	case found.Severity == probe.SeverityWarning && f.elsewhere(found):
		return 2
	}
	return 1
}

// complete fills in what every finding has; lists are never null in JSON.
func complete(c Cause, f probe.Finding) probe.Finding {
	f.Code, f.ID = c.Code, c.ID
	if f.Links == nil {
		f.Links = c.Links
	}
	if f.Links == nil {
		f.Links = []string{}
	}
	if f.Pairings == nil {
		f.Pairings = []probe.PairingID{}
	}
	if f.Evidence == nil {
		f.Evidence = []probe.Evidence{}
	}
	if f.Fix.Commands == nil {
		f.Fix.Commands = []string{}
	}
	return f
}

// depend ties a symptom to the cause that its first pairing is marked with.
func depend(d *probe.Diagnosis) {
	for _, c := range Catalogue() {
		f := d.Finding(c.Code)
		if f == nil || !c.symptom || len(f.Pairings) == 0 {
			continue
		}
		for i := range d.Pairings {
			if p := &d.Pairings[i]; p.ID == f.Pairings[0] && p.Code != c.Code {
				f.DependsOn = p.Code
			}
		}
	}
}

// mark writes on each pairing the code of the first finding that names it.
func mark(d *probe.Diagnosis) {
	code := make(map[probe.PairingID]string)
	for _, f := range d.Findings {
		for _, id := range f.Pairings {
			if code[id] == "" {
				code[id] = f.Code
			}
		}
	}
	for i := range d.Pairings {
		d.Pairings[i].Code = code[d.Pairings[i].ID]
	}
}
