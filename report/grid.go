package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// matrix is the pairings as rows (token flag) and columns (connect flag).
type matrix struct {
	rows, cols []wire.DeviceFlag
	cell       map[[2]wire.DeviceFlag]*probe.Pairing
}

func newMatrix(pairings []probe.Pairing) matrix {
	m := matrix{cell: make(map[[2]wire.DeviceFlag]*probe.Pairing, len(pairings))}
	seenRow, seenCol := map[wire.DeviceFlag]bool{}, map[wire.DeviceFlag]bool{}
	for i := range pairings {
		p := &pairings[i]
		if !seenRow[p.TokenFlag] {
			seenRow[p.TokenFlag] = true
			m.rows = append(m.rows, p.TokenFlag)
		}
		if !seenCol[p.ConnectFlag] {
			seenCol[p.ConnectFlag] = true
			m.cols = append(m.cols, p.ConnectFlag)
		}
		m.cell[[2]wire.DeviceFlag{p.TokenFlag, p.ConnectFlag}] = p
	}
	slices.Sort(m.rows)
	slices.Sort(m.cols)
	return m
}

// The largest grid that is still read as a picture.
const maxGridRows = 16

// grid writes the pairings as a table. Where they are too many for the width or
// for the eye, a list takes its place.
func (p *page) grid(d *probe.Diagnosis) error {
	m := newMatrix(d.Pairings)
	if len(m.rows) > maxGridRows {
		p.compact(m, d.Server.TokenAuth)
		return nil
	}
	for _, corner := range []string{p.corner(d), p.say("table.corner"), ""} {
		drawn, err := p.drawGrid(m, corner, d.Server.TokenAuth)
		if err != nil {
			return err
		}
		if widest(drawn) <= p.width {
			if corner == "" {
				p.para("  ", p.say("table.caption"), p.ink.dim)
			}
			p.out.WriteString(drawn)
			return nil
		}
	}
	p.compact(m, d.Server.TokenAuth)
	return nil
}

// corner names both sides of the table, and the SDK that the connections imitate.
func (p *page) corner(d *probe.Diagnosis) string {
	if list := sdks(d); len(list) == 1 {
		return p.say("table.corner-sdk", text.Args{"sdk": list[0]})
	}
	return p.say("table.corner")
}

func widest(s string) int {
	w := 0
	for l := range strings.Lines(s) {
		w = max(w, columns(strings.TrimRight(l, "\n")))
	}
	return w
}

func (p *page) drawGrid(m matrix, corner string, auth probe.TokenAuth) (string, error) {
	var buf bytes.Buffer
	table := tablewriter.NewTable(&buf,
		tablewriter.WithEastAsian(tw.Off), // or a zh locale without TERM draws half-long borders
		tablewriter.WithRenderer(renderer.NewBlueprint(bare())),
		tablewriter.WithHeaderAutoFormat(tw.Off), // keeps "device_flag" as it is
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone), // colour bleeds out of wrapped cells
		tablewriter.WithHeaderAlignment(tw.AlignLeft),
		tablewriter.WithRowAlignment(tw.AlignLeft),
	)
	head := []any{p.ink.dim.paint(corner)}
	for _, c := range m.cols {
		head = append(head, p.ink.head.paint(flagName(c)))
	}
	table.Header(head...)
	for _, r := range m.rows {
		row := []any{p.ink.head.paint(flagName(r))}
		for _, c := range m.cols {
			row = append(row, p.cell(m.cell[[2]wire.DeviceFlag{r, c}], auth))
		}
		if err := table.Append(row...); err != nil {
			return "", fmt.Errorf("drawing pairings: %w", err)
		}
	}
	if err := table.Render(); err != nil {
		return "", fmt.Errorf("drawing pairings: %w", err)
	}
	return indent(buf.String(), " "), nil // the cells have a blank on their left
}

// bare is a table without lines: on a screen of 24 they would cost three.
func bare() tw.Rendition {
	return tw.Rendition{
		Borders: tw.BorderNone, Symbols: tw.NewSymbols(tw.StyleNone),
		Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone},
	}
}

func indent(s, lead string) string {
	var b strings.Builder
	for l := range strings.Lines(s) {
		b.WriteString(lead + strings.TrimRight(l, " \n") + "\n")
	}
	return b.String()
}

// cell gives symbol and word of a pairing: the word says what was seen, symbol
// and colour say whether that is right. A refusal that should happen is a dot,
// which the legend explains: a tick would read as a login.
func (p *page) cell(pr *probe.Pairing, auth probe.TokenAuth) string {
	if pr == nil {
		return ""
	}
	sign, colour := p.verdict(pr.Verdict)
	word := p.observed(&pr.Result)
	switch {
	case auth == probe.AuthOff:
		colour = p.ink.dim
	case loud(pr):
		return p.ink.loud.paint(p.filled(sign) + word)
	case byDesign(pr):
		return p.ink.dim.paint(p.filled(p.sign.quiet)) + word
	}
	return colour.paint(p.filled(sign) + word)
}

// filled is a sign filled to the widest, with the blank behind it.
func (p *page) filled(sign string) string { return pad(sign, columns(p.sign.widest())) + " " }

// verdict is how an outcome looks: a warning and an open question share a colour,
// the sign tells them apart.
func (p *page) verdict(o probe.Outcome) (string, ink) {
	colour := p.ink.warn
	switch o {
	case probe.OutcomePass:
		colour = p.ink.good
	case probe.OutcomeFail:
		colour = p.ink.bad
	case probe.OutcomeSkip:
		colour = p.ink.dim
	}
	return p.mark(o), colour
}
