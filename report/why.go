package report

import (
	"github.com/wkctl/wkctl/probe"
)

// why says for the pairings that were not accepted, or should not have been,
// what the server answered and what it has stored. Equal ones share one entry.
func (p *page) why(d *probe.Diagnosis) {
	if d.Server.TokenAuth == probe.AuthOff {
		return // a refusal proves nothing here, and there is none
	}
	reasons := p.reasons(d)
	if len(reasons) == 0 {
		return
	}
	p.line("  " + p.ink.head.paint(p.say("table.why")))
	for _, r := range reasons {
		p.reason(r, len(d.Pairings) == 1)
	}
	p.blank()
}

func (p *page) reason(r *reason, alone bool) {
	first := r.pairs[0]
	if !alone {
		sign, colour := p.verdict(first.Verdict)
		names := p.names(r.pairs)
		switch {
		case r.pass:
			p.beside("  "+colour.paint(sign)+" "+names, p.byDesign(r), p.ink.dim)
		case r.code != "":
			p.beside("  "+colour.paint(sign)+" "+names, p.sign.arrow+" "+r.code, colour)
		default:
			p.para("  "+colour.paint(sign)+" ", names, ink{})
		}
	}
	rows := [][2]string{{p.say("table.answer"), r.result}}
	if first.ExpectToken != probe.TokenUnknown {
		rows = append(rows, [2]string{"expectToken", r.expect})
		if first.ExpectTokenSource != "" {
			rows = append(rows, [2]string{p.say("table.known"), p.word("expect-source.", string(first.ExpectTokenSource))})
		}
	}
	for _, row := range rows {
		p.para("    "+p.ink.dim.paint(pad(row[0], len("expectToken")))+"  ", row[1], ink{})
	}
}
