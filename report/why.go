package report

import (
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// reason is what is the same for pairings that were not accepted.
type reason struct {
	pairs  []*probe.Pairing
	result string
	expect string
	code   string
	pass   bool
}

// maxPairs is how many pairings are named one by one before they are counted.
const maxPairs = 12

// why says for the pairings that were not accepted, or should not have been,
// what the server answered and what it has stored. Equal ones share one entry.
func (p *page) why(d *probe.Diagnosis) {
	if d.Server.TokenAuth == probe.AuthOff {
		return // a refusal proves nothing here, and there is none
	}
	reasons := p.reasons(d)
	if len(reasons) == 0 {
		return
	}
	p.line("  " + p.ink.head.paint(p.say("table.why")))
	for _, r := range reasons {
		p.reason(r, len(d.Pairings) == 1)
	}
	p.blank()
}

func (p *page) reasons(d *probe.Diagnosis) []*reason {
	var bad, good []*reason
	index := map[string]*reason{}
	targets := map[*reason]map[wire.DeviceFlag]bool{}
	for i := range d.Pairings {
		pr := &d.Pairings[i]
		if !explained(pr) {
			continue
		}
		result := p.sign.plain(resultText(&pr.Result, p.text))
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
			flag = p.say("expect.connect-flag")
		}
		r.expect = p.sign.plain(expectText(first.ExpectToken, flag, p.text))
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

func (p *page) reason(r *reason, alone bool) {
	first := r.pairs[0]
	if !alone {
		sign, colour := p.verdict(first.Verdict)
		names := p.names(r.pairs)
		switch {
		case r.pass:
			p.beside("  "+colour.paint(sign)+" "+names, p.byDesign(r), p.ink.dim)
		case r.code != "":
			p.beside("  "+colour.paint(sign)+" "+names, p.sign.arrow+" "+r.code, colour)
		default:
			p.para("  "+colour.paint(sign)+" ", names, ink{})
		}
	}
	rows := [][2]string{{p.say("table.answer"), r.result}}
	if first.ExpectToken != probe.TokenUnknown {
		rows = append(rows, [2]string{"expectToken", r.expect})
		if first.ExpectTokenSource != "" {
			rows = append(rows, [2]string{p.say("table.known"), p.word("expect-source.", string(first.ExpectTokenSource))})
		}
	}
	for _, row := range rows {
		p.para("    "+p.ink.dim.paint(pad(row[0], len("expectToken")))+"  ", row[1], ink{})
	}
}

// byDesign says that a refusal is right, and where to read about it.
func (p *page) byDesign(r *reason) string {
	if r.code == "" {
		return p.say("table.by-design")
	}
	return p.say("table.by-design") + " " + p.sign.dot + " " + r.code
}

// names lists pairings: "0→1  0→2  1→0", or counts them.
func (p *page) names(pairs []*probe.Pairing) string {
	if len(pairs) > maxPairs {
		return p.count("table.pairings", len(pairs))
	}
	var list []string
	for _, pr := range pairs {
		list = append(list, strings.Replace(string(pr.ID), "->", p.sign.arrow, 1))
	}
	return strings.Join(list, " ")
}
