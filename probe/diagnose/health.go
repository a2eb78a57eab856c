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
		{Code: codeTLSCrash, ID: "tls-crashes-server", find: tlsCrash, is: outage | endsRun,
			logKinds: map[serverlog.Kind]int{serverlog.KindTLSPanic: 0},
			Links:    []string{ticket("WuKongIM/WuKongIM#56"), ticket("WuKongIM/WuKongIM#115")}},
		{Code: codeEnded, ID: "server-ended", find: serverEnded, is: outage | onTheWay | endsRun, settings: behindEnd,
			logKinds: map[serverlog.Kind]int{serverlog.KindPanic: 0, serverlog.KindConfigUnreadable: 1},
			Links:    []string{ticket("WuKongIM/WuKongIM#191")}},
		{Code: "WK213", ID: "server-went-away", find: wentAway, is: outage | onTheWay | endsRun | neverStarts,
			dependsOn: []root{{code: codeEnded, when: down}}},
		{Code: "WK214", ID: "test-tokens-left", find: tokensLeft, severity: probe.SeverityWarning, is: onTheWay},
	}
}

// gone is nil where the server was there all along, or nobody asked whether it was.
func (f *facts) gone() *probe.Health {
	if f.Health == nil || f.Health.Gone == "" {
		return nil
	}
	return f.Health
}

// tlsPanics gives the panics in readClientHello that the server's log holds:
// those of this run, and those from before.
func (f *facts) tlsPanics() (now, before []probe.Evidence) {
	if f.Log == nil {
		return nil, nil
	}
	for _, l := range f.Log.Entries {
		if serverlog.Kind(l.Kind) != serverlog.KindTLSPanic && !strings.Contains(l.Text, "readClientHello") {
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
func tlsCrash(f *facts) *finding {
	h := f.gone()
	now, before := f.tlsPanics()
	switch {
	case h != nil && h.Hello:
		return about(*f.outage(append(slices.Clone(h.Evidence), now...), "sent", certificateFix()...), probe.CheckWS)
	case h != nil && len(now) > 0:
		return f.outage(append(now, h.Evidence...), "log", certificateFix()...)
	case len(now)+len(before) > 0 && f.apiDown():
		return &finding{
			Evidence: append(now, before...),
			Args:     map[string]string{"variant": "down", "source": f.Log.Source, "api": f.Target.API}, Fix: probe.Fix{Commands: certificateFix()},
		}
	case len(now)+len(before) > 0:
		return &finding{
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
func wentAway(f *facts) *finding {
	h := f.gone()
	if crash := f.found(codeTLSCrash); h == nil || crash != nil && crash.Severity == probe.SeverityError {
		return nil
	}
	return f.outage(h.Evidence, string(h.Gone), f.get("-i", "/route"))
}

// outage is the finding about a server that went away, with what was sent last
// and what has to be tidied up once it is back.
func (f *facts) outage(evidence []probe.Evidence, variant string, commands ...string) *finding {
	h := f.gone()
	args := map[string]string{
		"variant": variant, "ws": f.Target.WS, "api": f.Target.API, "last": "", "back": yes(h.Back || h.Gone == probe.GoneRestarted),
		"version": f.Server.Version,
	}
	if h.SentLast != "" {
		tell(args, "last", sent(h.SentLast))
		evidence = append(slices.Clone(evidence), probe.Say("sent-last", "sent last: {{.last}}", map[string]any{"last": sent(h.SentLast)}).By("connect"))
	}
	lost := f.where(func(p *probe.Pairing) bool {
		return p.Verdict == probe.OutcomeUnknown && p.Observed != probe.Accepted && !p.Impossible
	})
	return &finding{
		Pairings: ids(lost), Evidence: evidence, Args: f.leftArgs(args),
		Fix: probe.Fix{Commands: append(commands, f.clearLeft()...)},
	}
}

// sent tells what a run sent last, "CONNECT to 192.0.2.1:5200". The document has it
// in English alone.
func sent(last string) probe.Phrase {
	what, address, found := strings.Cut(last, " to ")
	if !found {
		return probe.Phrase{Text: last}
	}
	frame := probe.Phrase{Text: what}
	if what == "a new connection" {
		frame = probe.Say("new-connection", "a new connection", nil)
	}
	return probe.Say("sent-to", "{{.frame}} to {{.address}}", map[string]any{"frame": frame, "address": address})
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
	at := slices.IndexFunc(f.Findings, func(x probe.Finding) bool {
		return x.Severity == probe.SeverityError && f.cause(x.Code).has(outage)
	})
	if f.gone() == nil || at < 0 {
		return
	}
	root := &f.Findings[at]
	root.Pairings = append(root.Pairings, ids(f.unnamed())...)
	for i := range f.Findings {
		found := &f.Findings[i]
		if found.Code != root.Code && found.DependsOn == "" && f.cause(found.Code).has(outageShows) {
			found.DependsOn = root.Code
		}
	}
	if root.Code == codeTLSCrash && root.DependsOn == "" && f.Finding(serverconf.CodeWSSCertMissing) != nil && f.Finding(codeOtherConfig) == nil {
		root.DependsOn = serverconf.CodeWSSCertMissing
		f.before(serverconf.CodeWSSCertMissing, root.Code, root.Severity)
	}
}
