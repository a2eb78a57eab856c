package diagnose

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// apiCauses are what can be wrong with the HTTP API (port 5001).
func apiCauses() []Cause {
	return []Cause{
		{Code: "WK201", ID: "api-unreachable", find: apiUnreachable},
		{Code: "WK203", ID: "manager-token-required", find: managerTokenRequired,
			Links: []string{ticket("WuKongIM/WuKongIM#32"), ticket("Mininglamp-OSS/octo-server#25")}},
		{Code: "WK209", ID: "manager-token-lost-between-nodes", find: tokenLostInForwarding,
			Links: []string{ticket("WuKongIM/WuKongIM#538")}},
		{Code: "WK204", ID: "manager-token-wrong", find: managerTokenWrong},
		{Code: "WK206", ID: "user-banned", find: userBanned},
		{Code: "WK205", ID: "token-request-refused", find: tokenRequestRefused},
		{Code: "WK207", ID: "api-server-error", find: apiServerError,
			Links: []string{ticket("WuKongIM/WuKongIM#502"), ticket("WuKongIM/WuKongIM#526")}},
		{Code: "WK202", ID: "api-not-wukongim", find: apiNotWuKongIM},
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

// apiFault gives the fault that stopped the API part of the run, from whichever
// check met it.
func apiFault(f *facts) *probe.Fault {
	if fault := rawAPIFault(f); !f.byProxy(fault) {
		return fault
	}
	return nil // WK307 explains it
}

func rawAPIFault(f *facts) *probe.Fault {
	for _, c := range []*probe.Check{f.api, f.register} {
		if c != nil && c.Outcome == probe.OutcomeFail && c.Fault != nil {
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

func apiUnreachable(f *facts) *probe.Finding {
	fault := apiFault(f)
	if fault == nil || unreachableVariant(fault.Kind) == "" || fault.Status != 0 || f.tokenRequestLost() || f.apiSpeaks() != "" {
		return nil
	}
	return f.checkFinding(probe.Finding{
		Severity: probe.SeverityError,
		Evidence: faultEvidence("api", fault),
		Args:     map[string]string{"variant": unreachableVariant(fault.Kind), "address": listener(fault.Address), "api": f.Target.API},
		Fix:      probe.Fix{Commands: []string{"curl -i " + f.Target.API + "/route"}},
	}, "WK201", f.api, f.register)
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

func managerTokenRequired(f *facts) *probe.Finding {
	if f.Target.ManagerToken || f.apiSpeaks() == probe.SpeaksManager {
		return nil
	}
	return f.unauthorised("WK203", "wkctl diagnose --api "+f.Target.API+" --manager-token-file FILE")
}

func managerTokenWrong(f *facts) *probe.Finding {
	if !f.Target.ManagerToken || f.apiSpeaks() == probe.SpeaksManager || tokenLostInForwarding(f) != nil {
		return nil
	}
	return f.unauthorised("WK204", `curl -i -H "token: $WKCTL_MANAGER_TOKEN" `+f.Target.API+"/route")
}

// apiSpeaks says what the API's address is instead, "" where that is not known.
func (f *facts) apiSpeaks() probe.Speaks {
	if f.api == nil || f.api.Outcome != probe.OutcomeFail {
		return ""
	}
	return f.api.Speaks
}

// tokenLostInForwarding: the API took the manager token for one request and
// answers 401 to another. v2 nodes pass requests for users whose data lives on
// another node on, without their headers (ticket #538).
func tokenLostInForwarding(f *facts) *probe.Finding {
	if !f.Target.ManagerToken || f.api == nil || f.api.Outcome != probe.OutcomePass {
		return nil
	}
	for _, id := range []probe.CheckID{probe.CheckRegister, probe.CheckStore, probe.CheckOnline} {
		c := f.Check(id)
		if c == nil || c.Fault == nil || c.Fault.Status != 401 {
			continue
		}
		return f.checkFinding(probe.Finding{
			Severity: probe.SeverityError,
			Evidence: append([]probe.Evidence{{Source: "api", Text: "GET " + f.Target.API + "/route with the manager token: 200"}}, faultEvidence("api", c.Fault)...),
			Args:     map[string]string{"api": f.Target.API, "address": c.Fault.Address},
			Fix:      probe.Fix{Commands: []string{`curl -H "token: $WKCTL_MANAGER_TOKEN" ` + f.Target.API + "/cluster/nodes"}},
		}, "WK209", c)
	}
	return nil
}

// unauthorised explains 401: with a manager token in force (v1.1.1 and later)
// every path of the API answers it, with an empty body.
func (f *facts) unauthorised(code, command string) *probe.Finding {
	fault := apiFault(f)
	if fault == nil || fault.Status != 401 {
		return nil
	}
	return f.checkFinding(probe.Finding{
		Severity: probe.SeverityError,
		Evidence: faultEvidence("api", fault),
		Args:     map[string]string{"api": f.Target.API},
		Fix:      probe.Fix{Commands: []string{command}},
	}, code, f.api, f.register)
}

// userBanned: /user/token answers HTTP 200 with {"status":19} for a banned uid.
func userBanned(f *facts) *probe.Finding {
	const banned = 19
	if fault := apiFault(f); fault != nil && fault.Status == banned {
		return f.checkFinding(probe.Finding{
			Severity: probe.SeverityError, Evidence: faultEvidence("api", fault), Args: map[string]string{"uid": f.uid()},
		}, "WK206", f.register)
	}
	for i := range f.Pairings {
		p := &f.Pairings[i]
		if f.bannedByLog(p) {
			return &probe.Finding{
				Severity: probe.SeverityError, Pairings: []probe.PairingID{p.ID}, Args: map[string]string{"uid": p.UID, "variant": "log"},
				Evidence: []probe.Evidence{connectEvidence(p.ConnectFlag, p.UID, &p.Result)},
			}
		}
		if f.silentlyBanned(p) {
			return &probe.Finding{
				Severity: probe.SeverityError, Pairings: []probe.PairingID{p.ID}, Args: map[string]string{"uid": p.UID, "variant": "silent"},
				Evidence: append([]probe.Evidence{connectEvidence(p.ConnectFlag, p.UID, &p.Result)}, f.userEvidence()...),
			}
		}
		if p.Observed == probe.Refused && p.ReasonCode == banned {
			return &probe.Finding{
				Severity: probe.SeverityError, Pairings: []probe.PairingID{p.ID},
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
	accepted, known := letIn(&p.Result)
	return f.User != nil && known && !accepted && p.Observed == probe.Silent && p.ExpectToken == probe.TokenMatch && p.ExpectTokenSource == probe.FromStore
}

func tokenRequestRefused(f *facts) *probe.Finding {
	if f.register == nil || f.register.Fault == nil || f.register.Outcome != probe.OutcomeFail {
		return nil
	}
	fault := f.register.Fault
	if fault.Status < 400 || fault.Status > 499 || fault.Status == 401 || fault.Status == 403 && fault.Text == "" || clusterText(fault.Text) {
		return nil
	}
	return f.checkFinding(probe.Finding{
		Severity: probe.SeverityError,
		Evidence: faultEvidence("api", fault),
		Args:     map[string]string{"status": strconv.Itoa(fault.Status), "said": fault.Text},
	}, "WK205", f.register)
}

// tokenRequestLost: the API answers in general, and drops or never answers
// /user/token (tickets #502: the handler panics; #526: the write times out).
func (f *facts) tokenRequestLost() bool {
	if f.api == nil || f.api.Outcome != probe.OutcomePass || f.register == nil || f.register.Fault == nil {
		return false
	}
	variant := unreachableVariant(f.register.Fault.Kind)
	return f.register.Fault.Status == 0 && (variant == "dropped" || variant == "timeout")
}

// clusterText recognises what v2 says when a node cannot write: no leader for
// the slot yet, or a proposal that timed out.
func clusterText(said string) bool {
	for _, s := range []string{"deadline exceeded", "leader", "slot"} {
		if strings.Contains(strings.ToLower(said), s) {
			return true
		}
	}
	return false
}

// apiServerError: the server could not do what it was asked for.
func apiServerError(f *facts) *probe.Finding {
	fault := apiFault(f)
	if fault == nil {
		return nil
	}
	variant := ""
	switch {
	case f.tokenRequestLost():
		variant = "lost"
	case fault.Status >= 400 && fault.Status < 500 && clusterText(fault.Text):
		variant = "cluster"
	case fault.Status < 500, isGateway(fault):
		return nil
	}
	return f.checkFinding(probe.Finding{
		Severity: probe.SeverityError,
		Evidence: faultEvidence("api", fault),
		Args:     map[string]string{"variant": variant, "status": strconv.Itoa(fault.Status), "said": fault.Text},
		Fix:      probe.Fix{Commands: []string{"curl -i " + f.Target.API + "/health"}},
	}, "WK207", f.api, f.register)
}

// isGateway recognises the error page of a proxy that could not reach the server
// behind it. WuKongIM itself answers neither of these (all releases).
func isGateway(fault *probe.Fault) bool {
	return fault.Status >= 502 && fault.Status <= 504 && fault.Text == ""
}

// apiNotWuKongIM takes what is left: an answer that is none of WuKongIM's.
func apiNotWuKongIM(f *facts) *probe.Finding {
	fault := apiFault(f)
	if fault == nil {
		return nil
	}
	for _, other := range []func(*facts) *probe.Finding{apiUnreachable, managerTokenRequired, managerTokenWrong, userBanned, tokenRequestRefused, apiServerError} {
		if other(f) != nil {
			return nil
		}
	}
	variant := "other"
	switch {
	case f.apiSpeaks() != "" && f.apiSpeaks() != probe.SpeaksHTTP:
		variant = string(f.apiSpeaks())
	case isGateway(fault):
		variant = "gateway"
	case fault.Kind == probe.FaultNotHTTP:
		variant = "not-http"
	case fault.Phase == probe.PhaseTLS:
		variant = "tls"
	case fault.Location != "":
		variant = "redirect"
	}
	return f.checkFinding(probe.Finding{
		Severity: probe.SeverityError,
		Evidence: faultEvidence("api", fault),
		Args: map[string]string{
			"variant": variant, "api": f.Target.API, "address": fault.Address, "status": strconv.Itoa(fault.Status), "location": fault.Location,
		},
		Fix: probe.Fix{Commands: []string{"curl -i " + f.Target.API + "/route"}},
	}, "WK202", f.api, f.register)
}

// checkFinding writes the code on the first failed of the checks that it
// explains.
func (f *facts) checkFinding(found probe.Finding, code string, checks ...*probe.Check) *probe.Finding {
	for _, c := range checks {
		if c != nil && c.Fault != nil && c.Code == "" {
			c.Code = code
			break
		}
	}
	return &found
}

// uid gives a name for the user of the run.
func (f *facts) uid() string {
	if f.User != nil {
		return f.User.UID
	}
	if len(f.Pairings) > 0 {
		return f.Pairings[0].UID
	}
	return ""
}
