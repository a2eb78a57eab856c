package report

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/report/text"
)

// sdkField is one fact of a row: its name, and its lines. A line that is code, or
// names a place in code, is never broken.
type sdkField struct {
	name  string
	lines []string
	code  bool
}

// fields lists all that the catalogue knows of a row, in the reader's language.
func (w words) sdkFields(s sdk.SDK) []sdkField {
	lang := string(w.text.Lang())
	field := func(id string, lines ...string) sdkField {
		return sdkField{name: w.say("sdks.field." + id), lines: lines}
	}
	list := []sdkField{
		field("package", fmt.Sprintf("%s (%s)", s.Package, s.Ecosystem)),
		field("sends", flagName(s.WireFlag)),
		field("register", flagName(s.EffectiveFlag)),
	}
	if names := s.OwnNames(); names != "" {
		list = append(list, field("names", names))
	}
	list = append(list, w.knob(s))
	over := w.over(s)
	if !s.ClientKey {
		over = w.say("sdks.no-key", text.Args{"over": over})
	}
	device := string(s.DeviceID)
	if device == "" {
		device = w.say("sdks.device-id.none")
	}
	list = append(list, field("over", over), field("device-id", device), field("waits", w.waits(s)),
		field("refused", s.Sees.Refused.In(lang)), field("silent", s.Sees.Silent.In(lang)), field("closed", s.Sees.Closed.In(lang)),
		field("retry", s.Retry.In(lang)))
	if len(s.Bugs) > 0 {
		var bugs []string
		for _, id := range s.Bugs {
			bugs = append(bugs, sdk.Bug(id).In(lang))
		}
		list = append(list, field("bugs", bugs...))
	}
	source := field("source", s.Source...)
	source.code = true
	return append(list, source, field("verified", w.say("sdks.verified", text.Args{
		"wire": w.say("sdks.evidence." + string(s.Verified.Wire)), "sees": w.say("sdks.evidence." + string(s.Verified.Sees)),
	})))
}

// knob gives the code that changes the flag. A setting whose value servers never
// see is none.
func (w words) knob(s sdk.SDK) sdkField {
	f := sdkField{name: w.say("sdks.field.knob"), lines: []string{w.say("sdks.knob.none")}}
	if s.Knob == "" || s.Has(sdk.BugFlagNotSent) {
		return f
	}
	f.lines, f.code = []string{s.Knob}, true
	if s.ZeroSentAs != 0 {
		f.lines[0] = w.say("sdks.zero", text.Args{"knob": s.Knob, "zero": flagName(s.ZeroSentAs)})
	}
	return f
}

func (w words) waits(s sdk.SDK) string {
	if s.ConnackTimeout == 0 {
		return w.say("sdks.waits.forever")
	}
	seconds := strconv.FormatFloat(float64(s.ConnackTimeout)/1000, 'f', -1, 64)
	return w.say("sdks.waits.limit", text.Args{"limit": seconds + " s"})
}

// sdkInFull writes a row with all that is known of it.
func (p *page) sdkInFull(s sdk.SDK) {
	p.join(0, []string{p.ink.head.paint(s.ID), s.Name, s.Versions.String()})
	fields := p.sdkFields(s)
	most := 0
	for _, f := range fields {
		most = max(most, columns(f.name))
	}
	for _, f := range fields {
		lead := "  " + p.ink.dim.paint(pad(f.name, most)) + "  "
		for _, l := range f.lines {
			if f.code {
				p.line(lead + p.ink.code.paint(p.sign.plain(l)))
			} else {
				p.para(lead, l, ink{})
			}
			lead = strings.Repeat(" ", columns(lead))
		}
	}
}

// writeSDKsMarkdown writes the rows for a wiki or a ticket.
func writeSDKsMarkdown(buf *bytes.Buffer, list []sdk.SDK, o SDKsOptions) error {
	m := newDocument(o.Style)
	m.line("### %s\n", mdText(m.say("sdks.title")))
	m.line("| %s | %s | %s | %s | %s |\n|---|---|---|---|---|", m.say("sdks.sdk"), m.say("sdks.versions"), m.say("sdks.sends"), m.say("sdks.register"), m.say("sdks.over"))
	for _, s := range list {
		register := flagName(s.EffectiveFlag)
		if misleads(s) {
			register = "**" + register + "**"
		}
		m.line("| %s | %s | %s | %s | %s |", mdText(s.Family), mdText(s.Versions.String()), flagName(s.WireFlag), register, mdText(m.over(s)))
	}
	m.line("\n%s\n", mdText(m.say("sdks.note")))
	if changes := changesOf(list); len(changes) > 0 {
		m.line("#### %s\n", mdText(m.say("sdks.changes")))
		for _, c := range changes {
			m.line("- %s", mdText(changeText(c, m.text)))
		}
		m.line("")
	}
	for _, s := range o.Full {
		m.line("#### %s\n", mdText(s.ID+" · "+s.Name+" · "+s.Versions.String()))
		for _, f := range m.sdkFields(s) {
			for _, l := range f.lines {
				if f.code {
					l = mdCode(l)
				} else {
					l = mdText(l)
				}
				m.line("- %s", m.colon("**"+mdText(f.name)+"**", l))
			}
		}
		m.line("")
	}
	buf.WriteString(m.String())
	return nil
}
