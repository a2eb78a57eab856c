package probe

import (
	"slices"
	"time"

	"github.com/wkctl/wkctl/probe/serverlog"
	"github.com/wkctl/wkctl/probe/wire"
)

// LogFacts is what the server's own log says about the logins of a run. Its
// lines carry aliases in place of tokens.
type LogFacts struct {
	Source   string    `json:"source"`          // the file, "stdin", or the command that showed the log
	Lines    int       `json:"lines"`           // read while the run lasted
	Refusals int       `json:"refusals"`        // of them about a client that was turned away, whoever it was
	Nameless int       `json:"nameless"`        // of them without a user and without a token: they can be anybody's
	Ended    string    `json:"ended,omitempty"` // why reading ended before the run did; "" = it did not
	Past     LogPast   `json:"past"`            // what stood there before the run
	Entries  []LogLine `json:"entries"`         // what is about the users of this run, at most MaxLogLines
}

// LogPast is what the log says of other clients before the run.
type LogPast struct {
	Refusals  int    `json:"refusals"`       // clients that were turned away
	NoConnect int    `json:"no_connect"`     // connections closed after 2 s in which no CONNECT came
	Text      string `json:"text,omitempty"` // the last such line
}

// Add counts a line from before the run. Up to v2.0.7 a refused client leaves the
// line of a closing, too, so the two are kept apart.
func (p *LogPast) Add(e serverlog.Entry) {
	switch {
	case e.Kind.Refusal():
		p.Refusals++
	case e.Kind == serverlog.KindNoConnectClosed:
		p.NoConnect++
		p.Text = e.Text
	}
}

// MaxLogLines bounds LogFacts.Entries.
const MaxLogLines = 2 * MaxPairings

// LogLine is one refusal that the server's log holds.
type LogLine struct {
	Kind        string      `json:"kind"`              // see serverlog.Kind
	Pairing     PairingID   `json:"pairing,omitempty"` // whose it is; "" = of the user, but of no attempt that can be told
	UID         string      `json:"uid,omitempty"`     // as the line names it
	Flag        *int        `json:"flag,omitempty"`    // device flag of the connection; nil = the line does not say and it cannot be told
	ExpectToken ExpectToken `json:"expect_token"`      // what the server has stored, as far as the line says
	HasRow      bool        `json:"has_row,omitempty"` // the line proves that a device record exists
	Before      bool        `json:"before,omitempty"`  // older than the run
	Misleading  []string    `json:"misleading,omitempty"`
	Text        string      `json:"text"` // the line, tokens aliased
}

// LoggedEntry is an entry with the moment at which it was read.
type LoggedEntry struct {
	serverlog.Entry
	Before bool // it was there before the run began
}

// AttachLog gives the entries of a server's log to the pairings that they are
// about, matched by token and uid. The tokens must carry the aliases of this
// run's vault, all other tokens different ones. It may be called more than once,
// with more entries each time, and says whether every refused pairing has its
// line.
func AttachLog(d *Diagnosis, facts LogFacts, entries []LoggedEntry) (complete bool) {
	a := attacher{d: d, facts: &facts}
	facts.Entries = []LogLine{}
	for i := range entries {
		if e := &entries[i]; !e.Before && e.Kind.Refusal() {
			facts.Refusals++
			if e.UID == "" && !e.ActToken.Present() {
				facts.Nameless++
			}
		}
	}
	d.Log = &facts
	a.panics(entries)
	if d.User != nil {
		return a.user(entries)
	}
	return a.testUsers(entries)
}

// panics writes down the lines of a process that ended: they are nobody's, and
// come before everybody's.
func (a *attacher) panics(entries []LoggedEntry) {
	for i := range entries {
		if e := &entries[i]; e.Kind.Panic() {
			a.add(a.line(e, TokenUnknown))
		}
	}
}

type attacher struct {
	d     *Diagnosis
	facts *LogFacts
}

// testUsers: every pairing has a uid and a token of its own, so each line that
// names one of them is certain.
func (a *attacher) testUsers(entries []LoggedEntry) (complete bool) {
	byUID, byToken := map[string]*Pairing{}, map[string]*Pairing{}
	for i := range a.d.Pairings {
		p := &a.d.Pairings[i]
		byUID[p.UID], byToken[p.Token] = p, p
	}
	found := map[*Pairing]bool{}
	for i := range entries {
		e := &entries[i]
		p := byUID[e.UID]
		if p == nil && tokenSet(e) {
			p = byToken[e.ActToken.String()]
		}
		if p == nil || !e.Kind.Refusal() || e.UID != "" && e.UID != p.UID {
			continue
		}
		if accepted, known := verdictOf(&p.Result); known && accepted {
			continue // a line cannot refuse what was let in: an earlier run's, with --uid-prefix
		}
		found[p] = true
		a.give(p, p.ID, e, int(p.ConnectFlag))
	}
	for i := range a.d.Pairings {
		p := &a.d.Pairings[i]
		if accepted, known := verdictOf(&p.Result); known && !accepted && !found[p] {
			return false
		}
	}
	return true
}

func tokenSet(e *LoggedEntry) bool { return e.ActToken.Present() && !e.ActToken.Empty() }

// give writes an entry down, and what it proves on its pairing.
func (a *attacher) give(p *Pairing, id PairingID, e *LoggedEntry, flag int) {
	state := expectOf(&e.Entry)
	l := a.line(e, state)
	l.Pairing = id
	if flag >= 0 {
		l.Flag = &flag
	}
	a.add(l)
	if p != nil && state != TokenUnknown && !e.Before {
		p.ExpectToken, p.ExpectTokenSource = state, FromLog
	}
}

func (a *attacher) line(e *LoggedEntry, state ExpectToken) LogLine {
	l := LogLine{
		Kind: string(e.Kind), UID: e.UID, ExpectToken: state, Before: e.Before, Text: e.Text,
		HasRow: e.Kind == serverlog.KindTokenCleared || state == TokenOther,
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

func (a *attacher) add(l LogLine) {
	if len(a.facts.Entries) < MaxLogLines {
		a.facts.Entries = append(a.facts.Entries, l)
	}
}

// expectOf reads what the server has stored from a line. v2.0.0-beta may show
// the token of somebody else, so there it proves nothing.
func expectOf(e *serverlog.Entry) ExpectToken {
	switch e.Kind {
	case serverlog.KindTokenMismatch:
		if e.Misleads(serverlog.MisleadOtherUsersToken) {
			return TokenUnknown
		}
		return TokenOther
	case serverlog.KindTokenUnset, serverlog.KindTokenCleared, serverlog.KindDeviceNotFound:
		return TokenEmpty
	}
	return TokenUnknown
}

// user gives the lines of an existing user to the attempts of the run. They came
// one after the other, so where a line names no flag the order tells, if there
// are exactly as many lines as refused connections: the user's own clients may
// have been refused in between.
func (a *attacher) user(entries []LoggedEntry) (complete bool) {
	main := &a.d.Pairings[0]
	tries := a.attempts()
	var mine []*LoggedEntry
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
func (a *attacher) ofUser(e *LoggedEntry, main *Pairing) bool {
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
	add := func(flag wire.DeviceFlag, r *Result) {
		if accepted, known := verdictOf(r); accepted || !known {
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
func (a *attacher) flagsOf(mine []*LoggedEntry, tries []wire.DeviceFlag) []int {
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
func (a *attacher) agree(mine []*LoggedEntry) bool {
	return !slices.ContainsFunc(mine, func(e *LoggedEntry) bool { return e.Kind != mine[0].Kind })
}

// OlderThan says whether an entry was written before start, as far as its time
// can be trusted: a time without a zone cannot. Clocks may differ by a little.
func (e *LoggedEntry) OlderThan(start time.Time) bool {
	return !e.Time.IsZero() && !e.Misleads(serverlog.MisleadNoZone) && e.Time.Before(start.Add(-clockSlack))
}

const clockSlack = 5 * time.Second
