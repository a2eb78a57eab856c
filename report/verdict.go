package report

import (
	"strconv"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// verdictText gives the one sentence that a run comes to: what diagnose answered,
// in words, and nothing that it did not.
func verdictText(d *probe.Diagnosis, t *text.Printer) string {
	n, v := tallied(d.Pairings), &d.Verdict
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

// coded is a sentence that points at a finding; without one it is the bare form,
// since "fix  first" would point nowhere.
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

// worst is what a reader has to deal with first: findings stand root causes first.
func worst(d *probe.Diagnosis) string {
	for i := range d.Findings {
		if d.Findings[i].Severity == probe.SeverityError {
			return d.Findings[i].Code
		}
	}
	return ""
}

// nextCode is the code to read about. Where nothing is wrong a note is better than
// no way to go on.
func nextCode(d *probe.Diagnosis) string {
	if code := worst(d); code != "" {
		return code
	}
	if len(d.Findings) > 0 {
		return d.Findings[0].Code
	}
	return ""
}
