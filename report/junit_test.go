package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

func TestJUnitGolden(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]view{
		"v1.xml":          {"v1", JUnit, text.English, false, false, 0},
		"v2.zh.xml":       {"v2", JUnit, text.Chinese, true, false, 60},
		"v3.xml":          {"v3", JUnit, text.English, false, false, 0},
		"setup-v2.xml":    {"setup-v2", JUnit, text.English, false, true, 120},
		"unreachable.xml": {"unreachable", JUnit, text.English, false, false, 0},
		"interrupted.xml": {"interrupted", JUnit, text.English, false, false, 0},
		"accepted.zh.xml": {"accepted", JUnit, text.Chinese, false, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, "junit/"+name, rendered(t, v.diagnosis(t), v.format, v.style()))
		})
	}
}

// junitElement says what may stand in an element: its attributes (true: it must
// be there), and its children in their order.
type junitElement struct {
	attrs    map[string]bool
	children []string
	text     bool
}

// junitSchema is the grammar that the readers of JUnit XML agree on.
func junitSchema() map[string]junitElement {
	count := map[string]bool{"name": true, "tests": true, "failures": true, "errors": true, "skipped": true, "time": true}
	suite := map[string]bool{"timestamp": false}
	for k, v := range count {
		suite[k] = v
	}
	detail := junitElement{attrs: map[string]bool{"message": true, "type": true}, text: true}
	return map[string]junitElement{
		"testsuites": {attrs: count, children: []string{"testsuite"}},
		"testsuite":  {attrs: suite, children: []string{"properties", "testcase"}},
		"properties": {children: []string{"property"}},
		"property":   {attrs: map[string]bool{"name": true, "value": true}},
		"testcase":   {attrs: map[string]bool{"name": true, "classname": true, "time": true}, children: []string{"failure", "error", "skipped", "system-out"}},
		"failure":    detail, "error": detail,
		"skipped":    {attrs: map[string]bool{"message": true}},
		"system-out": {text: true},
	}
}

// checkJUnit validates src against the grammar, and its counts against its cases.
func checkJUnit(src []byte) error {
	schema := junitSchema()
	dec := xml.NewDecoder(bytes.NewReader(src))
	var stack []string
	position := []int{0}
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if err := checkElement(schema, stack, &position[len(position)-1], tok); err != nil {
				return err
			}
			stack, position = append(stack, tok.Name.Local), append(position, 0)
		case xml.EndElement:
			stack, position = stack[:len(stack)-1], position[:len(position)-1]
		case xml.CharData:
			if len(stack) > 0 && !schema[stack[len(stack)-1]].text && len(bytes.TrimSpace(tok)) > 0 {
				return fmt.Errorf("text %q in %v", tok, stack)
			}
		case xml.Comment, xml.Directive:
			return fmt.Errorf("expected elements only, got %T", tok)
		}
	}
	return checkCounts(src)
}

func checkElement(schema map[string]junitElement, stack []string, at *int, el xml.StartElement) error {
	name := el.Name.Local
	rule, known := schema[name]
	if !known || len(stack) == 0 && name != "testsuites" {
		return fmt.Errorf("element <%s> in %v", name, stack)
	}
	if len(stack) > 0 {
		allowed := schema[stack[len(stack)-1]].children
		for *at < len(allowed) && allowed[*at] != name {
			*at++
		}
		if *at == len(allowed) {
			return fmt.Errorf("<%s> out of place in %v", name, stack)
		}
	}
	seen := map[string]string{}
	for _, a := range el.Attr {
		if _, ok := rule.attrs[a.Name.Local]; !ok {
			return fmt.Errorf("attribute %s of <%s>", a.Name.Local, name)
		}
		seen[a.Name.Local] = a.Value
	}
	for attr, must := range rule.attrs {
		if _, ok := seen[attr]; must && !ok {
			return fmt.Errorf("<%s> has no %s", name, attr)
		}
	}
	return checkValues(name, seen)
}

func checkValues(name string, attrs map[string]string) error {
	for _, attr := range []string{"tests", "failures", "errors", "skipped"} {
		if v, ok := attrs[attr]; ok {
			if n, err := strconv.Atoi(v); err != nil || n < 0 {
				return fmt.Errorf("%s=%q of <%s>", attr, v, name)
			}
		}
	}
	if v, ok := attrs["time"]; ok && !regexp.MustCompile(`^\d+\.\d{3}$`).MatchString(v) {
		return fmt.Errorf("time=%q of <%s>", v, name)
	}
	if v, ok := attrs["timestamp"]; ok && !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`).MatchString(v) {
		return fmt.Errorf("timestamp=%q of <%s>", v, name)
	}
	return nil
}

func checkCounts(src []byte) error {
	var run junitRun
	if err := xml.Unmarshal(src, &run); err != nil {
		return err
	}
	var all [4]int
	for _, s := range run.Suites {
		var n [4]int
		names := map[string]bool{}
		for _, c := range s.Cases {
			if names[c.Name] {
				return fmt.Errorf("two cases %q in %q", c.Name, s.Name)
			}
			names[c.Name] = true
			if c.Class != s.Name {
				return fmt.Errorf("case %q of class %q in %q", c.Name, c.Class, s.Name)
			}
			results := 0
			for i, has := range []bool{true, c.Failure != nil, c.Error != nil, c.Skipped != nil} {
				if has {
					n[i]++
					results++
				}
			}
			if results > 2 {
				return fmt.Errorf("case %q has more than one result", c.Name)
			}
		}
		if n != [4]int{s.Tests, s.Failures, s.Errors, s.Skipped} {
			return fmt.Errorf("suite %q counts %v", s.Name, n)
		}
		for i := range n {
			all[i] += n[i]
		}
	}
	if all != [4]int{run.Tests, run.Failures, run.Errors, run.Skipped} {
		return fmt.Errorf("the run counts %v", all)
	}
	return nil
}

// TestJUnitAgreesWithTheVerdict: CI is red exactly when the exit code is not 0.
func TestJUnitAgreesWithTheVerdict(t *testing.T) {
	t.Parallel()
	cases := samples()
	cases = append(cases, sample{"only a finding", func(text.Lang) *probe.Diagnosis {
		d := healthyV1(text.English)
		d.Verdict = probe.Verdict{Outcome: probe.OutcomeFail, ExitCode: 1}
		d.Findings = []probe.Finding{{Code: "WK405", ID: "advertised-address-unreachable", Severity: probe.SeverityError, Title: "x"}}
		return d
	}}, sample{"no reason given", func(text.Lang) *probe.Diagnosis {
		d := healthyV1(text.English)
		d.Verdict = probe.Verdict{Outcome: probe.OutcomeUnknown, ExitCode: 3}
		return d
	}})
	for _, s := range cases {
		d := s.make(text.English)
		out := rendered(t, d, JUnit, Style{})
		if err := checkJUnit(out); err != nil {
			t.Errorf("%s: %v\n%s", s.name, err, out)
		}
		var run junitRun
		if err := xml.Unmarshal(out, &run); err != nil {
			t.Fatal(err)
		}
		if s.name == "accepted" {
			continue // its advertised address is no finding
		}
		if red := run.Failures+run.Errors > 0; red != (d.Verdict.ExitCode != 0) {
			t.Errorf("%s: exit code %d, %d failures, %d errors", s.name, d.Verdict.ExitCode, run.Failures, run.Errors)
		}
	}
}

// TestJUnitNamesAreStable: another run of another version of the server, with
// other uids and times, has the same names.
func TestJUnitNamesAreStable(t *testing.T) {
	t.Parallel()
	names := func(d *probe.Diagnosis, lang text.Lang) (list []string) {
		var run junitRun
		if err := xml.Unmarshal(rendered(t, d, JUnit, Style{Text: printer(lang)}), &run); err != nil {
			t.Fatal(err)
		}
		for _, s := range run.Suites {
			for _, c := range s.Cases {
				list = append(list, c.Class+"/"+c.Name)
			}
		}
		return list
	}
	first := healthyV1(text.English)
	second := healthyV1(text.Chinese)
	second.Server.Version, second.Target.API = "1.2.5", "http://other:5001"
	for i := range second.Pairings {
		second.Pairings[i].UID += "x"
		second.Pairings[i].ElapsedMS *= 3
	}
	a, b := fmt.Sprint(names(first, text.English)), fmt.Sprint(names(second, text.Chinese))
	if a != b {
		t.Errorf("names differ:\n%s\n%s", a, b)
	}
}

func FuzzJUnit(f *testing.F) {
	for _, a := range attacks() {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := rendered(t, hostile(s), JUnit, Style{})
		if i := bytes.IndexFunc(out, forbidden); i >= 0 {
			t.Fatalf("forbidden byte at %d", i)
		}
		if err := checkJUnit(out); err != nil {
			t.Fatalf("%v in\n%s", err, out)
		}
	})
}
