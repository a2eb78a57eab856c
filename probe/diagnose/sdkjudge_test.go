package diagnose

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
)

// sdkTable is an explained run with the second table, each cell as see makes it.
func sdkTable(gen probe.Generation, version string, see func(s sdk.SDK, token wire.DeviceFlag) probe.Result) *probe.Diagnosis {
	d := sdkRun(probe.ModeTable, gen, version)
	if gen == probe.GenV3 {
		d.Server.TokenAuth, d.NoAuthOK = probe.AuthOff, true
	}
	d.Pairings = []probe.Pairing{{ID: "0->0", SDK: "js-1.3.5", Result: accepted(), ExpectToken: probe.TokenMatch}}
	for _, s := range sdk.All() {
		row := probe.SDKRow{
			SDK: s.ID, Family: s.Family, Versions: s.Versions.String(), WireFlag: s.WireFlag, EffectiveFlag: s.EffectiveFlag,
			Transport: string(s.Transport), Protocol: string(s.Protocol),
		}
		for _, token := range []wire.DeviceFlag{0, 1, 2} {
			r := see(s, token)
			row.TokenFlags = append(row.TokenFlags, probe.SDKCell{
				TokenFlag: token, Observed: r.Observed, Proof: r.Proof, ReasonCode: r.ReasonCode, Attempts: r.Attempts, Fault: r.Fault,
			})
		}
		d.SDKs = append(d.SDKs, row)
	}
	Explain(d)
	return d
}

// measured is what real servers of each generation were seen to do.
func measured(gen probe.Generation, rpc bool) func(sdk.SDK, wire.DeviceFlag) probe.Result {
	return func(s sdk.SDK, token wire.DeviceFlag) probe.Result {
		in := token == s.EffectiveFlag
		switch gen {
		case probe.GenV10:
			in = token == 0
		case probe.GenV2Beta, probe.GenV3:
			in = true
		}
		switch {
		case s.Protocol == sdk.JSONRPC && !rpc:
			return closed()
		case in:
			return accepted()
		case gen == probe.GenV2:
			return silent()
		}
		return refusedWith(wire.ReasonAuthFail)
	}
}

// TestSDKTableOfEachGeneration: what was measured agrees with the catalogue and
// the rules, and the notes name the SDKs that cannot log in by themselves.
func TestSDKTableOfEachGeneration(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		gen     probe.Generation
		version string
		rpc     bool
		notes   string
		codes   map[string]string // of a row's three cells
	}{
		"v1.0":    {probe.GenV10, "", false, "WK508 WK511", map[string]string{"js-1.3.5": "- WK508 WK508", "easyjs-2.0.5": "WK511 WK511 WK511"}},
		"v1":      {probe.GenV1, "v1.2.6", false, "WK511", map[string]string{"js-1.3.5": "WK501 - WK501", "easyandroid-1.0.2": "WK511 WK511 WK511"}},
		"v2-beta": {probe.GenV2Beta, "", false, "WK508 WK511", map[string]string{"android-1.5.5": "- - -"}},
		"v2.0":    {probe.GenV20, "", false, "WK511", map[string]string{"android-1.5.5": "- WK501 WK501"}},
		"v2.1.3":  {probe.GenV2, "", false, "WK511", map[string]string{"easyios-1.0.2": "WK511 WK511 WK511", "go-1.0.0": "- WK501 WK501"}},
		"v2.2.5": {probe.GenV2, "v2.2.5", true, "WK513 WK514", map[string]string{
			"easyandroid-1.0.2": "- WK513 WK513", "easyandroid-1.0.4": "- WK513 WK513", "easyios-1.0.2": "WK514 - WK514",
			"easyjs-1.0.13": "WK514 WK501 -", "easyjs-2.0.5": "WK501 - WK501", "easyflutter-1.0.3": "- WK501 WK501",
		}},
		"v2, release unknown": {probe.GenV2, "", true, "WK513 WK514", nil},
		"v3":                  {probe.GenV3, "", false, "WK507 WK511", map[string]string{"wkbench": "- - -", "wkcli-2.2.5": "WK511 WK511 WK511"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := sdkTable(tc.gen, tc.version, measured(tc.gen, tc.rpc))
			for _, row := range d.SDKs {
				var codes []string
				for _, c := range row.TokenFlags {
					if c.Verdict != probe.OutcomePass || (c.Code == "") != (c.Observed == probe.Accepted) {
						t.Errorf("%s, token %d: %s, expected %s, verdict %s, code %q", row.SDK, c.TokenFlag, c.Observed, c.Expected, c.Verdict, c.Code)
					}
					if c.Code == "" {
						c.Code = "-"
					}
					codes = append(codes, c.Code)
				}
				if want := tc.codes[row.SDK]; want != "" && want != strings.Join(codes, " ") {
					t.Errorf("%s: codes %v, want %s", row.SDK, codes, want)
				}
			}
			if got := strings.Join(codesOf(d), " "); got != tc.notes || d.Verdict.ExitCode != 0 {
				t.Errorf("findings %s, exit %d, want %s", got, d.Verdict.ExitCode, tc.notes)
			}
		})
	}
}

// TestSDKUnlikeTheCatalogue: a single cell that came out otherwise is an error.
func TestSDKUnlikeTheCatalogue(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		gen   probe.Generation
		rpc   bool
		sdk   string
		token wire.DeviceFlag
		see   probe.Result
	}{
		"refused with the flag to register": {probe.GenV2, true, "android-1.5.5", 0, silent()},
		"let in with another flag":          {probe.GenV1, false, "js-1.3.5", 0, accepted()},
		"JSON-RPC answered by v1":           {probe.GenV1, false, "easyjs-2.0.5", 1, accepted()},
		"JSON-RPC closed by v2.2.5":         {probe.GenV2, true, "easyjs-2.0.5", 1, closed()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			usual := measured(tc.gen, tc.rpc)
			d := sdkTable(tc.gen, "", func(s sdk.SDK, token wire.DeviceFlag) probe.Result {
				if s.ID == tc.sdk && token == tc.token {
					return tc.see
				}
				return usual(s, token)
			})
			f := d.Findings[0]
			if f.Code != "WK522" || f.Severity != probe.SeverityError || d.Verdict.ExitCode != 1 || len(f.Evidence) != 1 {
				t.Fatalf("first %s, %d proofs, exit %d", f.Code, len(f.Evidence), d.Verdict.ExitCode)
			}
			if family, _, _ := strings.Cut(tc.sdk, "-"); !strings.Contains(f.Args["sdks"], family) || !strings.Contains(f.Evidence[0].Text, tc.sdk) {
				t.Errorf("%v, %v", f.Args, f.Evidence)
			}
		})
	}
}

// TestSDKTableUntested: what could not be tried is no agreement. An address that
// cannot be reached has a finding of its own.
func TestSDKTableUntested(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		see     probe.Result
		verdict probe.Outcome
		exit    int
	}{
		"lost":        {probe.Result{Observed: probe.Silent, Attempts: 3}, probe.OutcomeUnknown, 3},
		"unreachable": {probe.Result{Observed: probe.Unreachable, Attempts: 1}, probe.OutcomeUnknown, 0},
		"never run":   {probe.Result{Observed: probe.NotRun}, probe.OutcomeSkip, 0},
	} {
		usual := measured(probe.GenV1, false)
		d := sdkTable(probe.GenV1, "", func(s sdk.SDK, token wire.DeviceFlag) probe.Result {
			if s.Transport == sdk.TCP {
				return tc.see
			}
			return usual(s, token)
		})
		for _, row := range d.SDKs {
			if row.Transport == "tcp" && row.TokenFlags[0].Verdict != tc.verdict {
				t.Errorf("%s: %s is %s", name, row.SDK, row.TokenFlags[0].Verdict)
			}
		}
		if d.Verdict.ExitCode != tc.exit {
			t.Errorf("%s: exit %d, want %d", name, d.Verdict.ExitCode, tc.exit)
		}
	}
}

// TestClientKeyRows: a server that wants a client key leaves the EasySDKs out.
func TestClientKeyRows(t *testing.T) {
	t.Parallel()
	usual := measured(probe.GenV2, true)
	d := sdkTable(probe.GenV2, "v2.2.5", func(s sdk.SDK, token wire.DeviceFlag) probe.Result {
		if !s.ClientKey && token != s.EffectiveFlag {
			return refusedWith(wire.ReasonClientKeyIsEmpty)
		}
		return usual(s, token)
	})
	f := d.Finding("WK512")
	if f == nil || f.Severity != probe.SeverityInfo || !strings.HasPrefix(f.Args["sdks"], "easyjs, easyandroid") {
		t.Fatalf("%+v", f)
	}
}

// TestNamesOfRows: families are named whole, or with the versions that are meant.
func TestNamesOfRows(t *testing.T) {
	t.Parallel()
	d := sdkTable(probe.GenV2, "v2.2.5", measured(probe.GenV2, true))
	f := &facts{Diagnosis: d}
	pick := func(ids ...string) (rows []*probe.SDKRow) {
		for i := range d.SDKs {
			for _, id := range ids {
				if d.SDKs[i].SDK == id {
					rows = append(rows, &d.SDKs[i])
				}
			}
		}
		return rows
	}
	for want, rows := range map[string][]*probe.SDKRow{
		"easyjs 1.0.0-1.0.13, easyios 1.0.0-1.0.2": pick("easyjs-1.0.6", "easyjs-1.0.13", "easyios-1.0.2"),
		"easyios":                            pick("easyios-1.0.2", "easyios-1.0.3"),
		"js 1.0.0-1.0.1, js 1.0.4-1.3.1, go": pick("js-1.0.1", "js-1.0.4", "js-1.2.8", "go-1.0.0"),
	} {
		if got := f.named(rows); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
