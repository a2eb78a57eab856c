package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// named says whether the lines of a kind name users or flags, or show tokens:
// then a table of them is worth its place.
func named(c *probe.LogCause) bool {
	for _, g := range c.Groups {
		if g.UID != "" || g.Flag != nil || len(g.ActTokens) > 0 || len(g.ExpectTokens) > 0 {
			return true
		}
	}
	return false
}

// groups writes one row for each user and flag.
func (l logPage) groups(c *probe.LogCause) {
	limit := maxLogGroups
	if l.verbose {
		limit = moreLogGroups
	}
	l.columns("  ", l.log.rows(c, limit))
	if n := len(c.Groups) - limit; n > 0 {
		l.line("    " + l.ink.dim.paint(l.count("logreport.groups-more", n)))
	}
	if c.Ungrouped > 0 {
		l.line("    " + l.ink.dim.paint(l.say("logreport.ungrouped", text.Args{"n": thousands(c.Ungrouped)})))
	}
}

// rows gives the table of a kind's groups with its heading, without columns that
// would say nothing.
func (l logWords) rows(c *probe.LogCause, limit int) [][]string {
	head := []string{"logreport.uid", "logreport.flag", "logreport.times", "logreport.first", "logreport.last", "logreport.expect", "logreport.act"}
	keep := []bool{true, false, true, c.First != nil, c.Last != nil && c.Count > 1, false, false}
	rows := [][]string{{}}
	for _, id := range head {
		rows[0] = append(rows[0], l.say(id))
	}
	for i, g := range c.Groups {
		if i == limit {
			break
		}
		keep[1] = keep[1] || g.Flag != nil
		keep[5] = keep[5] || strings.Join(g.ExpectTokens, "") != ""
		keep[6] = keep[6] || len(g.ActTokens) > 0
		rows = append(rows, []string{
			l.user(g.UID), l.flag(g.Flag), thousands(g.Count), l.clock(g.First), l.clock(g.Last), l.aliases(g.ExpectTokens), l.aliases(g.ActTokens),
		})
	}
	for i, row := range rows {
		kept := row[:0:0]
		for j, cell := range row {
			if keep[j] {
				kept = append(kept, cell)
			}
		}
		rows[i] = kept
	}
	return rows
}

func (l logWords) user(uid string) string {
	switch {
	case uid == "":
		return l.say("logreport.not-logged")
	case columns(uid) <= uidColumns || l.whole:
		return uid
	}
	runes := []rune(uid)
	for columns(string(runes)) > uidColumns-1 {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + l.sign.plain("…")
}

func (l logWords) flag(f *int) string {
	if f == nil {
		return "-"
	}
	return strconv.Itoa(*f)
}

// clock gives a time, without its date where the whole log is of one day.
func (l logWords) clock(t *time.Time) string {
	switch {
	case t == nil:
		return ""
	case l.r.First != nil && l.r.Last != nil && l.r.First.UTC().Format(time.DateOnly) == l.r.Last.UTC().Format(time.DateOnly):
		return t.UTC().Format(time.TimeOnly)
	}
	return t.UTC().Format("01-02 15:04:05")
}

// maxAliases is how many tokens a row names.
const maxAliases = 3

func (l logWords) aliases(list []string) string {
	var out []string
	for i, a := range list {
		if i == maxAliases {
			out = append(out, l.sign.plain("…"))
			break
		}
		if a == "" {
			a = l.say("logreport.empty")
		}
		out = append(out, a)
	}
	return strings.Join(out, " ")
}

// thousands writes 1234567 as "1,234,567".
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Size writes a number of bytes as people read it: "812 B", "3.4 MB".
func Size(n int64) string {
	f, units := float64(n), []string{"B", "kB", "MB", "GB", "TB"}
	for len(units) > 1 && f >= 999.5 {
		f, units = f/1000, units[1:]
	}
	if units[0] == "B" || f >= 99.95 {
		return fmt.Sprintf("%.0f %s", f, units[0])
	}
	return fmt.Sprintf("%.1f %s", f, units[0])
}

// foldable lets a line of JSON be wrapped, and leaves out the stack trace that zap
// puts behind a panic: the file has it.
func foldable(s string) string {
	if head, _, ok := strings.Cut(s, `,"stacktrace":"`); ok {
		s = head + "…"
	}
	return strings.NewReplacer(`,"`, `, "`, `\n\t`, ` \n\t`, `\n`, ` \n`).Replace(s)
}
