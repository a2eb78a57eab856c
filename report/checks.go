package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// checks writes what passed in one line, what was left out in one per reason, and
// each check that did not pass on its own. With details every check has its line
// and its time.
func (p *page) checks(d *probe.Diagnosis) {
	if p.verbose {
		p.everyCheck(d.Checks)
		return
	}
	if passed := p.passed(d); passed != "" {
		p.toTheRight(p.lead(p.sign.pass, p.ink.good), passed, p.say("table.verbose"))
	}
	for i := range d.Checks {
		if c := &d.Checks[i]; !inFix(c.ID) && c.Outcome != probe.OutcomeSkip && !plainPass(c) {
			sign, colour := p.verdict(c.Outcome)
			left, note := p.lead(sign, colour)+colour.paint(p.checkName(c)), p.notPassed(c)
			if c.Code != "" && columns(left)+2+columns(note) > p.width {
				note = strings.TrimSpace(c.Code + "  " + p.partly(c)) // the finding says the rest
			}
			p.beside(left, note, ink{})
		}
	}
	for _, line := range p.leftOut(d.Checks) {
		p.para(p.lead(p.sign.skip, p.ink.dim), line, p.ink.dim)
	}
}

// lead is a sign with the blank behind it. The signs of ASCII are of several
// widths, so that they are filled to the widest.
func (p *page) lead(sign string, colour ink) string {
	return pad(colour.paint(sign), columns(p.sign.widest())) + " "
}

// inFix says whether a check is told beside the fix that it tried.
func inFix(id probe.CheckID) bool { return id == probe.CheckFix || id == probe.CheckClientFix }

// plainPass says whether of a check there is nothing to tell but that it passed.
func plainPass(c *probe.Check) bool { return c.Outcome == probe.OutcomePass && c.Failed <= 0 }

// controls are told as one: each is worth nothing without the others.
func controls() []probe.CheckID {
	return []probe.CheckID{probe.CheckRightToken, probe.CheckWrongToken, probe.CheckEmptyToken, probe.CheckUnknownUser}
}

// passed sums up the checks that passed, "" where none did.
func (w words) passed(d *probe.Diagnosis) string {
	checks := d.Checks
	var names []string
	all, tests := 0, 0
	at := -1 // where the controls stand in the list
	for i := range checks {
		c := &checks[i]
		if !plainPass(c) || inFix(c.ID) {
			continue
		}
		all++
		if slices.Contains(controls(), c.ID) {
			if tests++; tests == 1 {
				at = len(names)
				names = append(names, "")
			}
			continue
		}
		names = append(names, w.shortCheck(c))
	}
	if all == 0 {
		return ""
	}
	if n := countWorking(d.Addresses); n > 0 && pictured(d) {
		all++
		names = append(names, w.say("short.addresses"))
	}
	if at >= 0 {
		names[at] = w.count("short.controls", tests)
	}
	return w.count("table.checks", all, text.Args{"names": strings.Join(names, w.say("tally.list"))})
}

// checkName names a check that did not pass: what it looked at, or which control.
func (w words) checkName(c *probe.Check) string {
	if id := "short.check." + string(c.ID); w.text.Has(id) {
		return w.say(id)
	}
	return w.word("check.", string(c.ID))
}

// shortCheck names a check in a list.
func (w words) shortCheck(c *probe.Check) string {
	if c.ID == probe.CheckRegister && c.Count > 0 {
		return w.count("short.users", c.Count)
	}
	return w.word("short.check.", string(c.ID))
}

// leftOut counts the checks that were skipped, by what they needed.
func (w words) leftOut(checks []probe.Check) (lines []string) {
	var needs []probe.CheckID
	n := map[probe.CheckID]int{}
	for i := range checks {
		c := &checks[i]
		if c.Outcome != probe.OutcomeSkip || c.Needs == "" {
			continue // without a reason it is one of the details
		}
		if n[c.Needs]++; n[c.Needs] == 1 {
			needs = append(needs, c.Needs)
		}
	}
	for _, id := range needs {
		lines = append(lines, w.count("table.left-out", n[id], text.Args{"check": w.word("need.", string(id))}))
	}
	return lines
}

// everyCheck writes one short line per check, the time in a column of its own.
func (p *page) everyCheck(checks []probe.Check) {
	if len(checks) == 0 {
		return
	}
	names, most := make([]string, len(checks)), 0
	for i := range checks {
		names[i] = p.word("check.", string(checks[i].ID))
		most = max(most, columns(names[i]))
	}
	for i := range checks {
		p.check(&checks[i], names[i], most)
	}
	p.blank()
}

func (p *page) check(c *probe.Check, name string, most int) {
	sign, colour := p.verdict(c.Outcome)
	lead := "  " + p.lead(sign, colour)
	switch c.Outcome {
	case probe.OutcomeSkip:
		p.beside(lead+pad(p.ink.dim.paint(name), most), p.skipped(c), p.ink.dim)
	case probe.OutcomePass:
		note := fmt.Sprintf("%7s", millis(c.ElapsedMS))
		if amount := p.amount(c); amount != "" {
			note += "  " + amount
		}
		if c.Text != "" {
			note += "  " + c.Text
		}
		p.beside(lead+pad(name, most), note, p.ink.dim)
	default:
		p.beside(lead+pad(colour.paint(name), most), p.notPassed(c), ink{})
	}
}

// notPassed is what stands behind a check: the finding that explains it, and what
// was seen.
func (w words) notPassed(c *probe.Check) string {
	if c.Outcome == probe.OutcomePass {
		return strings.TrimSpace(c.Code + "  " + w.amount(c))
	}
	return strings.TrimSpace(c.Code + "  " + w.seen(c))
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

// toTheRight writes s, and note at the right edge of the page where both fit.
func (p *page) toTheRight(lead, s, note string) {
	gap := min(p.width, proseWidth) - columns(lead) - columns(s) - columns(note)
	if gap < 2 {
		p.para(lead, s, ink{})
		return
	}
	p.line(lead + s + strings.Repeat(" ", gap) + p.ink.dim.paint(note))
}
