package report

import (
	"slices"

	"github.com/wkctl/wkctl/probe"
)

// byDesign says whether a pairing was refused as it must be.
func byDesign(pr *probe.Pairing) bool {
	return pr.Verdict == probe.OutcomePass && pr.Observed != probe.Accepted && pr.Observed != probe.NotRun
}

// legend says below the table what its dots mean, where it has any: why a token
// is refused, and how.
func (p *page) legend(d *probe.Diagnosis) {
	if s := p.dots(d); s != "" {
		p.para("  "+p.ink.dim.paint(p.filled(p.sign.quiet)), s, p.ink.dim)
	}
}

// dots explains the refusals that are right, "" where there are none.
func (w words) dots(d *probe.Diagnosis) string {
	at := slices.IndexFunc(d.Pairings, func(pr probe.Pairing) bool { return byDesign(&pr) })
	if at < 0 || d.Server.TokenAuth == probe.AuthOff {
		return ""
	}
	s := w.say("legend.unknown")
	switch e := d.Pairings[at].ExpectToken; {
	case d.Server.Generation == probe.GenV10:
		s = w.say("legend.v1.0")
	case e == probe.TokenEmpty:
		s = w.say("legend.empty")
	case e == probe.TokenOther:
		s = w.say("legend.other")
	}
	if slices.ContainsFunc(d.Pairings, func(pr probe.Pairing) bool { return byDesign(&pr) && pr.Observed == probe.Silent }) {
		s = joinSentences(s, w.say("legend.silent"))
	}
	return s
}
