package report

import (
	"github.com/wkctl/wkctl/probe"
)

// maxGroups bounds the list that stands for a large table.
const maxGroups = 24

// compact writes the pairings as one line per group of equal ones:
// "0, 2-255 → 1 WEB   ✓ refused (2)". What is wrong comes first.
func (p *page) compact(m matrix, auth probe.TokenAuth) {
	groups := p.groups(m)
	rest := 0
	if len(groups) > maxGroups {
		rest = len(groups) - maxGroups
		groups = groups[:maxGroups]
	}
	labels, most := make([]string, len(groups)), 0
	room := p.width - 4 - columns("✗ unreachable") - 2
	for i, g := range groups {
		labels[i] = ranges(g.tokens) + " " + p.sign.arrow + " " + g.target
		if w := columns(labels[i]); w <= room {
			most = max(most, w)
		}
	}
	p.line("  " + p.ink.dim.paint(p.say("table.list-caption")))
	for i, g := range groups {
		if columns(labels[i]) > room { // a long list of flags gets lines of its own
			p.para("    ", labels[i], ink{})
			p.line("      " + p.cell(g.sample, auth))
			continue
		}
		p.line("    " + pad(labels[i], most) + "  " + p.cell(g.sample, auth))
	}
	if rest > 0 {
		p.line("    " + p.ink.dim.paint(p.count("table.more-groups", rest)))
	}
}
