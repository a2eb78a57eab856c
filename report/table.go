package report

import (
	"bytes"
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
	p.addresses(d)
	if !p.verbose {
		p.serverLog(d)
	}
	p.user(d)
	p.part()
	if err := p.pairings(d); err != nil {
		return err
	}
	if p.verbose {
		p.why(d)
		p.serverLog(d)
	}
	p.sdkMatrix(d)
	p.findings(d)
	p.verdictLine(d)
	buf.WriteString(p.out.String())
	return nil
}

// header says which server this is about, and where. The client's address stands
// here where it is not one of those that the line of addresses holds.
func (p *page) header(d *probe.Diagnosis) {
	parts := []string{p.ink.head.paint(d.Tool.Name + " " + d.Tool.Version), p.ink.head.paint(p.server(&d.Server))}
	if p.verbose && d.Server.Protocol != 0 {
		parts = append(parts, p.say("table.protocol", text.Args{"n": strconv.Itoa(d.Server.Protocol)}))
	}
	parts = append(parts, p.auth(d.Server.TokenAuth))
	if d.Target.Sandbox != "" {
		parts = append(parts, p.ink.note.paint(p.say("table.sandbox")))
	}
	if p.verbose {
		p.join(0, parts)
		p.address("api", d.Target.API, "")
		if d.Target.WS != "" {
			p.address("ws", d.Target.WS, d.Target.WSSource)
		}
	} else {
		p.join(0, append(append(parts, d.Target.API), p.client(d)...))
	}
	if s := p.unchecked(&d.Target); s != "" {
		p.para("", s, p.ink.warn)
	}
	if s := p.waited(d.Wait); s != "" {
		p.para("", s, p.ink.note)
	}
	if !d.Complete {
		p.para("", p.say("table.incomplete"), p.ink.warn)
	}
	if p.verbose {
		p.blank()
	}
}

// client gives the address that was dialled, unless it is the one that /route
// hands out and the line of addresses, or the picture, is about.
func (p *page) client(d *probe.Diagnosis) []string {
	if d.Target.WS == "" || d.Target.WSSource == probe.SourceRoute && (len(d.Addresses) > 0 || pictured(d)) {
		return nil
	}
	if d.Target.WSSource == probe.SourceDefault {
		return []string{d.Target.WS + p.ink.dim.paint(p.say("table.guessed"))}
	}
	return []string{d.Target.WS}
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

// pairings writes the grid, or the picture where there is only one.
func (p *page) pairings(d *probe.Diagnosis) error {
	switch {
	case p.idle(d):
		return nil // a table of "not run" would only stand before the cause
	case pictured(d):
		p.figure(d)
		if p.verbose {
			p.single(d, &d.Pairings[0])
		}
	default:
		if err := p.grid(d); err != nil {
			return err
		}
		p.legend(d)
	}
	p.blank()
	return nil
}

// idle says whether the table has nothing to tell: no login was made, or some were
// not, for a reason that is an error of its own, and all others are right.
func (p *page) idle(d *probe.Diagnosis) bool {
	n := tallied(d.Pairings)
	if n.tested == 0 {
		return true
	}
	return !p.verbose && worst(d) != "" && n.tested < n.all && n.verdict[probe.OutcomePass] == n.tested
}

// pictured says whether the run was about one login, which was made.
func pictured(d *probe.Diagnosis) bool {
	return len(d.Pairings) == 1 && d.Pairings[0].Observed != probe.NotRun
}

// single writes what was seen of the one login, and how long it took.
func (p *page) single(d *probe.Diagnosis, pr *probe.Pairing) {
	sign, colour := p.verdict(pr.Verdict)
	p.blank()
	p.para("  "+p.lead(sign, colour), p.login(d, pr), p.ink.head)
	parts := []string{
		p.say("table.observed", text.Args{"word": colour.paint(p.observed(&pr.Result))}),
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
	p.para(p.lead(sign, colour), verdictText(d, p.text), p.bold(d.Verdict.Outcome))
	parts := p.summary(d)
	if code := nextCode(d); code != "" {
		parts = append(parts, "wkctl explain "+code)
	}
	if hint := p.say("table.ticket"); d.Verdict.ExitCode != 0 && p.fits(append(parts, hint)) {
		parts = append(parts, hint)
	}
	for i := range parts {
		parts[i] = p.ink.dim.paint(parts[i])
	}
	p.join(2, parts)
}

// fits says whether the parts take one line.
func (p *page) fits(parts []string) bool {
	return 2+columns(strings.Join(parts, " "+p.sign.dot+" ")) <= p.width
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
