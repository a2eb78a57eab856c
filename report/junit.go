package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// The part of JUnit XML that every reader understands: testsuites > testsuite >
// properties, testcase > failure | error | skipped, system-out. A failure is an
// answer that is not the expected one, an error is something that could not be
// tested, and the set-up steps are cases too.
type (
	junitRun struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr,omitempty"`
		Properties []junitProperty `xml:"properties>property,omitempty"`
		Cases      []junitCase     `xml:"testcase"`

		seconds float64
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name      string       `xml:"name,attr"`
		Class     string       `xml:"classname,attr"`
		Time      string       `xml:"time,attr"`
		Failure   *junitDetail `xml:"failure"`
		Error     *junitDetail `xml:"error"`
		Skipped   *junitDetail `xml:"skipped"`
		SystemOut string       `xml:"system-out,omitempty"`
	}
	junitDetail struct {
		Message string `xml:"message,attr,omitempty"`
		Type    string `xml:"type,attr,omitempty"`
		Body    string `xml:",chardata"`
	}
)

// writeJUnit writes one suite per phase. Names hold no time, uid or address, so
// that a CI system recognises a case from run to run.
func writeJUnit(buf *bytes.Buffer, d *probe.Diagnosis, s Style) error {
	s.ASCII = false
	j := junit{words: newWords(s), d: d, told: map[string]bool{}}
	run := junitRun{Name: "wkctl", Time: seconds(d.ElapsedMS)}
	for _, suite := range []junitSuite{
		j.checks("reachability"),
		j.addresses(),
		j.checks("user"),
		j.checks("controls"),
		j.pairings(),
		j.checks("clean-up"),
		j.run(),
	} {
		if len(suite.Cases) > 0 {
			run.Suites = append(run.Suites, j.finish(suite))
		}
	}
	for _, suite := range run.Suites {
		run.Tests += suite.Tests
		run.Failures += suite.Failures
		run.Errors += suite.Errors
		run.Skipped += suite.Skipped
	}
	buf.WriteString(xml.Header)
	enc := xml.NewEncoder(buf)
	enc.Indent("", "  ")
	if err := enc.Encode(run); err != nil {
		return fmt.Errorf("encoding junit: %w", err)
	}
	buf.WriteByte('\n')
	return nil
}

type junit struct {
	words
	d    *probe.Diagnosis
	told map[string]bool // codes that a failing case carries
}

// phase is the suite of a check. The set-up comes first, so that a reader of the
// CI page finds the cause above what it brought down.
func phase(id probe.CheckID) string {
	switch id {
	case probe.CheckAPI, probe.CheckRegister, probe.CheckWS:
		return "reachability"
	case probe.CheckRightToken, probe.CheckWrongToken, probe.CheckEmptyToken, probe.CheckUnknownUser:
		return "controls"
	}
	switch id {
	case probe.CheckStore, probe.CheckOnline, probe.CheckSweep:
		return "user"
	case probe.CheckAddresses:
		return "addresses"
	}
	return "clean-up"
}

// checks is one of those suites. A server that is not there is an error of the
// set-up; anything else that fails is an answer other than the expected one.
func (j *junit) checks(name string) junitSuite {
	suite := junitSuite{Name: "wkctl." + name}
	for i := range j.d.Checks {
		c := &j.d.Checks[i]
		if phase(c.ID) != name {
			continue
		}
		one := junitCase{Name: string(c.ID), Class: suite.Name, Time: seconds(c.ElapsedMS)}
		detail := j.detail(c.Code, j.seen(c))
		switch c.Outcome {
		case probe.OutcomeFail:
			if name == "reachability" {
				one.Error = detail
			} else {
				one.Failure = detail
			}
			j.told[c.Code] = true
		case probe.OutcomeUnknown:
			one.Error = detail
		case probe.OutcomeSkip:
			one.Skipped = &junitDetail{Message: j.skipped(c)}
		default:
			one.SystemOut = strings.TrimSpace(c.Text + " " + j.partly(c))
		}
		suite.seconds += c.ElapsedMS
		suite.Cases = append(suite.Cases, one)
	}
	return suite
}

// addresses gives the suite of what /route advertises. No code stands with an
// address; its finding, if it is an error, follows in the suite of the run.
func (j *junit) addresses() junitSuite {
	suite := j.checks("addresses")
	for i := range j.d.Addresses {
		a := &j.d.Addresses[i]
		one := junitCase{Name: string(a.Role), Class: suite.Name, Time: seconds(a.ElapsedMS)}
		seen := strings.TrimSpace(a.URL + " " + j.addressNote(a))
		if seen == "" {
			seen = j.word("outcome.", string(a.Outcome))
		}
		detail := j.detail("", seen)
		switch a.Outcome {
		case probe.OutcomeFail:
			detail.Type = "address"
			one.Failure = detail
		case probe.OutcomeUnknown:
			one.Error = detail
		case probe.OutcomeSkip:
			one.Skipped = &junitDetail{Message: detail.Message}
		default:
			one.SystemOut = detail.Message
		}
		suite.seconds += a.ElapsedMS
		suite.Cases = append(suite.Cases, one)
	}
	return suite
}

func (j *junit) pairings() junitSuite {
	suite := junitSuite{Name: "wkctl.pairings"}
	for i := range j.d.Pairings {
		p := &j.d.Pairings[i]
		one := junitCase{
			Name:  fmt.Sprintf("pairing token=%d connect=%d expect=%s", p.TokenFlag, p.ConnectFlag, p.Expected),
			Class: suite.Name, Time: seconds(p.ElapsedMS),
		}
		seen := j.colon(j.observed(&p.Result), j.result(&p.Result))
		switch p.Verdict {
		case probe.OutcomeFail:
			one.Failure = j.detail(p.Code, seen)
			j.told[p.Code] = true
		case probe.OutcomeUnknown:
			one.Error = j.detail(p.Code, seen)
		case probe.OutcomeSkip:
			one.Skipped = &junitDetail{Message: strings.TrimSpace(p.Code + " " + seen)}
		default:
			one.SystemOut = seen
		}
		suite.seconds += p.ElapsedMS
		suite.Cases = append(suite.Cases, one)
	}
	return suite
}

// run gives the cases of the run as a whole: whether it is complete, and the
// findings of severity error that no other case carries. So a run fails in
// JUnit exactly when its exit code is not 0.
func (j *junit) run() junitSuite {
	suite := junitSuite{Name: "wkctl.run", seconds: j.d.ElapsedMS}
	whole := junitCase{Name: "complete", Class: suite.Name, Time: seconds(j.d.ElapsedMS)}
	if !j.d.Complete {
		whole.Error = &junitDetail{Message: j.say("table.incomplete"), Type: "incomplete"}
	}
	suite.Cases = append(suite.Cases, whole)
	for i := range j.d.Findings {
		f := &j.d.Findings[i]
		warns := f.Severity == probe.SeverityWarning && j.d.FailOn == probe.SeverityWarning && j.d.Verdict.ExitCode == probe.ExitFinding
		if f.Severity != probe.SeverityError && !warns || j.told[f.Code] {
			continue
		}
		j.told[f.Code] = true
		suite.Cases = append(suite.Cases, junitCase{
			Name: "finding " + f.Code + " " + f.ID, Class: suite.Name, Time: "0.000", Failure: j.detail(f.Code, f.Title),
		})
	}
	if j.d.Verdict.ExitCode != 0 && len(suite.Cases) == 1 && whole.Error == nil && len(j.told) == 0 {
		suite.Cases[0].Error = &junitDetail{Message: verdictText(j.d, j.text), Type: "verdict"}
	}
	return suite
}

// detail is what was seen, with the finding that explains it below: the body is
// what a CI system shows when a case is unfolded.
func (j *junit) detail(code, seen string) *junitDetail {
	detail := &junitDetail{Message: strings.TrimSpace(code + " " + seen), Type: code}
	if detail.Type == "" {
		detail.Type = "unknown"
	}
	f := j.d.Finding(code)
	if f == nil {
		return detail
	}
	lines := []string{f.Title, f.Cause}
	for _, e := range j.evidence(f.Evidence) {
		lines = append(lines, j.colon(e.Source, e.Text))
	}
	lines = append(lines, f.Fix.Text)
	lines = append(lines, f.Fix.Commands...)
	detail.Body = strings.Join(lines, "\n")
	return detail
}

// distinct numbers cases of the same name: a reader keeps one of them only. A
// run has none; a report from elsewhere may.
func distinct(cases []junitCase) {
	seen := map[string]int{} // a name, and the last number given to it
	for i := range cases {
		name := cases[i].Name
		for seen[cases[i].Name] > 0 {
			seen[name]++
			cases[i].Name = fmt.Sprintf("%s (%d)", name, seen[name])
		}
		seen[cases[i].Name] = 1
	}
}

// finish counts the cases of a suite and says what was tested.
func (j *junit) finish(suite junitSuite) junitSuite {
	distinct(suite.Cases)
	suite.Tests = len(suite.Cases)
	if j.d.Verdict.ExitCode == 0 {
		besides(suite.Cases)
	}
	for _, c := range suite.Cases {
		switch {
		case c.Failure != nil:
			suite.Failures++
		case c.Error != nil:
			suite.Errors++
		case c.Skipped != nil:
			suite.Skipped++
		}
	}
	suite.Time = seconds(suite.seconds)
	if !j.d.StartedAt.IsZero() {
		suite.Timestamp = j.d.StartedAt.UTC().Format("2006-01-02T15:04:05")
	}
	s := &j.d.Server
	suite.Properties = []junitProperty{
		{"wkctl.version", j.d.Tool.Version}, {"server.generation", string(s.Generation)},
		{"server.version", s.Version}, {"server.protocol", strconv.Itoa(s.Protocol)},
		{"server.token_auth", string(s.TokenAuth)}, {"mode", string(j.d.Mode)},
	}
	return suite
}

// besides turns what failed without failing the run into cases that were skipped:
// an address that this client does not use, an API that it does not need.
func besides(cases []junitCase) {
	for i := range cases {
		c := &cases[i]
		for _, detail := range []*junitDetail{c.Failure, c.Error} {
			if detail != nil {
				c.Skipped, c.Failure, c.Error = &junitDetail{Message: detail.Message}, nil, nil
			}
		}
	}
}

func seconds(ms float64) string {
	return strconv.FormatFloat(ms/float64(time.Second/time.Millisecond), 'f', 3, 64)
}
