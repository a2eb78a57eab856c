package diagnose

import "github.com/wkctl/wkctl/probe"

// judge says what should have happened to a pairing and whether it did.
func judge(f *facts, p *probe.Pairing) {
	p.Expected = expected(f, p)
	p.Verdict = outcome(f, p)
}

// expected is what this generation does with such a pairing. In set-up and user
// mode the user wants in, whatever the server is.
func expected(f *facts, p *probe.Pairing) probe.Observed {
	accept := p.TokenFlag == p.ConnectFlag
	switch {
	case f.Mode != probe.ModeTable:
		accept = true
	case f.Server.Generation == probe.GenV2Beta:
		accept = true
	case f.Server.Generation == probe.GenV10:
		accept = p.TokenFlag == 0
	}
	if accept {
		return probe.Accepted
	}
	return probe.Refused
}

// outcome compares. Without controls that worked nothing is proven, so a
// pairing is then unknown, not good and not bad.
func outcome(f *facts, p *probe.Pairing) probe.Outcome {
	accepted, known := letIn(&p.Result)
	switch {
	case p.Observed == probe.NotRun && f.Complete:
		return probe.OutcomeSkip
	case f.unread(p) && p.Expected == probe.Accepted:
		return probe.OutcomeFail
	case !known:
		return probe.OutcomeUnknown
	case f.Server.TokenAuth == probe.AuthOff:
		return probe.OutcomeUnknown
	case f.right != nil && f.right.Outcome != probe.OutcomePass:
		return probe.OutcomeUnknown
	case accepted == (p.Expected == probe.Accepted):
		return probe.OutcomePass
	}
	return probe.OutcomeFail
}

// letIn says whether a connection was let in, where that is known.
func letIn(r *probe.Result) (accepted, known bool) {
	switch {
	case r.Observed == probe.Accepted:
		return true, true
	case r.Observed == probe.Refused, r.Observed == probe.Silent && r.Proof != probe.ProofNone:
		return false, true
	}
	return false, false
}

// Exit codes.
const (
	exitOK          = 0
	exitFinding     = 1
	exitNoDiagnosis = 3
	exitInterrupted = 130
)

// verdict gives what a script needs. A server that cannot be reached has no
// fault that could be named: exit code 3, "could not diagnose". Every other
// error is a diagnosis, exit code 1.
func verdict(d *probe.Diagnosis) probe.Verdict {
	worst := probe.SeverityInfo
	for _, f := range d.Findings {
		if f.Severity == probe.SeverityError || f.Severity == probe.SeverityWarning && worst == probe.SeverityInfo {
			worst = f.Severity
		}
	}
	unreachable := worst == probe.SeverityError && isUnreachable(d.Findings[0].Code)
	switch {
	case !d.Complete:
		return probe.Verdict{Outcome: probe.OutcomeUnknown, ExitCode: exitInterrupted}
	case unreachable, worst != probe.SeverityError && !answered(d):
		return probe.Verdict{Outcome: probe.OutcomeUnknown, ExitCode: exitNoDiagnosis}
	case worst == probe.SeverityError:
		return probe.Verdict{Outcome: probe.OutcomeFail, ExitCode: exitFinding}
	case worst == probe.SeverityWarning:
		return probe.Verdict{Outcome: probe.OutcomeWarn, ExitCode: exitOK}
	}
	return probe.Verdict{Outcome: probe.OutcomePass, ExitCode: exitOK}
}

// isUnreachable lists the causes that leave nothing to diagnose: the API or the
// WebSocket address does not answer at all, and nothing that was found says why.
func isUnreachable(code string) bool {
	switch code {
	case "WK201", "WK301", "WK302", "WK303":
		return true
	}
	return false
}

// answered says whether every pairing was tried to a known end.
func answered(d *probe.Diagnosis) bool {
	for i := range d.Pairings {
		if _, known := letIn(&d.Pairings[i].Result); !known && !d.Pairings[i].Impossible {
			return false
		}
	}
	return len(d.Pairings) > 0 && sdksTested(d)
}
