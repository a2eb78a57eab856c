package diagnose

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// limited recognises an answer that asks for patience: 429 says so itself.
func limited(fault *probe.Fault) bool {
	return fault != nil && fault.Status == 429
}

// limits lists who asked the run to slow down. A 503 alone is the answer of a
// gateway without a server behind it, too, so it counts only where that place
// also let requests through.
func (f *facts) limits() (list []probe.RateLimit) {
	for _, l := range f.Limits {
		if l.Status == 429 || f.passed(l.Where) {
			list = append(list, l)
		}
	}
	if len(list) > 0 {
		return list
	}
	for i := range f.Checks {
		if fault := f.Checks[i].Fault; limited(fault) && f.Checks[i].Outcome != probe.OutcomePass {
			where := probe.LimitedAPI
			if fault.Phase == probe.PhaseUpgrade {
				where = probe.LimitedWS
			}
			return []probe.RateLimit{{Where: where, Status: fault.Status, Server: fault.Server, RetryAfterMS: fault.RetryAfterMS, Times: 1, GaveUp: true}}
		}
	}
	return nil
}

// passed says whether something got through to the server at that place.
func (f *facts) passed(where probe.LimitedAt) bool {
	if where == probe.LimitedAPI {
		return f.api != nil && f.api.Outcome == probe.OutcomePass
	}
	for _, r := range f.results() {
		if _, known := r.LetIn(); known {
			return true
		}
	}
	return f.ws != nil && f.ws.Outcome == probe.OutcomePass
}

// results are the logins that may show that the client port lets something
// through, the controls first.
func (f *facts) results() (list []*probe.Result) {
	for i := range f.Checks {
		if r := f.Checks[i].Result; r != nil {
			list = append(list, r)
		}
	}
	for i := range f.Pairings {
		list = append(list, &f.Pairings[i].Result)
	}
	return list
}

// limitedAt says whether a fault is the work of a rate limit at that place.
func (f *facts) limitedAt(where probe.LimitedAt, fault *probe.Fault) bool {
	if fault == nil {
		return false
	}
	for _, l := range f.limits() {
		if l.Where == where && (limited(fault) || fault.Status == l.Status) {
			return true
		}
	}
	return false
}

// rateLimited: a gateway counts requests, and wkctl's came too fast for it
// (nginx limit_req: 503 unless limit_req_status says 429). What was asked again
// and then let through is only told.
func rateLimited(f *facts) *finding {
	limits := f.limits()
	if len(limits) == 0 {
		return nil
	}
	untested := f.where(func(p *probe.Pairing) bool {
		return p.Verdict == probe.OutcomeUnknown && (f.limitedAt(probe.LimitedWS, p.Fault) || f.limitedAt(probe.LimitedAPI, p.Fault))
	})
	first, times, gaveUp := limits[0], 0, len(untested) > 0
	found := finding{Pairings: ids(untested)}
	for _, l := range limits {
		times, gaveUp = times+l.Times, gaveUp || l.GaveUp
		found.Evidence = append(found.Evidence, f.limitText(l).By(cmp.Or(map[probe.LimitedAt]string{probe.LimitedWS: "connect"}[l.Where], "api")))
	}
	found.Args = map[string]string{
		"variant": string(first.Where), "address": f.limitedAddress(first.Where), "status": strconv.Itoa(first.Status), "server": first.Server,
		"n": strconv.Itoa(times), "gave_up": yes(gaveUp), "untested": strconv.Itoa(len(untested)), "total": strconv.Itoa(len(f.Pairings)),
	}
	if len(limits) > 1 {
		found.Args["variant"] = "both"
	}
	found.Fix.Commands = []string{limitFree()}
	if gaveUp {
		found.Severity = probe.SeverityError
		found.Fix.Commands = append(found.Fix.Commands, f.ask(f.Target.API, "")+" --timeout 30s --max-time 10m")
	}
	return about(found, f.limitedCheck(limits)...)
}

// limitedCheck gives the check that a rate limit kept from its end, if there is
// one.
func (f *facts) limitedCheck(limits []probe.RateLimit) []probe.CheckID {
	for _, c := range []*probe.Check{f.api, f.register, f.ws} {
		if c == nil || c.Fault == nil {
			continue
		}
		for _, l := range limits {
			if (l.Where == probe.LimitedWS) == (c == f.ws) && (limited(c.Fault) || c.Fault.Status == l.Status) {
				return []probe.CheckID{c.ID}
			}
		}
	}
	return nil
}

func (f *facts) limitedAddress(where probe.LimitedAt) string {
	if where == probe.LimitedWS {
		return f.Target.WS
	}
	return f.Target.API
}

func (f *facts) limitText(l probe.RateLimit) probe.Phrase {
	text := probe.Say("limited", "{{.address}}: HTTP {{.status}}, {{.times}} times",
		map[string]any{"address": f.limitedAddress(l.Where), "status": l.Status, "times": l.Times})
	if l.Server != "" {
		text = probe.Say("limited-by", "{{.limited}}, Server: {{.server}}", map[string]any{"limited": text, "server": l.Server})
	}
	if l.RetryAfterMS > 0 {
		text = probe.Say("limited-until", "{{.limit}}, Retry-After up to {{.retry}}", map[string]any{"limit": text, "retry": ms(l.RetryAfterMS)})
	}
	return text
}

// limitFree is nginx' way of letting one machine through: a request whose key is
// empty is not counted.
func limitFree() string {
	return "# nginx, http {…}; 203.0.113.7 is the machine that runs wkctl\n" +
		"geo $counted { default 1; 203.0.113.7 0; }\n" +
		"map $counted $limit_key { 0 \"\"; 1 $binary_remote_addr; }\n" +
		"limit_req_zone $limit_key zone=wukongim:10m rate=20r/s;"
}

// blocked recognises a gateway that lets GET /route through and not what stores
// a token. WuKongIM answers none of these statuses there, and with JSON that
// repeats the status where it refuses; 404 without a page may be WuKongIM's own.
func (f *facts) blocked(fault *probe.Fault) bool {
	if f.api == nil || f.api.Outcome != probe.OutcomePass || fault.Text != "" && (fault.Body == "" || strings.Contains(fault.Body, `"status"`)) {
		return false
	}
	switch fault.Status {
	case 403, 405:
		return true
	case 404:
		return looksLikePage(fault.Body)
	}
	return false
}

// requestBlocked: a gateway passes GET requests on and not the POST that stores
// a token (nginx limit_except GET, a web application firewall, a list of paths).
func requestBlocked(f *facts) *finding {
	fault := rawAPIFault(f)
	if fault == nil || f.register == nil || f.register.Fault != fault || !f.blocked(fault) || f.byProxy(fault) {
		return nil
	}
	method, address := f.asked(fault)
	return about(finding{
		Evidence: append([]probe.Evidence{{Source: "api", Text: "GET " + f.Target.API + "/route: 200"}}, faultEvidence("api", fault)...),
		Args: map[string]string{
			"method": method, "path": f.path(address), "address": address, "status": strconv.Itoa(fault.Status), "server": fault.Server, "api": f.Target.API,
		},
		Fix: probe.Fix{Commands: []string{
			"# nginx\nlocation /user/ {\n    limit_except GET POST { deny all; }\n    proxy_pass http://127.0.0.1:5001;\n}",
			f.ask("http://127.0.0.1:5001", "") + "   # on the machine of the server",
		}},
	}, probe.CheckRegister)
}
