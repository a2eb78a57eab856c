package report

import (
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// sdkGroup is neighbouring rows of one family that came out alike.
type sdkGroup struct {
	name  string // family and versions
	cells []probe.SDKCell
	codes string // why it was not let in, but for a token under another flag
}

// sdkGroups joins what one line can say.
func sdkGroups(rows []probe.SDKRow) []sdkGroup {
	var list []sdkGroup
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && alike(&rows[i], &rows[j]) {
			j++
		}
		list = append(list, sdkGroup{name: groupName(rows[i:j]), cells: rows[i].TokenFlags, codes: codesOf(&rows[i])})
		i = j
	}
	return list
}

func alike(a, b *probe.SDKRow) bool {
	if a.Family != b.Family || a.WireFlag != b.WireFlag || a.EffectiveFlag != b.EffectiveFlag || len(a.TokenFlags) != len(b.TokenFlags) {
		return false
	}
	for i := range a.TokenFlags {
		x, y := &a.TokenFlags[i], &b.TokenFlags[i]
		if x.Observed != y.Observed || x.Verdict != y.Verdict || x.Code != y.Code {
			return false
		}
	}
	return true
}

// groupName gives the family with the range from the first row to the last.
func groupName(rows []probe.SDKRow) string {
	first, last := rows[0], rows[len(rows)-1]
	versions := first.Versions
	if len(rows) > 1 {
		versions += ", " + last.Versions
		from, err1 := sdk.Find(first.SDK)
		to, err2 := sdk.Find(last.SDK)
		if err1 == nil && err2 == nil {
			versions = sdk.Range{From: from.Versions.From, To: to.Versions.To}.String()
		}
	}
	return first.Family + " " + versions
}

// codesOf lists the findings about a row. That a token of another flag is refused
// goes without saying.
func codesOf(row *probe.SDKRow) string {
	var list []string
	seen := map[string]bool{"": true, probe.CodeOtherFlag: true}
	for i := range row.TokenFlags {
		if code := row.TokenFlags[i].Code; !seen[code] {
			seen[code] = true
			list = append(list, code)
		}
	}
	return strings.Join(list, " ")
}

// sdkMatrix writes the second table: which SDKs can log in when the back end
// registers which flag.
func (p *page) sdkMatrix(d *probe.Diagnosis) {
	if len(d.SDKs) == 0 {
		return
	}
	groups := sdkGroups(d.SDKs)
	p.para("  ", p.say("sdkrows.title"), p.ink.head)
	p.para("  ", p.say("sdkrows.caption")+" "+p.sign.dot+" "+p.say("sdkrows.tick", text.Args{"mark": p.sign.pass}), p.ink.dim)
	rows := p.sdkGrid(groups, d.Server.TokenAuth)
	if rowsWidth(rows) > p.width {
		for i := range rows {
			rows[i] = rows[i][:len(rows[i])-1]
		}
	}
	if rowsWidth(rows) <= p.width {
		p.columns("", rows)
	} else {
		p.sdkList(groups, d.Server.TokenAuth)
	}
	var parts []string
	for _, c := range sdkCounts(d.SDKs) {
		parts = append(parts, p.say("sdkrows.count", c))
	}
	p.join(2, parts)
	p.para("  ", p.count("sdkrows.connections", logins(d.SDKs), text.Args{"rows": strconv.Itoa(len(d.SDKs))}), p.ink.dim)
	p.blank()
}

func (p *page) sdkGrid(groups []sdkGroup, auth probe.TokenAuth) [][]string {
	head := []string{p.say("sdks.sdk")}
	for _, c := range groups[0].cells {
		head = append(head, flagName(c.TokenFlag))
	}
	rows := [][]string{append(head, p.say("sdkrows.why"))}
	for _, g := range groups {
		row := []string{g.name}
		for i := range g.cells {
			row = append(row, p.sdkCell(&g.cells[i], auth))
		}
		rows = append(rows, append(row, p.ink.note.paint(g.codes)))
	}
	return rows
}

// sdkCell answers the question of this table: a tick is for an SDK that can log in,
// a dash for one that cannot, as its flag has it. What came otherwise than that is
// a cross.
func (p *page) sdkCell(c *probe.SDKCell, auth probe.TokenAuth) string {
	sign, colour := p.verdict(c.Verdict)
	word := p.word("observed.", string(c.Observed))
	switch {
	case auth == probe.AuthOff && c.Verdict != probe.OutcomeFail:
		colour = p.ink.dim
	case c.Verdict == probe.OutcomeFail && c.Observed == probe.Accepted:
		return p.ink.loud.paint(p.filled(sign) + word)
	case c.Verdict == probe.OutcomePass && c.Observed != probe.Accepted:
		return p.ink.dim.paint(p.filled(p.sign.cannot) + word)
	}
	return colour.paint(p.filled(sign) + word)
}

// sdkList takes the place of a grid that would be too wide.
func (p *page) sdkList(groups []sdkGroup, auth probe.TokenAuth) {
	for _, g := range groups {
		p.beside("  "+g.name, g.codes, p.ink.note)
		for _, same := range sameCells(g.cells) {
			p.para("    ", p.say("sdkrows.accepted", text.Args{"flags": ranges(same.flags), "word": p.sdkCell(same.cell, auth)}), ink{})
		}
	}
}

// cellFlags is the token flags with which an SDK fared alike.
type cellFlags struct {
	cell  *probe.SDKCell
	flags []wire.DeviceFlag
}

func sameCells(cells []probe.SDKCell) (list []cellFlags) {
next:
	for i := range cells {
		c := &cells[i]
		for j := range list {
			if list[j].cell.Observed == c.Observed && list[j].cell.Verdict == c.Verdict {
				list[j].flags = append(list[j].flags, c.TokenFlag)
				continue next
			}
		}
		list = append(list, cellFlags{c, []wire.DeviceFlag{c.TokenFlag}})
	}
	return list
}

// maxCounts bounds the flags that are counted one by one.
const maxCounts = 8

// sdkCounts says for each flag how many rows can log in with its token.
func sdkCounts(rows []probe.SDKRow) (list []text.Args) {
	for i := range rows[0].TokenFlags {
		if i == maxCounts {
			break
		}
		n := 0
		for j := range rows {
			if rows[j].TokenFlags[i].Observed == probe.Accepted {
				n++
			}
		}
		list = append(list, text.Args{
			"flag": flagName(rows[0].TokenFlags[i].TokenFlag), "n": strconv.Itoa(n), "all": strconv.Itoa(len(rows)),
		})
	}
	return list
}

// logins counts the connections that stand behind the rows.
func logins(rows []probe.SDKRow) (n int) {
	for i := range rows {
		for j := range rows[i].TokenFlags {
			if rows[i].TokenFlags[j].SameAs == "" {
				n++
			}
		}
	}
	return n
}

// sdkMatrix writes the second table for a ticket.
func (m *document) sdkMatrix(d *probe.Diagnosis) {
	if len(d.SDKs) == 0 {
		return
	}
	m.line("#### %s\n", mdText(m.say("sdkrows.title")))
	groups := sdkGroups(d.SDKs)
	if len(groups[0].cells) > maxGridRows {
		m.line("| | | |\n|---|---|---|")
		for _, g := range groups {
			for _, same := range sameCells(g.cells) {
				m.line("| **%s** | %s | %s |", mdText(g.name), ranges(same.flags), m.sdkCell(same.cell, d.Server.TokenAuth))
			}
		}
		m.line("")
		return
	}
	head, rule := "| "+m.say("sdks.sdk")+" |", "|---|"
	for _, c := range groups[0].cells {
		head, rule = head+" "+flagName(c.TokenFlag)+" |", rule+"---|"
	}
	m.line("%s %s |\n%s---|", head, mdText(m.say("sdkrows.why")), rule)
	for _, g := range groups {
		row := "| **" + mdText(g.name) + "** |"
		for i := range g.cells {
			row += " " + m.sdkCell(&g.cells[i], d.Server.TokenAuth) + " |"
		}
		m.line("%s %s |", row, mdText(g.codes))
	}
	m.line("\n%s\n", mdText(m.say("sdkrows.caption")))
}

func (m *document) sdkCell(c *probe.SDKCell, auth probe.TokenAuth) string {
	word := mdText(m.word("observed.", string(c.Observed)))
	switch {
	case c.Verdict == probe.OutcomeFail && c.Observed == probe.Accepted:
		return "🚨 **" + word + "**"
	case c.Verdict == probe.OutcomeFail:
		return "❌ **" + word + "**"
	case auth == probe.AuthOff:
		return "➖ " + word
	}
	return emoji(c.Verdict) + " " + word
}
