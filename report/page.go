package report

import "strings"

// page is a text for a terminal under construction: its style resolved, its
// lines so far.
type page struct {
	words
	out     strings.Builder
	width   int
	ink     palette
	verbose bool
}

func newPage(s Style) *page {
	return &page{words: newWords(s), width: s.width(), ink: newPalette(s.Color), verbose: s.Verbose}
}

// line writes s as it is, without blanks at its end.
func (p *page) line(s string) {
	p.out.WriteString(strings.TrimRight(s, " "))
	p.out.WriteByte('\n')
}

func (p *page) blank() { p.out.WriteByte('\n') }

// part ends a part of the page with a blank line, unless one stands there.
func (p *page) part() {
	if s := p.out.String(); s != "" && !strings.HasSuffix(s, "\n\n") {
		p.blank()
	}
}

// para writes s wrapped to the width, each line coloured by itself, behind lead,
// which stands on the first line and is blank on the others.
func (p *page) para(lead, s string, colour ink) {
	indent := columns(lead)
	room := max(min(p.width, proseWidth)-indent, leastWidth/2)
	for i, l := range wrap(p.sign.plain(s), room) {
		if i > 0 {
			lead = strings.Repeat(" ", indent)
		}
		p.line(lead + colour.paint(l))
	}
}

// join writes the parts on as few lines as they fit, with a dot between them.
// Each part stays whole.
func (p *page) join(indent int, parts []string) {
	sep := " " + p.sign.dot + " "
	blank := strings.Repeat(" ", indent)
	line, used := "", 0
	for _, part := range parts {
		w := columns(part)
		if used > 0 && indent+used+columns(sep)+w > p.width {
			p.line(blank + line)
			line, used = "", 0
		}
		if used > 0 {
			line += p.ink.dim.paint(sep)
			used += columns(sep)
		}
		line += part
		used += w
	}
	p.line(blank + line)
}
