package diagnose

import (
	"net/url"
	"strconv"

	"github.com/wkctl/wkctl/probe"
)

// byProxy says whether an API fault is the doing of the HTTP proxy that the
// environment names, and not of the server behind it: it cannot be reached
// itself, wants a login of its own, or answers in the server's place.
func (f *facts) byProxy(fault *probe.Fault) bool {
	if f.Target.Proxy == "" || fault == nil {
		return false
	}
	switch fault.Status {
	case 0:
		return unreachableVariant(fault.Kind) != ""
	case 403, 407, 502, 503, 504: // what a proxy says for itself; 407 wants its login
		return true
	}
	return false
}

// proxyInTheWay: HTTP_PROXY is set, as Clash and the like do on developers'
// machines, and the API's address is not in NO_PROXY.
func proxyInTheWay(f *facts) *probe.Finding {
	fault := rawAPIFault(f)
	if !f.byProxy(fault) {
		return nil
	}
	host := ""
	if u, err := url.Parse(f.Target.API); err == nil {
		host = u.Hostname()
	}
	return f.checkFinding(probe.Finding{
		Severity: probe.SeverityError,
		Evidence: append([]probe.Evidence{{Source: "config", Text: "HTTP proxy of the environment: " + f.Target.Proxy}}, faultEvidence("api", fault)...),
		Args:     map[string]string{"proxy": f.Target.Proxy, "api": f.Target.API, "status": strconv.Itoa(fault.Status), "host": host},
		Fix:      probe.Fix{Commands: []string{"NO_PROXY=" + host + " wkctl diagnose --api " + f.Target.API}},
	}, "WK307", f.api, f.register)
}
