package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// An issue on GitHub holds 65,536 characters; the raw JSON is left out where it
// would not fit.
const ticketLimit = 60000

// document is a Markdown text under construction.
type document struct {
	strings.Builder
	words
}

// writeMarkdown writes a report for an issue tracker: the verdict first, the raw
// data folded away at the end.
func writeMarkdown(buf *bytes.Buffer, d *probe.Diagnosis, s Style) error {
	m := newDocument(s)
	m.verdict(d)
	m.pairings(d)
	m.reasons(d)
	m.serverLog(d)
	m.sdkMatrix(d)
	m.user(d.User)
	m.findings(d)
	m.checks(d)
	m.environment(d)
	var raw bytes.Buffer
	if err := encode(&raw, d); err != nil {
		return err
	}
	if m.Len()+raw.Len() <= ticketLimit {
		m.fold(m.say("markdown.json"), mdFence("json", raw.String()))
	} else {
		m.fold(m.say("markdown.json"), mdText(m.say("markdown.json-long"))+"\n")
	}
	buf.WriteString(m.String())
	return nil
}

// newDocument starts a text. A ticket takes every character, whatever the
// terminal does.
func newDocument(s Style) *document {
	s.ASCII = false
	return &document{words: newWords(s)}
}

// line writes a formatted line.
func (m *document) line(format string, args ...any) { fmt.Fprintf(m, format+"\n", args...) }

func (m *document) verdict(d *probe.Diagnosis) {
	m.line("### %s %s\n", emoji(d.Verdict.Outcome), mdText(verdictText(d, m.text)))
	parts := []string{mdText(d.Tool.Name + " " + d.Tool.Version), mdText(m.server(&d.Server)), mdText(m.word("auth.", string(d.Server.TokenAuth)))}
	m.line("%s\n", strings.Join(append(parts, m.summary(d)...), " · "))
	if s := m.unchecked(&d.Target); s != "" {
		m.line("**%s**\n", mdText(s))
	}
	if s := m.waited(d.Wait); s != "" {
		m.line("%s\n", mdText(s))
	}
	if !d.Complete {
		m.line("**%s**\n", mdText(m.say("table.incomplete")))
	}
}

// emoji gives the sign of an outcome. Markdown has no colour, and these have;
// none needs a variation selector.
func emoji(o probe.Outcome) string {
	switch o {
	case probe.OutcomePass:
		return "✅"
	case probe.OutcomeFail:
		return "❌"
	case probe.OutcomeWarn:
		return "❗"
	case probe.OutcomeSkip:
		return "➖"
	}
	return "❓"
}

func (m *document) cell(p *probe.Pairing, auth probe.TokenAuth) string {
	if p == nil {
		return ""
	}
	word := mdText(m.observed(&p.Result))
	switch {
	case auth == probe.AuthOff:
		return "➖ " + word
	case loud(p):
		return "🚨 **" + word + "**"
	case p.Verdict == probe.OutcomeFail:
		return "❌ **" + word + "**"
	}
	return emoji(p.Verdict) + " " + word
}

func (m *document) pairings(d *probe.Diagnosis) {
	if tallied(d.Pairings).tested == 0 {
		return
	}
	x := newMatrix(d.Pairings)
	if len(x.rows) > maxGridRows || len(x.cols) > maxGridRows {
		m.groups(x, d.Server.TokenAuth)
		return
	}
	head, rule := "| "+m.say("table.corner")+" |", "|---|"
	for _, c := range x.cols {
		head += " " + flagName(c) + " |"
		rule += "---|"
	}
	m.line("%s\n%s", head, rule)
	for _, r := range x.rows {
		row := "| **" + flagName(r) + "** |"
		for _, c := range x.cols {
			row += " " + m.cell(x.cell[[2]wire.DeviceFlag{r, c}], d.Server.TokenAuth) + " |"
		}
		m.line("%s", row)
	}
	m.line("\n%s\n", mdText(m.say("table.caption")))
}

func (m *document) groups(x matrix, auth probe.TokenAuth) {
	m.line("| %s | |\n|---|---|", m.say("table.list-caption"))
	for i, g := range m.words.groups(x) {
		if i == maxGroups {
			m.line("| … | |")
			break
		}
		m.line("| %s → %s | %s |", ranges(g.tokens), g.target, m.cell(g.sample, auth))
	}
	m.line("")
}

// reasons says why pairings were not accepted.
func (m *document) reasons(d *probe.Diagnosis) {
	if d.Server.TokenAuth == probe.AuthOff {
		return
	}
	for _, r := range m.words.reasons(d) {
		first := r.pairs[0]
		s := "- " + emoji(first.Verdict) + " " + m.colon("**"+mdText(m.names(r.pairs))+"**", mdText(r.result))
		if first.ExpectToken != probe.TokenUnknown {
			s += m.say("tally.semicolon") + "`expectToken` " + mdText(r.expect)
			if first.ExpectTokenSource != "" {
				s += m.aside(mdText(m.word("expect-source.", string(first.ExpectTokenSource))))
			}
		}
		switch {
		case r.pass:
			s += " · " + mdText(m.byDesign(r))
		case r.code != "":
			s += " → " + mdText(r.code)
		}
		m.line("%s", s)
	}
	m.line("")
}

// user says what the server has stored for an existing user.
func (m *document) user(u *probe.User) {
	if u == nil || len(u.Stored) == 0 {
		return
	}
	m.line("| %s | %s | %s |\n|---|---|---|", m.say("credentials.flag"), m.say("credentials.level"), m.say("user.state"))
	for _, s := range u.Stored {
		here := ""
		if s.DeviceFlag == u.ConnectFlag {
			here = " ← " + m.say("user.here")
		}
		m.line("| **%s** | %s | %s%s |", flagName(s.DeviceFlag), m.level(s.DeviceLevel), mdText(m.word("stored.", string(s.State))), here)
	}
	m.line("")
}

func (m *document) findings(d *probe.Diagnosis) {
	for i := range d.Findings {
		f := &d.Findings[i]
		m.line("#### %s %s %s\n", severityEmoji(f.Severity), mdText(f.Code), mdText(strings.ReplaceAll(f.Title, "\n", " ")))
		if f.DependsOn != "" {
			m.line("%s\n", mdText(m.depends(f)))
		}
		if f.Cause != "" {
			m.line("%s\n", mdText(f.Cause))
		}
		for _, e := range m.evidence(f.Evidence) {
			m.line("- %s", m.colon(mdText(e.Source), mdCode(e.Text)))
		}
		if len(f.Evidence) > 0 {
			m.line("")
		}
		if f.Fix.Text != "" {
			m.line("%s %s\n", m.bold(m.say("markdown.fix")), mdText(f.Fix.Text))
		}
		if len(f.Fix.Commands) > 0 {
			m.line("%s", mdFence("", strings.Join(f.Fix.Commands, "\n")))
		}
		for _, l := range f.Links {
			m.line("- %s", mdLink(l))
		}
		if len(f.Links) > 0 {
			m.line("")
		}
	}
}

func severityEmoji(s probe.Severity) string {
	switch s {
	case probe.SeverityError:
		return "❌"
	case probe.SeverityWarning:
		return "❗"
	}
	return "💬"
}

func (m *document) checks(d *probe.Diagnosis) {
	if len(d.Checks) == 0 {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| | %s | %s |\n|---|---|---|\n", m.say("markdown.check"), m.say("markdown.seen"))
	for i := range d.Checks {
		c := &d.Checks[i]
		seen := millis(c.ElapsedMS)
		switch c.Outcome {
		case probe.OutcomePass:
			seen = strings.TrimSpace(seen + " " + mdText(m.partly(c)))
		case probe.OutcomeSkip:
			seen = mdText(m.skipped(c))
		default:
			seen = strings.TrimSpace(mdText(c.Code) + " " + mdCell(m.seen(c)))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", emoji(c.Outcome), mdText(m.word("check.", string(c.ID))), seen)
	}
	for i := range d.Addresses {
		a := &d.Addresses[i]
		fmt.Fprintf(&b, "| %s | %s %s | %s |\n", emoji(a.Outcome), mdText(string(a.Role)), mdCell(dash(a.URL)), mdText(m.addressNote(a)))
	}
	m.fold(m.say("markdown.checks"), b.String())
}

func (m *document) environment(d *probe.Diagnosis) {
	var b strings.Builder
	b.WriteString("| | |\n|---|---|\n")
	for _, row := range m.words.environment(d) {
		fmt.Fprintf(&b, "| %s | %s |\n", row.name, mdCell(row.value))
	}
	m.fold(m.say("markdown.environment"), b.String())
}

func (m *document) fold(summary, body string) {
	m.line("<details><summary>%s</summary>\n\n%s\n</details>\n", summary, body)
}
