package diagnose

import (
	"strconv"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
	"github.com/wkctl/wkctl/probe/wire"
)

// confusionCauses stand before everything else: fixing any other finding would
// leave them.
func confusionCauses() []Cause {
	return []Cause{
		{Code: "WK506", ID: "manager-token-as-user-token", find: managerAsUser, is: onTheWay | endsRun | tokens,
			logKinds: map[serverlog.Kind]int{serverlog.KindManagerTokenMismatch: 0, serverlog.KindManagerTokenPanic: 0},
			Links:    []string{ticket("WuKongIM/WuKongIM#68")}},
		{Code: "WK307", ID: "proxy-in-the-way", find: proxyInTheWay, is: apiUnasked | endsRun},
	}
}

// serverCauses are what the server itself does, whatever the tokens are.
func serverCauses() []Cause {
	return []Cause{
		{Code: codeAuthOff, ID: "token-auth-off", find: tokenAuthOff, is: endsRun | tokens, settings: always("tokenAuthOn", "mode", "stress"),
			Links: []string{ticket("WuKongIM/WuKongIM#409"), ticket("WuKongIM/WuKongIM#504")}},
		{Code: "WK509", ID: "accepted-should-refuse", find: acceptedShouldRefuse, is: tokens},
		{Code: codeNotKept, ID: "token-not-kept", find: tokenNotKept, is: endsRun | tokens,
			Links: []string{ticket("WuKongIM/WuKongIM#941")}},
		{Code: "WK516", ID: "right-token-refused", find: rightTokenRefused, is: endsRun | outageShows, unless: []string{codeNotKept},
			Links: []string{ticket("WuKongIM/WuKongIM#941")}},
		{Code: codeShared, ID: "token-shared-across-flags", find: tokenShared, severity: probe.SeverityWarning, is: tokens,
			logKinds: map[serverlog.Kind]int{serverlog.KindTokenRefused: 3}},
	}
}

// managerAsUser: the client is given the key of the HTTP API.
func managerAsUser(f *facts) *finding {
	if f.User == nil || !f.User.TokenIsManager {
		return nil
	}
	found := &finding{
		Evidence: []probe.Evidence{probe.Say("user-token-route", "GET /route with the user's token in the header `token`: 200", nil).By("api")},
		Args:     map[string]string{"uid": f.User.UID, "connect_number": strconv.Itoa(int(f.User.ConnectFlag))},
		Fix:      probe.Fix{Commands: []string{f.curlTo(f.User.UID, f.User.ConnectFlag, true)}},
	}
	for i := range f.Pairings {
		found.Pairings = append(found.Pairings, f.Pairings[i].ID)
	}
	return found
}

// tokenAuthOff: a wrong token was let in, so nothing here proves anything. v3
// beta checks no token whatever its configuration (wiring.go:1212).
func tokenAuthOff(f *facts) *finding {
	if f.Server.TokenAuth != probe.AuthOff {
		return nil
	}
	severity := probe.SeverityError
	if f.NoAuthOK {
		severity = probe.SeverityWarning
	}
	variant := "off"
	if f.Server.Generation == probe.GenV3 {
		variant = "v3"
	}
	found := &finding{Severity: severity, Args: map[string]string{"variant": variant, "generation": string(f.Server.Generation)}}
	if variant == "off" {
		f.warnLatent(found)
		found.Fix.Commands = append(found.Fix.Commands, "tokenAuthOn: true   # wk.yaml", "WK_TOKENAUTHON=true # environment")
	}
	for _, id := range []probe.CheckID{probe.CheckWrongToken, probe.CheckUnknownUser} {
		if c := f.Check(id); c != nil && c.Result != nil {
			found.each = append(found.each, id)
			found.Evidence = append(found.Evidence, probe.Say("check", "{{.check}}: {{.saw}}", map[string]any{"check": checkText(id), "saw": saw(c.Result)}).By("connect"))
		}
	}
	for i := range f.Pairings {
		found.Pairings = append(found.Pairings, f.Pairings[i].ID)
	}
	return found
}

// checkText names a check that a wrong token was used in.
func checkText(id probe.CheckID) probe.Phrase {
	if id == probe.CheckUnknownUser {
		return probe.Say("unknown-user", "control-unknown-user", nil)
	}
	return probe.Say("wrong-token", "control-wrong-token", nil)
}

// acceptedShouldRefuse is the loudest finding: the server checks tokens, and yet
// one passed that this generation refuses.
func acceptedShouldRefuse(f *facts) *finding {
	list := f.where(func(p *probe.Pairing) bool {
		return p.Verdict == probe.OutcomeFail && p.Observed == probe.Accepted
	})
	if len(list) == 0 {
		return nil
	}
	return &finding{
		Pairings: ids(list), Evidence: evidenceOf(list),
		Args: map[string]string{"generation": string(f.Server.Generation)},
	}
}

// rightTokenRefused: the token that the API took a moment ago is not known to
// whoever answers on the client port. Either two servers, or two nodes that share
// no data (ticket #941), or the server did not keep it: WK523 where that is seen.
func rightTokenRefused(f *facts) *finding {
	if f.User != nil {
		return f.userTokenRefused()
	}
	if f.right == nil || f.right.Result == nil || f.right.Outcome != probe.OutcomeFail {
		return nil
	}
	found := &finding{
		Evidence: []probe.Evidence{
			{Source: "register", Text: "POST " + f.Target.API + "/user/token device_flag=0: 200"},
			probe.Say("that-token", "CONNECT {{.ws}} device_flag=0 with that token: {{.saw}}", map[string]any{"ws": f.Target.WS, "saw": saw(f.right.Result)}).By("connect"),
		},
		Args: map[string]string{"api": f.Target.API, "ws": f.Target.WS},
		Fix:  probe.Fix{Commands: []string{f.get("-s", "/cluster/nodes")}},
	}
	found.each = []probe.CheckID{probe.CheckRightToken}
	for _, r := range firstRows(f.OwnRows) {
		found.Args["variant"], found.Args["uid"] = "kept", r.UID
		found.Evidence = append(found.Evidence, rowEvidence(r))
	}
	return found
}

// userTokenRefused: the rows of the API's server hold the very token that the
// client port refuses. Servers that refuse in silence do the same to a banned
// user (WK206); v2.0.1 to v2.0.7 would say so.
func (f *facts) userTokenRefused() *finding {
	for i := range f.Pairings {
		p := &f.Pairings[i]
		if p.Observed != probe.Refused || p.ReasonCode != wire.ReasonAuthFail || p.ExpectToken != probe.TokenMatch || p.ExpectTokenSource != probe.FromStore {
			continue
		}
		return &finding{
			Pairings: []probe.PairingID{p.ID},
			Evidence: append(f.userEvidence(), connectEvidence(p.ConnectFlag, p.UID, &p.Result)),
			Args:     map[string]string{"variant": "user", "api": f.Target.API, "ws": f.Target.WS, "uid": p.UID},
		}
	}
	return nil
}

// tokenShared: v1.0.0 to v1.0.5 look at flag 0's token only, v2.0.0-beta keeps
// one token per uid.
func tokenShared(f *facts) *finding {
	if !f.Server.Generation.SharesTokens() || f.Server.TokenAuth != probe.AuthOn {
		return nil
	}
	list := f.where(func(p *probe.Pairing) bool {
		accepted, known := p.Result.LetIn()
		return known && accepted != (p.TokenFlag == p.ConnectFlag)
	})
	failing := f.where(func(p *probe.Pairing) bool {
		return p.Verdict == probe.OutcomeFail && (f.User == nil || p.ConnectFlag != 0)
	})
	severity := probe.SeverityWarning
	if len(failing) > 0 && (f.User == nil || f.Server.Generation == probe.GenV10) {
		severity, list = probe.SeverityError, failing
	}
	return &finding{
		Severity: severity, Pairings: ids(list), Evidence: evidenceOf(list),
		Args: map[string]string{"variant": string(f.Server.Generation), "version": f.Server.Version},
	}
}

// where lists the pairings that fit.
func (f *facts) where(fits func(*probe.Pairing) bool) []*probe.Pairing {
	var list []*probe.Pairing
	for i := range f.Pairings {
		if fits(&f.Pairings[i]) {
			list = append(list, &f.Pairings[i])
		}
	}
	return list
}

// maxEvidence bounds the quotes of one finding: a reader needs a few.
const maxEvidence = 3

func evidenceOf(list []*probe.Pairing) []probe.Evidence {
	var out []probe.Evidence
	for i, p := range list {
		if i == maxEvidence {
			break
		}
		out = append(out, connectEvidence(p.ConnectFlag, p.UID, &p.Result))
	}
	return out
}
