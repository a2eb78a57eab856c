package report

import (
	"strings"

	"github.com/wkctl/wkctl/probe"
)

func (p *page) findings(d *probe.Diagnosis) {
	if p.verbose {
		for i := range d.Findings {
			p.finding(&toldFinding{Finding: &d.Findings[i]}, false)
		}
		return
	}
	list := folded(d)
	for i := range list {
		p.finding(&list[i], pictured(d))
	}
}

// finding writes code, title, cause and fix. Its evidence is one of the details.
func (p *page) finding(f *toldFinding, pictured bool) {
	p.part()
	sign, colour := p.severity(f.Severity)
	title := p.ink.head
	if f.Severity == probe.SeverityError {
		title = p.ink.bad
	}
	p.para(p.lead(sign, colour)+colour.paint(f.Code)+"  ", f.Title, title)
	if p.verbose && f.DependsOn != "" {
		p.para(findingLead, p.depends(f.Finding), p.ink.dim)
	}
	p.para(findingLead, p.whole(f, pictured), ink{})
	if p.verbose && len(f.Evidence) > 0 {
		p.proofs(p.evidence(f.Evidence))
	}
	p.fixes(f.Finding)
	p.blank()
}

// findingLead stands before the lines of a finding.
const findingLead = "  "

// proofs writes one line per proof, the sources in a column where there is
// room for it.
func (p *page) proofs(list []probe.Evidence) {
	most := 0
	for _, e := range list {
		most = max(most, columns(e.Source))
	}
	lead := p.label("table.evidence", p.ink.dim)
	if p.width-columns(lead)-most < leastWidth/2+4 {
		p.line(strings.TrimRight(lead, " "))
		for _, e := range list {
			p.para("      ", p.colon(e.Source, e.Text), ink{})
		}
		return
	}
	for _, e := range list {
		p.para(lead+p.ink.dim.paint(pad(e.Source, most))+"  ", e.Text, ink{})
		lead = strings.Repeat(" ", columns(lead))
	}
}

// label starts a part of a finding.
func (p *page) label(id string, colour ink) string {
	most := 0
	if p.verbose {
		most = max(columns(p.say("table.evidence")), columns(p.say("table.fix")))
	}
	return findingLead + colour.paint(pad(p.say(id), most)) + "  "
}

func (p *page) severity(s probe.Severity) (string, ink) {
	colour := p.ink.note
	switch s {
	case probe.SeverityError:
		colour = p.ink.bad
	case probe.SeverityWarning:
		colour = p.ink.warn
	}
	return p.weight(s), colour
}
