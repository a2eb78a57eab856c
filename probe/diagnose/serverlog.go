package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
	"github.com/wkctl/wkctl/probe/wire"
)

// What the server's own log says is the best proof there is: it names the token
// that the server compared with (--server-log).

// logged gives the first line of this run that is about p and of one of the
// kinds; no kinds = any. nil: the log has none.
func (f *facts) logged(p *probe.Pairing, kinds ...serverlog.Kind) *probe.LogLine {
	if f.Log == nil {
		return nil
	}
	for i := range f.Log.Entries {
		l := &f.Log.Entries[i]
		if l.Pairing == p.ID && !l.Before && (len(kinds) == 0 || slices.Contains(kinds, serverlog.Kind(l.Kind))) {
			return l
		}
	}
	return nil
}

// bannedByLog says whether the log gives the ban of the user as the reason.
func (f *facts) bannedByLog(p *probe.Pairing) bool {
	return f.logged(p, serverlog.KindBanned) != nil
}

// rowByLog says whether a line proves that a device record exists for p. An
// empty expectToken of v1 does not: that release has no other way to say that
// there is none.
func (f *facts) rowByLog(p *probe.Pairing) bool {
	l := f.logged(p, serverlog.KindTokenMismatch, serverlog.KindTokenCleared)
	return l != nil && l.HasRow
}

// otherFlagsByLog lists the flags but the client's own for which the log shows
// that a token is stored.
func (f *facts) otherFlagsByLog() (flags []wire.DeviceFlag) {
	if f.Log == nil || f.User == nil {
		return nil
	}
	for _, l := range f.Log.Entries {
		if l.Flag == nil || l.Before || l.ExpectToken != probe.TokenOther || *l.Flag < 0 || *l.Flag > 255 {
			continue
		}
		if flag := wire.DeviceFlag(*l.Flag); flag != f.User.ConnectFlag && !slices.Contains(flags, flag) {
			flags = append(flags, flag)
		}
	}
	return flags
}

// quoteLog adds to a finding about tokens the lines of the log that are about its
// pairings.
func (f *facts) quoteLog(c *Cause, found *finding) {
	if f.Log == nil || len(found.Pairings) == 0 || !c.has(tokens) {
		return
	}
	now, before := f.linesOf(found)
	quotes := tellingLines(now)
	for _, l := range quotes {
		found.Evidence = append(found.Evidence, probe.Evidence{Source: "server-log", Text: quoted(l)})
	}
	if n := len(before); n > 0 {
		found.Evidence = append(found.Evidence, probe.Say("lines-before", "before this run {{.n}} such lines, the last: {{.line}}",
			map[string]any{"n": n, "line": quoted(before[n-1])}).By("server-log"))
	}
	if slices.ContainsFunc(append(quotes, before...), pooled) {
		found.Evidence = append(found.Evidence, pooledNote().By("server-log"))
	}
}

// tellingLines keeps the first line, and the first that shows a token which the
// first does not: of each kind one quote is enough.
func tellingLines(lines []probe.LogLine) (list []probe.LogLine) {
	for _, l := range lines {
		more := len(list) == 1 && list[0].Kind != l.Kind && l.ExpectToken == probe.TokenOther
		if len(list) == 0 || more {
			list = append(list, l)
		}
	}
	return list
}

// quoted gives a line with the flag that it is about, where the line itself does
// not say so.
func quoted(l probe.LogLine) string {
	flag := ""
	if l.Flag != nil && !strings.Contains(l.Text, `"deviceFlag"`) {
		flag = fmt.Sprintf("(device_flag=%d) ", *l.Flag)
	}
	return flag + spaced(l.Text)
}

// linesOf gives the lines about a finding's pairings in their order, those of an
// existing user that cannot be given to one attempt behind them, and those of
// before the run.
func (f *facts) linesOf(found *finding) (now, before []probe.LogLine) {
	order := found.Pairings
	if f.User != nil {
		order = append(slices.Clone(order), "")
	}
	for _, id := range order {
		for _, l := range f.Log.Entries {
			if l.Pairing == id && !l.Before {
				now = append(now, l)
			}
		}
	}
	for _, l := range f.Log.Entries {
		if l.Before {
			before = append(before, l)
		}
	}
	return now, before
}

// pooledNote keeps a reader from the flag that the line seems to name
// (v1.2.6 internal/server/processor.go: the fields are set after the checks).
func pooledNote() probe.Phrase {
	return probe.Say("pooled", "deviceFlag and deviceID in that line are not the client's: v1.0.6 to v2.0.0-beta print deviceFlag=APP for every refused CONNECT", nil)
}

func pooled(l probe.LogLine) bool {
	return slices.Contains(l.Misleading, string(serverlog.MisleadPooledConn)) && strings.Contains(l.Text, "deviceFlag=")
}

// spaced lets a line of JSON be wrapped: behind each member stands a blank.
func spaced(line string) string { return strings.ReplaceAll(line, `,"`, `, "`) }
