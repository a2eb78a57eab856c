package report

import (
	"cmp"
	"slices"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// figure is one login as a picture tells it: what the back end registers, what
// the server keeps, and where the client's login makes it look. It is words
// only; each writer draws it its own way.
type figure struct {
	Register string // "0 APP"; "" = nobody registers anything here, the user exists
	Keeper   string // heading of what the server keeps
	Rows     []figureRow
	Client   string // the SDK
	Connect  string // "1 WEB"
	Seen     string // what the client meets, in a few words
	Verdict  probe.Outcome
	Loud     bool // accepted although it should be refused
}

// figureRow is one row of the server's store.
type figureRow struct {
	at     wire.DeviceFlag
	Flag   string
	Level  string // of an existing user
	State  string
	Note   string // below the row: expectToken, where that is what the log shows
	From   bool   // the back end registers this one
	Target bool   // the client's login looks here
}

// newFigure makes the picture of the one login that a run was about.
func (w words) newFigure(d *probe.Diagnosis) figure {
	pr := &d.Pairings[0]
	f := figure{
		Keeper: w.say("figure.keeps"), Client: pr.SDK, Connect: flagName(pr.ConnectFlag),
		Seen: w.meets(&pr.Result), Verdict: pr.Verdict, Loud: loud(pr),
	}
	looked := d.Server.Generation.LookupFlag(pr.ConnectFlag)
	if d.User != nil {
		f.Keeper = w.say("figure.keeps-for", text.Args{"uid": d.User.UID})
		f.Rows = w.userRows(d.User, pr, looked)
	} else {
		f.Register = flagName(pr.TokenFlag)
		f.Rows = w.ownRows(pr, looked, d.Server.Generation)
	}
	return f
}

// ownRows are those of a test user: the one that wkctl registered, and the one
// that was looked at.
func (w words) ownRows(pr *probe.Pairing, looked wire.DeviceFlag, gen probe.Generation) []figureRow {
	own := figureRow{Flag: flagName(pr.TokenFlag), State: pr.Token, From: true}
	if pr.TokenFlag == looked || gen == probe.GenV2Beta {
		own.Target = true
		if pr.ExpectToken == probe.TokenEmpty || pr.ExpectToken == probe.TokenOther {
			own.State, own.Note = w.word("slot.", string(pr.ExpectToken)), expectNote(pr.ExpectToken)
		}
		return []figureRow{own}
	}
	at := figureRow{Flag: flagName(looked), State: w.word("slot.", string(pr.ExpectToken)), Note: expectNote(pr.ExpectToken), Target: true}
	if looked < pr.TokenFlag {
		return []figureRow{at, own}
	}
	return []figureRow{own, at}
}

// expectNote is what the server's log would say of the row.
func expectNote(e probe.ExpectToken) string {
	if e == probe.TokenEmpty {
		return `expectToken ""`
	}
	return ""
}

// maxStoreRows is how many rows of a user are shown.
const maxStoreRows = 8

// userRows are those that the server showed for an existing user, or what its
// answers to logins say of them.
func (w words) userRows(u *probe.User, pr *probe.Pairing, looked wire.DeviceFlag) (rows []figureRow) {
	target := false
	for i, s := range u.Stored {
		hit := s.DeviceFlag == looked
		if !hit && i >= maxStoreRows-1 {
			continue
		}
		target = target || hit
		rows = append(rows, figureRow{at: s.DeviceFlag, Flag: flagName(s.DeviceFlag), Level: w.level(s.DeviceLevel), State: w.word("stored.", string(s.State)), Target: hit})
	}
	if !u.StoreKnown && pr.TokenFlag != looked && pr.Token != "" {
		rows = append(rows, figureRow{at: pr.TokenFlag, Flag: flagName(pr.TokenFlag), State: w.word("stored.", string(probe.TokenMatch))})
	}
	if target {
		return rows
	}
	state := pr.ExpectToken
	if u.StoreKnown {
		state = probe.TokenEmpty
	}
	at := figureRow{at: looked, Flag: flagName(looked), State: w.word("slot.", string(state)), Note: expectNote(state), Target: true}
	if state == probe.TokenMatch || state == probe.TokenOther {
		at.State = w.word("stored.", string(state))
	}
	rows = append(rows, at)
	slices.SortStableFunc(rows, func(a, b figureRow) int { return cmp.Compare(a.at, b.at) })
	return rows
}

// meets says in a few words what a client meets.
func (w words) meets(r *probe.Result) string {
	switch {
	case r.Observed == probe.Silent && (r.Proof == probe.ProofPingClose || r.Proof == probe.ProofIdleClose):
		return w.say("figure.silent")
	case r.Observed == probe.Silent:
		return w.say("figure.mute")
	}
	return w.observed(r)
}
