package diagnose

import (
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
	"github.com/wkctl/wkctl/probe/wire"
)

// authCauses say why a token was refused, from what is stored for it.
func authCauses() []Cause {
	return []Cause{
		{Code: "WK521", ID: "uid-not-allowed", find: uidNotAllowed},
		{Code: "WK505", ID: "token-missing", find: tokenMissing, is: tokens,
			logKinds: map[serverlog.Kind]int{serverlog.KindTokenMissing: 0}},
		{Code: codeOtherFlag, ID: "token-under-other-flag", find: tokenUnderOtherFlag, is: tokens, dependsOn: append(sdkRoots(), callsRefused()),
			logKinds: map[serverlog.Kind]int{serverlog.KindTokenUnset: 0, serverlog.KindTokenRefused: 0, serverlog.KindDeviceNotFound: 0, serverlog.KindTokenMismatch: 1},
			Links:    []string{ticket("WuKongIM/WuKongIM#138"), ticket("WuKongIM/WuKongIM#124")}},
		{Code: "WK502", ID: "token-never-registered", find: tokenNeverRegistered, is: tokens, dependsOn: []root{callsRefused()},
			logKinds: map[serverlog.Kind]int{serverlog.KindTokenUnset: 1, serverlog.KindDeviceNotFound: 1, serverlog.KindTokenRefused: 2},
			Links:    []string{ticket("WuKongIM/WuKongIM#68"), ticket("WuKongIM/WuKongIM#403")}},
		{Code: "WK504", ID: "token-cleared", find: tokenCleared, is: tokens, dependsOn: []root{callsRefused()},
			logKinds: map[serverlog.Kind]int{serverlog.KindTokenCleared: 0, serverlog.KindTokenUnset: 2, serverlog.KindQuitCall: 0}},
		{Code: "WK503", ID: "token-overwritten", find: tokenOverwritten, is: tokens,
			logKinds: map[serverlog.Kind]int{serverlog.KindTokenMismatch: 0, serverlog.KindTokenRefused: 1},
			Links:    []string{ticket("WuKongIM/WuKongIM#130"), ticket("WuKongIM/WuKongIM#469")}},
	}
}

// refused lists the pairings that were certainly not let in, while the controls
// hold. A test user of a generation that shares tokens is WK508's.
func (f *facts) refused() []*probe.Pairing {
	if f.Server.TokenAuth == probe.AuthOff || f.User == nil && f.Server.Generation.SharesTokens() {
		return nil
	}
	if f.right != nil && f.right.Outcome != probe.OutcomePass {
		return nil
	}
	return f.where(func(p *probe.Pairing) bool {
		accepted, known := p.Result.LetIn()
		return known && !accepted && p.ReasonCode != wire.ReasonBan && !f.bannedByLog(p)
	})
}

// severityOf is error where one of the pairings should have been let in; a
// refusal that should happen is only explained.
func severityOf(list []*probe.Pairing) probe.Severity {
	for _, p := range list {
		if p.Verdict == probe.OutcomeFail {
			return probe.SeverityError
		}
	}
	return probe.SeverityInfo
}

// uidNotAllowed: v2.0.2 and later close the connection of a uid with one of
// @ # & or with nothing but blanks, without an answer (v2.0.2 server.go:417-422).
func uidNotAllowed(f *facts) *finding {
	if f.User == nil || len(f.Pairings) == 0 || strings.TrimSpace(f.User.UID) != "" && !strings.ContainsAny(f.User.UID, "@#&") {
		return nil
	}
	p := &f.Pairings[0]
	if _, known := p.Result.LetIn(); p.Observed != probe.Closed || known {
		return nil
	}
	return &finding{
		Pairings: []probe.PairingID{p.ID}, Args: map[string]string{"uid": p.UID},
		Evidence: []probe.Evidence{connectEvidence(p.ConnectFlag, p.UID, &p.Result)},
	}
}

// tokenMissing: the client sends an empty token (log: "token is empty").
func tokenMissing(f *facts) *finding {
	if f.User == nil || f.User.Token != "" {
		return nil
	}
	list := f.refused()
	if f.rejectsEmpty() && f.Server.TokenAuth != probe.AuthOff {
		return &finding{
			Pairings: []probe.PairingID{f.Pairings[0].ID}, Args: map[string]string{"variant": "no-socket", "sdk": f.Pairings[0].SDK},
			Evidence: evidenceOf(f.where(func(*probe.Pairing) bool { return true })),
		}
	}
	if len(list) == 0 {
		return nil
	}
	return f.pairingFinding(list, nil)
}

// tokenUnderOtherFlag is what this program is for.
func tokenUnderOtherFlag(f *facts) *finding {
	if f.User != nil {
		return f.userTokenElsewhere()
	}
	if f.Mode == probe.ModeTable {
		return nil // there a token is refused under another flag as it must be
	}
	var list []*probe.Pairing
	for _, p := range f.refused() {
		if (p.ExpectToken == probe.TokenEmpty || p.ExpectToken == probe.TokenOther) && p.TokenFlag != p.ConnectFlag {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil
	}
	p := list[0]
	found := f.pairingFinding(list, f.flagArgs(p.TokenFlag, p.ConnectFlag, p.SDK))
	if p.ExpectToken == probe.TokenOther { // left by an earlier run with the same --uid-prefix
		found.Args["uid"], found.Args["variant"] = p.UID, "user-two"
	}
	if c := f.Check(probe.CheckFix); c != nil && c.Outcome == probe.OutcomePass {
		found.Evidence = append(found.Evidence, probe.Say("fix-tried", "tried the fix: token of flag {{.token}}, CONNECT device_flag={{.flag}}: {{.saw}}",
			map[string]any{"token": p.ConnectFlag, "flag": uint8(p.ConnectFlag), "saw": saw(c.Result)}).By("connect"))
	}
	found.Fix.Commands = []string{f.curl("UID", p.ConnectFlag)}
	f.bothFixes(found, p)
	return f.numbering(found, p)
}

// flagArgs names the flags of a pairing. connect_number is the one under which
// the server looks when the client connects, and a token has to be registered.
func (f *facts) flagArgs(token, connect wire.DeviceFlag, sdk string) map[string]string {
	lookup := f.Server.Generation.LookupFlag(connect)
	return map[string]string{
		"token_flag": token.String(), "connect_flag": connect.String(), "sdk": sdk,
		"token_number": strconv.Itoa(int(token)), "connect_number": strconv.Itoa(int(lookup)), "always": yes(lookup != connect),
	}
}

// userTokenElsewhere: the server's rows, or a login on another flag, show that
// the token of an existing user is registered as another flag, or that only
// other flags have one.
func (f *facts) userTokenElsewhere() *finding {
	list := f.refused()
	if len(list) == 0 || f.User.Token == "" || f.User.TokenIsManager {
		return nil
	}
	p := list[0]
	args := f.flagArgs(p.TokenFlag, p.ConnectFlag, p.SDK)
	args["uid"], args["variant"] = f.User.UID, "user"
	switch {
	case p.TokenFlag == p.ConnectFlag: // it was found nowhere
		flags := f.otherRows(p)
		if len(flags) == 0 {
			return nil
		}
		args["variant"], args["flags"] = "user-other", flagList(flags)
	case p.ExpectToken == probe.TokenOther:
		args["variant"] = "user-two"
	}
	found := f.pairingFinding(list, args)
	found.Evidence = append(found.Evidence, f.userEvidence()...)
	found.Fix.Commands = []string{f.curl(f.User.UID, p.ConnectFlag)}
	if p.ExpectToken == probe.TokenOther {
		f.warnReplaced(found, p)
	}
	return f.numbering(found, p)
}

// otherRows lists the flags that have a row while the client's own has none: as
// the store shows, or the server's log.
func (f *facts) otherRows(p *probe.Pairing) (flags []wire.DeviceFlag) {
	if !f.User.StoreKnown {
		if p.ExpectToken == probe.TokenEmpty {
			return f.otherFlagsByLog()
		}
		return nil
	}
	if f.row(p.ConnectFlag) != nil {
		return nil
	}
	for _, r := range f.User.Stored {
		flags = append(flags, r.DeviceFlag)
	}
	return flags
}

// row is nil where no token was ever registered as that flag, and where the server
// does not show what it has stored.
func (f *facts) row(flag wire.DeviceFlag) *probe.StoredState {
	for i := range f.User.Stored {
		if f.User.Stored[i].DeviceFlag == flag {
			return &f.User.Stored[i]
		}
	}
	return nil
}

// tokenNeverRegistered: no flag of this uid has a token, as the rows show; or
// no flag takes this token, as far as logins can show.
func tokenNeverRegistered(f *facts) *finding {
	list := f.refused()
	if f.User == nil || len(list) == 0 || f.User.Token == "" || f.User.TokenIsManager {
		return nil
	}
	args := f.flagArgs(list[0].TokenFlag, f.User.ConnectFlag, list[0].SDK)
	args["uid"] = f.User.UID
	switch {
	case f.User.SimilarUID != "":
		args["variant"], args["similar"] = "similar", f.User.SimilarUID
	case f.User.StoreKnown && len(f.User.Stored) == 0:
	case list[0].ExpectToken == probe.TokenOther, len(f.otherFlagsByLog()) > 0:
		return nil // the log shows that there is one
	case !f.User.StoreKnown && len(f.User.Sweep) > 0 && f.notFound():
		args["variant"], args["flags"] = "sweep", f.sweptFlags()
		if list[0].ExpectTokenSource == probe.FromLog {
			args["variant"] = "sweep-log"
		}
	default:
		return nil
	}
	found := f.pairingFinding(list, args)
	found.Evidence = append(found.Evidence, f.userEvidence()...)
	f.uncountedCalls(found)
	found.Fix.Commands = []string{f.curl(f.User.UID, f.User.ConnectFlag)}
	return found
}

// notFound says that no login on another flag was let in either.
func (f *facts) notFound() bool {
	for i := range f.User.Sweep {
		if accepted, known := f.User.Sweep[i].Result.LetIn(); accepted || !known {
			return false
		}
	}
	return true
}

func (f *facts) sweptFlags() string {
	flags := []wire.DeviceFlag{f.User.ConnectFlag}
	for _, s := range f.User.Sweep {
		if s.Changed == "" {
			flags = append(flags, s.ConnectFlag)
		}
	}
	return flagList(flags)
}

// userEvidence quotes the stored rows and the logins on other flags.
func (f *facts) userEvidence() []probe.Evidence {
	var out []probe.Evidence
	if f.User.StoreKnown && len(f.User.Stored) == 0 {
		out = append(out, probe.Say("no-row", "GET /cluster/devices: no row", nil).By("store"))
	}
	if f.User.SimilarUID != "" {
		out = append(out, probe.Say("rows-for", "GET /cluster/devices: rows for {{.uid}}", map[string]any{"uid": strconv.Quote(f.User.SimilarUID)}).By("store"))
	}
	for i, r := range f.User.Stored {
		if i == maxEvidence {
			break
		}
		out = append(out, probe.Say("row", "device_flag={{.flag}} device_level={{.level}} token: {{.state}}",
			map[string]any{"flag": uint8(r.DeviceFlag), "level": uint8(r.DeviceLevel), "state": stateText(r.State)}).By("store"))
	}
	for i := range f.User.Sweep {
		s := &f.User.Sweep[i]
		seen := login(s.ConnectFlag, f.User.UID, &s.Result)
		if s.Changed != "" {
			seen = tidiedUp(s, seen)
		}
		out = append(out, seen.By("connect"))
	}
	return out
}

func stateText(s probe.ExpectToken) probe.Phrase {
	switch s {
	case probe.TokenMatch:
		return probe.Say("row-sent", "the one that was sent", nil)
	case probe.TokenOther:
		return probe.Say("row-other", "another one", nil)
	case probe.TokenEmpty:
		return probe.Phrase{Text: `""`}
	}
	return probe.Phrase{}
}

// tokenCleared: the row is there, its token is empty. /user/device_quit does
// that, and a server that does not keep what it acknowledged.
func tokenCleared(f *facts) *finding {
	return f.ownFlag(probe.TokenEmpty)
}

// ownFlag explains a refusal of an existing user on the flag that the token was
// stored under. Users of this run have no history but this run: WK523.
func (f *facts) ownFlag(state probe.ExpectToken) *finding {
	if f.User == nil || f.User.TokenIsManager {
		return nil
	}
	var list []*probe.Pairing
	for _, p := range f.refused() {
		if p.ExpectToken == state && p.TokenFlag == p.ConnectFlag && f.hasRow(p.ConnectFlag) {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil
	}
	p := list[0]
	args := f.flagArgs(p.TokenFlag, p.ConnectFlag, p.SDK)
	args["uid"] = p.UID
	if r := f.row(p.ConnectFlag); r != nil && r.UpdatedAt != nil {
		args["updated"] = r.UpdatedAt.Format("2006-01-02 15:04:05 UTC")
	}
	found := f.pairingFinding(list, args)
	found.Evidence = append(found.Evidence, f.userEvidence()...)
	found.Fix.Commands = []string{f.curl(p.UID, p.ConnectFlag)}
	f.warnReplaced(found, p)
	return found
}

// hasRow says whether the existing user has a row under the flag: the server
// shows it, or its log does.
func (f *facts) hasRow(flag wire.DeviceFlag) bool {
	return f.User.Token != "" && (f.row(flag) != nil || f.tidied() != nil || f.rowByLog(&f.Pairings[0]))
}

// pairingFinding quotes what the connections saw and what is stored.
func (f *facts) pairingFinding(list []*probe.Pairing, args map[string]string) *finding {
	found := &finding{Severity: severityOf(list), Pairings: ids(list), Evidence: evidenceOf(list), Args: args}
	p := list[0]
	if p.ExpectToken != probe.TokenUnknown {
		found.Evidence = append(found.Evidence, storeEvidence(f, p))
	}
	return found
}
