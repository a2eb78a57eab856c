package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

//go:embed page/report.html
var pageSource string

// webPage is what the template shows. Everything in it is plain text: the
// template escapes each value for the place where it stands.
type webPage struct {
	Lang, Verdict, Tally, Outcome, OutcomeWord, Incomplete string
	OutcomeIcon, JSON, Footer                              string
	T                                                      webWords
	Chips                                                  []webChip
	Flow                                                   *webFlow
	Grid                                                   *webGrid
	Dots                                                   *webDots
	Groups                                                 []webGroup
	Reasons                                                []webReason
	Stored                                                 []webStored
	Findings                                               []webFinding
	Checks                                                 []webCheck
	Environment                                            []webEntry
}

// webWords are the fixed words of the page.
type webWords struct {
	Pairings, Caption, Connected, Fetched, Why, Findings, Evidence, Fix string
	Checks, Environment, JSON, Backend, Store, Stored                   string
}

type (
	webChip   struct{ Text, Class string }
	webGroup  struct{ Label, Class, Mark, Word string }
	webReason struct {
		Class, Mark, Names, Code, Note string
		Rows                           []webEntry
	}
	webStored  struct{ Flag, Level, State string }
	webCheck   struct{ Class, Mark, Name, Note, Time string }
	webEntry   struct{ Name, Value string }
	webFinding struct {
		Code, Severity, Word, Title, DependsOn, Cause, Fix string
		Evidence                                           []probe.Evidence
		Commands, Links                                    []string
	}
)

// writeHTML writes one self-contained page: no script, nothing loaded from
// elsewhere (a content security policy says so to the browser), light and dark.
func writeHTML(buf *bytes.Buffer, d *probe.Diagnosis, s Style) error {
	s.ASCII, s.Color = false, false
	p := newPage(s)
	tmpl, err := template.New("report.html").Parse(pageSource)
	if err != nil {
		return fmt.Errorf("parsing the page: %w", err)
	}
	var raw bytes.Buffer
	if err := writeJSON(&raw, d); err != nil {
		return err
	}
	page := webPage{
		Lang: string(p.text.Lang()), Verdict: verdictText(d, p.text), Outcome: string(d.Verdict.Outcome),
		OutcomeWord: p.word("outcome.", string(d.Verdict.Outcome)), OutcomeIcon: outcomeIcon(d.Verdict.Outcome),
		Tally: webTally(d, p), T: newWebWords(p), Chips: webChips(d, p), JSON: raw.String(),
		Reasons: webReasons(d, p), Stored: webUser(d.User, p), Findings: webFindings(d, p), Checks: webChecks(d, p),
		Footer: strings.TrimSpace(d.Tool.Name + " " + d.Tool.Version + " · " + d.StartedAt.UTC().Format("2006-01-02 15:04:05 UTC")),
	}
	if !d.Complete {
		page.Incomplete = p.say("table.incomplete")
	}
	for _, e := range environment(d, p) {
		page.Environment = append(page.Environment, webEntry{e.name, e.value})
	}
	page.picture(d, p)
	if err := tmpl.Execute(buf, page); err != nil {
		return fmt.Errorf("filling the page: %w", err)
	}
	return nil
}

func newWebWords(p *page) webWords {
	return webWords{
		Pairings: p.say("html.pairings"), Caption: p.say("table.caption"), Connected: p.say("html.connected"), Fetched: p.say("html.fetched"),
		Why: p.say("table.why"), Findings: p.say("html.findings"), Evidence: p.say("table.evidence"), Fix: p.say("table.fix"),
		Checks: p.say("markdown.checks"), Environment: p.say("markdown.environment"), JSON: p.say("markdown.json"),
		Backend: p.say("html.backend"), Store: p.say("html.store"), Stored: p.say("html.store"),
	}
}

func webTally(d *probe.Diagnosis, p *page) string {
	parts := []string{}
	if n := count(d.Pairings); n.all > 1 && n.tested > 0 {
		parts = append(parts, tallyText(n, p.text))
	}
	parts = append(parts, millis(d.ElapsedMS), p.say("tally.exit", text.Args{"code": strconv.Itoa(d.Verdict.ExitCode)}))
	return strings.Join(parts, " · ")
}

func webChips(d *probe.Diagnosis, p *page) []webChip {
	name := serverName(&d.Server)
	if name == "" {
		name = p.say("table.server-unknown")
	}
	chips := []webChip{{name, ""}}
	if d.Server.Protocol != 0 {
		chips = append(chips, webChip{p.say("table.protocol", text.Args{"n": strconv.Itoa(d.Server.Protocol)}), ""})
	}
	auth := webChip{Text: p.auth(d.Server.TokenAuth)}
	if d.Server.TokenAuth == probe.AuthOff {
		auth.Class = "fail"
	}
	chips = append(chips, auth, webChip{d.Target.API, ""})
	if d.Target.WS != "" {
		chips = append(chips, webChip{d.Target.WS, ""})
	}
	if s := p.unchecked(&d.Target); s != "" {
		chips = append(chips, webChip{s, "fail"})
	}
	if d.Target.Sandbox != "" {
		chips = append(chips, webChip{p.say("table.sandbox"), ""})
	}
	return chips
}

func webReasons(d *probe.Diagnosis, p *page) []webReason {
	if d.Server.TokenAuth == probe.AuthOff {
		return nil
	}
	var list []webReason
	for _, r := range p.reasons(d) {
		first := r.pairs[0]
		mark, _ := p.verdict(first.Verdict)
		one := webReason{Class: string(first.Verdict), Mark: mark, Names: p.names(r.pairs)}
		if r.pass {
			one.Note = p.byDesign(r)
		} else {
			one.Code = r.code
		}
		one.Rows = append(one.Rows, webEntry{p.say("table.answer"), r.result})
		if first.ExpectToken != probe.TokenUnknown {
			one.Rows = append(one.Rows, webEntry{"expectToken", r.expect})
			if first.ExpectTokenSource != "" {
				one.Rows = append(one.Rows, webEntry{p.say("table.known"), p.word("expect-source.", string(first.ExpectTokenSource))})
			}
		}
		list = append(list, one)
	}
	return list
}

func webUser(u *probe.User, p *page) []webStored {
	if u == nil {
		return nil
	}
	var list []webStored
	for _, s := range u.Stored {
		list = append(list, webStored{flagName(s.DeviceFlag), p.level(s.DeviceLevel), p.word("stored.", string(s.State))})
	}
	return list
}

func webFindings(d *probe.Diagnosis, p *page) []webFinding {
	var list []webFinding
	for i := range d.Findings {
		f := &d.Findings[i]
		one := webFinding{
			Code: f.Code, Severity: string(f.Severity), Word: p.word("severity.", string(f.Severity)), Title: f.Title, Cause: f.Cause, Fix: f.Fix.Text,
			Evidence: f.Evidence, Commands: f.Fix.Commands,
		}
		if f.DependsOn != "" {
			one.DependsOn = p.say("table.depends", text.Args{"code": f.DependsOn})
		}
		for _, l := range f.Links {
			if address.MatchString(l) {
				one.Links = append(one.Links, l)
			}
		}
		list = append(list, one)
	}
	return list
}

func webChecks(d *probe.Diagnosis, p *page) []webCheck {
	var list []webCheck
	for i := range d.Checks {
		c := &d.Checks[i]
		mark, _ := p.verdict(c.Outcome)
		one := webCheck{Class: string(c.Outcome), Mark: mark, Name: p.word("check.", string(c.ID)), Time: millis(c.ElapsedMS)}
		switch c.Outcome {
		case probe.OutcomePass:
			one.Note = p.partly(c)
		case probe.OutcomeSkip:
			one.Time = ""
			if c.Needs != "" {
				one.Time = p.say("check.needs", text.Args{"check": p.word("need.", string(c.Needs))})
			}
		default:
			one.Note = strings.TrimSpace(c.Code + " " + p.seen(c))
		}
		list = append(list, one)
	}
	for i := range d.Addresses {
		a := &d.Addresses[i]
		mark, _ := p.verdict(a.Outcome)
		list = append(list, webCheck{string(a.Outcome), mark, string(a.Role), dash(a.URL), p.addressNote(a)})
	}
	return list
}
