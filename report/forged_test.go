package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/report/text"
)

// forge sets every string of v to s, and gives every list, map and pointer
// something to hold; what else there is becomes small and true.
func forge(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		forge(v.Elem(), s)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			forge(v.Index(i), s)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		forge(key, s)
		forge(value, s)
		v.SetMapIndex(key, value)
	case reflect.Struct:
		switch v.Type() {
		case reflect.TypeFor[time.Time]():
			v.Set(reflect.ValueOf(time.Date(2026, 11, 28, 15, 0, 0, 0, time.UTC)))
			return
		case reflect.TypeFor[secret.Token]():
			return // shows an alias of our own
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				forge(v.Field(i), s)
			}
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(2)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(2)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(2.5)
	}
}

// forged gives diagnoses in which every string is s: one all of foreign values,
// and some where what decides what is shown is as in a real one.
func forged(s string) map[string]*probe.Diagnosis {
	list := map[string]*probe.Diagnosis{}
	for _, name := range []string{"all", "failed", "one", "off"} {
		d := &probe.Diagnosis{}
		forge(reflect.ValueOf(d).Elem(), s)
		list[name] = d
	}
	failed := list["failed"]
	failed.Mode, failed.Complete, failed.Verdict = probe.ModeTable, false, probe.Verdict{Outcome: probe.OutcomeFail, ExitCode: 1}
	for i := range failed.Pairings {
		p := &failed.Pairings[i]
		p.Observed, p.Verdict, p.Expected, p.ExpectToken, p.Fault = probe.Silent, probe.OutcomeFail, probe.Accepted, probe.TokenOther, nil
		p.ConnectFlag += 1
	}
	for i := range failed.Findings {
		failed.Findings[i].Severity = probe.SeverityError
	}
	for i := range failed.Checks {
		failed.Checks[i].Outcome = []probe.Outcome{probe.OutcomePass, probe.OutcomeSkip}[i]
		failed.Checks[i].Failed = 0
	}
	list["one"].Pairings = list["one"].Pairings[:1]
	list["one"].Pairings[0].Observed = probe.Accepted
	list["one"].Checks[0].ID, list["one"].Checks[0].Outcome = probe.CheckRegister, probe.OutcomeWarn
	list["off"].Server.TokenAuth = probe.AuthOff
	list["off"].Pairings[0].Observed = probe.Closed
	return list
}

// checkRendered fails where a report of any format is not what it should be,
// whatever stood in the diagnosis.
func checkRendered(f Format, out []byte) error {
	if i := bytes.IndexFunc(out, forbidden); i >= 0 {
		return fmt.Errorf("forbidden byte at %d: %q", i, out[max(0, i-20):min(len(out), i+20)])
	}
	switch f {
	case "", Table: // text as it is
	case Markdown:
		return checkNoHTML(out)
	case JSON:
		return json.Unmarshal(out, &probe.Diagnosis{})
	case JUnit:
		return checkJUnit(out)
	case HTML:
		return checkHTML(out)
	case Prometheus:
		_, err := parseProm(out)
		return err
	case GitHub:
		for _, c := range commands(out) {
			if !slices.Contains([]string{"group", "endgroup", "error", "warning", "notice"}, c) {
				return fmt.Errorf("the runner reads %q", c)
			}
		}
	case Short:
		if n := bytes.Count(out, []byte("\n")); n > shortLines {
			return fmt.Errorf("%d lines", n)
		}
	case Nagios:
		if !pluginReads.Match(out) {
			return fmt.Errorf("expected a line of a plugin, got %q", out)
		}
	default:
		return fmt.Errorf("no reader of %s is known here", f)
	}
	return nil
}

// pluginReads is one line, and one bar, behind which the performance data stand.
var pluginReads = regexp.MustCompile(`^WKCTL (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+ ?\| accepted=(\d+|U) refused=(\d+|U) time=\d+\.\d{3}s;;;0\n$`)

// checkNoHTML fails where Markdown holds HTML that is not ours, or a link that
// is no plain web address.
func checkNoHTML(src []byte) error {
	p := parseMarkdown(src)
	summary := regexp.MustCompile(`^<details><summary>[^<>]*</summary>$`)
	for _, h := range p.html {
		for _, tag := range strings.Split(h, "\n") {
			if tag != "</details>" && tag != "<br>" && !summary.MatchString(tag) {
				return fmt.Errorf("HTML %q", tag)
			}
		}
	}
	for _, l := range p.links {
		if !address.MatchString(l) {
			return fmt.Errorf("link %q", l)
		}
	}
	return nil
}

// bothStyles gives a style for each language. A printer is not cheap.
func bothStyles() map[text.Lang]Style {
	styles := map[text.Lang]Style{}
	for _, lang := range text.Langs() {
		styles[lang] = Style{Verbose: true, Text: printer(lang)}
	}
	return styles
}

// rawID is what text.Printer gives for a message that does not exist.
var rawID = regexp.MustCompile(`\[[a-zA-Z0-9-]*(\.[a-zA-Z0-9_-]*)+\]`)

// TestForgedReports: a saved report that somebody has made up, hostile in every
// string, stays a report in every format. Each string meets each format, each
// shape and each language, and each format meets each shape in each language:
// all pairs, not the whole product.
func TestForgedReports(t *testing.T) {
	t.Parallel()
	styles, langs := bothStyles(), text.Langs()
	for i, s := range append(attacks(), "", strings.Repeat("<b>x</b>", 200), "amount.x", "..") {
		shapes := forged(s)
		names := slices.Sorted(maps.Keys(shapes))
		for j, f := range Formats() {
			name, lang := names[(i+j)%len(names)], langs[(i+j)/len(names)%len(langs)]
			out := rendered(t, shapes[name], f, styles[lang])
			if err := checkRendered(f, out); err != nil {
				t.Errorf("%q, %s, as %s in %s: %v", s, name, f, lang, err)
			}
			if id := rawID.Find(out); id != nil && f != JSON && !strings.Contains(s, "[") {
				t.Errorf("%q, %s, as %s in %s: a raw message id %s", s, name, f, lang, id)
			}
		}
		for _, name := range names {
			if n := bytes.Count(StepOutputs(shapes[name]), []byte("\n")); n != 5 {
				t.Errorf("%q: %d lines of outputs", s, n)
			}
		}
	}
}

// TestForgedOthers does the same for what is not a diagnosis, in one language
// for each string.
func TestForgedOthers(t *testing.T) {
	t.Parallel()
	styles, langs := bothStyles(), text.Langs()
	for i, s := range append(attacks(), "") {
		log, login, keys := &probe.LogReport{}, &probe.Connection{}, &probe.Credentials{}
		forge(reflect.ValueOf(log).Elem(), s)
		forge(reflect.ValueOf(login).Elem(), s)
		forge(reflect.ValueOf(keys).Elem(), s)
		lang := langs[i%len(langs)]
		style := styles[lang]
		for name, write := range map[string]func(*bytes.Buffer) error{
			"log as a table":   func(b *bytes.Buffer) error { return LogSummary(b, log, Table, style) },
			"log as JSON":      func(b *bytes.Buffer) error { return LogSummary(b, log, JSON, style) },
			"login as a table": func(b *bytes.Buffer) error { return Connection(b, login, Table, style) },
			"login as JSON":    func(b *bytes.Buffer) error { return Connection(b, login, JSON, style) },
			"credentials": func(b *bytes.Buffer) error {
				return Credentials(b, keys, CredentialsOptions{Style: style, RemoveCommand: s})
			},
			"log in Markdown": func(b *bytes.Buffer) error { return LogSummary(b, log, Markdown, style) },
			"not a log in Markdown": func(b *bytes.Buffer) error {
				return LogSummary(b, &probe.LogReport{LooksLike: s, Source: s, Encoding: s}, Markdown, style)
			},
		} {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := checkRendered("", b.Bytes()); err != nil {
				t.Errorf("%q, %s: %v", s, name, err)
			}
			if err := checkNoHTML(b.Bytes()); strings.HasSuffix(name, "Markdown") && err != nil {
				t.Errorf("%q, %s: %v", s, name, err)
			}
			if strings.HasSuffix(name, "JSON") && !json.Valid(b.Bytes()) {
				t.Errorf("%q, %s: no JSON", s, name)
			}
			if id := rawID.Find(b.Bytes()); id != nil && !strings.Contains(s, "[") && !strings.HasSuffix(name, "JSON") {
				t.Errorf("%q, %s in %s: a raw message id %s", s, name, lang, id)
			}
		}
	}
}

// TestUnknownValues: what a later version may write is "not known" to this one,
// and what is known stays.
func TestUnknownValues(t *testing.T) {
	t.Parallel()
	d := prepared(&probe.Diagnosis{
		Mode: "later", Server: probe.Server{TokenAuth: "<b>", Generation: "v9"}, Verdict: probe.Verdict{Outcome: "great"},
		Checks:   []probe.Check{{ID: "later-check", Outcome: "odd", Code: "WK999;rm"}, {ID: probe.CheckAPI, Outcome: probe.OutcomePass}},
		Pairings: []probe.Pairing{{ID: "<i>", TokenFlag: 1, ConnectFlag: 2, Result: probe.Result{Observed: "odd", Proof: "odd"}, ExpectToken: "odd", Verdict: "odd"}},
		Findings: []probe.Finding{{Code: "WK501", ID: "token-under-other-flag", Severity: "terrible"}},
	})
	if d.Mode != probe.ModeTable || d.Server.TokenAuth != probe.AuthUnknown || d.Server.Generation != probe.GenUnknown || d.Verdict.Outcome != probe.OutcomeUnknown {
		t.Errorf("%+v", d)
	}
	if c := &d.Checks[0]; c.ID != "later-check" || c.Outcome != probe.OutcomeUnknown || c.Code != "WK999rm" {
		t.Errorf("%+v", c)
	}
	if d.Checks[1].Outcome != probe.OutcomePass || d.Findings[0].Severity != probe.SeverityInfo || d.Findings[0].ID != "token-under-other-flag" {
		t.Errorf("%+v", d)
	}
	if p := &d.Pairings[0]; p.ID != "1->2" || p.Observed != probe.NotRun || p.Proof != probe.ProofNone || p.ExpectToken != probe.TokenUnknown || p.Verdict != probe.OutcomeUnknown {
		t.Errorf("%+v", p)
	}
}

// TestRepeated: a report may name a check or a pairing many times; readers that
// know each name once still get all of them.
func TestRepeated(t *testing.T) {
	t.Parallel()
	d := setupV1(text.English)
	for range 300 {
		d.Checks = append(d.Checks, d.Checks[0])
		d.Pairings = append(d.Pairings, d.Pairings[0])
	}
	for _, f := range []Format{JUnit, Prometheus} {
		out := rendered(t, d, f, Style{})
		if err := checkRendered(f, out); err != nil {
			t.Errorf("%s: %v", f, err)
		}
		if n := bytes.Count(out, []byte("<testcase ")); f == JUnit && n < 600 {
			t.Errorf("%d cases", n)
		}
	}
}
