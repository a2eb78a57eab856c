package report

import (
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// addresses writes what /route hands to clients: those that work share a line,
// or the line of checks where a picture follows; each of the others has its own.
// With details every one has.
func (p *page) addresses(d *probe.Diagnosis) {
	list := d.Addresses
	if p.verbose {
		p.everyAddress(list)
		return
	}
	if works := p.working(list); works != "" && !pictured(d) {
		p.para(p.lead(p.sign.pass, p.ink.good), works, ink{})
	}
	for i := range list {
		a := &list[i]
		if a.Outcome == probe.OutcomePass && !a.OnlyTCP || a.Outcome == probe.OutcomeSkip {
			continue
		}
		sign, colour := p.verdict(a.Outcome)
		p.beside(p.lead(sign, colour)+string(a.Role)+" "+dash(a.URL), p.addressNote(a), p.ink.dim)
	}
}

// working is the addresses that were reached from here, with whom they can work
// for, "" where none was.
func (w words) working(list []probe.Address) string {
	var named []string
	var classes []probe.AddressClass
	for i := range list {
		a := &list[i]
		if a.Outcome != probe.OutcomePass || a.OnlyTCP {
			continue
		}
		role := strings.TrimSuffix(string(a.Role), "_addr")
		named = append(named, role+" "+strings.TrimPrefix(a.URL, role+"://"))
		if !slices.Contains(classes, a.Class) {
			classes = append(classes, a.Class)
		}
	}
	if len(named) == 0 {
		return ""
	}
	args := text.Args{"list": strings.Join(named, w.say("tally.comma"))}
	if len(classes) == 1 && classes[0] != "" {
		args["class"] = w.word("address.", string(classes[0]))
	}
	return w.say("address.working", args)
}

func countWorking(list []probe.Address) (n int) {
	for i := range list {
		if list[i].Outcome == probe.OutcomePass && !list[i].OnlyTCP {
			n++
		}
	}
	return n
}

// everyAddress writes each with what was met there.
func (p *page) everyAddress(list []probe.Address) {
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
		left := "  " + p.lead(sign, colour) + pad(string(a.Role), role) + "  " + pad(dash(a.URL), url)
		p.beside(left, p.addressNote(a), p.ink.dim)
	}
	p.blank()
}
