package diagnose

import (
	"strings"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// networkCauses are what can lie between us and the client ports.
func networkCauses() []Cause {
	return []Cause{
		{Code: "WK301", ID: "dns-failure", find: wsFault("WK301", "dns")},
		{Code: "WK302", ID: "connection-refused", find: wsFault("WK302", "refused"),
			Links: []string{ticket("WuKongIM/WuKongIM#24")}},
		{Code: "WK303", ID: "connect-timeout", find: wsFault("WK303", "timeout"),
			Links: []string{ticket("WuKongIM/WuKongIM#404")}},
		{Code: "WK304", ID: "tls-certificate-invalid", find: certificateInvalid,
			Links: []string{ticket("WuKongIM/WuKongIM#66")}},
		{Code: "WK305", ID: "tls-to-plain-port", find: tlsToPlainPort},
		{Code: "WK306", ID: "plain-to-tls-port", find: plainToTLSPort,
			Links: []string{ticket("WuKongIM/WuKongIM#214")}},
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
func (f *facts) wsFinding(code string, fault *probe.Fault, args map[string]string, commands ...string) *probe.Finding {
	if args == nil {
		args = map[string]string{}
	}
	args["ws"], args["address"], args["source"] = f.Target.WS, fault.Address, string(f.Target.WSSource)
	if args["variant"] == "" && f.native() {
		args["variant"] = "tcp"
	}
	found := f.checkFinding(probe.Finding{
		Severity: probe.SeverityError,
		Evidence: faultEvidence("connect", fault),
		Args:     args,
		Fix:      probe.Fix{Commands: commands},
	}, code, f.ws)
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
			out = append(out, probe.Evidence{Source: "route", Text: string(a.Role) + `: "` + a.URL + `" works`})
		}
	}
	return out
}

// wsFault finds a dial that ended in the given way.
func wsFault(code, variant string) func(*facts) *probe.Finding {
	return func(f *facts) *probe.Finding {
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
		found := f.wsFinding(code, fault, args)
		found.DependsOn = f.addressCause()
		return found
	}
}

// addressCause gives the finding that says why the address we dialled cannot
// work: it was advertised wrongly, or is not the one that is advertised.
func (f *facts) addressCause() string {
	for _, c := range []struct {
		code string
		find func(*facts) *probe.Finding
	}{{"WK412", notAdvertised}, {"WK406", addressPrivate}, {"WK405", addressUnreachable}} {
		if found := c.find(f); found != nil && (c.code == "WK412" || f.usedRole(found.Args["role"])) {
			return c.code
		}
	}
	return ""
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
func certificateInvalid(f *facts) *probe.Finding {
	if fault := wsFaultOf(f); certVariant(fault) != "" {
		return f.wsFinding("WK304", fault, certArgs(fault))
	}
	for _, a := range f.worstFirst() {
		if certVariant(a.Fault) == "" {
			continue
		}
		args := certArgs(a.Fault)
		args["address"], args["ws"], args["source"] = a.Fault.Address, a.URL, string(probe.SourceRoute)
		found := &probe.Finding{Severity: f.severityAt(a), Evidence: f.addressEvidence(a), Args: args}
		if c := a.Fault.Cert; c != nil && len(c.Names) > 0 && args["variant"] == "name" {
			found.Fix.Commands = settings(setting(a.Role), "wss://"+c.Names[0])
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
func tlsToPlainPort(f *facts) *probe.Finding {
	fault := wsFaultOf(f)
	if fault == nil || !strings.HasPrefix(f.Target.WS, "wss://") {
		return nil
	}
	plain := f.ws.Speaks == probe.SpeaksHTTP || f.ws.Speaks == ""
	if f.ws.Speaks != probe.SpeaksWebSocket && (fault.Kind != probe.FaultNotTLS || !plain) {
		return nil
	}
	return f.wsFinding("WK305", fault, nil, "wkctl diagnose --api "+f.Target.API+" --ws "+swapScheme(f.Target.WS, "ws"))
}

func plainToTLSPort(f *facts) *probe.Finding {
	fault := wsFaultOf(f)
	if fault == nil || f.ws.Speaks != probe.SpeaksTLS && fault.Kind != probe.FaultIsTLS {
		return nil
	}
	return f.wsFinding("WK306", fault, nil, "wkctl diagnose --api "+f.Target.API+" --ws "+swapScheme(f.Target.WS, "wss"))
}
