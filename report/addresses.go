package report

import (
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
