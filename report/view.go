package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// What several writers say in the same words.

// millis gives a duration as people read it: "0.4 ms", "12 ms", "3.21 s".
func millis(ms float64) string {
	switch {
	case ms >= 1000:
		return strconv.FormatFloat(ms/1000, 'f', 2, 64) + " s"
	case ms >= 9.95:
		return strconv.FormatFloat(math.Round(ms), 'f', 0, 64) + " ms"
	}
	return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
}

// observedWord gives the word of a cell: "accepted", "refused (2)", "silent".
func observedWord(r *probe.Result, t *text.Printer) string {
	word := t.Text("observed." + string(r.Observed))
	if r.Observed == probe.Refused && r.ReasonCode != 0 {
		word += fmt.Sprintf(" (%d)", r.ReasonCode)
	}
	return word
}

// resultText says how an attempt ended, in protocol terms.
func resultText(r *probe.Result, t *text.Printer) string {
	switch {
	case r.Fault != nil:
		return r.Fault.Error()
	case r.ReasonCode != 0:
		return t.Text("result.connack", text.Args{"code": strconv.Itoa(int(r.ReasonCode)), "reason": reasonName(r)})
	case r.Proof == probe.ProofPong, r.Proof == probe.ProofPingClose, r.Proof == probe.ProofIdleClose:
		return t.Text("result." + string(r.Proof))
	case r.Observed == probe.Silent, r.Observed == probe.Closed, r.Observed == probe.NotRun:
		return t.Text("result." + string(r.Observed))
	}
	return t.Text("observed." + string(r.Observed))
}

func reasonName(r *probe.Result) string {
	if r.Reason != "" {
		return r.Reason
	}
	return r.ReasonCode.String()
}

// expectText says what the server has stored for the connect flag; flag is its
// number, or a word for several.
func expectText(e probe.ExpectToken, flag string, t *text.Printer) string {
	return t.Text("expect."+string(e), text.Args{"flag": flag})
}

// serverName gives "WuKongIM 1.2.6 (v1)", or what of it is known.
func serverName(s *probe.Server) string {
	gen := string(s.Generation)
	switch {
	case s.Version != "" && s.Generation != probe.GenUnknown:
		return "WuKongIM " + s.Version + " (" + gen + ")"
	case s.Version != "":
		return "WuKongIM " + s.Version
	case s.Generation != probe.GenUnknown:
		return "WuKongIM " + gen
	}
	return ""
}

// tally counts the pairings by verdict and by observation.
type tally struct {
	verdict  map[probe.Outcome]int
	observed map[probe.Observed]int
	tested   int
	all      int
}

func count(pairings []probe.Pairing) tally {
	t := tally{verdict: map[probe.Outcome]int{}, observed: map[probe.Observed]int{}, all: len(pairings)}
	for i := range pairings {
		t.verdict[pairings[i].Verdict]++
		t.observed[pairings[i].Observed]++
		if pairings[i].Observed != probe.NotRun {
			t.tested++
		}
	}
	return t
}

// observations lists the kinds of observation in the order they are told.
func observations() []probe.Observed {
	return []probe.Observed{
		probe.Accepted, probe.Refused, probe.Silent, probe.Closed, probe.Unreachable, probe.NotRun,
	}
}

// tallyText gives "3 accepted, 6 refused".
func tallyText(n tally, t *text.Printer) string {
	var parts []string
	for _, o := range observations() {
		if n.observed[o] > 0 {
			word := t.Text("observed." + string(o))
			parts = append(parts, t.Text("tally.observed", text.Args{"n": strconv.Itoa(n.observed[o]), "word": word}))
		}
	}
	return strings.Join(parts, t.Text("tally.comma"))
}

// verdictText gives the one sentence that a run comes to.
func verdictText(d *probe.Diagnosis, t *text.Printer) string {
	n := count(d.Pairings)
	if d.Verdict.ExitCode == exitInterrupted {
		return t.Text("verdict.interrupted", text.Args{"n": strconv.Itoa(n.tested), "all": strconv.Itoa(n.all)})
	}
	if d.Verdict.ExitCode == exitUndiagnosed || d.Verdict.Outcome == probe.OutcomeUnknown {
		return undiagnosedText(d, n, t)
	}
	if d.Server.TokenAuth == probe.AuthOff {
		if d.Verdict.Outcome == probe.OutcomeFail {
			return t.Text("verdict.no-auth")
		}
		return t.Text("verdict.no-auth-allowed")
	}
	if d.Mode != probe.ModeTable && len(d.Pairings) > 0 {
		return questionText(d, t)
	}
	return tableText(d, n, t)
}

// The exit codes that a report has words for; all of them are decided before.
const (
	exitUndiagnosed = 3
	exitInterrupted = 130
)

func undiagnosedText(d *probe.Diagnosis, n tally, t *text.Printer) string {
	if code := worst(d); code != "" {
		return t.Text("verdict.undiagnosed", text.Args{"code": code})
	}
	if n.verdict[probe.OutcomeUnknown] > 0 {
		return t.Count("verdict.table.unknown", n.verdict[probe.OutcomeUnknown], text.Args{"all": strconv.Itoa(n.all)})
	}
	return t.Text("verdict.undiagnosed-bare")
}

// questionText answers the question of the modes that ask about one pairing.
func questionText(d *probe.Diagnosis, t *text.Printer) string {
	p := &d.Pairings[0]
	args := text.Args{"uid": p.UID, "token": flagName(p.TokenFlag), "connect": flagName(p.ConnectFlag)}
	outcome := "fail"
	if d.Verdict.Outcome == probe.OutcomePass || d.Verdict.Outcome == probe.OutcomeWarn {
		outcome = "pass"
	}
	return t.Text("verdict."+string(d.Mode)+"."+outcome, args)
}

func tableText(d *probe.Diagnosis, n tally, t *text.Printer) string {
	if failed := n.verdict[probe.OutcomeFail]; failed > 0 {
		return t.Count("verdict.table.fail", failed, text.Args{"all": strconv.Itoa(n.all)})
	}
	if code := worst(d); code != "" && d.Verdict.Outcome == probe.OutcomeFail {
		if n.tested == 0 {
			return t.Text("verdict.undiagnosed", text.Args{"code": code})
		}
		return t.Text("verdict.finding", text.Args{"code": code})
	}
	if open := n.verdict[probe.OutcomeUnknown]; open > 0 {
		return t.Count("verdict.table.unknown", open, text.Args{"all": strconv.Itoa(n.all)})
	}
	return t.Count("verdict.table.pass", n.verdict[probe.OutcomePass])
}

// worst gives the code of the first finding of severity error.
func worst(d *probe.Diagnosis) string {
	for i := range d.Findings {
		if d.Findings[i].Severity == probe.SeverityError {
			return d.Findings[i].Code
		}
	}
	return ""
}

// flagName gives "0 APP", "1 WEB", "7".
func flagName(f wire.DeviceFlag) string { return f.String() }

// loud says whether a pairing was accepted although it should be refused: the
// loudest thing a report can say.
func loud(p *probe.Pairing) bool {
	return p.Verdict == probe.OutcomeFail && p.Observed == probe.Accepted && p.Expected == probe.Refused
}
