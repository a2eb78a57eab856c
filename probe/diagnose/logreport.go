package diagnose

import (
	"cmp"
	"slices"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// codesByKind lists the findings that each kind of log line can come from, the
// likeliest first.
func codesByKind() map[serverlog.Kind][]string {
	place, codes := map[string]map[serverlog.Kind]int{}, map[serverlog.Kind][]string{}
	for _, c := range Catalogue() {
		place[c.Code] = c.logKinds
		for kind := range c.logKinds {
			codes[kind] = append(codes[kind], c.Code)
		}
	}
	for kind, list := range codes {
		slices.SortFunc(list, func(a, b string) int { return cmp.Compare(place[a][kind], place[b][kind]) })
	}
	return codes
}

// ExplainLog turns what was read of a server's log into a report.
func ExplainLog(sum *serverlog.Summary, stats serverlog.Stats) *probe.LogReport {
	r := &probe.LogReport{
		Schema: probe.LogSchema, Complete: true, Bytes: stats.Bytes, Lines: stats.Lines, Encoding: encoding(stats.Encoding),
		Causes: []probe.LogCause{}, Unknown: []probe.LogUnknown{},
		Folded: stats.Folded, Trace: stats.Trace, Plain: stats.Plain, Cut: stats.Cut, UnknownAll: stats.UnknownDropped,
	}
	for _, n := range stats.Other {
		r.Other += n
	}
	for _, u := range stats.Unknown {
		r.Unknown = append(r.Unknown, probe.LogUnknown{Level: u.Level, Module: u.Module, Message: u.Message, Count: u.Count, Line: u.Line, Text: u.Text})
		r.UnknownAll += u.Count
	}
	r.Other -= r.UnknownAll
	c := collector{codes: codesByKind(), at: map[serverlog.Kind]int{}, report: r}
	groups := sum.Groups()
	for i := range groups {
		c.add(&groups[i])
	}
	for kind, n := range sum.OverflowKinds {
		cause := c.cause(kind)
		cause.Count += n
		cause.Ungrouped += n
	}
	c.finish()
	if r.Verdict = logVerdict(r, stats); r.Verdict.Outcome == probe.OutcomeUnknown {
		r.LooksLike = string(stats.Form)
	}
	return r
}

// encoding names what had to be undone, "" where it was plain text.
func encoding(e serverlog.Encoding) string {
	if e == serverlog.EncodingUTF8 {
		return ""
	}
	return string(e)
}

// logVerdict judges a log by what keeps clients out. Something in which no line
// is a server's says nothing, not even that all is well.
func logVerdict(r *probe.LogReport, stats serverlog.Stats) probe.Verdict {
	keepsOut := func(c probe.LogCause) bool { return c.Refusal || c.Trouble }
	switch {
	case slices.ContainsFunc(r.Causes, keepsOut):
		return probe.Verdict{Outcome: probe.OutcomeFail, ExitCode: exitFinding}
	case len(r.Causes) == 0 && stats.Known == 0:
		return probe.Verdict{Outcome: probe.OutcomeUnknown, ExitCode: exitNoDiagnosis}
	case len(r.Causes) == 0 && r.UnknownAll > 0:
		return probe.Verdict{Outcome: probe.OutcomeWarn, ExitCode: exitOK}
	}
	return probe.Verdict{Outcome: probe.OutcomePass, ExitCode: exitOK}
}

// collector gathers the groups of each kind.
type collector struct {
	codes  map[serverlog.Kind][]string
	at     map[serverlog.Kind]int // index into the causes
	report *probe.LogReport
	gens   []serverlog.Generations // of each cause
}

// cause gives the entry of a kind. It is good until the next call.
func (c *collector) cause(k serverlog.Kind) *probe.LogCause {
	i, ok := c.at[k]
	if !ok {
		i = len(c.report.Causes)
		c.at[k] = i
		cause := probe.LogCause{Kind: string(k), Refusal: k.Refusal(), Trouble: k.Trouble(), Codes: []string{}, Misleading: []probe.LogCaveat{}, Groups: []probe.LogGroup{}}
		cause.Codes = append(cause.Codes, c.codes[k]...)
		c.report.Causes = append(c.report.Causes, cause)
		c.gens = append(c.gens, 0)
	}
	return &c.report.Causes[i]
}

func (c *collector) add(g *serverlog.Group) {
	cause := c.cause(g.Kind)
	cause.Count += g.Count
	cause.First, cause.Last = span(cause.First, cause.Last, g.First, g.Last)
	if cause.SampleLine == 0 || g.FirstLine < cause.SampleLine {
		cause.SampleLine, cause.Sample = g.FirstLine, g.Sample
	}
	for _, m := range g.Misleading {
		if m == serverlog.MisleadNoZone {
			c.report.NoZone = true
			continue // said once, of the whole log
		}
		if !slices.ContainsFunc(cause.Misleading, func(have probe.LogCaveat) bool { return have.ID == string(m) }) {
			cause.Misleading = append(cause.Misleading, probe.LogCaveat{ID: string(m)})
		}
	}
	c.gens[c.at[g.Kind]] |= g.Generations
	first, last := span(nil, nil, g.First, g.Last)
	cause.Groups = append(cause.Groups, probe.LogGroup{
		UID: g.UID, Flag: g.Flag, Count: g.Count, First: first, Last: last, FirstLine: g.FirstLine, LastLine: g.LastLine,
		ExpectTokens: aliases(g.ExpectTokens), ActTokens: aliases(g.ActTokens),
	})
}

func aliases(tokens []serverlog.Token) (list []string) {
	for _, t := range tokens {
		if t.Empty() {
			list = append(list, "")
			continue
		}
		list = append(list, t.String())
	}
	return list
}

// span widens a time span; a zero time is none.
func span(first, last *time.Time, from, to time.Time) (*time.Time, *time.Time) {
	if !from.IsZero() && (first == nil || from.Before(*first)) {
		first = &from
	}
	if !to.IsZero() && (last == nil || to.After(*last)) {
		last = &to
	}
	return first, last
}

// finish sorts the causes and sums up.
func (c *collector) finish() {
	r := c.report
	gens := ^serverlog.Generations(0)
	for i := range r.Causes {
		cause := &r.Causes[i]
		if cause.Generations = c.gens[i].List(); c.gens[i] != 0 {
			gens &= c.gens[i]
		}
		if cause.Refusal {
			r.Refused += cause.Count
		}
		if cause.First != nil && cause.Last != nil {
			r.First, r.Last = span(r.First, r.Last, *cause.First, *cause.Last)
		}
	}
	if len(r.Causes) > 0 && gens != ^serverlog.Generations(0) {
		r.Generations = gens.List()
	}
	order := serverlog.Kinds()
	slices.SortStableFunc(r.Causes, func(a, b probe.LogCause) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Count, a.Count), cmp.Compare(slices.Index(order, serverlog.Kind(a.Kind)), slices.Index(order, serverlog.Kind(b.Kind))))
	})
}

// rank puts the end of the server before the refusals, for it explains them, and
// what keeps nobody out behind everything else.
func rank(c probe.LogCause) int {
	switch {
	case serverlog.Kind(c.Kind) == serverlog.KindTLSPanic:
		return 0
	case c.Refusal:
		return 1
	case c.Trouble:
		return 2
	}
	return 3
}
