package logwatch

import (
	"slices"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
	"github.com/wkctl/wkctl/probe/wire"
)

// Entry is an entry with the moment at which it was read.
type Entry struct {
	serverlog.Entry
	Before bool // it was there before the run began
}

// Attach gives the entries of a server's log to the pairings that they are
// about, matched by token and uid. The tokens must carry the aliases of this
// run's vault, all other tokens different ones. It may be called more than once,
// with more entries each time, and says whether every refused pairing has its
// line.
func Attach(d *probe.Diagnosis, facts probe.LogFacts, entries []Entry) (complete bool) {
	a := attacher{d: d, facts: &facts}
	facts.Entries = []probe.LogLine{}
	for i := range entries {
		if e := &entries[i]; !e.Before && e.Kind.Refusal() {
			facts.Refusals++
			if e.UID == "" && !e.ActToken.Present() {
				facts.Nameless++
			}
		}
	}
	d.Log = &facts
	a.trouble(entries)
	if d.User != nil {
		return a.user(entries)
	}
	return a.testUsers(entries)
}

// maxTrouble bounds the lines of LogFacts.Entries that are nobody's; the newest
// count.
const maxTrouble = 20

// trouble writes down the lines of a process that ended or did not start, and of
// tokens that the API did not take: they are nobody's, and come before everybody's.
func (a *attacher) trouble(entries []Entry) {
	var list []*Entry
	for i := range entries {
		if e := &entries[i]; e.Kind.Trouble() || e.Kind.Panic() || e.Kind.Start() {
			list = append(list, e)
		}
	}
	for _, e := range list[max(0, len(list)-maxTrouble):] {
		a.add(a.line(e, probe.TokenUnknown))
	}
}

type attacher struct {
	d     *probe.Diagnosis
	facts *probe.LogFacts
}

// testUsers: every pairing has a uid and a token of its own, so each line that
// names one of them is certain.
func (a *attacher) testUsers(entries []Entry) (complete bool) {
	byUID, byToken := map[string]*probe.Pairing{}, map[string]*probe.Pairing{}
	for i := range a.d.Pairings {
		p := &a.d.Pairings[i]
		byUID[p.UID], byToken[p.Token] = p, p
	}
	found := map[*probe.Pairing]bool{}
	for i := range entries {
		e := &entries[i]
		p := byUID[e.UID]
		if p == nil && tokenSet(e) {
			p = byToken[e.ActToken.String()]
		}
		if p == nil || !e.Kind.Refusal() || e.UID != "" && e.UID != p.UID {
			continue
		}
		if accepted, known := p.Result.LetIn(); known && accepted {
			continue // a line cannot refuse what was let in: an earlier run's, with --uid-prefix
		}
		found[p] = true
		a.give(p, p.ID, e, int(p.ConnectFlag))
	}
	for i := range a.d.Pairings {
		p := &a.d.Pairings[i]
		if accepted, known := p.Result.LetIn(); known && !accepted && !found[p] {
			return false
		}
	}
	return true
}

func tokenSet(e *Entry) bool { return e.ActToken.Present() && !e.ActToken.Empty() }

// give writes an entry down, and what it proves on its pairing.
func (a *attacher) give(p *probe.Pairing, id probe.PairingID, e *Entry, flag int) {
	state := expectOf(&e.Entry)
	l := a.line(e, state)
	l.Pairing = id
	if flag >= 0 {
		l.Flag = &flag
	}
	a.add(l)
	if p != nil && state != probe.TokenUnknown && !e.Before {
		p.ExpectToken, p.ExpectTokenSource = state, probe.FromLog
	}
}

func (a *attacher) line(e *Entry, state probe.ExpectToken) probe.LogLine {
	l := probe.LogLine{
		Kind: string(e.Kind), UID: e.UID, ExpectToken: state, Before: e.Before, Text: e.Text,
		HasRow: e.Kind == serverlog.KindTokenCleared || state == probe.TokenOther,
	}
	if e.Flag != nil {
		flag := *e.Flag
		l.Flag = &flag
	}
	for _, m := range e.Misleading {
		l.Misleading = append(l.Misleading, string(m))
	}
	return l
}

func (a *attacher) add(l probe.LogLine) {
	if len(a.facts.Entries) < probe.MaxLogLines {
		a.facts.Entries = append(a.facts.Entries, l)
	}
}

// expectOf reads what the server has stored from a line. v2.0.0-beta may show
// the token of somebody else, so there it proves nothing.
func expectOf(e *serverlog.Entry) probe.ExpectToken {
	switch e.Kind {
	case serverlog.KindTokenMismatch:
		if e.Misleads(serverlog.MisleadOtherUsersToken) {
			return probe.TokenUnknown
		}
		return probe.TokenOther
	case serverlog.KindTokenUnset, serverlog.KindTokenCleared, serverlog.KindDeviceNotFound:
		return probe.TokenEmpty
	}
	return probe.TokenUnknown
}

// user gives the lines of an existing user to the attempts of the run. They came
// one after the other, so where a line names no flag the order tells, if there
// are exactly as many lines as refused connections: the user's own clients may
// have been refused in between.
func (a *attacher) user(entries []Entry) (complete bool) {
	main := &a.d.Pairings[0]
	tries := a.attempts()
	var mine []*Entry
	for i := range entries {
		e := &entries[i]
		if !a.ofUser(e, main) {
			continue
		}
		if e.Before || !e.Kind.Refusal() {
			a.add(a.line(e, expectOf(&e.Entry)))
			continue
		}
		mine = append(mine, e)
	}
	flags := a.flagsOf(mine, tries)
	for i, e := range mine {
		switch {
		case flags[i] == int(main.ConnectFlag):
			a.give(main, main.ID, e, flags[i])
		default:
			a.give(nil, "", e, flags[i])
		}
	}
	return len(mine) >= len(tries)
}

// ofUser says whether a line is about the user: it names the uid, or carries the
// token that was sent.
func (a *attacher) ofUser(e *Entry, main *probe.Pairing) bool {
	token := tokenSet(e) && main.Token != "" && e.ActToken.String() == main.Token
	if e.UID != "" {
		// Another token is another client of this user.
		return e.UID == main.UID && (token || e.Before || !tokenSet(e))
	}
	return token
}

// attempts lists the flags of the refused connections in the order of the run,
// each as often as its CONNECT was sent.
func (a *attacher) attempts() (flags []wire.DeviceFlag) {
	add := func(flag wire.DeviceFlag, r *probe.Result) {
		if accepted, known := r.LetIn(); accepted || !known {
			return
		}
		for range max(1, r.Attempts-len(r.Lost)) {
			flags = append(flags, flag)
		}
	}
	add(a.d.User.ConnectFlag, &a.d.Pairings[0].Result)
	for i := range a.d.User.Sweep {
		if s := &a.d.User.Sweep[i]; s.Changed == "" { // else it was another token
			add(s.ConnectFlag, &s.Result)
		}
	}
	return flags
}

// flagsOf gives the flag of each line, -1 where it cannot be told.
func (a *attacher) flagsOf(mine []*Entry, tries []wire.DeviceFlag) []int {
	flags := make([]int, len(mine))
	same := !slices.ContainsFunc(tries, func(f wire.DeviceFlag) bool { return f != tries[0] })
	for i, e := range mine {
		switch {
		case e.Flag != nil:
			flags[i] = *e.Flag
		case len(mine) == len(tries):
			flags[i] = int(tries[i])
		case len(tries) > 0 && (same || a.agree(mine)):
			flags[i] = int(tries[0])
		default:
			flags[i] = -1
		}
	}
	return flags
}

// agree says whether all lines tell the same: then it does not matter which is
// whose.
func (a *attacher) agree(mine []*Entry) bool {
	return !slices.ContainsFunc(mine, func(e *Entry) bool { return e.Kind != mine[0].Kind })
}

// OlderThan says whether an entry was written before start, as far as its time
// can be trusted: a time without a zone cannot. Clocks may differ by a little.
func (e *Entry) OlderThan(start time.Time) bool {
	return !e.Time.IsZero() && !e.Misleads(serverlog.MisleadNoZone) && e.Time.Before(start.Add(-clockSlack))
}

const clockSlack = 5 * time.Second

// Remember counts a line from before the run. Up to v2.0.7 a refused client leaves the
// line of a closing, too, so the two are kept apart.
func Remember(p *probe.LogPast, e serverlog.Entry) {
	switch {
	case e.Kind.Refusal():
		p.Refusals++
	case e.Kind == serverlog.KindNoConnectClosed:
		p.NoConnect++
		p.Text = e.Text
	}
}
