package diagnose

import (
	"net/url"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// apiCauses are what can be wrong with the HTTP API (port 5001).
func apiCauses() []Cause {
	return []Cause{
		{Code: "WK201", ID: "api-unreachable", find: apiUnreachable, is: onTheWay | apiAnswer | apiUnasked | endsRun | outageShows | neverStarts,
			dependsOn: downRoots(), settings: always("cluster.", "httpAddr"), logKinds: map[serverlog.Kind]int{serverlog.KindStartFailed: 0}},
		{Code: codeNoManagerToken, ID: "manager-token-required", find: managerTokenRequired, is: onTheWay | apiAnswer | apiUnasked | endsRun,
			settings: always("managerToken"), logKinds: map[serverlog.Kind]int{serverlog.KindTokenCallUnauthorized: 0, serverlog.KindAPIUnauthorized: 0},
			Links: []string{ticket("WuKongIM/WuKongIM#32"), ticket("Mininglamp-OSS/octo-server#25")}},
		{Code: codeTokenLost, ID: "manager-token-lost-between-nodes", find: tokenLostInForwarding, is: onTheWay | apiAnswer | endsRun,
			Links: []string{ticket("WuKongIM/WuKongIM#538")}},
		{Code: "WK204", ID: "manager-token-wrong", find: managerTokenWrong, is: onTheWay | apiAnswer | apiUnasked | endsRun, unless: []string{codeTokenLost},
			settings: always("managerToken"), logKinds: map[serverlog.Kind]int{serverlog.KindTokenCallUnauthorized: 1, serverlog.KindAPIUnauthorized: 1}},
		{Code: "WK206", ID: "user-banned", find: userBanned, is: onTheWay | apiAnswer | tokens,
			logKinds: map[serverlog.Kind]int{serverlog.KindBanned: 0}},
		{Code: "WK210", ID: "rate-limited", find: rateLimited, severity: probe.SeverityWarning, is: onTheWay | apiAnswer | apiUnasked | mayEndRun,
			logKinds: map[serverlog.Kind]int{serverlog.KindTokenCallLimited: 0}},
		{Code: "WK211", ID: "request-blocked", find: requestBlocked, is: onTheWay | apiAnswer | apiUnasked | endsRun,
			logKinds: map[serverlog.Kind]int{serverlog.KindTokenCallBlocked: 0}},
		{Code: "WK205", ID: "token-request-refused", find: tokenRequestRefused, is: onTheWay | apiAnswer | endsRun,
			logKinds: map[serverlog.Kind]int{
				serverlog.KindUIDEmpty: 0, serverlog.KindUIDIllegal: 0, serverlog.KindTokenRequestInvalid: 0, serverlog.KindUserRequestInvalid: 0,
				serverlog.KindTokenCallRefused: 0,
			}},
		{Code: codeServerError, ID: "api-server-error", find: apiServerError, is: onTheWay | apiAnswer | apiUnasked | mayEndRun | outageShows,
			logKinds: map[serverlog.Kind]int{
				serverlog.KindTokenLookupFailed: 0, serverlog.KindBanLookupFailed: 0, serverlog.KindSlotLeaderUnknown: 0,
				serverlog.KindProposeTimeout: 0, serverlog.KindTokenStoreFailed: 0, serverlog.KindTokenCallFailed: 0,
				serverlog.KindRouteFailed: 0, serverlog.KindAPIPanic: 0,
			},
			Links: []string{ticket("WuKongIM/WuKongIM#502"), ticket("WuKongIM/WuKongIM#526")}},
		{Code: "WK202", ID: "api-not-wukongim", find: apiNotWuKongIM, is: onTheWay | apiUnasked | endsRun | outageShows | neverStarts,
			dependsOn: downRoots()},
	}
}

// ticket turns "owner/repo#1" into its address.
func ticket(id string) string {
	for i := len(id) - 1; i > 0; i-- {
		if id[i] == '#' {
			return "https://github.com/" + id[:i] + "/issues/" + id[i+1:]
		}
	}
	return id
}

// tickets does so with several.
func tickets(ids ...string) (links []string) {
	for _, id := range ids {
		links = append(links, ticket(id))
	}
	return links
}

// apiFault gives the fault that stopped the API part of the run, from whichever
// check met it.
func apiFault(f *facts) *probe.Fault {
	if fault := rawAPIFault(f); !f.byProxy(fault) {
		return fault
	}
	return nil // WK307 explains it
}

// rawAPIFault includes what happened to most of the users that could not be
// registered, where others could.
func rawAPIFault(f *facts) *probe.Fault {
	for _, c := range []*probe.Check{f.api, f.register} {
		if c != nil && c.Fault != nil && (c.Outcome == probe.OutcomeFail || c.Outcome == probe.OutcomeWarn) {
			return c.Fault
		}
	}
	return nil
}

// unreachableVariant names the way in which an address does not answer, "" where
// it does.
func unreachableVariant(k probe.FaultKind) string {
	switch k {
	case probe.FaultDNS:
		return "dns"
	case probe.FaultRefused:
		return "refused"
	case probe.FaultTimeout, probe.FaultNoRoute:
		return "timeout"
	case probe.FaultReset, probe.FaultEOF:
		return "dropped"
	}
	return ""
}

func apiUnreachable(f *facts) *finding {
	fault := apiFault(f)
	if fault == nil || unreachableVariant(fault.Kind) == "" || fault.Status != 0 || f.tokenRequestLost() || f.apiSpeaks() != "" {
		return nil
	}
	return about(finding{
		Evidence: faultEvidence("api", fault),
		Args:     map[string]string{"variant": unreachableVariant(fault.Kind), "address": listener(fault.Address), "api": f.Target.API},
		Fix:      probe.Fix{Commands: []string{f.get("-i", "/route")}},
	}, probe.CheckAPI, probe.CheckRegister)
}

// listener gives host and port of what an API fault names as a URL.
func listener(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return address
	case u.Port() != "":
		return u.Host
	}
	return u.Host + map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
}

func managerTokenRequired(f *facts) *finding {
	if found := f.backEndUnauthorised(); found != nil {
		return found
	}
	if f.Target.ManagerToken || f.apiSpeaks() == probe.SpeaksManager {
		return nil
	}
	return f.unauthorised("wkctl diagnose --api " + f.Target.API + " --manager-token-file FILE" + f.client())
}

func managerTokenWrong(f *facts) *finding {
	if !f.Target.ManagerToken || f.apiSpeaks() == probe.SpeaksManager {
		return nil
	}
	return f.unauthorised(f.get("-i", "/route"))
}

// apiSpeaks says what the API's address is instead, "" where that is not known.
// A port that upgrades a plain request is a WebSocket port.
func (f *facts) apiSpeaks() probe.Speaks {
	switch {
	case f.api == nil || f.api.Outcome != probe.OutcomeFail:
		return ""
	case f.api.Fault != nil && f.api.Fault.Kind == probe.FaultUpgraded:
		return probe.SpeaksWebSocket
	}
	return f.api.Speaks
}

// tokenLostInForwarding: the API took the manager token for one request and
// answers 401 to another. v2 nodes pass requests for users whose data lives on
// another node on, without their headers (ticket #538).
func tokenLostInForwarding(f *facts) *finding {
	if !f.Target.ManagerToken || f.api == nil || f.api.Outcome != probe.OutcomePass {
		return nil
	}
	for _, id := range []probe.CheckID{probe.CheckRegister, probe.CheckStore, probe.CheckOnline} {
		c := f.Check(id)
		if c == nil || c.Fault == nil || c.Fault.Status != 401 {
			continue
		}
		return about(finding{
			Evidence: append([]probe.Evidence{probe.Say("manager-route", "GET {{.api}}/route with the manager token: 200", map[string]any{"api": f.Target.API}).By("api")}, faultEvidence("api", c.Fault)...),
			Args:     map[string]string{"api": f.Target.API, "address": c.Fault.Address},
			Fix:      probe.Fix{Commands: []string{f.get("-s", "/cluster/nodes")}},
		}, id)
	}
	return nil
}

// unauthorised explains 401: with a manager token in force (v1.1.1 and later)
// every path of the API answers it, with an empty body.
func (f *facts) unauthorised(command string) *finding {
	fault := apiFault(f)
	if fault == nil || fault.Status != 401 {
		return nil
	}
	return about(finding{
		Evidence: faultEvidence("api", fault),
		Args:     map[string]string{"api": f.Target.API},
		Fix:      probe.Fix{Commands: []string{command}},
	}, probe.CheckAPI, probe.CheckRegister)
}

// userBanned: /user/token answers HTTP 200 with {"status":19} for a banned uid.
func userBanned(f *facts) *finding {
	const banned = 19
	if fault := apiFault(f); fault != nil && fault.Status == banned {
		return about(finding{
			Evidence: faultEvidence("api", fault), Args: map[string]string{"uid": f.uid()},
		}, probe.CheckRegister)
	}
	for i := range f.Pairings {
		p := &f.Pairings[i]
		if f.bannedByLog(p) {
			return &finding{
				Pairings: []probe.PairingID{p.ID}, Args: map[string]string{"uid": p.UID, "variant": "log"},
				Evidence: []probe.Evidence{connectEvidence(p.ConnectFlag, p.UID, &p.Result)},
			}
		}
		if f.silentlyBanned(p) {
			return &finding{
				Pairings: []probe.PairingID{p.ID}, Args: map[string]string{"uid": p.UID, "variant": "silent"},
				Evidence: append([]probe.Evidence{connectEvidence(p.ConnectFlag, p.UID, &p.Result)}, f.userEvidence()...),
			}
		}
		if p.Observed == probe.Refused && p.ReasonCode == banned {
			return &finding{
				Pairings: []probe.PairingID{p.ID},
				Evidence: []probe.Evidence{connectEvidence(p.ConnectFlag, p.UID, &p.Result)},
				Args:     map[string]string{"uid": p.UID},
			}
		}
	}
	return nil
}

// silentlyBanned: v2.0.8 and later refuse a banned user without a word. It is
// what is left when the stored token is the one that was sent.
func (f *facts) silentlyBanned(p *probe.Pairing) bool {
	accepted, known := p.Result.LetIn()
	return f.User != nil && known && !accepted && p.Observed == probe.Silent && p.ExpectToken == probe.TokenMatch && p.ExpectTokenSource == probe.FromStore
}

// uid names a user of the run in a command; "" where the run came to none.
func (f *facts) uid() string {
	if f.User != nil {
		return f.User.UID
	}
	if len(f.Pairings) > 0 {
		return f.Pairings[0].UID
	}
	return ""
}
