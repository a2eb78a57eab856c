package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// words are the sentences that the writers share, in one language and one set of
// signs. Each says how one thing is told; how it looks is the writer's.
type words struct {
	sign glyphs
	text *text.Printer
}

func newWords(s Style) words { return words{sign: newGlyphs(s.ASCII), text: s.printer()} }

// say is one of our own sentences.
func (w words) say(id string, args ...text.Args) string {
	return w.sign.plain(w.text.Text(id, args...))
}

// word stands for an identifier of the JSON contract; one without a word, of a
// later version, stands for itself.
func (w words) word(prefix, id string) string {
	return w.sign.plain(w.text.Word(prefix, id))
}

// count is a sentence about n, in the plural that its language needs for it.
func (w words) count(id string, n int, args ...text.Args) string {
	return w.sign.plain(w.text.Count(id, n, args...))
}

// mark never stands without a word: colour and sign alone would be lost on those
// who cannot see them.
func (w words) mark(o probe.Outcome) string {
	switch o {
	case probe.OutcomePass:
		return w.sign.pass
	case probe.OutcomeFail:
		return w.sign.fail
	case probe.OutcomeWarn:
		return w.sign.warn
	case probe.OutcomeSkip:
		return w.sign.skip
	}
	return w.sign.unknown
}

// weight marks a finding as mark does an outcome; a note has the mildest sign.
func (w words) weight(s probe.Severity) string {
	switch s {
	case probe.SeverityError:
		return w.sign.fail
	case probe.SeverityWarning:
		return w.sign.warn
	}
	return w.sign.skip
}

// server names the server, also where nothing of it is known.
func (w words) server(s *probe.Server) string {
	if name := serverName(s); name != "" {
		return name
	}
	return w.say("table.server-unknown")
}

// unchecked says that no certificate was checked, "" where they were: whoever reads
// "all is well" has to know.
func (w words) unchecked(t *probe.Target) string {
	if !t.Insecure {
		return ""
	}
	return w.say("target.insecure")
}

// summary is what stands below the verdict: the tally of a table in which
// something was tested, how long the run took, and the exit code.
func (w words) summary(d *probe.Diagnosis) (parts []string) {
	if n := tallied(d.Pairings); n.all > 1 && n.tested > 0 {
		parts = append(parts, w.sign.plain(tallyText(n, w.text)))
	}
	return append(parts, millis(d.ElapsedMS), w.exit(d.Verdict))
}

func (w words) exit(v probe.Verdict) string {
	id := "tally.exit"
	if v.ExitCode == probe.ExitFinding && v.Outcome == probe.OutcomeWarn {
		id = "tally.exit-warning" // nothing else in the report says why it is not 0
	}
	return w.say(id, text.Args{"code": strconv.Itoa(v.ExitCode)})
}

// observed is what a pairing came to in a word, "refused (2)": the reason code is
// what the server's documentation and its log are searched for.
func (w words) observed(r *probe.Result) string {
	word := w.say("observed." + string(r.Observed))
	if r.Observed == probe.Refused && r.ReasonCode != 0 {
		word += fmt.Sprintf(" (%d)", r.ReasonCode)
	}
	return word
}

// marked is the word of a pairing behind the sign that says whether it is right; a
// refusal that should happen has a dot.
func (w words) marked(p *probe.Pairing) string {
	sign := w.mark(p.Verdict)
	if byDesign(p) {
		sign = w.sign.quiet
	}
	return sign + " " + w.observed(&p.Result)
}

// result says how an attempt ended, in protocol terms.
func (w words) result(r *probe.Result) string {
	switch {
	case r.Fault != nil:
		return w.sign.plain(w.fault(r.Fault))
	case r.ReasonCode != 0:
		return w.say("result.connack", text.Args{"code": strconv.Itoa(int(r.ReasonCode)), "reason": reasonName(r)})
	case r.Proof == probe.ProofPong, r.Proof == probe.ProofPingClose, r.Proof == probe.ProofIdleClose:
		return w.say("result." + string(r.Proof))
	case r.Observed == probe.Silent, r.Observed == probe.Closed, r.Observed == probe.NotRun:
		return w.say("result." + string(r.Observed))
	}
	return w.say("observed." + string(r.Observed))
}

// login says who logged in as what, where only one pairing was asked for.
func (w words) login(d *probe.Diagnosis, p *probe.Pairing) string {
	id := "table.single"
	if d.Mode == probe.ModeUser {
		id = "table.single-user"
	}
	return w.say(id, text.Args{
		"uid": p.UID, "alias": p.Token, "sdk": p.SDK, "token": flagName(p.TokenFlag), "connect": flagName(p.ConnectFlag),
	})
}

// depends says which finding is to be dealt with first.
func (w words) depends(f *probe.Finding) string {
	return w.say("table.depends", text.Args{"code": f.DependsOn})
}

// more names the command that explains a code.
func (w words) more(code string) string { return w.say("table.more", text.Args{"code": code}) }

// maxPairs is how many pairings are named one by one before they are counted.
const maxPairs = 12

// names lists pairings: "0→1  0→2  1→0", or counts them.
func (w words) names(pairs []*probe.Pairing) string {
	if len(pairs) > maxPairs {
		return w.count("table.pairings", len(pairs))
	}
	var list []string
	for _, pr := range pairs {
		list = append(list, strings.Replace(string(pr.ID), "->", w.sign.arrow, 1))
	}
	return strings.Join(list, " ")
}

// byDesign says that a refusal is right, and where to read about it.
func (w words) byDesign(r *reason) string {
	if r.code == "" {
		return w.say("table.by-design")
	}
	return w.say("table.by-design") + " " + w.sign.dot + " " + r.code
}

func (w words) level(l wire.DeviceLevel) string {
	switch l {
	case wire.LevelSlave:
		return w.say("level.slave")
	case wire.LevelMaster:
		return w.say("level.master")
	}
	return fmt.Sprint(uint8(l))
}
