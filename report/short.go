package report

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// A message in a chat: its lines, and the runes of one.
const (
	shortLines = 15
	shortRunes = 160
)

// writeShort writes at most 15 lines: the verdict, the versions, the table in
// its shortest form, and each finding with the first command of its fix.
func writeShort(buf *bytes.Buffer, d *probe.Diagnosis, s Style) error {
	s.Color = false
	p := newPage(s)
	sign, _ := p.verdict(d.Verdict.Outcome)
	lines := []string{sign + " " + p.sign.plain(verdictText(d, p.text)), p.versions(d)}
	if d.Target.WS != "" {
		lines = append(lines, "ws "+d.Target.WS)
	}
	if s := p.unchecked(&d.Target); s != "" {
		lines = append(lines, p.sign.plain(s))
	}
	lines = append(lines, p.shortPairings(d)...)
	for i := range d.Findings {
		f := &d.Findings[i]
		if f.Severity == probe.SeverityInfo && d.Verdict.ExitCode != 0 {
			continue // a note does not help whoever has an error
		}
		mark, _ := p.severity(f.Severity)
		lines = append(lines, mark+" "+f.Code+" "+clean(p.sign.plain(f.Title), shortRunes))
		if remedy := p.remedy(&f.Fix); remedy != "" {
			lines = append(lines, "  "+remedy)
		}
	}
	if code := nextCode(d); code != "" {
		more := p.say("table.more", text.Args{"code": code})
		lines = append(lines[:min(len(lines), shortLines-1)], more)
	}
	for i, l := range lines {
		if i == shortLines {
			break
		}
		buf.WriteString(l + "\n")
	}
	return nil
}

// remedy gives a fix in one line: its first command, which stays whole however
// long it is, or else its text.
func (p *page) remedy(f *probe.Fix) string {
	if len(f.Commands) > 0 && !strings.Contains(f.Commands[0], "\n") {
		return f.Commands[0]
	}
	return clean(p.sign.plain(f.Text), shortRunes)
}

func (p *page) versions(d *probe.Diagnosis) string {
	name := serverName(&d.Server)
	if name == "" {
		name = p.say("table.server-unknown")
	}
	return strings.Join([]string{
		d.Tool.Name + " " + d.Tool.Version, name, p.word("auth.", string(d.Server.TokenAuth)),
		"api " + d.Target.API, p.say("tally.exit", text.Args{"code": strconv.Itoa(d.Verdict.ExitCode)}),
	}, " "+p.sign.dot+" ")
}

// The most lines that pairings take in a short report.
const shortRows = 4

// shortPairings writes one line per token flag, or per group of equal pairings.
func (p *page) shortPairings(d *probe.Diagnosis) []string {
	if count(d.Pairings).tested == 0 {
		return nil
	}
	m := newMatrix(d.Pairings)
	var lines []string
	if len(m.rows) <= shortRows && len(m.cols) <= shortRows {
		for _, r := range m.rows {
			line := "token " + flagName(r) + ":"
			for _, c := range m.cols {
				if pr := m.cell[[2]wire.DeviceFlag{r, c}]; pr != nil {
					line += "  " + p.sign.arrow + " " + flagName(c) + " " + p.cell(pr, d.Server.TokenAuth)
				}
			}
			lines = append(lines, line)
		}
		return lines
	}
	for i, g := range p.groups(m) {
		if i == shortRows {
			break
		}
		lines = append(lines, ranges(g.tokens)+" "+p.sign.arrow+" "+g.target+": "+p.cell(g.sample, d.Server.TokenAuth))
	}
	return lines
}
