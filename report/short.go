package report

import (
	"bytes"
	"strings"
	"unicode"

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
	lines = append(lines, w.shortSDKs(d)...)
	for _, f := range folded(d) {
		if f.Severity == probe.SeverityInfo && d.Verdict.ExitCode != 0 {
			continue // a note does not help whoever has an error
		}
		lines = append(lines, w.weight(f.Severity)+" "+f.Code+" "+clean(w.sign.plain(f.Title), shortRunes))
		for _, remedy := range w.remedies(&f.Fix) {
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

// remedies gives a fix in a line: its first command, which stays whole however
// long it is, or else what its text begins with. The one in the client has a line
// of its own.
func (w words) remedies(f *probe.Fix) (lines []string) {
	first := ""
	if len(f.Commands) > 0 && !strings.Contains(f.Commands[0], "\n") {
		first = f.Commands[0]
	} else {
		first = sentences(w.sign.plain(f.Text), shortRunes)
	}
	if f.Client != nil && f.Client.Line != first {
		return []string{w.say("fix.a") + ": " + first, w.say("fix.b") + ": " + f.Client.Line}
	}
	if first == "" {
		return nil
	}
	return []string{first}
}

// sentences gives as many whole sentences of s as fit into limit runes, one at
// least: a fix of which the end is missing may say the opposite.
func sentences(s string, limit int) string {
	runes := []rune(strings.Join(strings.Fields(s), " "))
	end := 0
	for i, r := range runes {
		last := i+1 == len(runes)
		if r == '。' || last || r == '.' && runes[i+1] == ' ' && (i+2 == len(runes) || !unicode.IsLower(runes[i+2])) {
			if end > 0 && i+1 > limit {
				break
			}
			end = i + 1
		}
	}
	return string(runes[:end])
}

// shortSDKs says how many SDKs can log in with a token of each flag.
func (w words) shortSDKs(d *probe.Diagnosis) (lines []string) {
	if len(d.SDKs) == 0 {
		return nil
	}
	for i, c := range sdkCounts(d.SDKs) {
		if i < shortRows {
			lines = append(lines, w.say("sdkrows.count", c))
		}
	}
	return lines
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
