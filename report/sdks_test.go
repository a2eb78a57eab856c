package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// someSDKs are rows that the goldens show: few, so that a new row of the
// catalogue changes no file.
func someSDKs(t *testing.T) (list []sdk.SDK) {
	t.Helper()
	for _, id := range []string{"js-1.3.5", "android-1.5.5", "easyandroid-1.0.2", "easyandroid-1.0.4", "easyios-1.0.2", "easyios-1.0.3", "easyjs-1.0.13"} {
		s, err := sdk.Find(id)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

func sdksText(t *testing.T, list []sdk.SDK, o SDKsOptions) string {
	t.Helper()
	var b bytes.Buffer
	o.Style = o.Style.spoken()
	if err := SDKs(&b, list, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSDKsGolden(t *testing.T) {
	t.Parallel()
	list := someSDKs(t)
	for name, o := range map[string]SDKsOptions{
		"list.txt":          {},
		"list.zh.color.txt": {Style: Style{Text: printer(text.Chinese), Color: true}},
		"list.60.ascii.txt": {Style: Style{Width: 60, ASCII: true}},
		"full.txt":          {Full: list[4:]},
		"full.zh.txt":       {Full: list[:3], Style: Style{Text: printer(text.Chinese)}},
		"list.md":           {Format: Markdown, Full: list[2:3]},
		"list.zh.md":        {Format: Markdown, Style: Style{Text: printer(text.Chinese)}},
	} {
		golden(t, "sdks/"+name, []byte(sdksText(t, list, o)))
	}
}

// TestSDKsJSON: whole rows, whatever is shown elsewhere, and the changes between
// them.
func TestSDKsJSON(t *testing.T) {
	t.Parallel()
	var doc struct {
		Schema  string
		SDKs    []sdk.SDK
		Changes []map[string]any
	}
	if err := json.Unmarshal([]byte(sdksText(t, sdk.All(), SDKsOptions{Format: JSON})), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != SDKsSchema || len(doc.SDKs) != len(sdk.All()) || doc.SDKs[0].Sees.Silent.Zh == "" || len(doc.SDKs[0].Source) == 0 {
		t.Errorf("schema %q, %d rows", doc.Schema, len(doc.SDKs))
	}
	if len(doc.Changes) != len(sdk.Changes()) {
		t.Fatalf("%d changes", len(doc.Changes))
	}
	if c := doc.Changes[0]; c["family"] != "easyjs" || c["last_version"] != "1.0.13" || c["first_version"] != "1.0.14" ||
		c["old_effective_flag"] != 2.0 || c["new_effective_flag"] != 1.0 || c["breaks"] != true {
		t.Errorf("%v", c)
	}
	if s := sdksText(t, someSDKs(t)[:1], SDKsOptions{Format: JSON}); !strings.Contains(s, `"changes": []`) {
		t.Errorf("no changes are told as\n%s", s)
	}
}

// TestSDKsFit: the table fits the page in both languages; in full only code and
// the places where it was read stick out.
func TestSDKsFit(t *testing.T) {
	t.Parallel()
	for _, lang := range text.Langs() {
		for _, width := range []int{60, 80, 120} {
			page := sdksText(t, sdk.All(), SDKsOptions{Style: Style{Width: width, Text: printer(lang)}})
			for _, l := range strings.Split(page, "\n") {
				if columns(l) > width {
					t.Errorf("%s, %d columns: %d in %q", lang, width, columns(l), l)
				}
			}
			if strings.Contains(page, "[sdks.") || width == 80 && !strings.Contains(page, "JSON-RPC") {
				t.Errorf("%s, %d columns:\n%s", lang, width, page)
			}
		}
		full := sdksText(t, sdk.All(), SDKsOptions{Full: sdk.All(), Style: Style{Text: printer(lang)}})
		if strings.Contains(full, "[sdks.") || strings.Count(full, printer(lang).Text("sdks.field.verified")) != len(sdk.All()) {
			t.Errorf("%s: a text is missing, or a row", lang)
		}
	}
	if err := SDKs(&bytes.Buffer{}, sdk.All(), SDKsOptions{Format: HTML}); err == nil {
		t.Error("an unknown format is no error")
	}
}

// matrixRun is a v2 run with the second table.
func matrixRun(flags ...wire.DeviceFlag) *probe.Diagnosis {
	d := healthyV2(text.English)
	for _, s := range sdk.All() {
		row := probe.SDKRow{
			SDK: s.ID, Family: s.Family, Versions: s.Versions.String(), WireFlag: s.WireFlag, EffectiveFlag: s.EffectiveFlag,
			Transport: string(s.Transport), Protocol: string(s.Protocol), Address: string(s.Transport) + "://127.0.0.1:5200",
		}
		for _, f := range flags {
			c := probe.SDKCell{TokenFlag: f, UID: "wkctl-1", Observed: probe.Silent, Proof: probe.ProofPingClose, Expected: probe.Refused, Verdict: probe.OutcomePass, Code: "WK501", Attempts: 1}
			switch {
			case f == s.EffectiveFlag:
				c.Observed, c.Proof, c.Expected, c.Code = probe.Accepted, probe.ProofConnack, probe.Accepted, ""
			case s.Has(sdk.BugFlagNotSent):
				c.Code = "WK513"
			}
			row.TokenFlags = append(row.TokenFlags, c)
		}
		d.SDKs = append(d.SDKs, row)
	}
	return d
}

// some keeps the rows of a few families, so that a new row changes no golden.
func some(d *probe.Diagnosis, families string) *probe.Diagnosis {
	var rows []probe.SDKRow
	for _, r := range d.SDKs {
		if strings.Contains(" "+families+" ", " "+r.Family+" ") {
			rows = append(rows, r)
		}
	}
	d.SDKs = rows
	return d
}

func matrixText(t *testing.T, d *probe.Diagnosis, s Style) string {
	t.Helper()
	p := newPage(s.spoken())
	p.sdkMatrix(prepared(d))
	return p.out.String()
}

func TestSDKMatrixGolden(t *testing.T) {
	t.Parallel()
	const families = "uniapp rn-demo harmony go easyandroid"
	odd := some(matrixRun(0, 1, 2), families)
	first, last := &odd.SDKs[0], &odd.SDKs[len(odd.SDKs)-1]
	first.TokenFlags[0] = probe.SDKCell{TokenFlag: 0, Observed: probe.Accepted, Expected: probe.Refused, Verdict: probe.OutcomeFail, Code: "WK522"}
	last.TokenFlags[0] = probe.SDKCell{TokenFlag: 0, Observed: probe.Refused, Expected: probe.Accepted, Verdict: probe.OutcomeFail, Code: "WK522"}
	odd.SDKs[2].TokenFlags[1] = probe.SDKCell{TokenFlag: 1}
	off := some(matrixRun(0, 1), families)
	off.Server.TokenAuth = probe.AuthOff
	for name, tc := range map[string]struct {
		d *probe.Diagnosis
		s Style
	}{
		"matrix.txt":          {some(matrixRun(0, 1, 2), families), Style{}},
		"matrix.zh.color.txt": {odd, Style{Text: printer(text.Chinese), Color: true}},
		"matrix.50.ascii.txt": {some(matrixRun(0, 1, 2), families), Style{Width: 50, ASCII: true}},
		"matrix.off.txt":      {off, Style{Color: true}},
		"matrix.flags.txt":    {some(matrixRun(0, 1, 2, 3, 4, 5, 99), families), Style{}},
	} {
		golden(t, "sdks/"+name, []byte(matrixText(t, tc.d, tc.s)))
	}
	for name, d := range map[string]*probe.Diagnosis{"matrix.md": odd, "matrix.flags.md": some(matrixRun(many(40)...), "go easyjs")} {
		m := newDocument(Style{}.spoken())
		m.sdkMatrix(prepared(d))
		golden(t, "sdks/"+name, []byte(m.String()))
	}
}

func many(n int) (list []wire.DeviceFlag) {
	for f := range n {
		list = append(list, wire.DeviceFlag(f))
	}
	return list
}

// TestSDKMatrixFits: the whole catalogue fits the page, each row is on it, and a
// run without the second table has none.
func TestSDKMatrixFits(t *testing.T) {
	t.Parallel()
	for _, lang := range text.Langs() {
		for _, width := range []int{60, 80, 120} {
			page := matrixText(t, matrixRun(0, 1, 2), Style{Width: width, Text: printer(lang)})
			for _, l := range strings.Split(page, "\n") {
				if columns(l) > width {
					t.Errorf("%s, %d columns: %d in %q", lang, width, columns(l), l)
				}
			}
			for _, family := range sdk.Families() {
				if !strings.Contains(page, "  "+family+" ") {
					t.Errorf("%s, %d columns: no row of %s", lang, width, family)
				}
			}
		}
	}
	for _, f := range []Format{Table, Markdown} {
		with, without := string(rendered(t, matrixRun(0, 1, 2), f, Style{})), string(rendered(t, healthyV2(text.English), f, Style{}))
		if title := "Which SDKs can log in"; !strings.Contains(with, title) || strings.Contains(without, title) {
			t.Errorf("%s: the second table is not where it belongs", f)
		}
	}
}

// TestSees: a finding says in the reader's language what the SDK's user sees, once,
// and for every row of the catalogue there is something to say.
func TestSees(t *testing.T) {
	t.Parallel()
	printers := map[text.Lang]*text.Printer{text.English: printer(text.English), text.Chinese: printer(text.Chinese)}
	for _, s := range sdk.All() {
		for _, o := range []probe.Observed{probe.Refused, probe.Silent, probe.Closed} {
			for lang, p := range printers {
				f := probe.Finding{Code: "WK501", Args: map[string]string{"sees": string(o), "sees_sdk": s.ID}}
				d := &probe.Diagnosis{Findings: []probe.Finding{f}}
				Localize(d, p)
				Localize(d, p) // a saved one, shown again
				want := seen(s.ID, o).In(string(lang))
				if got := d.Findings[0].Cause; want == "" || strings.Count(got, want) != 1 || strings.Contains(got, "[finding") {
					t.Errorf("%s, %s, %s: %q", s.ID, o, lang, got)
				}
			}
		}
	}
	for _, args := range []map[string]string{nil, {"sees": "accepted", "sees_sdk": "js-1.3.5"}, {"sees": "silent", "sees_sdk": "no-such"}} {
		d := &probe.Diagnosis{Findings: []probe.Finding{{Code: "WK501", Args: args}}}
		Localize(d, printers[text.English])
		if got := d.Findings[0].Cause; strings.Contains(got, "sees") {
			t.Errorf("%v: %q", args, got)
		}
	}
}
