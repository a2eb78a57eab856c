package report

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// TestPartlyRegistered: where some test users could not be registered every
// format for people says how many could, and why not, whatever the outcome.
func TestPartlyRegistered(t *testing.T) {
	t.Parallel()
	refused := probe.Fault{Phase: probe.PhaseRequest, Kind: probe.FaultRefused, Address: "10.0.0.3:5001"}
	limited := probe.Fault{Phase: probe.PhaseRequest, Kind: probe.FaultStatus, Status: 429}
	reasons := map[text.Lang]string{text.English: "10.0.0.3:5001: connection refused", text.Chinese: "10.0.0.3:5001：连接被拒绝"}
	for lang, want := range map[text.Lang]string{text.English: "9 of 12 test users could be registered", text.Chinese: "12 个测试用户中有 9 个注册成功"} {
		for _, o := range []probe.Outcome{probe.OutcomePass, probe.OutcomeWarn, probe.OutcomeFail, probe.OutcomeUnknown} {
			d := setupV1(lang)
			d.Checks = []probe.Check{{ID: probe.CheckRegister, Outcome: o, Count: 9, Failed: 3, Fault: &refused, Faults: []probe.Fault{limited}}}
			for _, f := range []Format{Table, Markdown, HTML, JUnit, GitHub} {
				out := string(rendered(t, d, f, Style{Width: 160, Text: printer(lang)}))
				out = strings.Join(strings.Fields(out), " ")
				if !strings.Contains(out, want) {
					t.Errorf("%s, %s: %q is missing in\n%s", f, o, want, out)
				}
				if o != probe.OutcomePass && !(f == JUnit && o == probe.OutcomeWarn) && (!strings.Contains(out, reasons[lang]) || !strings.Contains(out, "HTTP 429")) {
					t.Errorf("%s, %s: the reasons are missing in\n%s", f, o, out)
				}
			}
		}
	}
	d := setupV1(text.English)
	d.Checks = []probe.Check{{ID: probe.CheckRegister, Outcome: probe.OutcomePass, Count: 12}}
	if out := string(rendered(t, d, Table, Style{})); !strings.Contains(out, "12 users") || strings.Contains(out, "could be registered ") {
		t.Errorf("all registered:\n%s", out)
	}
}

// TestOnlyTCP: an address that was not greeted is no more than open.
func TestOnlyTCP(t *testing.T) {
	t.Parallel()
	for lang, want := range map[text.Lang]string{text.English: "takes connections (TLS not tried)", text.Chinese: "可以建立连接（未尝试 TLS）"} {
		d := setupV1(lang)
		d.Addresses = []probe.Address{
			{Role: probe.RoleWS, URL: "ws://im.example.com:5200", Class: probe.ClassName, Outcome: probe.OutcomePass, ElapsedMS: 2},
			{Role: probe.RoleWSS, URL: "wss://im.example.com:5210", Class: probe.ClassName, Outcome: probe.OutcomePass, OnlyTCP: true, ElapsedMS: 2},
		}
		for _, f := range []Format{Table, Markdown, HTML, JUnit, GitHub} {
			out := string(rendered(t, d, f, Style{Width: 160, Text: printer(lang)}))
			if f == Markdown {
				out = strings.ReplaceAll(out, "\\", "")
			}
			if n := strings.Count(out, want); n != 1 {
				t.Errorf("%s in %s: said %d times in\n%s", f, lang, n, out)
			}
		}
	}
}

// TestMaxTimeVerdict: the words for a run whose time was up.
func TestMaxTimeVerdict(t *testing.T) {
	t.Parallel()
	args := text.Args{"limit": "2m0s", "n": "3", "all": "9"}
	for lang, want := range map[text.Lang]string{
		text.English: "The time of this run (--max-time 2m0s) was up: 3 of 9 pairings were tested.",
		text.Chinese: "时间已到（--max-time 2m0s）：9 个组合中测试了 3 个。",
	} {
		if got := printer(lang).Text("verdict.max-time", args); got != want {
			t.Errorf("%s: %q", lang, got)
		}
	}
}
