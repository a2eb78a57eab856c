package report

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// SDKsSchema names the JSON document of `wkctl sdks`. Changes are additive only.
const SDKsSchema = "wkctl.sdks/v1"

// SDKsOptions says how rows of the SDK catalogue are printed.
type SDKsOptions struct {
	Format Format    // Table, JSON or Markdown; "" = Table
	Style  Style     //
	Full   []sdk.SDK // rows to print with all that is known of them; JSON has that of every row
}

// SDKs prints rows of the SDK catalogue, and where their defaults changed between
// versions.
func SDKs(w io.Writer, list []sdk.SDK, o SDKsOptions) error {
	return writeAs(w, "printing SDKs", o.Format,
		writer{Table, func(buf *bytes.Buffer) error { return writeSDKs(buf, list, o) }},
		writer{JSON, func(buf *bytes.Buffer) error { return encode(buf, newSDKsDoc(list)) }},
		writer{Markdown, func(buf *bytes.Buffer) error { return writeSDKsMarkdown(buf, list, o) }},
	)
}

// sdksDoc is the document wkctl.sdks/v1.
type sdksDoc struct {
	Schema  string       `json:"schema"`
	SDKs    []sdk.SDK    `json:"sdks"`
	Changes []sdkChanged `json:"changes"`
}

// sdkChanged is a default that is another one since some version.
type sdkChanged struct {
	Family           string          `json:"family"`
	LastVersion      string          `json:"last_version"`  // with the old default
	FirstVersion     string          `json:"first_version"` // with the new one
	OldWireFlag      wire.DeviceFlag `json:"old_wire_flag"`
	NewWireFlag      wire.DeviceFlag `json:"new_wire_flag"`
	OldEffectiveFlag wire.DeviceFlag `json:"old_effective_flag"`
	NewEffectiveFlag wire.DeviceFlag `json:"new_effective_flag"`
	Breaks           bool            `json:"breaks"` // a token registered for the old one stops working
}

func newSDKsDoc(list []sdk.SDK) sdksDoc {
	doc := sdksDoc{Schema: SDKsSchema, SDKs: append([]sdk.SDK{}, list...), Changes: []sdkChanged{}}
	for _, c := range changesOf(list) {
		doc.Changes = append(doc.Changes, sdkChanged{
			Family: c.Family, LastVersion: c.From.Versions.To, FirstVersion: c.To.Versions.From,
			OldWireFlag: c.From.WireFlag, NewWireFlag: c.To.WireFlag,
			OldEffectiveFlag: c.From.EffectiveFlag, NewEffectiveFlag: c.To.EffectiveFlag, Breaks: c.Breaks(),
		})
	}
	return doc
}

// changesOf keeps a change where either side of it is listed: who asked for the old
// version has to learn of the new one, too.
func changesOf(list []sdk.SDK) []sdk.Change {
	listed := map[string]bool{}
	for _, s := range list {
		listed[s.ID] = true
	}
	var changes []sdk.Change
	for _, c := range sdk.Changes() {
		if listed[c.From.ID] || listed[c.To.ID] {
			changes = append(changes, c)
		}
	}
	return changes
}

func writeSDKs(buf *bytes.Buffer, list []sdk.SDK, o SDKsOptions) error {
	p := newPage(o.Style)
	p.para("", p.say("sdks.title"), p.ink.head)
	p.blank()
	p.sdkTable(list)
	p.blank()
	p.para("", p.say("sdks.note"), p.ink.dim)
	if slices.ContainsFunc(list, misleads) {
		p.para("", p.say("sdks.differs", text.Args{"sign": p.sign.warn}), p.ink.dim)
	}
	p.sdkChanges(changesOf(list))
	for _, s := range o.Full {
		p.blank()
		p.sdkInFull(s)
	}
	buf.WriteString(p.out.String())
	return nil
}

// sdkTable writes one line per row; what an SDK speaks is left out where it would
// not fit.
func (p *page) sdkTable(list []sdk.SDK) {
	rows := [][]string{{p.say("sdks.sdk"), p.say("sdks.versions"), p.say("sdks.sends"), p.say("sdks.register"), p.say("sdks.over")}}
	for _, s := range list {
		register := flagName(s.EffectiveFlag)
		if misleads(s) {
			register = p.ink.warn.paint(register + " " + p.sign.warn)
		}
		rows = append(rows, []string{s.Family, s.Versions.String(), flagName(s.WireFlag), register, p.over(s)})
	}
	if rowsWidth(rows) > p.width {
		for i := range rows {
			rows[i] = rows[i][:len(rows[i])-1]
		}
	}
	p.columns("", rows)
}

// misleads says whether the flag on the wire is not the one that counts.
func misleads(s sdk.SDK) bool { return s.EffectiveFlag != s.WireFlag }

// rowsWidth adds up as page.columns writes, so that a table can be left out before
// it is too wide.
func rowsWidth(rows [][]string) (sum int) {
	if len(rows) == 0 {
		return 0
	}
	for i := range rows[0] {
		most := 0
		for _, r := range rows {
			most = max(most, columns(r[i]))
		}
		sum += 2 + most
	}
	return sum
}

// over says what an SDK speaks: "WebSocket, WKProto 5".
func (w words) over(s sdk.SDK) string {
	protocol := w.say("sdks.over.wkproto", text.Args{"n": strconv.Itoa(int(s.ProtocolByte))})
	switch {
	case s.Protocol == sdk.JSONRPC && s.Opcode == sdk.Binary:
		protocol = w.say("sdks.over.jsonrpc-binary")
	case s.Protocol == sdk.JSONRPC:
		protocol = w.say("sdks.over.jsonrpc")
	}
	return w.say("sdks.over."+string(s.Transport)) + ", " + protocol
}

func (p *page) sdkChanges(list []sdk.Change) {
	if len(list) == 0 {
		return
	}
	p.blank()
	p.para("", p.say("sdks.changes"), p.ink.head)
	for _, c := range list {
		sign, colour := p.sign.warn, p.ink.warn
		if !c.Breaks() {
			sign, colour = p.sign.skip, p.ink.dim
		}
		p.para("  "+colour.paint(sign)+" ", changeText(c, p.text), ink{})
	}
}

func changeText(c sdk.Change, t *text.Printer) string {
	args := text.Args{
		"family": c.Family, "from": c.From.Versions.To, "to": c.To.Versions.From,
		"old": flagName(c.From.EffectiveFlag), "new": flagName(c.To.EffectiveFlag),
		"old_number": strconv.Itoa(int(c.From.EffectiveFlag)), "register": flagName(c.To.EffectiveFlag),
	}
	if c.Breaks() {
		return t.Text("sdks.change.breaks", args)
	}
	args["old"], args["new"] = flagName(c.From.WireFlag), flagName(c.To.WireFlag)
	return t.Text("sdks.change.harmless", args)
}

// addSees adds to a finding what the SDK's user sees of it, from the catalogue of
// SDKs: diagnose names the row and the way in which the login ended.
func addSees(f *probe.Finding, p *text.Printer, args text.Args) {
	sight := seen(args["sees_sdk"], probe.Observed(args["sees"]))
	if sight.En == "" || strings.Contains(f.Cause, sight.En) || strings.Contains(f.Cause, sight.Zh) {
		return // nothing to say, or a saved diagnosis says it
	}
	args["sees"] = sight.In(string(p.Lang()))
	f.Cause = joinSentences(f.Cause, p.Text("finding.sees", args))
}

// seen gives what an SDK shows its user when a login ends so; nothing for an
// unknown row, or where the login did not fail.
func seen(id string, o probe.Observed) sdk.Text {
	row, err := sdk.Find(id)
	if err != nil || id == "" {
		return sdk.Text{}
	}
	switch o {
	case probe.Refused:
		return row.Sees.Refused.Text
	case probe.Silent:
		return row.Sees.Silent.Text
	case probe.Closed:
		return row.Sees.Closed.Text
	}
	return sdk.Text{}
}

// joinSentences puts a blank between two sentences, but none behind a Chinese full
// stop.
func joinSentences(a, b string) string {
	if a == "" || strings.HasSuffix(a, "。") {
		return a + b
	}
	return a + " " + b
}

// sightLine says below a login that was not let in what the SDK's user sees of it.
func (p *page) sightLine(lead, id string, o probe.Observed) {
	if sight := seen(id, o); sight.En != "" {
		p.para(lead, p.say("finding.sees", text.Args{"sees_sdk": id, "sees": sight.In(string(p.text.Lang()))}), ink{})
	}
}
