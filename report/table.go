package report

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// writeTable writes the report for a terminal. What matters most stands last,
// where the eye is when the command returns.
func writeTable(buf *bytes.Buffer, d *probe.Diagnosis, s Style) error {
	p := newPage(s)
	p.header(d)
	p.checks(d)
	p.addresses(d.Addresses)
	p.user(d.User)
	if err := p.pairings(d); err != nil {
		return err
	}
	p.why(d)
	p.serverLog(d)
	p.sdkMatrix(d)
	p.findings(d)
	p.verdictLine(d)
	buf.WriteString(p.out.String())
	return nil
}

func (p *page) header(d *probe.Diagnosis) {
	parts := []string{p.ink.head.paint(d.Tool.Name + " " + d.Tool.Version), p.ink.head.paint(p.server(&d.Server))}
	if d.Server.Protocol != 0 {
		parts = append(parts, p.say("table.protocol", text.Args{"n": strconv.Itoa(d.Server.Protocol)}))
	}
	parts = append(parts, p.auth(d.Server.TokenAuth))
	if d.Target.Sandbox != "" {
		parts = append(parts, p.ink.note.paint(p.say("table.sandbox")))
	}
	p.join(0, parts)
	p.address("api", d.Target.API, "")
	if d.Target.WS != "" {
		p.address("ws", d.Target.WS, d.Target.WSSource)
	}
	if s := p.unchecked(&d.Target); s != "" {
		p.para("", s, p.ink.warn)
	}
	if !d.Complete {
		p.para("", p.say("table.incomplete"), p.ink.warn)
	}
	p.blank()
}

func (p *page) address(name, url string, from probe.Source) {
	left := "  " + p.ink.dim.paint(pad(name, 3)) + "  " + url
	if from != probe.SourceRoute && from != probe.SourceRepaired && from != probe.SourceDefault {
		p.line(left)
		return
	}
	p.beside(left, p.word("from.", string(from)), p.ink.dim)
}

func (p *page) auth(a probe.TokenAuth) string {
	s := p.word("auth.", string(a))
	switch a {
	case probe.AuthOff:
		return p.ink.bad.paint(s)
	case probe.AuthUnknown:
		return p.ink.dim.paint(s)
	}
	return s
}

// checks writes one short line per check, the time in a column of its own.
func (p *page) checks(d *probe.Diagnosis) {
	if len(d.Checks) == 0 {
		return
	}
	names, most := make([]string, len(d.Checks)), 0
	for i := range d.Checks {
		names[i] = p.word("check.", string(d.Checks[i].ID))
		most = max(most, columns(names[i]))
	}
	for i := range d.Checks {
		p.check(&d.Checks[i], names[i], most)
	}
	p.blank()
}

func (p *page) check(c *probe.Check, name string, most int) {
	sign, colour := p.verdict(c.Outcome)
	lead := "  " + colour.paint(sign) + " "
	switch c.Outcome {
	case probe.OutcomeSkip:
		p.beside(lead+pad(p.ink.dim.paint(name), most), p.skipped(c), p.ink.dim)
	case probe.OutcomePass:
		note := fmt.Sprintf("%7s", millis(c.ElapsedMS))
		if amount := p.amount(c); amount != "" {
			note += "  " + amount
		}
		if p.verbose && c.Text != "" {
			note += "  " + c.Text
		}
		p.beside(lead+pad(name, most), note, p.ink.dim)
	default:
		note := c.Code
		if seen := p.seen(c); seen != "" {
			note = strings.TrimSpace(note + "  " + seen)
		}
		p.beside(lead+pad(colour.paint(name), most), note, ink{})
	}
}

// beside writes note behind left, or below it where it does not fit.
func (p *page) beside(left, note string, colour ink) {
	if columns(left)+2+columns(note) <= p.width {
		p.line(left + "  " + colour.paint(note))
		return
	}
	p.line(left)
	p.para("      ", note, colour)
}

// pairings writes the grid, or a sentence where there is only one.
func (p *page) pairings(d *probe.Diagnosis) error {
	switch {
	case tallied(d.Pairings).tested == 0:
		return nil // a table of "not run" would only stand before the cause
	case len(d.Pairings) == 1:
		p.single(d, &d.Pairings[0])
	default:
		if err := p.grid(d); err != nil {
			return err
		}
	}
	p.blank()
	return nil
}

func (p *page) single(d *probe.Diagnosis, pr *probe.Pairing) {
	sign, colour := p.verdict(pr.Verdict)
	p.para("  "+colour.paint(sign)+" ", p.login(d, pr), p.ink.head)
	seen := p.observed(&pr.Result)
	if d.Server.TokenAuth != probe.AuthOff {
		paint := colour
		if loud(pr) {
			paint = p.ink.loud
		}
		seen = paint.paint(seen)
	}
	parts := []string{
		p.say("table.observed", text.Args{"word": seen}),
		p.say("table.expected", text.Args{"word": p.word("observed.", string(pr.Expected))}),
	}
	if pr.ElapsedMS > 0 {
		parts = append(parts, millis(pr.ElapsedMS))
	}
	if pr.Attempts > 1 {
		parts = append(parts, p.count("result.tries", pr.Attempts))
	}
	p.join(4, parts)
}

// verdictLine writes what it all comes to, and below it the tally and where to
// read on.
func (p *page) verdictLine(d *probe.Diagnosis) {
	sign, colour := p.verdict(d.Verdict.Outcome)
	p.para(colour.paint(sign)+" ", verdictText(d, p.text), p.bold(d.Verdict.Outcome))
	parts := p.summary(d)
	if code := nextCode(d); code != "" {
		parts = append(parts, p.more(code))
	}
	for i := range parts {
		parts[i] = p.ink.dim.paint(parts[i])
	}
	p.join(columns(sign)+1, parts)
}

func (p *page) bold(o probe.Outcome) ink {
	switch o {
	case probe.OutcomePass:
		return p.ink.proud
	case probe.OutcomeFail:
		return p.ink.bad
	}
	return p.ink.warn
}
