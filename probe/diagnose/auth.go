package diagnose

import (
	"strconv"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// authCauses say why a token was refused, from what is stored for it.
func authCauses() []Cause {
	return []Cause{
		{Code: "WK505", ID: "token-missing", find: tokenMissing},
		{Code: "WK501", ID: "token-under-other-flag", find: tokenUnderOtherFlag,
			Links: []string{ticket("WuKongIM/WuKongIM#138"), ticket("WuKongIM/WuKongIM#124")}},
		{Code: "WK502", ID: "token-never-registered", find: tokenNeverRegistered,
			Links: []string{ticket("WuKongIM/WuKongIM#68"), ticket("WuKongIM/WuKongIM#403")}},
		{Code: "WK504", ID: "token-cleared", find: tokenCleared},
		{Code: "WK503", ID: "token-overwritten", find: tokenOverwritten,
			Links: []string{ticket("WuKongIM/WuKongIM#130"), ticket("WuKongIM/WuKongIM#469")}},
	}
}

// refused lists the pairings that were certainly not let in, while the controls
// hold and the generation keeps a token per flag.
func (f *facts) refused() []*probe.Pairing {
	if f.Server.TokenAuth == probe.AuthOff || f.Server.Generation.SharesTokens() {
		return nil
	}
	if f.right != nil && f.right.Outcome != probe.OutcomePass {
		return nil
	}
	return f.where(func(p *probe.Pairing) bool {
		accepted, known := letIn(&p.Result)
		return known && !accepted && p.ReasonCode != wire.ReasonBan
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

// tokenMissing: the client sends an empty token (log: "token is empty").
func tokenMissing(f *facts) *probe.Finding {
	if f.User == nil || f.User.Token != "" {
		return nil
	}
	list := f.refused()
	if len(list) == 0 {
		return nil
	}
	return f.pairingFinding(list, nil)
}

// tokenUnderOtherFlag is what this program is for.
func tokenUnderOtherFlag(f *facts) *probe.Finding {
	if f.User != nil {
		return f.userTokenElsewhere()
	}
	var list []*probe.Pairing
	for _, p := range f.refused() {
		if p.ExpectToken == probe.TokenEmpty && p.TokenFlag != p.ConnectFlag {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil
	}
	if f.Mode == probe.ModeTable {
		return f.pairingFinding(list, map[string]string{"variant": "table"})
	}
	p := list[0]
	found := f.pairingFinding(list, f.flagArgs(p.TokenFlag, p.ConnectFlag, p.SDK))
	if c := f.Check(probe.CheckFix); c != nil && c.Outcome == probe.OutcomePass {
		found.Evidence = append(found.Evidence, probe.Evidence{Source: "connect",
			Text: "tried the fix: token of flag " + p.ConnectFlag.String() + ", CONNECT device_flag=" + strconv.Itoa(int(p.ConnectFlag)) + ": " + saw(c.Result)})
	}
	found.Fix.Commands = []string{curl(f.Diagnosis, "UID", p.ConnectFlag, f.Target.ManagerToken)}
	return found
}

func (f *facts) flagArgs(token, connect wire.DeviceFlag, sdk string) map[string]string {
	return map[string]string{
		"token_flag": token.String(), "connect_flag": connect.String(),
		"token_number": strconv.Itoa(int(token)), "connect_number": strconv.Itoa(int(connect)), "sdk": sdk,
	}
}

// userTokenElsewhere reads the server's own rows of an existing user.
func (f *facts) userTokenElsewhere() *probe.Finding {
	list := f.refused()
	if len(list) == 0 || f.User.Token == "" {
		return nil
	}
	p := list[0]
	if p.ExpectToken != probe.TokenEmpty || p.TokenFlag == p.ConnectFlag && !f.hasOtherRows() {
		return nil
	}
	if row := f.row(f.User.ConnectFlag); row != nil {
		return nil // there is a row, its token was cleared
	}
	args := f.flagArgs(p.TokenFlag, p.ConnectFlag, p.SDK)
	args["uid"] = f.User.UID
	if f.User.StoreKnown {
		var flags []wire.DeviceFlag
		args["variant"] = "user-other"
		for _, r := range f.User.Stored {
			flags = append(flags, r.DeviceFlag)
			if r.State == probe.TokenMatch {
				args["variant"] = "user"
				args["token_flag"], args["token_number"] = r.DeviceFlag.String(), strconv.Itoa(int(r.DeviceFlag))
			}
		}
		args["flags"] = flagList(flags)
	}
	found := f.pairingFinding(list, args)
	found.Fix.Commands = []string{curl(f.Diagnosis, f.User.UID, p.ConnectFlag, f.Target.ManagerToken)}
	return found
}

func (f *facts) hasOtherRows() bool { return f.User.StoreKnown && len(f.User.Stored) > 0 }

// row gives the stored row of a flag, or nil.
func (f *facts) row(flag wire.DeviceFlag) *probe.StoredState {
	for i := range f.User.Stored {
		if f.User.Stored[i].DeviceFlag == flag {
			return &f.User.Stored[i]
		}
	}
	return nil
}

// tokenNeverRegistered: no flag of this uid has a token.
func tokenNeverRegistered(f *facts) *probe.Finding {
	if f.User == nil || !f.User.StoreKnown || len(f.User.Stored) > 0 || f.User.Token == "" {
		return nil
	}
	list := f.refused()
	if len(list) == 0 {
		return nil
	}
	args := f.flagArgs(list[0].TokenFlag, f.User.ConnectFlag, list[0].SDK)
	args["uid"] = f.User.UID
	found := f.pairingFinding(list, args)
	found.Fix.Commands = []string{curl(f.Diagnosis, f.User.UID, f.User.ConnectFlag, f.Target.ManagerToken)}
	return found
}

// tokenCleared: the row is there, its token is empty. Only /user/device_quit
// does that.
func tokenCleared(f *facts) *probe.Finding {
	return f.ownFlag(probe.TokenEmpty)
}

// tokenOverwritten: the row holds another token.
func tokenOverwritten(f *facts) *probe.Finding {
	return f.ownFlag(probe.TokenOther)
}

// ownFlag explains a refusal on the flag that the token was stored under: it
// was there, and something has changed it since.
func (f *facts) ownFlag(state probe.ExpectToken) *probe.Finding {
	var list []*probe.Pairing
	for _, p := range f.refused() {
		cleared := p.TokenFlag == p.ConnectFlag
		if f.User != nil {
			cleared = f.User.Token != "" && f.row(f.User.ConnectFlag) != nil
		}
		if p.ExpectToken == state && (state == probe.TokenOther && (f.User == nil || f.User.Token != "") || cleared) {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil
	}
	p := list[0]
	args := f.flagArgs(p.TokenFlag, p.ConnectFlag, p.SDK)
	args["uid"] = p.UID
	if f.User != nil {
		if r := f.row(f.User.ConnectFlag); r != nil && r.UpdatedAt != nil {
			args["updated"] = r.UpdatedAt.Format("2006-01-02 15:04:05 UTC")
		}
	}
	found := f.pairingFinding(list, args)
	found.Fix.Commands = []string{curl(f.Diagnosis, p.UID, p.ConnectFlag, f.Target.ManagerToken)}
	return found
}

// pairingFinding quotes what the connections saw and what is stored.
func (f *facts) pairingFinding(list []*probe.Pairing, args map[string]string) *probe.Finding {
	found := &probe.Finding{Severity: severityOf(list), Pairings: ids(list), Evidence: evidenceOf(list), Args: args}
	p := list[0]
	if p.ExpectToken != probe.TokenUnknown {
		found.Evidence = append(found.Evidence, storeEvidence(p))
	}
	return found
}
