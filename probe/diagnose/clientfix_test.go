package diagnose

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
)

// TestBothFixes: the SDK's own line stands beside the call of the back end, unless
// it was tried and did not help.
func TestBothFixes(t *testing.T) {
	t.Parallel()
	tried := func(id probe.CheckID, r probe.Result) probe.Check { return probe.Check{ID: id, Result: &r} }
	const knob = "WKSDK.shared().config.deviceFlag = 0"
	for name, tc := range map[string]struct {
		checks           []probe.Check
		tried, alsoTried probe.Observed
		line             string
	}{
		"the client's was not":  {nil, probe.Accepted, "", knob},
		"both were":             {[]probe.Check{tried(probe.CheckClientFix, good())}, probe.Accepted, probe.Accepted, knob},
		"the client's was none": {[]probe.Check{tried(probe.CheckClientFix, quiet())}, probe.Accepted, "", ""},
	} {
		d := setUp(0, 1, quiet())
		d.Pairings[0].SDK = "js-1.3.5"
		d.Checks = append(d.Checks, tc.checks...)
		Explain(d)
		fix := d.Finding("WK501").Fix
		if fix.Tried != tc.tried {
			t.Errorf("%s: the fix was tried: %q, want %q", name, fix.Tried, tc.tried)
		}
		switch {
		case tc.line == "":
			if fix.Client != nil || len(fix.Commands) != 1 {
				t.Errorf("%s: %+v", name, fix)
			}
		case fix.Client == nil || fix.Client.Line != tc.line || fix.Client.Tried != tc.alsoTried || fix.Commands[1] != tc.line:
			t.Errorf("%s: %+v", name, fix)
		}
	}
}

// TestFixOnWindows: what cmd.exe and PowerShell take apart stands in no fix.
func TestFixOnWindows(t *testing.T) {
	t.Parallel()
	d := setUp(0, 1, quiet())
	d.Tool.OS, d.Target.ManagerToken, d.Target.ManagerFile = onWindows, true, "FILE"
	Explain(d)
	want := "wkctl token --api " + d.Target.API + " --uid UID --flags 1 --token-file FILE --manager-token-file FILE"
	if got := d.Finding("WK501").Fix.Commands[0]; got != want || strings.ContainsAny(got, "'\"") {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestHealthyRunFindsNothing: a refusal that should happen is explained by the
// table's legend, and is no finding.
func TestHealthyRunFindsNothing(t *testing.T) {
	t.Parallel()
	d := table()
	Explain(d)
	if len(d.Findings) > 0 || d.Verdict.Conclusion != probe.ConcludedWorks {
		t.Errorf("findings %v, verdict %+v", codesIn(d), d.Verdict)
	}
	for _, p := range d.Pairings {
		if p.Verdict != probe.OutcomePass || p.Code != "" {
			t.Errorf("%s: verdict %s, code %q", p.ID, p.Verdict, p.Code)
		}
	}
}
