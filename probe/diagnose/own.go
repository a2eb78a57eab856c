package diagnose

import (
	"strconv"

	"github.com/wkctl/wkctl/probe"
)

// tokenNotKept: the server acknowledged the registration of a user that this run
// made, refused its token and holds another one, or none. Nobody else knows that
// user, so that nobody logged it out or has replaced its token since. Seen on v2.0.8 right
// after its start: rows with an empty token for some uids, while others are kept.
// A balancer in front of nodes that form no cluster shows the same (ticket #941).
func tokenNotKept(f *facts) *finding {
	if f.User != nil {
		return nil
	}
	list := f.notKept()
	rows := f.lostRows()
	if len(list)+len(rows) == 0 {
		return nil
	}
	found := finding{Pairings: ids(list), Args: map[string]string{"variant": f.secondLook(rows), "api": f.Target.API}}
	found.Evidence = append(found.Evidence, probe.Evidence{Source: "register", Text: "POST " + f.Target.API + "/user/token: 200"})
	for _, r := range firstRows(f.OwnRows) {
		found.Evidence = append(found.Evidence, rowEvidence(r))
	}
	for i, p := range list {
		if i == maxEvidence {
			break
		}
		found.Evidence = append(found.Evidence, connectEvidence(p.ConnectFlag, p.UID, &p.Result), storeEvidence(f, p))
	}
	if f.right != nil && f.right.Outcome == probe.OutcomeFail && f.right.Result != nil {
		found.each = []probe.CheckID{probe.CheckRightToken}
		found.Evidence = append(found.Evidence, probe.Say("acknowledged", "CONNECT with the token that was acknowledged: {{.saw}}", map[string]any{"saw": saw(f.right.Result)}).By("connect"))
	}
	uid, flag, state := "", 0, probe.TokenEmpty
	if len(rows) > 0 {
		uid, flag, state = rows[0].UID, int(rows[0].DeviceFlag), rows[0].State
	} else {
		uid, flag, state = list[0].UID, int(list[0].ConnectFlag), list[0].ExpectToken
	}
	found.Args["uid"], found.Args["number"], found.Args["other"] = uid, strconv.Itoa(flag), yes(state == probe.TokenOther)
	found.Fix.Commands = []string{f.ask(f.Target.API, "")}
	return &found
}

func firstRows(rows []probe.OwnRow) []probe.OwnRow { return rows[:min(len(rows), maxEvidence)] }

func rowEvidence(r probe.OwnRow) probe.Evidence {
	return probe.Say("own-row", "GET /cluster/devices: ({{.uid}}, {{.flag}}): {{.state}}",
		map[string]any{"uid": r.UID, "flag": uint8(r.DeviceFlag), "state": rowText(r.State)}).By("store")
}

func rowText(s probe.ExpectToken) probe.Phrase {
	switch s {
	case probe.TokenMatch:
		return probe.Say("own-kept", "the token that was registered", nil)
	case probe.TokenOther:
		return probe.Say("own-other", "another token", nil)
	}
	return probe.Say("own-none", "no token", nil)
}

// lostRows lists the rows of users of this run that do not hold their token.
func (f *facts) lostRows() (list []probe.OwnRow) {
	for _, r := range f.OwnRows {
		if r.State == probe.TokenEmpty || r.State == probe.TokenOther {
			list = append(list, r)
		}
	}
	return list
}

// secondLook says what a fresh user showed that was made to look again.
func (f *facts) secondLook(lost []probe.OwnRow) string {
	if len(lost) == 0 {
		return "seen"
	}
	kept, more := false, false
	for _, r := range f.OwnRows {
		if r.UID != lost[0].UID {
			more = true
			kept = kept || r.State == probe.TokenMatch
		}
	}
	switch {
	case kept:
		return "once"
	case more:
		return "always"
	}
	return "seen"
}

// notKept lists the pairings of users of this run that were refused under the
// very flag of their token, where the store or the log shows that it is not there.
func (f *facts) notKept() []*probe.Pairing {
	if f.User != nil || f.Server.TokenAuth == probe.AuthOff || f.Server.Generation.SharesTokens() {
		return nil
	}
	return f.where(func(p *probe.Pairing) bool {
		accepted, known := p.Result.LetIn()
		lost := p.ExpectToken == probe.TokenEmpty || p.ExpectToken == probe.TokenOther
		shown := p.ExpectTokenSource == probe.FromStore || p.ExpectTokenSource == probe.FromLog
		return known && !accepted && p.TokenFlag == p.ConnectFlag && lost && shown
	})
}
