package report

import (
	"strings"

	"github.com/wkctl/wkctl/probe"
)

func (p *page) findings(d *probe.Diagnosis) {
	for i := range d.Findings {
		p.finding(&d.Findings[i])
		p.blank()
	}
}

// finding writes code, title, cause, evidence and fix. A note is shorter: no
// evidence unless asked for.
func (p *page) finding(f *probe.Finding) {
	sign, colour := p.severity(f.Severity)
	head := colour.paint(sign) + " " + colour.paint(f.Code) + "  "
	title := p.ink.head
	if f.Severity == probe.SeverityError {
		title = p.ink.bad
	}
	p.para(head, f.Title, title)
	const lead = "    "
	if f.DependsOn != "" {
		p.line(lead + p.ink.dim.paint(p.depends(f)))
	}
	p.para(lead, f.Cause, ink{})
	brief := f.Severity == probe.SeverityInfo && !p.verbose
	if !brief && len(f.Evidence) > 0 {
		p.proofs(p.evidence(f.Evidence))
	}
	if f.Fix.Text == "" && len(f.Fix.Commands) == 0 {
		return
	}
	p.fix(&f.Fix)
}

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

// fix writes what to do. Commands stand alone on their lines, unbroken, so that
// they can be copied out of the terminal.
func (p *page) fix(f *probe.Fix) {
	if f.Text != "" {
		p.para(p.label("table.fix", p.ink.good), f.Text, ink{})
	}
	for _, c := range f.Commands {
		p.blank()
		for l := range strings.Lines(c) {
			p.line("      " + p.ink.code.paint(strings.TrimRight(l, "\n")))
		}
	}
}

// label starts a part of a finding.
func (p *page) label(id string, colour ink) string {
	most := max(columns(p.say("table.evidence")), columns(p.say("table.fix")))
	return "    " + colour.paint(pad(p.say(id), most)) + "  "
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
