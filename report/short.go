package report

import (
	"bytes"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// A message in a chat: its lines, and the runes of one.
const (
	shortLines = 15
	shortRunes = 160
)

// writeShort writes at most 15 lines: the verdict, the versions, the table in
// its shortest form, and each finding with the first command of its fix.
func writeShort(buf *bytes.Buffer, d *probe.Diagnosis, s Style) error {
	w := newWords(s)
	lines := []string{w.mark(d.Verdict.Outcome) + " " + w.sign.plain(verdictText(d, w.text)), w.versions(d)}
	if d.Target.WS != "" {
		lines = append(lines, "ws "+d.Target.WS)
	}
	if s := w.unchecked(&d.Target); s != "" {
		lines = append(lines, w.sign.plain(s))
	}
	if s := w.waited(d.Wait); s != "" {
		lines = append(lines, w.sign.plain(s))
	}
	lines = append(lines, w.shortPairings(d)...)
	for i := range d.Findings {
		f := &d.Findings[i]
		if f.Severity == probe.SeverityInfo && d.Verdict.ExitCode != 0 {
			continue // a note does not help whoever has an error
		}
		lines = append(lines, w.weight(f.Severity)+" "+f.Code+" "+clean(w.sign.plain(f.Title), shortRunes))
		if remedy := w.remedy(&f.Fix); remedy != "" {
			lines = append(lines, "  "+remedy)
		}
	}
	if code := nextCode(d); code != "" {
		lines = append(lines[:min(len(lines), shortLines-1)], w.more(code))
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
func (w words) remedy(f *probe.Fix) string {
	if len(f.Commands) > 0 && !strings.Contains(f.Commands[0], "\n") {
		return f.Commands[0]
	}
	return clean(w.sign.plain(f.Text), shortRunes)
}

func (w words) versions(d *probe.Diagnosis) string {
	return strings.Join([]string{
		d.Tool.Name + " " + d.Tool.Version, w.server(&d.Server), w.word("auth.", string(d.Server.TokenAuth)),
		"api " + d.Target.API, w.exit(d.Verdict),
	}, " "+w.sign.dot+" ")
}

// The most lines that pairings take in a short report.
const shortRows = 4

// shortPairings writes one line per token flag, or per group of equal pairings.
func (w words) shortPairings(d *probe.Diagnosis) []string {
	if tallied(d.Pairings).tested == 0 {
		return nil
	}
	m := newMatrix(d.Pairings)
	var lines []string
	if len(m.rows) <= shortRows && len(m.cols) <= shortRows {
		for _, r := range m.rows {
			line := "token " + flagName(r) + ":"
			for _, c := range m.cols {
				if pr := m.cell[[2]wire.DeviceFlag{r, c}]; pr != nil {
					line += "  " + w.sign.arrow + " " + flagName(c) + " " + w.marked(pr)
				}
			}
			lines = append(lines, line)
		}
		return lines
	}
	for i, g := range w.groups(m) {
		if i == shortRows {
			break
		}
		lines = append(lines, w.colon(ranges(g.tokens)+" "+w.sign.arrow+" "+g.target, w.marked(g.sample)))
	}
	return lines
}
