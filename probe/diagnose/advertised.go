package diagnose

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// advertisedCauses are what can be wrong with the addresses that /route hands
// to clients, whatever address we used ourselves.
func advertisedCauses() []Cause {
	return []Cause{
		{Code: "WK408", ID: "mixed-content", find: mixedContent, address: wssPart, settings: behindWSS,
			// The page got ws:// because there is nothing else to get.
			dependsOn: []root{{code: codeNoWSS, when: func(f *facts, _ *finding) bool {
				return f.Target.WSSource == probe.SourceRoute || f.Target.WSSource == probe.SourceRepaired
			}}},
			Links: []string{ticket("WuKongIM/WuKongIM#155")}},
		{Code: codeNoWSS, ID: "wss-not-advertised", find: wssNotAdvertised, address: wssPart, settings: behindWSS,
			Links: []string{ticket("WuKongIM/WuKongIM#209")}},
		{Code: codePrivate, ID: "advertised-address-private", find: addressPrivate, address: namedPart, settings: behindNamed,
			Links: []string{ticket("TangSengDaoDao/TangSengDaoDaoServer#9"), ticket("WuKongIM/WuKongIM#16"), ticket("WuKongIM/WuKongIM#17")}},
		{Code: codeWSAsTCP, ID: "websocket-port-not-tcp", find: webSocketAsTCP, address: namedPart, settings: behindNamed,
			logKinds: map[serverlog.Kind]int{serverlog.KindNotWebSocket: 0},
			Links:    []string{ticket("WuKongIM/WuKongIMAndroidSDK#10")}},
		{Code: codeUnreachable, ID: "advertised-address-unreachable", find: addressUnreachable, is: outageShows, address: namedPart, settings: behindNamed,
			Links: []string{ticket("WuKongIM/WuKongIM#404"), ticket("WuKongIM/WuKongIM#424")}},
	}
}

// secureOrigin says whether clients run on an https page.
func (f *facts) secureOrigin() bool { return strings.HasPrefix(f.Target.PageOrigin, "https://") }

// mixedContent: a browser refuses ws:// from an https page, except to its own
// machine.
func mixedContent(f *facts) *finding {
	u, err := url.Parse(f.Target.WS)
	if !f.secureOrigin() || err != nil || u.Scheme != "ws" || f.Target.WSSource == probe.SourceDefault {
		return nil
	}
	return &finding{
		Evidence: []probe.Evidence{probe.Say("page", "page {{.origin}}", map[string]any{"origin": f.Target.PageOrigin}).By("config"), {Source: string(f.Target.WSSource), Text: "WebSocket " + f.Target.WS}},
		Args:     map[string]string{"origin": f.Target.PageOrigin, "ws": f.Target.WS},
		Fix:      probe.Fix{Commands: f.advertise(probe.RoleWSS)},
	}
}

func wssNotAdvertised(f *facts) *finding {
	a := f.Target.Advertised
	if f.Target.WSSource == probe.SourceFlag && strings.HasPrefix(f.Target.WS, "wss://") {
		return nil // this page has a wss address of its own
	}
	if !f.secureOrigin() || a == nil || usableWSS(a.WSS) || strings.HasPrefix(a.WS, "wss://") {
		return nil
	}
	return &finding{
		Evidence: []probe.Evidence{{Source: "route", Text: `wss_addr: "` + a.WSS + `"`}},
		Args:     map[string]string{"origin": f.Target.PageOrigin, "wss": a.WSS},
		Fix:      probe.Fix{Commands: f.advertise(probe.RoleWSS)},
	}
}

func usableWSS(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Scheme == "wss" && u.Hostname() != "" && probe.ClassOf(u.Hostname()) != probe.ClassUnspecified
}

// setting names what changes an advertised address on the server
// (v1.2.6 and v2.2.5 options.go: external.ip, or one of them whole).
func setting(r probe.Role) string {
	return map[probe.Role]string{
		probe.RoleTCP: "external.tcpAddr", probe.RoleWS: "external.wsAddr", probe.RoleWSS: "external.wssAddr",
	}[r]
}

// addressPrivate: clients elsewhere cannot use an address of the server's own
// machine, of a container network, or of its LAN.
func addressPrivate(f *facts) *finding {
	for _, a := range f.worstFirst() {
		severity, ok := f.privateSeverity(a)
		if !ok {
			continue
		}
		if severity == probe.SeverityError {
			severity = f.severityAt(a)
		}
		args := f.addressArgs(a)
		args["variant"] = string(a.Class)
		return &finding{
			Severity: severity, Evidence: f.addressEvidence(a), Args: args,
			Fix: probe.Fix{Commands: f.externalFix(a)},
		}
	}
	return nil
}

// usedByClient says whether the client of this run uses an advertised address:
// it was given the very same and could not use it, or it was given none, so that
// it takes the one that /route has for its kind.
func (f *facts) usedByClient(a probe.Address) bool {
	if f.Target.WSSource == probe.SourceFlag {
		return a.Outcome == probe.OutcomeFail && (a.URL == f.Target.WS || "tcp://"+a.URL == f.Target.WS)
	}
	return a.Role == f.rolesByUse()[0]
}

// severityAt is warning for trouble at an address that the client of this run
// does not use: its own login is not touched by it.
func (f *facts) severityAt(a probe.Address) probe.Severity {
	if f.usedByClient(a) {
		return probe.SeverityError
	}
	return probe.SeverityWarning
}

// privateSeverity is error where the address certainly cannot work for a
// client: nobody can dial it, or we could not, or the API was reached by a
// public one. On the server's own network it is only a warning.
func (f *facts) privateSeverity(a probe.Address) (probe.Severity, bool) {
	switch a.Class {
	case probe.ClassUnspecified:
		return probe.SeverityError, true
	case probe.ClassLoopback, probe.ClassContainer, probe.ClassPrivate:
	default:
		return "", false
	}
	if a.SameHost {
		return "", false
	}
	host := ""
	if u, err := url.Parse(f.Target.API); err == nil {
		host = u.Hostname()
	}
	api := probe.ClassOf(host)
	switch {
	case a.Outcome == probe.OutcomeFail, api == probe.ClassPublic, api == probe.ClassName:
		return probe.SeverityError, true
	case a.Class == probe.ClassLoopback && api != probe.ClassLoopback:
		return probe.SeverityError, true
	}
	return probe.SeverityWarning, true
}

// rolesByUse orders the roles: the one that the client of this run uses, then by
// how many clients they serve.
func (f *facts) rolesByUse() []probe.Role {
	switch {
	case f.native():
		return []probe.Role{probe.RoleTCP, probe.RoleWS, probe.RoleWSS}
	case f.secureOrigin():
		return []probe.Role{probe.RoleWSS, probe.RoleWS, probe.RoleTCP}
	}
	return []probe.Role{probe.RoleWS, probe.RoleWSS, probe.RoleTCP}
}

// worstFirst lists the addresses by use.
func (f *facts) worstFirst() []probe.Address {
	var list []probe.Address
	for _, role := range f.rolesByUse() {
		for _, a := range f.Addresses {
			if a.Role == role {
				list = append(list, a)
			}
		}
	}
	return list
}

func (f *facts) addressArgs(a probe.Address) map[string]string {
	return map[string]string{"role": string(a.Role), "address": a.URL, "api": f.Target.API, "setting": f.settingName(a.Role)}
}

func (f *facts) addressEvidence(a probe.Address) []probe.Evidence {
	out := []probe.Evidence{{Source: "route", Text: string(a.Role) + `: "` + a.URL + `"`}}
	if a.Fault != nil {
		out = append(out, a.Fault.Phrase().By("connect"))
	}
	return out
}

// webSocketAsTCP: native SDKs are told, or use, a port that speaks WebSocket.
func webSocketAsTCP(f *facts) *finding {
	if f.ws != nil && f.ws.Outcome == probe.OutcomeFail && strings.HasPrefix(f.Target.WS, "tcp://") && f.ws.Speaks == probe.SpeaksWebSocket {
		return f.wsFinding(f.ws.Fault, nil, f.betterTCP()...)
	}
	for _, a := range f.Addresses {
		if a.Role == probe.RoleTCP && a.Outcome == probe.OutcomeFail && a.Speaks == probe.SpeaksWebSocket {
			args := f.addressArgs(a)
			args["ws"] = a.URL
			return &finding{
				Severity: f.severityAt(a), Evidence: append(f.addressEvidence(a), probe.Say("upgrade", "WebSocket upgrade on {{.address}}: 101", map[string]any{"address": a.URL}).By("connect")),
				Args: args, Fix: probe.Fix{Commands: f.advertise(probe.RoleTCP)},
			}
		}
	}
	return nil
}

// betterTCP gives the command with the TCP address that /route advertises.
func (f *facts) betterTCP() []string {
	if a := f.Target.Advertised; a != nil && a.TCP != "" && "tcp://"+a.TCP != f.Target.WS {
		return []string{f.ask(f.Target.API, "tcp://"+a.TCP)}
	}
	return nil
}

// addressUnreachable: what clients are told does not work from here.
func addressUnreachable(f *facts) *finding {
	for _, a := range f.worstFirst() {
		variant := f.unusable(a)
		if variant == "" {
			continue
		}
		args := f.addressArgs(a)
		args["variant"] = variant
		found := &finding{Severity: f.severityAt(a), Evidence: f.addressEvidence(a), Args: args}
		found.Fix.Commands = f.advertise(a.Role)
		if variant == "malformed" {
			f.repair(found, a)
		}
		return found
	}
	return nil
}

// unusable names what is wrong with an address, "" where nothing is, or where
// another cause says it better.
func (f *facts) unusable(a probe.Address) string {
	if _, private := f.privateSeverity(a); private {
		return ""
	}
	switch {
	case a.Class == probe.ClassEmpty && a.Role != probe.RoleWSS && (a.Role == probe.RoleWS || f.usedRole(string(a.Role))):
		return "empty"
	case a.Class == probe.ClassMalformed:
		return "malformed"
	case a.Outcome != probe.OutcomeFail, a.Role == probe.RoleTCP && a.Speaks == probe.SpeaksWebSocket: // WK410
		return ""
	case a.Fault == nil:
		return "other" // it takes connections, and does not speak as its role asks
	case a.Fault.Kind == probe.FaultNotDialled, a.Fault.Kind == probe.FaultProxy:
		return "" // WK308, WK307
	case certVariant(a.Fault) != "":
		return "" // WK304
	case f.isDialled(a) && (!neverDialled(a.Fault) || f.listenerOff(a)):
		return "" // the address is right, and its own finding says what is wrong there
	case a.Fault.Phase == probe.PhaseTLS:
		return "tls"
	case a.Fault.Phase == probe.PhaseUpgrade:
		return "upgrade"
	}
	if a.Role == probe.RoleWSS && a.Fault.Kind == probe.FaultRefused {
		return "wss-refused"
	}
	return cmp.Or(unreachableVariant(a.Fault.Kind), "other")
}

// listenerOff says whether an address that refuses is no wrong one: the API
// answers on its host, and somebody gave us the very same, or it is a wss listener,
// which is off by default. Where the run had to take the address from /route,
// nobody but /route says that anything listens there.
func (f *facts) listenerOff(a probe.Address) bool {
	return a.SameHost && a.Fault.Kind == probe.FaultRefused && (a.Role == probe.RoleWSS || f.Target.WSSource != probe.SourceRoute)
}

// isDialled says whether an advertised address is the one that we tried to use,
// and could not.
func (f *facts) isDialled(a probe.Address) bool {
	return wsFaultOf(f) != nil && (a.URL == f.Target.WS || "tcp://"+a.URL == f.Target.WS)
}

// usedRole says whether the client takes its address from that part of /route.
func (f *facts) usedRole(role string) bool {
	if f.Target.WSSource == probe.SourceFlag || f.Target.WSSource == "" {
		return false
	}
	return role == string(f.rolesByUse()[0])
}
