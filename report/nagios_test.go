package report

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// TestNagios: the state, which is the exit code, and the line.
func TestNagios(t *testing.T) {
	t.Parallel()
	failed := func(id probe.CheckID, f probe.Fault) []probe.Check {
		return []probe.Check{{ID: id, Outcome: probe.OutcomeFail, Fault: &f}}
	}
	undiagnosed := probe.Verdict{Outcome: probe.OutcomeUnknown, ExitCode: 3, Conclusion: probe.ConcludedNotTried, Code: "WK201"}
	for _, tc := range []struct {
		name string
		d    probe.Diagnosis
		code int
		want string
	}{
		{"no problem found", probe.Diagnosis{Complete: true, ElapsedMS: 301.2, Verdict: probe.Verdict{Outcome: probe.OutcomePass, Conclusion: probe.ConcludedWorks}, Pairings: []probe.Pairing{
			{Result: probe.Result{Observed: probe.Accepted}, Verdict: probe.OutcomePass}, {Result: probe.Result{Observed: probe.Silent}, Verdict: probe.OutcomePass},
			{Result: probe.Result{Observed: probe.Refused}, Verdict: probe.OutcomePass}}},
			0, "WKCTL OK - All 3 pairings behave as expected. | accepted=1 refused=2 time=0.301s;;;0\n"},
		{"a warning", probe.Diagnosis{Complete: true, Verdict: probe.Verdict{Outcome: probe.OutcomeWarn, Code: "WK406", Conclusion: probe.ConcludedWorks},
			Findings: []probe.Finding{{Code: "WK406", Severity: probe.SeverityWarning, Title: "a|b\nc"}}}, 1, "WKCTL WARNING - All 0 pairings behave as expected. WK406: a/b c | accepted=U refused=U"},
		{"a warning that fails", probe.Diagnosis{Complete: true, FailOn: probe.SeverityWarning, Verdict: probe.Verdict{Outcome: probe.OutcomeWarn, ExitCode: 1, Conclusion: probe.ConcludedWorks}}, 1, "WKCTL WARNING - "},
		{"an error", probe.Diagnosis{Complete: true, Verdict: probe.Verdict{Outcome: probe.OutcomeFail, ExitCode: 1, Conclusion: probe.ConcludedFails}}, 2, "WKCTL CRITICAL - "},
		{"nothing listens", probe.Diagnosis{Complete: true, Verdict: undiagnosed, Checks: failed(probe.CheckAPI, probe.Fault{Kind: probe.FaultRefused})}, 2, "WKCTL CRITICAL - No login could be tested"},
		{"waited for in vain", probe.Diagnosis{Complete: true, Verdict: undiagnosed, Wait: &probe.Wait{MaxMS: 60_000, ElapsedMS: 60_000, Missing: probe.CheckAPI},
			Checks: failed(probe.CheckAPI, probe.Fault{Kind: probe.FaultTimeout})}, 2, "(waited in vain for the API to answer: 60 s (--wait)) | "},
		{"a gateway's 502", probe.Diagnosis{Complete: true, Verdict: undiagnosed, Checks: failed(probe.CheckAPI, probe.Fault{Kind: probe.FaultNotWuKongIM, Status: 502})}, 2, "WKCTL CRITICAL - "},
		{"it went away", probe.Diagnosis{Complete: true, Verdict: undiagnosed, Health: &probe.Health{Gone: probe.GoneAway}}, 2, "WKCTL CRITICAL - "},
		{"the manager token is missing", probe.Diagnosis{Complete: true, Verdict: undiagnosed, Checks: failed(probe.CheckRegister, probe.Fault{Kind: probe.FaultStatus, Status: 401})}, 3, "WKCTL UNKNOWN - "},
		{"another server", probe.Diagnosis{Complete: true, Verdict: undiagnosed, Checks: failed(probe.CheckAPI, probe.Fault{Kind: probe.FaultNotWuKongIM, Status: 200})}, 3, "WKCTL UNKNOWN - "},
		{"the proxy refuses", probe.Diagnosis{Complete: true, Verdict: undiagnosed, Checks: failed(probe.CheckAPI, probe.Fault{Kind: probe.FaultProxy, Status: 502})}, 3, "WKCTL UNKNOWN - "},
		{"interrupted", probe.Diagnosis{Stopped: probe.StopInterrupt, Verdict: probe.Verdict{Outcome: probe.OutcomeUnknown, ExitCode: 130, Conclusion: probe.ConcludedInterrupted},
			Checks: failed(probe.CheckAPI, probe.Fault{Kind: probe.FaultRefused})}, 3, "WKCTL UNKNOWN - Interrupted"},
		{"the time was up", probe.Diagnosis{Stopped: probe.StopMaxTime, MaxMS: 1000, Verdict: probe.Verdict{Outcome: probe.OutcomeUnknown, ExitCode: 3, Conclusion: probe.ConcludedMaxTime}}, 3, "WKCTL UNKNOWN - "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := Nagios.Traits().Exit(&tc.d); got != tc.code {
				t.Errorf("exit code %d, want %d", got, tc.code)
			}
			got := string(rendered(t, &tc.d, Nagios, Style{Text: printer(text.English)}))
			if !strings.Contains(got, tc.want) || strings.Count(got, "|") != 1 || strings.Count(got, "\n") != 1 {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
	if got := Nagios.Traits().Exit(nil); got != pluginUnknown {
		t.Errorf("without a diagnosis: exit code %d", got)
	}
	if got := PluginUnknown("a|b\nc"); got != "WKCTL UNKNOWN - a/b c\n" {
		t.Errorf("got %q", got)
	}
}

// TestNagiosAlone: every other format keeps the exit code of the diagnosis.
func TestNagiosAlone(t *testing.T) {
	t.Parallel()
	for _, f := range Formats() {
		if (f.Traits().Exit != nil) != (f == Nagios) {
			t.Errorf("%s: has an exit code of its own: %v", f, f.Traits().Exit != nil)
		}
	}
}

// TestWaited: every report for people says how long was waited, and none where the
// server was there.
func TestWaited(t *testing.T) {
	t.Parallel()
	for _, f := range []Format{Table, Markdown, HTML, Short, GitHub} {
		for want, wait := range map[string]probe.Wait{
			"the server was waited for: 20.4 s":                  {MaxMS: 60_000, ElapsedMS: 20_400, Tries: 14},
			"waited in vain for the API to answer: 60 s":         {MaxMS: 60_000, ElapsedMS: 60_000, Tries: 30, Missing: probe.CheckAPI},
			"waited in vain for the client port to answer: 60 s": {MaxMS: 60_000, ElapsedMS: 60_000, Tries: 30, Missing: probe.CheckWS},
			"": {MaxMS: 60_000, ElapsedMS: 52, Tries: 2},
		} {
			d := healthyV1(text.English)
			d.Wait = &wait
			got := string(rendered(t, d, f, Style{Text: printer(text.English)}))
			if !strings.Contains(got, want) || want == "" && strings.Contains(got, "waited") {
				t.Errorf("%s: expected %q in\n%s", f, want, got)
			}
		}
	}
}
