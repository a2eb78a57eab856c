package report

import (
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// reason is what is the same for pairings that were not accepted.
type reason struct {
	pairs  []*probe.Pairing
	result string
	expect string
	code   string
	pass   bool
}

// reasons groups the pairings that need one, those that went wrong first.
func (w words) reasons(d *probe.Diagnosis) []*reason {
	var bad, good []*reason
	index := map[string]*reason{}
	targets := map[*reason]map[wire.DeviceFlag]bool{}
	for i := range d.Pairings {
		pr := &d.Pairings[i]
		if !explained(pr) {
			continue
		}
		result := w.result(&pr.Result)
		key := strings.Join([]string{string(pr.Verdict), result, string(pr.ExpectToken), string(pr.ExpectTokenSource), pr.Code}, "\x00")
		r := index[key]
		if r == nil {
			r = &reason{result: result, code: pr.Code, pass: pr.Verdict == probe.OutcomePass}
			index[key] = r
			targets[r] = map[wire.DeviceFlag]bool{}
			if r.pass {
				good = append(good, r)
			} else {
				bad = append(bad, r)
			}
		}
		r.pairs = append(r.pairs, pr)
		targets[r][d.Server.Generation.LookupFlag(pr.ConnectFlag)] = true
	}
	for _, r := range append(append([]*reason{}, bad...), good...) {
		first := r.pairs[0]
		flag := strconv.Itoa(int(d.Server.Generation.LookupFlag(first.ConnectFlag)))
		if len(targets[r]) > 1 {
			flag = w.say("expect.connect-flag")
		}
		r.expect = w.say("expect."+string(first.ExpectToken), text.Args{"flag": flag})
	}
	return append(bad, good...)
}

// explained says whether a pairing needs a reason: a refusal always, an
// acceptance only where it should not be.
func explained(pr *probe.Pairing) bool {
	switch pr.Observed {
	case probe.NotRun:
		return false
	case probe.Accepted:
		return pr.Verdict != probe.OutcomePass && pr.Verdict != probe.OutcomeSkip
	}
	return true
}
