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

// verdictText gives the one sentence that a run comes to: what diagnose answered,
// in words, and nothing that it did not.
func verdictText(d *probe.Diagnosis, t *text.Printer) string {
	n, v := count(d.Pairings), &d.Verdict
	if v.Conclusion == "" {
		v = &probe.Verdict{Outcome: v.Outcome, ExitCode: v.ExitCode, Conclusion: concluded(d, n), Code: worst(d)}
	}
	args := text.Args{"n": strconv.Itoa(n.tested), "all": strconv.Itoa(n.all), "code": v.Code}
	switch v.Conclusion {
	case probe.ConcludedInterrupted:
		return t.Text("verdict.interrupted", args)
	case probe.ConcludedMaxTime:
		args["limit"] = millis(d.MaxMS)
		return t.Text("verdict.max-time", args)
	case probe.ConcludedNotTried:
		return notTriedText(d, args, t)
	case probe.ConcludedUnknown:
		return unknownText(d, v.Code, n, t)
	case probe.ConcludedNoAuth:
		if v.Outcome == probe.OutcomeFail {
			return t.Text("verdict.no-auth")
		}
		return t.Text("verdict.no-auth-allowed")
	case probe.ConcludedFails:
		return questionText(d, v.Code, "fail", n.verdict[probe.OutcomeFail], t)
	case probe.ConcludedHindered:
		return questionText(d, v.Code, "but", n.all, t)
	}
	return questionText(d, v.Code, "pass", n.verdict[probe.OutcomePass], t)
}

// The exit codes that a report has words for; all of them are decided before.
const (
	exitUndiagnosed = probe.ExitNoDiagnosis
	exitInterrupted = probe.ExitInterrupted
)

// concluded reads the conclusion of a report that an earlier version saved from
// its outcome and its pairings.
func concluded(d *probe.Diagnosis, n tally) probe.Conclusion {
	switch v := d.Verdict; {
	case v.ExitCode == exitInterrupted:
		return probe.ConcludedInterrupted
	case n.verdict[probe.OutcomeFail] > 0:
		return probe.ConcludedFails
	case (v.ExitCode == exitUndiagnosed || v.Outcome == probe.OutcomeUnknown) && n.tested == 0:
		return probe.ConcludedNotTried
	case v.ExitCode == exitUndiagnosed || v.Outcome == probe.OutcomeUnknown:
		return probe.ConcludedUnknown
	case d.Server.TokenAuth == probe.AuthOff:
		return probe.ConcludedNoAuth
	case v.Outcome == probe.OutcomeFail:
		return probe.ConcludedHindered
	}
	return probe.ConcludedWorks
}

// coded gives the sentence that points at a finding, or the bare one.
func coded(t *text.Printer, id string, args text.Args) string {
	if args["code"] == "" {
		return t.Text(id+"-bare", args)
	}
	return t.Text(id, args)
}

// notTriedText says that the login that was asked about was not made, or none.
func notTriedText(d *probe.Diagnosis, args text.Args, t *text.Printer) string {
	id := "verdict.undiagnosed"
	if d.Mode != probe.ModeTable && len(d.Pairings) > 0 && args["code"] != "" {
		id, args["uid"] = "verdict."+string(d.Mode)+".not-tried", d.Pairings[0].UID
	}
	return coded(t, id, args)
}

// unknownText says how much could not be tested, and what to read about it.
func unknownText(d *probe.Diagnosis, code string, n tally, t *text.Printer) string {
	if d.Mode != probe.ModeTable && len(d.Pairings) > 0 {
		return coded(t, "verdict."+string(d.Mode)+".unknown", text.Args{"code": code, "uid": d.Pairings[0].UID})
	}
	open := n.verdict[probe.OutcomeUnknown] + n.verdict[probe.OutcomeSkip]
	args := text.Args{"code": code, "all": strconv.Itoa(n.all)}
	switch {
	case open == 0 || n.tested == 0:
		return coded(t, "verdict.undiagnosed", args)
	case n.tested == n.all && open == n.all && code != "": // tried, all of them, and a control that failed takes their meaning
		return t.Text("verdict.table.unproved", args)
	case code == "":
		return t.Count("verdict.table.unknown", open, args)
	}
	return t.Count("verdict.table.unknown-code", open, args)
}

// questionText answers the question of the mode: about the table, or about the
// one pairing that was asked for.
func questionText(d *probe.Diagnosis, code, outcome string, n int, t *text.Printer) string {
	args := text.Args{"all": strconv.Itoa(len(d.Pairings)), "code": code}
	if d.Mode == probe.ModeTable || len(d.Pairings) == 0 {
		return t.Count("verdict.table."+outcome, n, args)
	}
	p := &d.Pairings[0]
	args["uid"], args["token"], args["connect"] = p.UID, flagName(p.TokenFlag), flagName(p.ConnectFlag)
	return t.Text("verdict."+string(d.Mode)+"."+outcome, args)
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
