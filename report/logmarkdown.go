package report

import (
	"bytes"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// writeLogMarkdown writes the summary of a log for an issue tracker.
func writeLogMarkdown(buf *bytes.Buffer, r *probe.LogReport, s Style) error {
	m := newDocument(s)
	l := logWords{words: m.words, r: r, whole: s.Verbose}
	m.line("### %s %s\n", emoji(r.Verdict.Outcome), mdText(logVerdict(r, l.text)))
	parts := []string{mdText(r.Tool.Name + " " + r.Tool.Version), mdCode(r.Source), mdText(l.size())}
	if len(r.Generations) > 0 {
		parts = append(parts, mdText(l.say("logreport.generations", text.Args{"generations": strings.Join(r.Generations, ", ")})))
	}
	m.line("%s\n", strings.Join(parts, " · "))
	if !r.Complete {
		m.line("**%s**\n", mdText(l.say("logreport.incomplete")))
	}
	for i := range r.Causes {
		m.logCause(l, &r.Causes[i])
	}
	if r.UnknownAll > 0 {
		m.line("#### ❓ %s\n", l.colon(l.times(r.UnknownAll), mdText(l.say("logreport.unknown"))))
		for i, u := range r.Unknown {
			if i == maxUnknown {
				break
			}
			m.line("- %s × %s", thousands(u.Count), mdCode(u.Text))
		}
		m.line("")
	}
	last := "logreport.tokens"
	if r.LooksLike != "" {
		last = "logreport.where"
	}
	m.line("%s %s", mdText(l.rest()), mdText(l.say(last)))
	buf.WriteString(m.String())
	return nil
}

func (m *document) logCause(l logWords, c *probe.LogCause) {
	sign := "❌"
	if !keepsOut(c) {
		sign = "💬"
	}
	m.line("#### %s %s\n", sign, l.colon(l.times(c.Count), mdText(c.Title)))
	m.line("%s\n", mdText(c.Meaning))
	for _, w := range c.Misleading {
		m.line("- %s %s", m.bold(l.say("logreport.misleads")), mdText(w.Text))
	}
	m.line("- %s %s\n", m.bold(l.say("logreport.change")), mdText(c.Change))
	if named(c) {
		for i, row := range l.rows(c, maxLogGroups) {
			for j := range row {
				row[j] = mdCell(mdText(row[j]))
			}
			m.line("| %s |", strings.Join(row, " | "))
			if i == 0 {
				m.line("|%s", strings.Repeat("---|", len(row)))
			}
		}
		if n := len(c.Groups) - maxLogGroups; n > 0 {
			m.line("\n%s", mdText(l.count("logreport.groups-more", n)))
		}
		m.line("")
	}
	if c.Sample != "" {
		m.line("%s", mdFence("", c.Sample))
	}
	if len(c.Codes) > 0 {
		m.line("%s\n", mdCode("wkctl explain "+c.Codes[0]))
	}
}
