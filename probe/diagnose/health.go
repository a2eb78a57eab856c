package diagnose

import (
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverconf"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// healthCauses come before all others: a server that went away in a run is the
// first thing to know, and what was seen after that follows from it.
func healthCauses() []Cause {
	return []Cause{
		{Code: "WK308", ID: "tls-crashes-server", find: tlsCrash,
			Links: []string{ticket("WuKongIM/WuKongIM#56"), ticket("WuKongIM/WuKongIM#115")}},
		{Code: "WK213", ID: "server-went-away", find: wentAway},
		{Code: "WK214", ID: "test-tokens-left", find: tokensLeft},
	}
}

// gone gives the server's health where it went away in this run, else nil.
func (f *facts) gone() *probe.Health {
	if f.Health == nil || f.Health.Gone == "" {
		return nil
	}
	return f.Health
}

// kindTLSPanic is the kind of the log entry that a TLS greeting leaves behind.
const kindTLSPanic serverlog.Kind = "tls-panic"

// tlsPanics gives the panics in readClientHello that the server's log holds:
// those of this run, and those from before.
func (f *facts) tlsPanics() (now, before []probe.Evidence) {
	if f.Log == nil {
		return nil, nil
	}
	for _, l := range f.Log.Entries {
		if serverlog.Kind(l.Kind) != kindTLSPanic && !strings.Contains(l.Text, "readClientHello") {
			continue
		}
		quote := probe.Evidence{Source: "server-log", Text: spaced(l.Text)}
		if l.Before {
			before = append(before, quote)
		} else {
			now = append(now, quote)
		}
	}
	return firstFew(now), firstFew(before)
}

func firstFew(list []probe.Evidence) []probe.Evidence { return list[:min(len(list), maxEvidence)] }

// tlsCrash: where wssAddr is set and wssConfig names no certificate, v1.1.0 to
// v2.2.5 end their process at the first TLS ClientHello, whoever sends it: the
// tls.Config is nil (crypto/tls handshake_server.go; all 40 releases were run).
func tlsCrash(f *facts) *probe.Finding {
	h := f.gone()
	now, before := f.tlsPanics()
	switch {
	case h != nil && h.Hello:
		return f.checkFinding(*f.outage(append(slices.Clone(h.Evidence), now...), "sent", certificateFix()...), "WK308", f.ws)
	case h != nil && len(now) > 0:
		return f.outage(append(now, h.Evidence...), "log", certificateFix()...)
	case len(now)+len(before) > 0:
		return &probe.Finding{
			Severity: probe.SeverityWarning, Evidence: append(now, before...),
			Args: map[string]string{"variant": "past", "source": f.Log.Source}, Fix: probe.Fix{Commands: certificateFix()},
		}
	}
	return nil
}

func certificateFix() []string {
	return []string{
		"wssConfig:   # wk.yaml\n  certFile: \"/certs/fullchain.pem\"\n  keyFile: \"/certs/privkey.pem\"",
		"WK_WSSCONFIG_CERTFILE=/certs/fullchain.pem\nWK_WSSCONFIG_KEYFILE=/certs/privkey.pem",
	}
}

// wentAway: the server was there when the run began and was not, or was another
// process, when it ended. Nobody can tell from outside whether this run did it.
func wentAway(f *facts) *probe.Finding {
	h := f.gone()
	if crash := tlsCrash(f); h == nil || crash != nil && crash.Severity == probe.SeverityError {
		return nil
	}
	return f.outage(h.Evidence, string(h.Gone), "curl -i "+f.Target.API+"/route")
}

// outage is the finding about a server that went away, with what was sent last
// and what has to be tidied up once it is back.
func (f *facts) outage(evidence []probe.Evidence, variant string, commands ...string) *probe.Finding {
	h := f.gone()
	args := map[string]string{
		"variant": variant, "ws": f.Target.WS, "api": f.Target.API, "last": h.SentLast, "back": yes(h.Back || h.Gone == probe.GoneRestarted),
		"version": f.Server.Version,
	}
	if h.SentLast != "" {
		evidence = append(slices.Clone(evidence), probe.Evidence{Source: "connect", Text: "sent last: " + h.SentLast})
	}
	lost := f.where(func(p *probe.Pairing) bool {
		return p.Verdict == probe.OutcomeUnknown && p.Observed != probe.Accepted && !p.Impossible
	})
	return &probe.Finding{
		Severity: probe.SeverityError, Pairings: ids(lost), Evidence: evidence, Args: f.leftArgs(args),
		Fix: probe.Fix{Commands: append(commands, f.clearLeft()...)},
	}
}

// yes gives the argument that a text asks about with {{if}}.
func yes(is bool) string {
	if is {
		return "true"
	}
	return ""
}

// rootHealth ties what was seen of a server that went away to that, and gives
// the outage the pairings that nothing else explains.
func (f *facts) rootHealth() {
	root := f.Finding("WK308")
	if root == nil || root.Severity != probe.SeverityError {
		root = f.Finding("WK213")
	}
	if f.gone() == nil || root == nil {
		return
	}
	root.Pairings = append(root.Pairings, ids(f.unnamed())...)
	for i := range f.Findings {
		found := &f.Findings[i]
		if found.Code != root.Code && found.DependsOn == "" && slices.Contains(outageCodes(), found.Code) {
			found.DependsOn = root.Code
		}
	}
	if root.Code == "WK308" && root.DependsOn == "" && f.Finding(serverconf.CodeWSSCertMissing) != nil && f.Finding(codeOtherConfig) == nil {
		root.DependsOn = serverconf.CodeWSSCertMissing
		f.before(serverconf.CodeWSSCertMissing, root.Code, root.Severity)
	}
}

// outageCodes are the findings that a server shows which is not there any more.
func outageCodes() []string {
	return []string{"WK201", "WK202", "WK207", "WK302", "WK303", "WK401", "WK405", "WK409", "WK516", "WK602", "WK603", "WK604"}
}
