package diagnose

import (
	"cmp"
	"slices"

	"github.com/wkctl/wkctl/probe"
)

// Exit codes.
const (
	exitOK          = probe.ExitOK
	exitFinding     = probe.ExitFinding
	exitNoDiagnosis = probe.ExitNoDiagnosis
	exitInterrupted = probe.ExitInterrupted
)

// verdict answers the question of the run from the pairings first: one that came
// out wrong is never exit code 0, whatever the findings are. An error where no
// login was tried is no answer: exit code 3.
func (f *facts) verdict() probe.Verdict {
	d := f.Diagnosis
	worst := firstOf(d, probe.SeverityError)
	failed := slices.IndexFunc(d.Pairings, func(p probe.Pairing) bool { return p.Verdict == probe.OutcomeFail })
	switch {
	case !d.Complete && d.Stopped == probe.StopMaxTime:
		return probe.Verdict{Outcome: probe.OutcomeUnknown, ExitCode: exitNoDiagnosis, Conclusion: probe.ConcludedMaxTime, Code: worst}
	case !d.Complete:
		return probe.Verdict{Outcome: probe.OutcomeUnknown, ExitCode: exitInterrupted, Conclusion: probe.ConcludedInterrupted}
	case failed >= 0:
		return probe.Verdict{Outcome: probe.OutcomeFail, ExitCode: exitFinding, Conclusion: probe.ConcludedFails, Code: d.Pairings[failed].Code}
	case worst != "" && !f.tried(worst):
		return probe.Verdict{Outcome: probe.OutcomeUnknown, ExitCode: exitNoDiagnosis, Conclusion: probe.ConcludedNotTried, Code: worst}
	case worst != "":
		return probe.Verdict{Outcome: probe.OutcomeFail, ExitCode: exitFinding, Conclusion: despite(d), Code: worst}
	case !answered(d):
		return probe.Verdict{Outcome: probe.OutcomeUnknown, ExitCode: exitNoDiagnosis, Conclusion: probe.ConcludedUnknown, Code: cmp.Or(firstOf(d, probe.SeverityWarning), heldBack(d))}
	}
	v := probe.Verdict{Outcome: probe.OutcomePass, ExitCode: exitOK, Conclusion: probe.ConcludedWorks}
	if d.Server.TokenAuth == probe.AuthOff {
		v.Conclusion = probe.ConcludedNoAuth
	}
	if v.Code = firstOf(d, probe.SeverityWarning); v.Code != "" {
		v.Outcome = probe.OutcomeWarn
	}
	if d.FailOn == probe.SeverityWarning && warnsOf(d) {
		v.ExitCode = exitFinding
	}
	return v
}

// warnsOf says whether there is a warning of something else than what the user said
// to be right.
func warnsOf(d *probe.Diagnosis) bool {
	return slices.ContainsFunc(d.Findings, func(f probe.Finding) bool {
		return f.Severity == probe.SeverityWarning && !(d.NoAuthOK && f.Code == codeAuthOff)
	})
}

// heldBack gives the code of the note that says why the login was not made, "" where
// it was.
func heldBack(d *probe.Diagnosis) string {
	if d.User == nil || !d.User.HeldBack || d.Finding(codeKicked) == nil {
		return ""
	}
	return codeKicked
}

// despite says what the logins came to beside an error that is none of theirs.
func despite(d *probe.Diagnosis) probe.Conclusion {
	switch {
	case d.Server.TokenAuth == probe.AuthOff && !d.NoAuthOK:
		return probe.ConcludedNoAuth
	case answered(d) && !slices.ContainsFunc(d.Pairings, func(p probe.Pairing) bool { return p.Verdict == probe.OutcomeUnknown }):
		return probe.ConcludedHindered
	case !slices.ContainsFunc(d.Pairings, func(p probe.Pairing) bool { return reached(p.Observed) }):
		return probe.ConcludedNotTried
	}
	return probe.ConcludedUnknown
}

// firstOf gives the code of the first finding of that severity, "" where there is
// none.
func firstOf(d *probe.Diagnosis, severity probe.Severity) string {
	for i := range d.Findings {
		if d.Findings[i].Severity == severity {
			return d.Findings[i].Code
		}
	}
	return ""
}

// tried says whether a login was tried: it came as far as a server, or as an
// address of which the first finding, lead, says more than that nothing answers
// there.
func (f *facts) tried(lead string) bool {
	for i := range f.Checks {
		c := &f.Checks[i]
		if c.Result != nil && reached(c.Result.Observed) {
			return true
		}
		if c.ID == probe.CheckWS && c.Outcome == probe.OutcomeFail && c.Fault != nil && f.namesMore(c.Fault, lead) {
			return true
		}
	}
	if slices.ContainsFunc(f.Pairings, func(p probe.Pairing) bool { return reached(p.Observed) }) {
		return true
	}
	return slices.ContainsFunc(f.SDKs, func(row probe.SDKRow) bool {
		return slices.ContainsFunc(row.TokenFlags, func(c probe.SDKCell) bool { return reached(c.Observed) })
	})
}

func reached(o probe.Observed) bool {
	return o == probe.Accepted || o == probe.Refused || o == probe.Silent || o == probe.Closed
}

// namesMore says whether a fault at the client port, with the first finding,
// says more of what is there than that nothing takes connections.
func (f *facts) namesMore(fault *probe.Fault, lead string) bool {
	if lead == codeUnreachable && fault.Kind == probe.FaultRefused && slices.ContainsFunc(f.Addresses, func(a probe.Address) bool { return a.SameHost && f.isDialled(a) }) {
		return false // on the API's own host: it is advertised, and nothing listens, no more is known
	}
	return fault.Kind != probe.FaultCanceled && fault.Status != 429 && !f.cause(lead).has(nothingReached)
}

// answered says whether every pairing was tried to a known end.
func answered(d *probe.Diagnosis) bool {
	for i := range d.Pairings {
		if _, known := d.Pairings[i].Result.LetIn(); !known && !d.Pairings[i].Impossible {
			return false
		}
	}
	return len(d.Pairings) > 0 && sdksTested(d)
}
