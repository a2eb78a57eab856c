package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

func TestExportsGolden(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]view{
		"github/v1.txt":             {"v1", GitHub, text.English, false, false, 80},
		"github/v2-beta.zh.txt":     {"v2-beta", GitHub, text.Chinese, true, false, 120},
		"github/setup-v2.color.txt": {"setup-v2", GitHub, text.English, true, false, 80},
		"github/unreachable.txt":    {"unreachable", GitHub, text.English, false, true, 60},
		"short/v1.zh.txt":           {"v1", Short, text.Chinese, false, false, 80},
		"short/v3.txt":              {"v3", Short, text.English, true, false, 80},
		"short/setup-v1.txt":        {"setup-v1", Short, text.English, false, false, 60},
		"short/user.zh.txt":         {"user", Short, text.Chinese, false, true, 120},
		"short/interrupted.txt":     {"interrupted", Short, text.English, false, false, 80},
		"short/range.txt":           {"range", Short, text.English, false, false, 80},
		"prometheus/v2.prom":        {"v2", Prometheus, text.English, false, false, 0},
		"prometheus/accepted.prom":  {"accepted", Prometheus, text.Chinese, true, true, 60},
		"prometheus/v3.prom":        {"v3", Prometheus, text.English, false, false, 0},
		"prometheus/interrupt.prom": {"interrupted", Prometheus, text.English, false, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, name, rendered(t, v.diagnosis(t), v.format, v.style()))
		})
	}
}

// commands reads the workflow commands of a log as the runner does.
func commands(log []byte) (list []string) {
	for l := range strings.Lines(string(log)) {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "::") || strings.Contains(l, "##[") {
			name, _, _ := strings.Cut(strings.TrimPrefix(l, "::"), " ")
			name, _, _ = strings.Cut(name, "::")
			list = append(list, name)
		}
	}
	return list
}

func checkGitHub(log []byte) error {
	got := strings.Join(commands(log), " ")
	if got != "group endgroup group endgroup error" {
		return fmt.Errorf("the runner reads %q in\n%s", got, log)
	}
	if i := bytes.IndexFunc(escape.ReplaceAll(log, nil), forbidden); i >= 0 {
		return fmt.Errorf("forbidden byte at %d", i)
	}
	return nil
}

func TestGitHubIsNotTakenOver(t *testing.T) {
	t.Parallel()
	for _, a := range attacks() {
		for _, colour := range []bool{false, true} {
			if err := checkGitHub(rendered(t, hostile(a), GitHub, Style{Color: colour})); err != nil {
				t.Error(err)
			}
		}
		outputs := StepOutputs(hostile(a))
		if n := bytes.Count(outputs, []byte("\n")); n != 5 {
			t.Errorf("%d lines of outputs:\n%s", n, outputs)
		}
	}
}

func FuzzGitHub(f *testing.F) {
	for _, a := range attacks() {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if err := checkGitHub(rendered(t, hostile(s), GitHub, Style{Color: true, Width: 40})); err != nil {
			t.Fatal(err)
		}
	})
}

func TestGitHubEscapes(t *testing.T) {
	t.Parallel()
	d := healthyV1(text.English)
	d.Findings = []probe.Finding{{Code: "WK202", Severity: probe.SeverityWarning, Title: "a,b: 5%", Cause: "one\ntwo 5%", Fix: probe.Fix{Commands: []string{"x"}}}}
	out := string(rendered(t, d, GitHub, Style{}))
	if want := "\n::warning title=WK202 a%2Cb%3A 5%25::one%0Atwo 5%25%0A%0Ax\n"; !strings.Contains(out, want) {
		t.Errorf("expected %q in\n%s", want, out)
	}
}

func TestGitHubAnnotationsAreFew(t *testing.T) {
	t.Parallel()
	d := healthyV1(text.English)
	for i := range 30 {
		d.Findings = append(d.Findings, probe.Finding{Code: fmt.Sprintf("WK%d", 200+i/2), Severity: probe.SeverityInfo, Title: "x"})
	}
	d.Findings = append(d.Findings, probe.Finding{Code: "WK501", Severity: probe.SeverityError, Title: "y"})
	out := rendered(t, d, GitHub, Style{})
	if n := bytes.Count(out, []byte("\n::notice ")); n != 9 {
		t.Errorf("expected 9 notices beside the error, got %d", n)
	}
	if i, j := bytes.Index(out, []byte("\n::error title=WK501")), bytes.Index(out, []byte("\n::notice")); i < 0 || i > j {
		t.Error("the error is not first")
	}
}

func TestStepFiles(t *testing.T) {
	t.Parallel()
	d := setupV2(text.English)
	if got, want := string(StepOutputs(d)), "verdict=fail\nexit_code=1\nfailed=1\ncodes=WK501,WK510\ngeneration=v2\n"; got != want {
		t.Errorf("outputs: got %q, want %q", got, want)
	}
	summary, err := StepSummary(d, Style{})
	if err != nil || !bytes.Equal(summary, rendered(t, d, Markdown, Style{})) {
		t.Errorf("the summary is not the Markdown report: %v", err)
	}
}

func TestShortIsShort(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		for _, lang := range text.Langs() {
			d := s.make(lang)
			for i := range 20 {
				d.Findings = append(d.Findings, probe.Finding{Code: fmt.Sprintf("WK%d", 300+i), Severity: probe.SeverityWarning, Title: strings.Repeat("long ", 90)})
			}
			out := string(rendered(t, d, Short, Style{Text: printer(lang)}))
			if n := strings.Count(out, "\n"); n > shortLines {
				t.Errorf("%s: %d lines:\n%s", s.name, n, out)
			}
			if !strings.Contains(out, "wkctl explain ") || !strings.HasPrefix(out[strings.Index(out, " ")+1:], verdictText(d, printer(lang))) {
				t.Errorf("%s: no verdict or no next step:\n%s", s.name, out)
			}
			for l := range strings.Lines(out) {
				if n := len([]rune(l)); n > shortRunes+12 && !strings.Contains(l, "curl ") {
					t.Errorf("%s: a line of %d runes", s.name, n)
				}
			}
		}
	}
}

// parseProm reads an exposition as Prometheus does: name{labels} -> value.
func parseProm(src []byte) (map[string]float64, error) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(src))
	if err != nil {
		return nil, err
	}
	samples := map[string]float64{}
	for name, family := range families {
		for _, m := range family.GetMetric() {
			key := name
			for _, l := range m.GetLabel() {
				key += fmt.Sprintf("|%s=%s", l.GetName(), l.GetValue())
			}
			if _, twice := samples[key]; twice {
				return nil, fmt.Errorf("two samples %s", key)
			}
			samples[key] = m.GetGauge().GetValue()
		}
	}
	return samples, nil
}

func TestPrometheus(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		d := s.make(text.English)
		got, err := parseProm(rendered(t, d, Prometheus, Style{}))
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		want := map[string]float64{"wkctl_exit_code": float64(d.Verdict.ExitCode), "wkctl_success": truth(d.Verdict.ExitCode == 0), "wkctl_complete": truth(d.Complete)}
		for name, v := range want {
			if got[name] != v {
				t.Errorf("%s: %s = %g, want %g", s.name, name, got[name], v)
			}
		}
	}
	got, err := parseProm(rendered(t, wronglyAccepted(text.English), Prometheus, Style{}))
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := got["wkctl_pairing_ok|token_flag=0|connect_flag=1|expected=refused"]; !ok || v != 0 {
		t.Errorf("the wrong pairing: %g, %t", v, ok)
	}
	if _, ok := got["wkctl_pairing_ok|token_flag=1|connect_flag=1|expected=accepted"]; ok {
		t.Error("a pairing that could not be tested has a sample")
	}
	if v := got["wkctl_pairing_duration_seconds|token_flag=0|connect_flag=2"]; math.Abs(v-0.0031) > 1e-9 {
		t.Errorf("duration: %g", v)
	}
}

func FuzzPrometheus(f *testing.F) {
	for _, a := range attacks() {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := hostile(s)
		got, err := parseProm(rendered(t, d, Prometheus, Style{}))
		if err != nil {
			t.Fatal(err)
		}
		safe := clean(s, lineLimit)
		key := "wkctl_info|version=" + safe + "|api=" + clean("cell"+s, lineLimit) + "|ws=" + safe + "|mode=set-up|generation=v1|server_version=" + safe
		if got[key] != 1 || got["fake_metric"] != 0 {
			t.Fatalf("label values did not survive %q: %v", s, got)
		}
	})
}

// FuzzTable: nothing foreign moves the cursor or forges a line of the report.
func FuzzTable(f *testing.F) {
	for _, a := range attacks() {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, format := range []Format{Table, Short} {
			out := escape.ReplaceAll(rendered(t, hostile(s), format, Style{Color: true, Width: 60, Verbose: true}), nil)
			if i := bytes.IndexFunc(out, forbidden); i >= 0 {
				t.Fatalf("forbidden byte at %d of %q", i, out)
			}
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, a := range attacks() {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := rendered(t, hostile(s), JSON, Style{})
		if i := bytes.IndexFunc(out, forbidden); i >= 0 {
			t.Fatalf("forbidden byte at %d", i)
		}
		var d probe.Diagnosis
		if err := json.Unmarshal(out, &d); err != nil {
			t.Fatal(err)
		}
		if d.Server.Version != clean(s, lineLimit) {
			t.Fatalf("version: got %q from %q", d.Server.Version, s)
		}
	})
}
