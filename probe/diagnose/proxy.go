package diagnose

import (
	"net/url"
	"strconv"

	"github.com/wkctl/wkctl/probe"
)

// byProxy says whether a fault is the doing of the HTTP proxy that the
// environment names, and not of the server behind it: it cannot be reached
// itself, wants a login of its own, or answers in the server's place.
func (f *facts) byProxy(fault *probe.Fault) bool {
	switch {
	case fault == nil:
		return false
	case fault.Kind == probe.FaultProxy, fault.Status == 407:
		return true // nobody but a proxy says so
	case f.Target.Proxy == "":
		return false
	case fault.Status == 0:
		return unreachableVariant(fault.Kind) != ""
	}
	through := f.api != nil && f.api.Outcome == probe.OutcomePass
	switch fault.Status {
	case 403, 502, 503, 504: // what a proxy says for itself
		return !through
	}
	return false
}

// proxyInTheWay: HTTP_PROXY is set, as Clash and the like do on developers'
// machines, and the API's address is not in NO_PROXY.
func proxyInTheWay(f *facts) *finding {
	fault := rawAPIFault(f)
	if fault == nil && f.ws != nil && f.ws.Fault != nil && f.ws.Fault.Kind == probe.FaultProxy {
		fault = f.ws.Fault
	}
	if !f.byProxy(fault) {
		return nil
	}
	host := ""
	if u, err := url.Parse(f.Target.API); err == nil {
		host = u.Hostname()
	}
	var evidence []probe.Evidence
	if f.Target.Proxy != "" {
		evidence = append(evidence, probe.Say("proxy", "HTTP proxy of the environment: {{.proxy}}", map[string]any{"proxy": f.Target.Proxy}).By("config"))
	}
	return about(finding{
		Evidence: append(evidence, faultEvidence("api", fault)...),
		Args:     map[string]string{"proxy": f.Target.Proxy, "api": f.Target.API, "status": strconv.Itoa(fault.Status), "host": host},
		Fix:      probe.Fix{Commands: []string{"NO_PROXY=" + host + " " + f.ask(f.Target.API, "")}},
	}, probe.CheckAPI, probe.CheckRegister, probe.CheckWS)
}
