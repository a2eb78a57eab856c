package report

import (
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// fixes writes what to do: in the back end, or where there are two ways also in
// the client, each with what came of it here.
func (p *page) fixes(f *probe.Finding) {
	if f.Fix.Client == nil || !p.text.Has(f.Code+".fix-a") || !p.text.Complete(f.Code+".fix-a", f.Args) {
		p.oneFix(&f.Fix)
		return
	}
	client := f.Fix.Client
	p.way("fix.a", p.text.Text(f.Code+".fix-a", f.Args), f.Fix.Tried, ink{})
	for _, c := range f.Fix.Commands {
		if c != client.Line {
			p.command(c)
		}
	}
	p.way("fix.b", client.Line, client.Tried, p.ink.code)
}

// way writes one of two ways, and on its right what came of it here.
func (p *page) way(id, what string, tried probe.Observed, colour ink) {
	side := p.say(id + "-side")
	most := max(columns(p.say("fix.a-side")), columns(p.say("fix.b-side")))
	lead := findingLead + p.ink.good.paint(p.say(id)) + "  " + pad(side, most) + "  "
	note := p.triedHere(tried)
	what = p.sign.plain(what)
	gap := min(p.width, proseWidth) - columns(lead) - columns(what) - columns(note)
	switch {
	case note != "" && gap >= 2:
		p.line(lead + colour.paint(what) + strings.Repeat(" ", gap) + note)
		return
	case columns(lead)+columns(what) <= p.width:
		p.line(lead + colour.paint(what))
	default:
		p.line(strings.TrimRight(lead, " "))
		for _, l := range command(what, p.width-len(commandLead)) {
			p.line(commandLead + colour.paint(l))
		}
	}
	if note != "" {
		p.line(commandLead + note)
	}
}

// triedHere says what a login came to when the fix was tried, "" where it was not.
func (p *page) triedHere(o probe.Observed) string {
	if o == "" || o == probe.NotRun {
		return ""
	}
	sign, colour := p.sign.pass, p.ink.good
	if o != probe.Accepted {
		sign, colour = p.sign.warn, p.ink.warn
	}
	return colour.paint(sign + " " + p.say("fix.tried", text.Args{"word": p.word("observed.", string(o))}))
}

// commandLead stands before the lines of a command.
const commandLead = "    "

// oneFix writes what to do where there is one way.
func (p *page) oneFix(f *probe.Fix) {
	if f.Text != "" {
		p.para(p.label("table.fix", p.ink.good), f.Text, ink{})
	}
	for _, c := range f.Commands {
		p.command(c)
	}
	if note := p.triedHere(f.Tried); note != "" {
		p.line(commandLead + note)
	}
}

// command writes what can be copied out of the terminal, on lines of its own.
func (p *page) command(c string) {
	room := min(p.width, commandWidth) - len(commandLead)
	for l := range strings.Lines(c) {
		for _, part := range command(strings.TrimRight(l, "\n"), room) {
			p.line(commandLead + p.ink.code.paint(part))
		}
	}
}
