package diagnose

import (
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
// it was reached.
func wsFaultOf(f *facts) *probe.Fault {
	if f.ws == nil || f.ws.Outcome != probe.OutcomeFail {
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
	return f.checkFinding(probe.Finding{
		Severity: probe.SeverityError,
		Evidence: faultEvidence("connect", fault),
		Args:     args,
		Fix:      probe.Fix{Commands: commands},
	}, code, f.ws)
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
		return f.wsFinding(code, fault, nil)
	}
}

func certificateInvalid(f *facts) *probe.Finding {
	fault := wsFaultOf(f)
	if fault == nil {
		return nil
	}
	variant := map[probe.FaultKind]string{
		probe.FaultCertExpired: "expired", probe.FaultCertName: "name", probe.FaultCertUnknown: "untrusted",
	}[fault.Kind]
	if variant == "" {
		return nil
	}
	args := map[string]string{"variant": variant}
	if c := fault.Cert; c != nil {
		args["subject"], args["issuer"] = c.Subject, c.Issuer
		args["names"] = join(c.Names)
		args["not_after"] = c.NotAfter.Format(time.DateOnly)
	}
	return f.wsFinding("WK304", fault, args)
}

// tlsToPlainPort: the ws port of v1 and v2 meets a TLS greeting with silence and
// closes after 3 s.
func tlsToPlainPort(f *facts) *probe.Finding {
	fault := wsFaultOf(f)
	if fault == nil || f.ws.Speaks != probe.SpeaksWebSocket && fault.Kind != probe.FaultNotTLS {
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
