package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// residualCauses take what no other finding names, so that a login that fails,
// or could not be tested, never stands there without a word.
func residualCauses() []Cause {
	return []Cause{
		{Code: "WK517", ID: "refusal-unexplained", find: refusalUnexplained, is: residual | tokens,
			logKinds: map[serverlog.Kind]int{serverlog.KindConnectRefused: 0}},
		{Code: "WK604", ID: "pairings-not-tested", find: notTested, severity: probe.SeverityWarning, is: residual | outageShows},
	}
}

// isNamed says whether a finding of at least that severity names a pairing.
func (f *facts) isNamed(id probe.PairingID, severity probe.Severity) bool {
	return slices.ContainsFunc(f.Findings, func(x probe.Finding) bool {
		return severityRank(x.Severity) <= severityRank(severity) && slices.Contains(x.Pairings, id)
	})
}

// unnamed lists the pairings that should have been let in, were not, and are
// named by no finding of severity error.
func (f *facts) unnamed() []*probe.Pairing {
	return f.where(func(p *probe.Pairing) bool {
		turnedAway := p.Observed == probe.Refused || p.Observed == probe.Silent || p.Observed == probe.Closed
		return p.Verdict == probe.OutcomeFail && p.Expected == probe.Accepted && turnedAway && !f.isNamed(p.ID, probe.SeverityError)
	})
}

// refusalUnexplained: a login that must be let in was not, and neither the rows
// nor the log nor other flags show why. Where the server went away, that is why.
func refusalUnexplained(f *facts) *finding {
	list := f.unnamed()
	if len(list) == 0 || f.gone() != nil {
		return nil
	}
	p := list[0]
	args := f.flagArgs(p.TokenFlag, p.ConnectFlag, p.SDK)
	args["uid"], args["reason"] = p.UID, ""
	if p.ReasonCode != 0 {
		args["reason"] = fmt.Sprintf("%d %s", p.ReasonCode, p.Reason)
	}
	found := f.pairingFinding(list, args)
	log := f.ask(f.Target.API, f.given())
	switch {
	case f.User == nil:
		args["variant"] = "other"
		if p.TokenFlag == p.ConnectFlag {
			args["variant"] = "own"
		}
	case p.ExpectToken == probe.TokenEmpty && p.ExpectTokenSource == probe.FromLog:
		args["variant"] = "log-empty"
		found.Fix.Commands = []string{f.curl(f.User.UID, f.User.ConnectFlag)}
		fallthrough
	default:
		args["stored"], args["swept"] = yes(f.User.StoreKnown), yes(len(f.User.Sweep) > 0)
		if len(f.User.Sweep) == 0 {
			found.Fix.Commands = append(found.Fix.Commands, log+" --sweep")
		}
	}
	found.Fix.Commands = append(found.Fix.Commands, log+" --server-log FILE")
	return found
}

// notTested: logins that came to no answer, for a reason that no other finding
// gives.
func notTested(f *facts) *finding {
	if f.Stopped == probe.StopInterrupt || f.explainedAll() {
		return nil
	}
	list := f.where(f.untested)
	cells := f.untestedCells()
	if len(list)+len(cells) == 0 {
		return nil
	}
	total := f.testable() + len(f.cells())
	reason, sample := f.mostFrequent(list, cells)
	found := &finding{
		Pairings: ids(list), Evidence: evidenceOf(list),
		Args: map[string]string{"variant": reason, "n": strconv.Itoa(len(list) + len(cells)), "total": strconv.Itoa(total)},
	}
	said := saw(sample)
	tell(found.Args, "said", said)
	if len(list) == 0 {
		found.Evidence = []probe.Evidence{said.By("connect")}
	}
	command := f.ask(f.Target.API, f.given()) + " --verbose --timeout 30s"
	if reason == "time" {
		command = f.ask(f.Target.API, f.given()) + " --max-time 30m"
	}
	if reason == "files" {
		command = "ulimit -n 4096\nwkctl diagnose --api " + f.Target.API + f.managerFlag()
	}
	found.Fix.Commands = []string{command}
	return found
}

// untested says whether a pairing came to no answer, and no finding names it.
// Without --max-time running out, what a run that was cut short did not try needs
// no finding.
func (f *facts) untested(p *probe.Pairing) bool {
	if p.Verdict != probe.OutcomeUnknown || p.Impossible || f.isNamed(p.ID, probe.SeverityWarning) {
		return false
	}
	if _, known := p.Result.LetIn(); known {
		return false
	}
	return p.Observed != probe.NotRun || p.Fault != nil && p.Fault.Kind != probe.FaultCanceled || f.Stopped == probe.StopMaxTime
}

// testable is how many pairings the run set out to try.
func (f *facts) testable() int {
	return len(f.where(func(p *probe.Pairing) bool { return !p.Impossible }))
}

// cells lists the logins of the second table that were made for themselves.
func (f *facts) cells() (list []*probe.SDKCell) {
	for i := range f.SDKs {
		for j := range f.SDKs[i].TokenFlags {
			if c := &f.SDKs[i].TokenFlags[j]; c.SameAs == "" {
				list = append(list, c)
			}
		}
	}
	return list
}

func (f *facts) untestedCells() (list []*probe.SDKCell) {
	for _, c := range f.cells() {
		r := c.Result()
		_, known := r.LetIn()
		if c.Verdict == probe.OutcomeUnknown && c.Expected != "" && !known && c.Observed != probe.NotRun && c.Observed != probe.Unreachable {
			list = append(list, c)
		}
	}
	return list
}

// explainedAll says whether a finding says why no login could be tested: it is
// about the API, the address, the control, or the server as a whole.
func (f *facts) explainedAll() bool {
	stopped := f.ws == nil || f.ws.Outcome != probe.OutcomePass || f.control == nil || f.control.Outcome != probe.OutcomePass
	return slices.ContainsFunc(f.Findings, func(x probe.Finding) bool {
		c := f.cause(x.Code)
		return x.Severity == probe.SeverityError && (c.has(endsRun) || stopped && c.has(mayEndRun))
	})
}

// mostFrequent names what kept most logins from an answer, with one of them.
func (f *facts) mostFrequent(list []*probe.Pairing, cells []*probe.SDKCell) (reason string, sample *probe.Result) {
	count, first := map[string]int{}, map[string]*probe.Result{}
	var order []string
	add := func(r *probe.Result) {
		why := f.reasonUntested(r)
		if count[why]++; first[why] == nil {
			first[why] = r
			order = append(order, why)
		}
	}
	for _, p := range list {
		add(&p.Result)
	}
	for _, c := range cells {
		r := c.Result()
		add(&r)
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(count[b], count[a]) })
	return order[0], first[order[0]]
}

// reasonUntested names the reason in one word, which chooses the text.
func (f *facts) reasonUntested(r *probe.Result) string {
	switch {
	case r.Fault != nil && r.Fault.Kind == probe.FaultOpenFiles:
		return "files"
	case r.Fault == nil && r.Observed == probe.NotRun:
		return "time"
	case r.Fault == nil && r.Observed == probe.Silent:
		return "mute"
	case r.Fault == nil:
		return "closed"
	case r.Fault.Phase == probe.PhaseRequest:
		return "register"
	case r.Fault.Status != 0:
		return "status"
	}
	switch r.Fault.Kind {
	case probe.FaultReset, probe.FaultEOF:
		return "closed"
	case probe.FaultTimeout:
		return "mute"
	case probe.FaultRefused, probe.FaultNoRoute, probe.FaultDNS:
		return "unreachable"
	}
	return "other"
}
