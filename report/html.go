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
	s.ASCII = false
	w := newWords(s)
	tmpl, err := template.New("report.html").Parse(pageSource)
	if err != nil {
		return fmt.Errorf("parsing the page: %w", err)
	}
	var raw bytes.Buffer
	if err := encode(&raw, d); err != nil {
		return err
	}
	page := webPage{
		Lang: string(w.text.Lang()), Verdict: verdictText(d, w.text), Outcome: string(d.Verdict.Outcome),
		OutcomeWord: w.word("outcome.", string(d.Verdict.Outcome)), OutcomeIcon: outcomeIcon(d.Verdict.Outcome),
		Tally: webTally(d, w), T: newWebWords(w), Chips: webChips(d, w), JSON: raw.String(),
		Reasons: webReasons(d, w), Stored: webUser(d.User, w), Findings: webFindings(d, w), Checks: webChecks(d, w),
		Footer: strings.TrimSpace(d.Tool.Name + " " + d.Tool.Version + " · " + d.StartedAt.UTC().Format("2006-01-02 15:04:05 UTC")),
	}
	if !d.Complete {
		page.Incomplete = w.say("table.incomplete")
	}
	for _, e := range w.environment(d) {
		page.Environment = append(page.Environment, webEntry{e.name, e.value})
	}
	page.picture(d, w)
	if err := tmpl.Execute(buf, page); err != nil {
		return fmt.Errorf("filling the page: %w", err)
	}
	return nil
}

func newWebWords(w words) webWords {
	return webWords{
		Pairings: w.say("html.pairings"), Caption: w.say("table.caption"), Connected: w.say("html.connected"), Fetched: w.say("html.fetched"),
		Why: w.say("table.why"), Findings: w.say("html.findings"), Evidence: w.say("table.evidence"), Fix: w.say("table.fix"),
		Checks: w.say("markdown.checks"), Environment: w.say("markdown.environment"), JSON: w.say("markdown.json"),
		Backend: w.say("html.backend"), Store: w.say("html.store"), Stored: w.say("html.store"),
	}
}

func webTally(d *probe.Diagnosis, w words) string {
	return strings.Join(w.summary(d), " · ")
}

func webChips(d *probe.Diagnosis, w words) []webChip {
	chips := []webChip{{w.server(&d.Server), ""}}
	if d.Server.Protocol != 0 {
		chips = append(chips, webChip{w.say("table.protocol", text.Args{"n": strconv.Itoa(d.Server.Protocol)}), ""})
	}
	auth := webChip{Text: w.word("auth.", string(d.Server.TokenAuth))}
	if d.Server.TokenAuth == probe.AuthOff {
		auth.Class = "fail"
	}
	chips = append(chips, auth, webChip{d.Target.API, ""})
	if d.Target.WS != "" {
		chips = append(chips, webChip{d.Target.WS, ""})
	}
	if s := w.unchecked(&d.Target); s != "" {
		chips = append(chips, webChip{s, "fail"})
	}
	if s := w.waited(d.Wait); s != "" {
		chips = append(chips, webChip{s, ""})
	}
	if d.Target.Sandbox != "" {
		chips = append(chips, webChip{w.say("table.sandbox"), ""})
	}
	return chips
}

func webReasons(d *probe.Diagnosis, w words) []webReason {
	if d.Server.TokenAuth == probe.AuthOff {
		return nil
	}
	var list []webReason
	for _, r := range w.reasons(d) {
		first := r.pairs[0]
		one := webReason{Class: string(first.Verdict), Mark: w.mark(first.Verdict), Names: w.names(r.pairs)}
		if r.pass {
			one.Note = w.byDesign(r)
		} else {
			one.Code = r.code
		}
		one.Rows = append(one.Rows, webEntry{w.say("table.answer"), r.result})
		if first.ExpectToken != probe.TokenUnknown {
			one.Rows = append(one.Rows, webEntry{"expectToken", r.expect})
			if first.ExpectTokenSource != "" {
				one.Rows = append(one.Rows, webEntry{w.say("table.known"), w.word("expect-source.", string(first.ExpectTokenSource))})
			}
		}
		list = append(list, one)
	}
	return list
}

func webUser(u *probe.User, w words) []webStored {
	if u == nil {
		return nil
	}
	var list []webStored
	for _, s := range u.Stored {
		list = append(list, webStored{flagName(s.DeviceFlag), w.level(s.DeviceLevel), w.word("stored.", string(s.State))})
	}
	return list
}

func webFindings(d *probe.Diagnosis, w words) []webFinding {
	var list []webFinding
	for i := range d.Findings {
		f := &d.Findings[i]
		one := webFinding{
			Code: f.Code, Severity: string(f.Severity), Word: w.word("severity.", string(f.Severity)), Title: f.Title, Cause: f.Cause, Fix: f.Fix.Text,
			Evidence: w.evidence(f.Evidence), Commands: f.Fix.Commands,
		}
		if f.DependsOn != "" {
			one.DependsOn = w.depends(f)
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

func webChecks(d *probe.Diagnosis, w words) []webCheck {
	var list []webCheck
	for i := range d.Checks {
		c := &d.Checks[i]
		one := webCheck{Class: string(c.Outcome), Mark: w.mark(c.Outcome), Name: w.word("check.", string(c.ID)), Time: millis(c.ElapsedMS)}
		switch c.Outcome {
		case probe.OutcomePass:
			one.Note = w.partly(c)
		case probe.OutcomeSkip:
			one.Time = ""
			if c.Needs != "" {
				one.Time = w.skipped(c)
			}
		default:
			one.Note = strings.TrimSpace(c.Code + " " + w.seen(c))
		}
		list = append(list, one)
	}
	for i := range d.Addresses {
		a := &d.Addresses[i]
		list = append(list, webCheck{string(a.Outcome), w.mark(a.Outcome), string(a.Role), dash(a.URL), w.addressNote(a)})
	}
	return list
}
