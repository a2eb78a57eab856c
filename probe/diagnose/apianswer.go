package diagnose

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// asked names a request to the API: its method, and its whole address.
func (f *facts) asked(fault *probe.Fault) (method, address string) {
	method, address = fault.Method, fault.Address
	path := "/user/token"
	if f.api != nil && f.api.Fault == fault {
		path = "/route"
	}
	if method == "" {
		method = map[string]string{"/route": "GET", "/user/token": "POST"}[path]
	}
	if !strings.Contains(address, "://") { // a fault below HTTP names the host alone
		address = f.Target.API + path
	}
	return method, address
}

// path is what an address adds to the API's base.
func (f *facts) path(address string) string {
	if rest, ok := strings.CutPrefix(address, f.Target.API); ok {
		return rest
	}
	if u, err := url.Parse(address); err == nil {
		return u.Path
	}
	return ""
}

// tokenRequestRefused: WuKongIM itself did not like the request. It says so with
// status 400 and JSON; what others say with 4xx has causes of its own.
func tokenRequestRefused(f *facts) *finding {
	if f.register == nil || f.register.Outcome != probe.OutcomeFail && f.register.Outcome != probe.OutcomeWarn {
		return nil
	}
	for _, fault := range faultsOf(f.register) {
		if !f.refusedByServer(fault) {
			continue
		}
		return about(finding{
			Evidence: faultEvidence("api", fault),
			Args:     map[string]string{"status": strconv.Itoa(fault.Status), "said": fault.Text},
			Fix:      probe.Fix{Commands: []string{f.curl(f.uid(), 0)}},
		}, probe.CheckRegister)
	}
	return nil
}

func (f *facts) refusedByServer(fault *probe.Fault) bool {
	node, _ := passedOn(fault)
	switch {
	case fault.Kind != probe.FaultStatus, fault.Status < 400, fault.Status > 499:
		return false
	case node != "", clusterText(fault.Text), limited(fault), isGateway(fault), f.blocked(fault), fault.Status == 401, fault.Status == 407:
		return false
	}
	return fault.Text != "" || fault.Status == 400 && !looksLikePage(fault.Body)
}

// looksLikePage recognises HTML, which WuKongIM's API never answers.
func looksLikePage(body string) bool { return strings.Contains(body, "<") }

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
	for _, s := range []string{"deadline exceeded", "leader", "slot", "propose"} {
		if strings.Contains(strings.ToLower(said), s) {
			return true
		}
	}
	return false
}

// apiServerError: the server could not do what it was asked for.
func apiServerError(f *facts) *finding {
	fault := apiFault(f)
	if fault == nil {
		return nil
	}
	node, _ := passedOn(fault)
	variant, noMajority := "", f.noMajority()
	switch {
	case noMajority && (node != "" || fault.Kind == probe.FaultTimeout || clusterText(fault.Text)):
		variant, fault = "cluster", f.clusterFault(fault)
	case node != "", len(f.nodeFaults()) > 0 && clusterText(fault.Text):
		return nil // WK212
	case f.tokenRequestLost():
		variant = "lost"
	case fault.Status >= 400 && clusterText(fault.Text):
		variant = "cluster"
	case fault.Status < 500, isGateway(fault), limited(fault):
		return nil
	}
	method, address := f.asked(fault)
	args := map[string]string{
		"variant": variant, "status": strconv.Itoa(fault.Status), "said": fault.Text, "method": method, "address": address,
		"stores": yes(method == "POST"), "majority": yes(!noMajority), "mute": yes(fault.Status == 0),
	}
	if n := len(f.offline()); n > 0 {
		args["offline"], args["nodes"] = strconv.Itoa(n), strconv.Itoa(len(f.Server.Nodes))
	}
	return about(finding{
		Evidence: faultEvidence("api", fault), Args: args,
		Pairings: ids(f.where(func(p *probe.Pairing) bool {
			return p.Fault != nil && p.Fault.Phase == probe.PhaseRequest && p.Fault.Status == fault.Status
		})),
		Fix: probe.Fix{Commands: []string{f.get("-i", "/health")}},
	}, probe.CheckAPI, probe.CheckRegister)
}

// clusterFault gives the fault in which the cluster speaks for itself, rather
// than one node of another.
func (f *facts) clusterFault(main *probe.Fault) *probe.Fault {
	for _, fault := range faultsOf(f.register) {
		if node, _ := passedOn(fault); node == "" && clusterText(fault.Text) {
			return fault
		}
	}
	return main
}

// isGateway recognises the error page of a proxy that could not reach the server
// behind it. WuKongIM itself answers neither of these (all releases).
func isGateway(fault *probe.Fault) bool {
	return (fault.Status >= 502 && fault.Status <= 504 || fault.Status == 408) && fault.Text == ""
}

// apiNotWuKongIM takes what is left: an answer that is none of WuKongIM's.
func apiNotWuKongIM(f *facts) *finding {
	fault := apiFault(f)
	if fault == nil || f.foundAny(apiAnswer) {
		return nil
	}
	method, address := f.asked(fault)
	variant, better := f.insteadOfAPI(fault)
	args := map[string]string{
		"variant": variant, "api": f.Target.API, "method": method, "address": address, "location": withoutSecrets(fault.Location), "better": better,
		"upgraded": yes(fault.Kind == probe.FaultUpgraded), "said": fault.Text, "status": "",
	}
	if fault.Status != 0 {
		args["status"] = strconv.Itoa(fault.Status)
	}
	found := finding{Evidence: faultEvidence("api", fault), Args: args}
	found.Fix.Commands = []string{f.get("-i", "/route")}
	if better != "" {
		found.Fix.Commands = []string{f.ask(better, "")}
	}
	return about(found, probe.CheckAPI, probe.CheckRegister)
}

// insteadOfAPI names what answers, and the address to give instead where the
// answer, or what is known of WuKongIM's ports, tells it.
func (f *facts) insteadOfAPI(fault *probe.Fault) (variant, better string) {
	switch speaks := f.apiSpeaks(); {
	case speaks == probe.SpeaksTLS, fault.Kind == probe.FaultIsTLS, wantsTLS(fault.Body):
		return "https-port", f.withScheme("https")
	case speaks != "" && speaks != probe.SpeaksHTTP:
		return string(speaks), f.usualAPI()
	case isGateway(fault):
		return "gateway", ""
	case fault.Kind == probe.FaultNotHTTP:
		return "not-http", f.usualAPI()
	case certVariant(fault) != "":
		return "certificate", ""
	case fault.Kind == probe.FaultNotTLS:
		return "tls", f.withScheme("http")
	case fault.Phase == probe.PhaseTLS:
		return "tls", ""
	case fault.Location != "":
		return "redirect", f.redirectedTo(fault)
	}
	return "other", ""
}

// wantsTLS recognises what servers answer with status 400 when plain HTTP is
// spoken to their TLS port: nginx, Go and Apache.
func wantsTLS(body string) bool {
	for _, s := range []string{"plain HTTP request was sent to HTTPS port", "HTTP request to an HTTPS server", "plain HTTP to an SSL-enabled"} {
		if strings.Contains(body, s) {
			return true
		}
	}
	return false
}

func (f *facts) withScheme(scheme string) string {
	if swapped := swapScheme(f.Target.API, scheme); swapped != f.Target.API {
		return swapped
	}
	return ""
}

// usualAPI is the usual port of the API on the host that was asked.
func (f *facts) usualAPI() string {
	u, err := url.Parse(f.Target.API)
	if err != nil || u.Hostname() == "" || u.Port() == wire.PortAPI {
		return ""
	}
	host := u.Hostname()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return "http://" + host + ":" + wire.PortAPI
}

// redirectedTo turns the target of a redirect into the base of an API: what is
// left in front of the path that was asked for. "" where it leads to a page of
// its own, a login for example.
func (f *facts) redirectedTo(fault *probe.Fault) string {
	_, address := f.asked(fault)
	from, err := url.Parse(address)
	if err != nil {
		return ""
	}
	to, err := from.Parse(fault.Location)
	if err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" {
		return ""
	}
	path := strings.TrimSuffix(to.Path, "/")
	prefix, ok := strings.CutSuffix(path, f.path(address))
	if !ok && path != "" {
		return ""
	}
	base := to.Scheme + "://" + to.Host + prefix
	if base == f.Target.API {
		return ""
	}
	return base
}

// withoutSecrets takes user, password and query out of a foreign URL.
func withoutSecrets(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
