package report

import (
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// The picture on a terminal: three columns with arrows between them, or, where
// they do not fit, one part below the other.

// figureCell is one line of a column: what stands there, and how it looks.
type figureCell struct {
	text   string
	colour ink
}

// shaft is the length of an arrow without its head.
const shaft = 4

// figure draws the login of a set-up or of a user.
func (p *page) figure(d *probe.Diagnosis) {
	f := p.newFigure(d)
	for _, over := range []string{d.Target.WS, "CONNECT"} { // the address, where it is short
		lines := p.figureLines(&f, over, d.Server.TokenAuth)
		if over != "" && widest(strings.Join(lines, "\n")) <= p.width {
			for _, l := range lines {
				p.line(l)
			}
			return
		}
	}
	p.stacked(&f)
}

func (p *page) figureLines(f *figure, over string, auth probe.TokenAuth) (lines []string) {
	sign, colour := p.verdict(f.Verdict)
	if auth == probe.AuthOff {
		sign, colour = p.sign.unknown, p.ink.dim
	}
	left := []figureCell{{p.say("html.backend"), p.ink.head}, {"POST /user/token", ink{}}}
	mid := []figureCell{{f.Keeper, p.ink.head}, {p.say("figure.rows"), p.ink.dim}}
	right := []figureCell{{f.Client, p.ink.head}, {over, ink{}}}
	out, in := []string{"", ""}, []string{"", ""}
	flag, level := 0, 0
	for _, r := range f.Rows {
		flag, level = max(flag, columns(r.Flag)), max(level, columns(r.Level))
	}
	add := func(l, m, r figureCell, from, to string) {
		left, mid, right, out, in = append(left, l), append(mid, m), append(right, r), append(out, from), append(in, to)
	}
	for _, r := range f.Rows {
		lead := pad(r.Flag, flag) + "  "
		if level > 0 {
			lead += pad(r.Level, level) + "  "
		}
		var l, right, below figureCell
		from, to := "", ""
		if r.From {
			l.text, from = "device_flag "+f.Register, p.arrow(true)
		}
		if r.Target {
			right.text, to = p.say("figure.flag")+f.Connect, colour.paint(sign+" "+p.arrow(false))
			below = figureCell{f.Seen, colour}
		}
		add(l, figureCell{lead + r.State, ink{}}, right, from, to)
		if r.Note != "" || below.text != "" {
			add(figureCell{}, figureCell{strings.Repeat(" ", columns(lead)) + r.Note, colour}, below, "", "")
		}
	}
	wide := [5]int{width(left), shaft + 1, width(mid), columns(sign) + shaft + 2}
	for i := range mid {
		line := "  "
		if f.Register != "" {
			line += left[i].padded(wide[0]) + "  " + pad(p.ink.note.paint(out[i]), wide[1]) + "  "
		}
		line += mid[i].padded(wide[2]) + "  " + pad(in[i], wide[3]) + "  " + right[i].colour.paint(right[i].text)
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

func (c figureCell) padded(n int) string { return pad(c.colour.paint(c.text), n) }

func width(cells []figureCell) (n int) {
	for _, c := range cells {
		n = max(n, columns(c.text))
	}
	return n
}

// arrow points to the right, from the back end, or to the left, from the client.
// Its head is one column wide in every locale and no emoji.
func (p *page) arrow(right bool) string {
	line, toRight, toLeft := "─", "►", "◄"
	if p.sign.ascii {
		line, toRight, toLeft = "-", ">", "<"
	}
	if right {
		return strings.Repeat(line, shaft) + toRight
	}
	return toLeft + strings.Repeat(line, shaft)
}

// stacked tells the same on a narrow page.
func (p *page) stacked(f *figure) {
	sign, colour := p.verdict(f.Verdict)
	if f.Register != "" {
		p.para("  "+p.ink.head.paint(p.say("html.backend"))+"  ", "device_flag "+f.Register, ink{})
	}
	p.line("  " + p.ink.head.paint(f.Keeper))
	for _, r := range f.Rows {
		parts := []string{r.Flag}
		for _, s := range []string{r.Level, r.State, r.Note} {
			if s != "" {
				parts = append(parts, s)
			}
		}
		mark := ink{}
		lead := "  " + p.lead("", ink{})
		if r.Target {
			mark, lead = colour, "  "+p.lead(sign, colour)
		}
		p.para(lead, strings.Join(parts, "  "), mark)
	}
	p.para("  "+p.ink.head.paint(f.Client)+"  ", p.say("figure.meets", text.Args{"flag": f.Connect, "seen": f.Seen}), ink{})
}
