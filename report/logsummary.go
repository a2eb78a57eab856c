package report

import (
	"bytes"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// LogSummary writes what a server's log says about refused clients, as Table,
// Markdown or JSON.
func LogSummary(w io.Writer, r *probe.LogReport, f Format, s Style) error {
	r = cleaned(r)
	localizeLog(r, s.printer())
	return writeAs(w, "printing a log", f,
		writer{Table, func(buf *bytes.Buffer) error { return writeLog(buf, r, s) }},
		writer{Markdown, func(buf *bytes.Buffer) error { return writeLogMarkdown(buf, r, s) }},
		writer{JSON, func(buf *bytes.Buffer) error { return encode(buf, r) }},
	)
}

// localizeLog fills in the sentences, from log.<kind>.title and so on.
func localizeLog(r *probe.LogReport, t *text.Printer) {
	for i := range r.Causes {
		c := &r.Causes[i]
		if !t.Has("log." + c.Kind + ".title") {
			c.Title = c.Kind // of a later version
			continue
		}
		c.Title = t.Text("log." + c.Kind + ".title")
		c.Meaning = t.Text("log." + c.Kind + ".meaning")
		c.Change = t.Text("log." + c.Kind + ".change")
		for j := range c.Misleading {
			if id := c.Misleading[j].ID; t.Has("misleads." + id) {
				c.Misleading[j].Text = t.Text("misleads." + id)
			}
		}
	}
}

// How much of a log is shown before it is only counted.
const (
	maxLogGroups  = 6
	moreLogGroups = 50 // with --verbose
	maxUnknown    = 5
	uidColumns    = 24
)

// logWords are the words about a log.
type logWords struct {
	words
	r     *probe.LogReport
	whole bool // uids in full
}

func newLogWords(r *probe.LogReport, s Style) logWords {
	return logWords{words: newWords(s), r: r, whole: s.Verbose}
}

// logPage is the page about a log.
type logPage struct {
	*page
	log logWords
}

func writeLog(buf *bytes.Buffer, r *probe.LogReport, s Style) error {
	l := logPage{newPage(s), newLogWords(r, s)}
	l.head()
	for i := range r.Causes {
		if c := &r.Causes[i]; keepsOut(c) {
			l.cause(c, l.sign.fail, l.ink.bad)
		}
	}
	l.besides()
	l.unknown()
	l.verdict()
	buf.WriteString(l.out.String())
	return nil
}

// keepsOut says whether a cause keeps clients out: a refusal, the end of the
// server, a token that was not stored.
func keepsOut(c *probe.LogCause) bool { return c.Refusal || c.Trouble }

// size says how much was read, and what had to be undone for it.
func (l logWords) size() string {
	size := l.count("logreport.size", int(min(l.r.Lines, math.MaxInt32)), text.Args{"lines": thousands(l.r.Lines), "size": Size(l.r.Bytes)})
	if l.r.Encoding != "" {
		size += l.say("tally.comma") + l.say("logreport.encoding", text.Args{"encoding": l.r.Encoding})
	}
	return size
}

func (l logPage) head() {
	r := l.log.r
	l.join(0, []string{l.ink.head.paint(r.Tool.Name + " " + r.Tool.Version), l.ink.head.paint(l.say("logreport.source", text.Args{"source": r.Source}))})
	parts := []string{l.log.size()}
	if r.First != nil && r.Last != nil {
		parts = append(parts, l.say("logreport.span", text.Args{"first": r.First.UTC().Format(time.DateTime), "last": r.Last.UTC().Format(time.DateTime)}))
		if r.NoZone {
			parts = append(parts, l.say("logreport.no-zone"))
		}
	}
	if len(r.Generations) > 0 {
		parts = append(parts, l.say("logreport.generations", text.Args{"generations": strings.Join(r.Generations, ", ")}))
	}
	l.join(2, parts)
	if !r.Complete {
		l.para("  ", l.say("logreport.incomplete"), l.ink.warn)
	}
	l.blank()
}

// cause writes a kind of refusal in full.
func (l logPage) cause(c *probe.LogCause, sign string, colour ink) {
	l.para(colour.paint(sign)+" "+colour.paint(l.log.times(c.Count))+"  ", c.Title, l.ink.head)
	l.part("logreport.means", c.Meaning, l.ink.dim)
	for i, m := range c.Misleading {
		id := "logreport.misleads"
		if i > 0 {
			id = "" // one label for all
		}
		l.part(id, m.Text, l.ink.warn)
	}
	l.part("logreport.change", c.Change, l.ink.good)
	if len(c.Groups) > 1 || named(c) {
		l.groups(c)
	}
	if c.Sample != "" {
		l.para("    "+l.ink.dim.paint(l.say("logreport.line", text.Args{"line": thousands(c.SampleLine)}))+"  ", foldable(c.Sample), ink{})
	}
	if len(c.Codes) > 0 {
		l.line("    " + l.ink.dim.paint(l.say("logreport.more", text.Args{"codes": strings.Join(c.Codes, " · ")})))
	}
	l.blank()
}

func (l logWords) times(n int64) string {
	form := int(min(n, 2))
	return strings.Replace(l.count("logreport.count", form), strconv.Itoa(form), thousands(n), 1)
}

// part writes a labelled paragraph, without its label where id is empty.
func (l logPage) part(id, s string, colour ink) {
	if s == "" {
		return
	}
	most := 0
	for _, other := range []string{l.say("logreport.means"), l.say("logreport.misleads"), l.say("logreport.change")} {
		most = max(most, columns(other))
	}
	label := ""
	if id != "" {
		label = l.say(id)
	}
	l.para("    "+pad(colour.paint(label), most)+"  ", s, ink{})
}

// besides writes what is no refusal: troubles of the server in full, the rest in
// one line each.
func (l logPage) besides() {
	var brief []*probe.LogCause
	first := true
	for i := range l.log.r.Causes {
		c := &l.log.r.Causes[i]
		if keepsOut(c) {
			continue
		}
		if first {
			l.line(l.ink.head.paint(l.say("logreport.besides")))
			l.blank()
			first = false
		}
		if !serious(c.Kind) {
			brief = append(brief, c)
			continue
		}
		l.cause(c, l.sign.warn, l.ink.warn)
	}
	for _, c := range brief {
		l.para(l.ink.note.paint(l.sign.skip)+" "+l.log.times(c.Count)+"  ", c.Title, ink{})
		if l.verbose {
			l.part("logreport.means", c.Meaning, l.ink.dim)
		}
	}
	if len(brief) > 0 {
		l.blank()
	}
}

// serious says whether something that is no refusal is a fault of its own.
func serious(kind string) bool {
	switch kind {
	case "kicked", "slot-leader-unknown", "propose-timeout":
		return true
	}
	return false
}

// unknown shows error lines that are not understood, so that they are not taken
// for nothing.
func (l logPage) unknown() {
	if l.log.r.UnknownAll == 0 {
		return
	}
	l.para(l.ink.warn.paint(l.sign.unknown)+" "+l.ink.warn.paint(l.log.times(l.log.r.UnknownAll))+"  ", l.say("logreport.unknown"), l.ink.head)
	shown := int64(0)
	for i, u := range l.log.r.Unknown {
		if i == maxUnknown && !l.verbose {
			break
		}
		shown += u.Count
		where := strings.TrimSpace(u.Module + " " + u.Message)
		l.para("    "+l.ink.dim.paint(pad(thousands(u.Count), 6)+l.say("logreport.line", text.Args{"line": thousands(u.Line)}))+"  ", where, ink{})
	}
	if n := l.log.r.UnknownAll - shown; n > 0 {
		l.line("    " + l.ink.dim.paint(l.count("logreport.unknown-more", int(n))))
	}
	l.blank()
}

func (l logPage) verdict() {
	sign, colour := l.page.verdict(l.log.r.Verdict.Outcome)
	l.para(colour.paint(sign)+" ", logVerdict(l.log.r, l.page.text), l.bold(l.log.r.Verdict.Outcome))
	if rest := l.log.rest(); rest != "" {
		l.para("  ", rest, l.ink.dim)
	}
	if l.log.r.LooksLike != "" {
		l.para("  ", l.say("logreport.where"), ink{})
	} else {
		l.para("  ", l.say("logreport.tokens"), l.ink.dim)
	}
	l.line("  " + l.ink.dim.paint(l.say("tally.exit", text.Args{"code": strconv.Itoa(l.log.r.Verdict.ExitCode)})))
}

// rest counts the lines that no cause is made of.
func (l logWords) rest() string {
	var parts []string
	for _, part := range []struct {
		id string
		n  int64
	}{
		{"logreport.other", l.r.Other}, {"logreport.folded", l.r.Folded}, {"logreport.trace", l.r.Trace},
		{"logreport.plain", l.r.Plain}, {"logreport.cut", l.r.Cut},
	} {
		if part.n > 0 {
			form := int(min(part.n, 2))
			parts = append(parts, strings.Replace(l.count(part.id, form), strconv.Itoa(form), thousands(part.n), 1))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return l.say("logreport.rest", text.Args{"parts": strings.Join(parts, l.say("tally.comma"))})
}

// logVerdict is what a log comes to. Refusals come before troubles of the server:
// they are what the log was read for.
func logVerdict(r *probe.LogReport, t *text.Printer) string {
	refusals, troubles := 0, 0
	for _, c := range r.Causes {
		switch {
		case c.Refusal:
			refusals++
		case c.Trouble:
			troubles++
		}
	}
	switch {
	case r.Refused > 0:
		args := text.Args{"causes": t.Count("logreport.causes", refusals)}
		n := int(min(r.Refused, 2))
		return strings.Replace(t.Count("logreport.fail", n, args), strconv.Itoa(n), thousands(r.Refused), 1)
	case troubles > 0:
		return t.Count("logreport.trouble", troubles)
	case r.Verdict.Outcome == probe.OutcomeUnknown:
		if id := "notlog." + r.LooksLike; t.Has(id) {
			return t.Text(id)
		}
		return t.Text("notlog.text")
	case len(r.Causes) == 0 && r.UnknownAll > 0:
		return t.Text("logreport.pass-unknown")
	case len(r.Causes) == 0:
		return t.Text("logreport.pass-empty")
	}
	return t.Text("logreport.pass")
}
