package diagnose

import (
	"strings"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// networkCauses are what can lie between us and the client ports.
func networkCauses() []Cause {
	return []Cause{
		{Code: "WK301", ID: "dns-failure", find: wsFault("dns"), is: nothingReached | endsRun, dependsOn: addressRoots(), settings: behindDialled},
		{Code: "WK302", ID: "connection-refused", find: wsFault("refused"), is: nothingReached | endsRun | outageShows, dependsOn: addressRoots(), settings: behindDialled,
			Links: []string{ticket("WuKongIM/WuKongIM#24")}},
		{Code: "WK303", ID: "connect-timeout", find: wsFault("timeout"), is: nothingReached | endsRun | outageShows, dependsOn: addressRoots(), settings: behindDialled,
			Links: []string{ticket("WuKongIM/WuKongIM#404")}},
		{Code: "WK304", ID: "tls-certificate-invalid", find: certificateInvalid, is: endsRun, settings: behindDialled,
			logKinds: map[serverlog.Kind]int{serverlog.KindCertRefused: 0, serverlog.KindTLSFailed: 0},
			Links:    []string{ticket("WuKongIM/WuKongIM#66")}},
		{Code: "WK305", ID: "tls-to-plain-port", find: tlsToPlainPort, is: endsRun, settings: behindDialled},
		{Code: "WK306", ID: "plain-to-tls-port", find: plainToTLSPort, is: endsRun, settings: behindDialled,
			logKinds: map[serverlog.Kind]int{serverlog.KindPlainToTLS: 0},
			Links:    []string{ticket("WuKongIM/WuKongIM#214")}},
	}
}

// wsFaultOf gives the fault that kept us from the WebSocket address, nil where
// it was reached, or where something on the way kept us from it that has a cause
// of its own.
func wsFaultOf(f *facts) *probe.Fault {
	if f.ws == nil || f.ws.Outcome != probe.OutcomeFail || f.ws.Fault == nil || f.ws.Fault.Kind == probe.FaultProxy {
		return nil
	}
	return f.ws.Fault
}

// wsFinding is a finding of severity error about the WebSocket address.
func (f *facts) wsFinding(fault *probe.Fault, args map[string]string, commands ...string) *finding {
	if args == nil {
		args = map[string]string{}
	}
	args["ws"], args["address"], args["source"] = f.Target.WS, fault.Address, string(f.Target.WSSource)
	if args["variant"] == "" && f.native() {
		args["variant"] = "tcp"
	}
	found := about(finding{
		Evidence: faultEvidence("connect", fault),
		Args:     args,
		Fix:      probe.Fix{Commands: commands},
	}, probe.CheckWS)
	found.Evidence = append(found.Evidence, f.workingAddress()...)
	return found
}

// native says whether the client speaks plain TCP, as those of Android, iOS,
// Flutter, HarmonyOS and Go do.
func (f *facts) native() bool { return strings.HasPrefix(f.Target.WS, "tcp://") }

// workingAddress quotes the advertised addresses that do work: they show that
// the server is up and only this way to it is not.
func (f *facts) workingAddress() (out []probe.Evidence) {
	for _, a := range f.Addresses {
		if a.Outcome == probe.OutcomePass {
			out = append(out, probe.Say("works", `{{.role}}: "{{.address}}" works`, map[string]any{"role": a.Role, "address": a.URL}).By("route"))
		}
	}
	return out
}

// wsFault finds a dial that ended in the given way.
func wsFault(variant string) func(*facts) *finding {
	return func(f *facts) *finding {
		fault := wsFaultOf(f)
		if fault == nil || fault.Phase != probe.PhaseDial && fault.Phase != probe.PhaseDNS {
			return nil
		}
		if unreachableVariant(fault.Kind) != variant {
			return nil
		}
		args := map[string]string{}
		switch {
		case f.Target.WSSource == probe.SourceRoute && variant == "dns":
			args["variant"] = "route"
		case strings.HasPrefix(f.Target.WS, "wss://") && variant == "refused":
			args["variant"] = "wss"
		}
		return f.wsFinding(fault, args)
	}
}

// addressRoots are the findings that say why the address that we dialled cannot
// work: it is not the one that is advertised, or it was advertised wrongly. A
// stranger that answers there may be one on somebody else's LAN.
func addressRoots() []root {
	used := func(f *facts, found *finding) bool { return f.usedRole(found.Args["role"]) }
	return []root{{code: codeNotAdvertised}, {code: codePrivate, when: used}, {code: codeWSAsTCP, when: used}, {code: codeUnreachable, when: used}}
}

// certVariant names what is wrong with a certificate, "" where it is something
// else that went wrong.
func certVariant(fault *probe.Fault) string {
	if fault == nil {
		return ""
	}
	return map[probe.FaultKind]string{
		probe.FaultCertExpired: "expired", probe.FaultCertName: "name", probe.FaultCertUnknown: "untrusted",
	}[fault.Kind]
}

// certificateInvalid looks at the address that was dialled, and at the wss
// address that is advertised to others.
func certificateInvalid(f *facts) *finding {
	if fault := wsFaultOf(f); certVariant(fault) != "" {
		return f.wsFinding(fault, certArgs(fault))
	}
	for _, a := range f.worstFirst() {
		if certVariant(a.Fault) == "" {
			continue
		}
		args := certArgs(a.Fault)
		args["address"], args["ws"], args["source"] = a.Fault.Address, a.URL, string(probe.SourceRoute)
		found := &finding{Severity: f.severityAt(a), Evidence: f.addressEvidence(a), Args: args}
		if c := a.Fault.Cert; c != nil && len(c.Names) > 0 && args["variant"] == "name" {
			found.Fix.Commands = f.settings(a.Role, "wss://"+c.Names[0])
		}
		return found
	}
	return nil
}

func certArgs(fault *probe.Fault) map[string]string {
	args := map[string]string{"variant": certVariant(fault)}
	if c := fault.Cert; c != nil {
		args["subject"], args["issuer"] = c.Subject, c.Issuer
		args["names"] = join(c.Names)
		args["not_after"] = c.NotAfter.Format(time.DateOnly)
	}
	return args
}

// tlsToPlainPort: the ws port of v1 and v2 meets a TLS greeting with silence and
// closes after 3 s.
func tlsToPlainPort(f *facts) *finding {
	fault := wsFaultOf(f)
	if fault == nil || !strings.HasPrefix(f.Target.WS, "wss://") {
		return nil
	}
	plain := f.ws.Speaks == probe.SpeaksHTTP || f.ws.Speaks == ""
	if f.ws.Speaks != probe.SpeaksWebSocket && (fault.Kind != probe.FaultNotTLS || !plain) {
		return nil
	}
	return f.wsFinding(fault, nil, f.ask(f.Target.API, swapScheme(f.Target.WS, "ws")))
}

func plainToTLSPort(f *facts) *finding {
	fault := wsFaultOf(f)
	if fault == nil || f.ws.Speaks != probe.SpeaksTLS && fault.Kind != probe.FaultIsTLS {
		return nil
	}
	return f.wsFinding(fault, nil, f.ask(f.Target.API, swapScheme(f.Target.WS, "wss")))
}
