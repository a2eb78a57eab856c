package diagnose

import (
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// The access lines of a server's log say how calls of POST /user/token were
// answered. They name no user, so they prove that such calls do not count, and not
// whose they were.

// tokenCalls gives the lines about calls that were answered so.
func (f *facts) tokenCalls(kind serverlog.Kind) (list []probe.LogLine) {
	if f.Log == nil {
		return nil
	}
	for _, l := range f.Log.Entries {
		if serverlog.Kind(l.Kind) == kind {
			list = append(list, l)
		}
	}
	return list
}

// uncountedCalls tells the texts of a finding how many calls did not count, and
// quotes the last of each kind.
func (f *facts) uncountedCalls(found *finding) {
	for name, kind := range map[string]serverlog.Kind{
		"unauthorized": serverlog.KindTokenCallUnauthorized, "badly": serverlog.KindTokenCallRefused,
	} {
		list := f.tokenCalls(kind)
		found.Args[name] = ""
		if n := len(list); n > 0 {
			found.Args[name] = strconv.Itoa(n)
		}
	}
	for _, kind := range []serverlog.Kind{
		serverlog.KindTokenCallUnauthorized, serverlog.KindTokenCallRefused, serverlog.KindTokenCallBlocked, serverlog.KindTokenCallFailed,
	} {
		if list := f.tokenCalls(kind); len(list) > 0 {
			found.Evidence = append(found.Evidence, f.calls(list))
		}
	}
}

// calls counts lines and quotes the last.
func (f *facts) calls(list []probe.LogLine) probe.Evidence {
	last := list[len(list)-1]
	return probe.Say("token-calls", "{{.n}} such lines, the last: {{.line}}",
		map[string]any{"n": len(list), "line": strings.TrimSpace(last.Text)}).By("server-log")
}

// backEndUnauthorised: nothing is stored for the user, and the log shows calls of
// POST /user/token that were answered 401. In this mode wkctl makes no such call,
// so a back end did.
func (f *facts) backEndUnauthorised() *finding {
	lines := f.tokenCalls(serverlog.KindTokenCallUnauthorized)
	list := f.refused()
	if apiFault(f) != nil || len(lines) == 0 || len(list) == 0 || !f.nothingStored(list[0]) {
		return nil
	}
	return &finding{
		Pairings: []probe.PairingID{list[0].ID}, Evidence: []probe.Evidence{f.calls(lines)},
		Args: map[string]string{"variant": "back-end", "api": f.Target.API, "uid": f.User.UID, "n": strconv.Itoa(len(lines))},
		Fix:  probe.Fix{Commands: []string{f.curlTo(f.User.UID, f.Server.Generation.LookupFlag(f.User.ConnectFlag), true)}},
	}
}

// nothingStored says whether nothing is known to be stored where the login of an
// existing user was looked up, nor its token elsewhere.
func (f *facts) nothingStored(p *probe.Pairing) bool {
	switch {
	case f.User == nil, f.User.Token == "", f.User.TokenIsManager, f.User.SimilarUID != "":
		return false
	case p.ExpectToken == probe.TokenEmpty:
		return p.TokenFlag == p.ConnectFlag
	}
	return p.ExpectToken == probe.TokenUnknown && !f.User.StoreKnown && len(f.User.Sweep) > 0 && f.notFound()
}

// callsRefused ties what a missing registration looks like to calls that were
// answered 401.
func callsRefused() root {
	return root{code: codeNoManagerToken, when: func(_ *facts, found *finding) bool { return found.Args["variant"] == "back-end" }}
}
