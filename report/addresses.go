package report

import (
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// addresses writes what /route hands to clients, and whether it works from here.
func (p *page) addresses(list []probe.Address) {
	if len(list) == 0 {
		return
	}
	p.line("  " + p.ink.head.paint(p.say("address.head")))
	role, url := 0, 0
	for i := range list {
		role = max(role, columns(string(list[i].Role)))
		url = max(url, min(columns(dash(list[i].URL)), 40))
	}
	for i := range list {
		a := &list[i]
		sign, colour := p.verdict(a.Outcome)
		left := "  " + colour.paint(sign) + " " + pad(string(a.Role), role) + "  " + pad(dash(a.URL), url)
		p.beside(left, p.addressNote(a), p.ink.dim)
	}
	p.blank()
}

// addressNote says what was met, and for whom the address can work.
func (p *page) addressNote(a *probe.Address) string {
	note := p.word("address.", string(a.Class))
	if a.OnlyTCP && a.Fault == nil {
		note = strings.TrimPrefix(note+p.say("tally.comma")+p.say("address.only-tcp"), p.say("tally.comma"))
	}
	switch {
	case a.Fault != nil:
		return strings.TrimPrefix(note+": ", ": ") + a.Fault.Error()
	case a.Outcome == probe.OutcomeSkip:
		return note
	case a.ElapsedMS > 0:
		return note + "  " + millis(a.ElapsedMS)
	}
	return note
}
