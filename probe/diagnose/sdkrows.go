package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sdk"
)

// sdkFinding tells of the rows of the second table that a code explains, nil
// where there are none. It is a note: the rows came out as they should.
func (f *facts) sdkFinding(code string, is func(sdk.SDK) bool) *finding {
	var rows []*probe.SDKRow
	var evidence []probe.Evidence
	for i := range f.SDKs {
		row := &f.SDKs[i]
		known, ok := rowOf(row.SDK)
		at := slices.IndexFunc(row.TokenFlags, func(c probe.SDKCell) bool { return c.Code == code })
		if !ok || !is(known) || at < 0 {
			continue
		}
		rows = append(rows, row)
		if c := &row.TokenFlags[at]; c.SameAs == "" && len(evidence) < maxEvidence {
			evidence = append(evidence, cellEvidence(row, c).By("connect"))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return &finding{
		Severity: probe.SeverityInfo, Evidence: evidence,
		Args: map[string]string{"variant": "matrix", "sdks": f.named(rows), "register": registerList(rows), "server": f.serverText()},
	}
}

func cellEvidence(row *probe.SDKRow, c *probe.SDKCell) probe.Phrase {
	r := c.Result()
	seen := saw(&r)
	if r.Observed == probe.Refused { // a cell does not keep how long the answer took
		seen = probe.Phrase{Text: fmt.Sprintf("CONNACK %d %s", r.ReasonCode, r.Reason)}
	}
	if r.Observed == probe.Silent && r.Proof == probe.ProofPingClose {
		seen = probe.Say("cell-ping-close", "no CONNACK, then closed on PING", nil)
	}
	return probe.Say("cell", "{{.sdk}} sends device_flag={{.flag}}, token registered with device_flag={{.token}}: {{.saw}}",
		map[string]any{"sdk": row.SDK, "flag": uint8(row.WireFlag), "token": uint8(c.TokenFlag), "saw": seen})
}

// named lists rows family by family, with their versions where the second table
// has others of that family: from the oldest to the newest of those that follow
// each other.
func (f *facts) named(rows []*probe.SDKRow) string {
	var parts []string
	for i := 0; i < len(rows); {
		family := rows[i].Family
		from := i
		for i++; i < len(rows) && rows[i].Family == family && f.follows(rows[i-1], rows[i]); {
			i++
		}
		parts = append(parts, f.span(rows[from:i]))
	}
	return strings.Join(parts, ", ")
}

// follows says whether b is the next row of the second table behind a.
func (f *facts) follows(a, b *probe.SDKRow) bool {
	at := slices.IndexFunc(f.SDKs, func(row probe.SDKRow) bool { return row.SDK == a.SDK })
	return at+1 < len(f.SDKs) && f.SDKs[at+1].SDK == b.SDK
}

// span names rows of one family that follow each other.
func (f *facts) span(rows []*probe.SDKRow) string {
	family, all := rows[0].Family, 0
	for _, row := range f.SDKs {
		if row.Family == family {
			all++
		}
	}
	first, ok1 := rowOf(rows[0].SDK)
	last, ok2 := rowOf(rows[len(rows)-1].SDK)
	if len(rows) == all || !ok1 || !ok2 {
		return family
	}
	return family + " " + sdk.Range{From: first.Versions.From, To: last.Versions.To}.String()
}

// registerList says which flag to register for each row: "easyios-1.0.2: 1".
func registerList(rows []*probe.SDKRow) string {
	parts := make([]string, len(rows))
	for i, row := range rows {
		parts[i] = row.SDK + ": " + strconv.Itoa(int(row.EffectiveFlag))
	}
	return strings.Join(parts, ", ")
}

// unlikeCatalogue: a login came out otherwise than the catalogue and this
// generation's rules say. Either of them, or the server, is not what it seems.
func unlikeCatalogue(f *facts) *finding {
	var rows []*probe.SDKRow
	found := &finding{}
	for i := range f.SDKs {
		row := &f.SDKs[i]
		differs := false
		for j := range row.TokenFlags {
			c := &row.TokenFlags[j]
			if c.Verdict != probe.OutcomeFail {
				continue
			}
			differs = true
			if c.SameAs == "" && len(found.Evidence) < maxEvidence {
				args := map[string]any{"cell": cellEvidence(row, c), "expected": c.Expected.Phrase()}
				found.Evidence = append(found.Evidence, probe.Say("cell-unlike", "{{.cell}}, expected {{.expected}}", args).By("connect"))
			}
		}
		if differs {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	found.Args = map[string]string{"sdks": f.named(rows), "generation": string(f.Server.Generation)}
	return found
}

// sdkRoots are the findings that say why an SDK uses another flag than the one
// that the token is under.
func sdkRoots() []root {
	fails := func(f *facts, found *finding) bool {
		return f.Mode != probe.ModeTable && found.Severity == probe.SeverityError
	}
	return []root{{code: codeFlagNumbering, when: fails, late: true}, {code: codeFlagNotSent, when: fails, late: true}}
}

// addSeen adds to the findings what the SDK's user sees.
func (f *facts) addSeen() {
	p := f.turnedAway()
	if p == nil || f.rejectsEmpty() {
		return
	}
	silence := f.Finding(codeSilent)
	if silence != nil {
		f.addSees(silence, p)
		silence.Args["variant"] = "sdk"
	}
	for i := range f.Findings {
		found := &f.Findings[i]
		if slices.Contains(found.Pairings, p.ID) && (f.Mode != probe.ModeTable || silence == nil) {
			f.addSees(found, p)
			return // the root; the others follow from it
		}
	}
}

// turnedAway gives the first pairing that was certainly not let in.
func (f *facts) turnedAway() *probe.Pairing {
	for i := range f.Pairings {
		p := &f.Pairings[i]
		if accepted, known := p.Result.LetIn(); known && !accepted || f.unread(p) {
			return p
		}
	}
	return nil
}

// addSees names the SDK and the kind of end that its user sees; the words are
// the catalogue's, in the reader's language.
func (f *facts) addSees(found *probe.Finding, p *probe.Pairing) {
	if _, ok := rowOf(p.SDK); !ok {
		return
	}
	if found.Args == nil {
		found.Args = map[string]string{}
	}
	found.Args["sees"], found.Args["sees_sdk"] = string(p.Observed), p.SDK
}
