package diagnose

import "github.com/wkctl/wkctl/probe"

// judge says what should have happened to a pairing and whether it did.
func judge(f *facts, p *probe.Pairing) {
	p.Expected = expected(f, p)
	p.Verdict = outcome(f, p)
}

// expected is what must come of such a pairing: a token lets in on its own flag,
// whatever the server is, and elsewhere only where this generation shares tokens.
// In set-up and user mode the user wants in.
func expected(f *facts, p *probe.Pairing) probe.Observed {
	accept := p.TokenFlag == p.ConnectFlag
	switch {
	case f.Mode != probe.ModeTable:
		accept = true
	case f.Server.Generation == probe.GenV2Beta:
		accept = true
	case f.Server.Generation == probe.GenV10:
		accept = accept || p.TokenFlag == 0
	}
	if accept {
		return probe.Accepted
	}
	return probe.Refused
}

// outcome compares. Without controls that worked nothing is proven, so a
// pairing is then unknown, not good and not bad.
func outcome(f *facts, p *probe.Pairing) probe.Outcome {
	accepted, known := p.Result.LetIn()
	switch {
	case p.Observed == probe.NotRun && f.Complete && p.Fault == nil:
		return probe.OutcomeSkip
	case (f.unread(p) || f.shutOut(p)) && p.Expected == probe.Accepted:
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

// shutOut says whether the one login that was asked about was closed by the
// server without an answer, while the control was answered: whatever the reason
// is, its client cannot log in.
func (f *facts) shutOut(p *probe.Pairing) bool {
	return f.Mode != probe.ModeTable && p.Observed == probe.Closed && (p.Fault == nil || p.Fault.Kind != probe.FaultGarbage) &&
		f.control != nil && f.control.Outcome == probe.OutcomePass
}
