package report

import (
	"strconv"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// serverLogText says how much of the run the server's log has confirmed, and
// where to look where it has nothing. Both are empty where no log was given.
func (w words) serverLogText(d *probe.Diagnosis) (said, hint string) {
	if d.Log == nil {
		return "", ""
	}
	seen := map[probe.PairingID]bool{}
	for _, l := range d.Log.Entries {
		seen[l.Pairing] = seen[l.Pairing] || !l.Before
	}
	all, found := 0, 0
	for i := range d.Pairings {
		pr := &d.Pairings[i]
		if accepted, known := pr.LetIn(); known && !accepted {
			all++
			if seen[pr.ID] {
				found++
			}
		}
	}
	args := text.Args{"source": d.Log.Source, "found": strconv.Itoa(found)}
	switch {
	case all == 0 && len(d.Log.Entries) > 0:
		return w.say("serverlog.other", args), ""
	case all == 0:
		return w.say("serverlog.quiet", args), ""
	case found == 0 && d.Log.Nameless > 0:
		return w.count("serverlog.none", all, args), w.count("serverlog.nameless", d.Log.Nameless)
	case found == 0:
		return w.count("serverlog.none", all, args), w.say("serverlog.none-hint")
	}
	return w.count("serverlog.found", all, args), ""
}

// serverLog writes it on a terminal.
func (p *page) serverLog(d *probe.Diagnosis) {
	said, hint := p.serverLogText(d)
	if said == "" {
		return
	}
	sign, colour := p.sign.pass, p.ink.good
	if hint != "" {
		sign, colour = p.sign.warn, p.ink.warn
	}
	p.para(p.lead(sign, colour), said, ink{})
	if hint != "" {
		p.para("    ", hint, p.ink.dim)
	}
	if p.verbose {
		p.blank()
	}
}

// serverLog writes it in a ticket.
func (m *document) serverLog(d *probe.Diagnosis) {
	if said, hint := m.serverLogText(d); said != "" {
		m.line("%s %s\n", mdText(said), mdText(hint))
	}
}
