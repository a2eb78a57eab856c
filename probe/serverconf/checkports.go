package serverconf

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// containerPort gives the port inside the container behind a port of the host; the
// same where nothing maps it, "" where another service of the file has it.
func (in *instance) containerPort(host string) string {
	n, _ := strconv.Atoi(host)
	if in.svc == nil || in.svc.hostNetwork {
		return host
	}
	for _, p := range in.svc.ports {
		if p.known && p.host == n {
			return strconv.Itoa(p.container)
		}
	}
	for _, p := range in.compose.taken {
		if p.known && p.host == n {
			return ""
		}
	}
	return host
}

// checkPorts asks whether clients can reach the addresses that they are told. An
// address that someone wrote may belong to a proxy elsewhere; then only a port of
// the server's own is looked at.
func (in *instance) checkPorts() {
	if in.svc == nil || in.svc.hostNetwork {
		return
	}
	for _, p := range in.svc.ports {
		if !p.known {
			return // some mapping hangs on a variable that was not shown
		}
	}
	for _, k := range []struct {
		listener, external string
		severity           probe.Severity
	}{
		{KeyWSAddr, KeyExternalWSAddr, probe.SeverityError},
		{KeyWSSAddr, KeyExternalWSSAddr, probe.SeverityError},
		{KeyAddr, KeyExternalTCPAddr, probe.SeverityWarning},
	} {
		in.checkPort(in.config.get(k.listener), in.config.get(k.external), k.severity)
	}
}

func (in *instance) checkPort(listener, external value, severity probe.Severity) {
	inside, _ := strconv.Atoi(portOf(listener.Text))
	if !listener.Known || !external.Known || inside == 0 {
		return
	}
	told, written := inside, external.Text != ""
	if written {
		a, _ := parseAddress(external.Text)
		told, _ = strconv.Atoi(a.port)
		if told == 0 || a.path || told != inside && in.hostPortOf(inside) != 0 && !in.publishes(told) {
			return // a proxy's address, as far as this file can tell
		}
	} else if ip := in.config.get(KeyExternalIP); !ip.Known || ip.Text == "" {
		return // WK706 says more
	}
	for _, p := range in.compose.taken {
		if p.host == told {
			return // a gateway in the same file
		}
	}
	reason, mapped, loopback := "not-published", "", false
	for _, p := range in.svc.ports {
		switch {
		case p.host == told && p.container == inside && (!p.loopback || in.toldLoopback(external)):
			return
		case p.host == told && p.container == inside:
			reason = "loopback-only"
		case p.container == inside && p.host != 0:
			reason, mapped, loopback = "other-port", strconv.Itoa(p.host), p.loopback
		case p.host == told:
			reason, mapped = "other-listener", strconv.Itoa(p.container)
		}
	}
	if written && told != inside && reason == "not-published" {
		return
	}
	in.portIssue(listener, external, severity, args{"reason": reason, "setting": external.Key, "port": strconv.Itoa(told), "inside": strconv.Itoa(inside), "mapped": mapped, "loopback": strconv.FormatBool(loopback)})
}

// toldLoopback: clients on the machine itself are all that is wanted.
func (in *instance) toldLoopback(external value) bool {
	a, _ := parseAddress(external.Text)
	if external.Text == "" {
		a.host = in.config.get(KeyExternalIP).Text
	}
	return isLoopback(a.host)
}

func (in *instance) hostPortOf(inside int) int {
	for _, p := range in.svc.ports {
		if p.container == inside {
			return p.host
		}
	}
	return 0
}

func (in *instance) publishes(host int) bool {
	for _, p := range in.svc.ports {
		if p.host == host {
			return true
		}
	}
	return false
}

func (in *instance) portIssue(listener, external value, severity probe.Severity, a args) {
	line := in.svc.portsLine
	if line == 0 {
		line = in.svc.line
	}
	is := in.found(CodePortNotPublished, severity, spot{source: in.svc.source, line: line}, a)
	in.about(is, "ports", a["port"])
	is.Evidence = in.svc.mappings()
	in.composeFix(is, "ports:", fmt.Sprintf("  - \"%s:%s\"", a["port"], a["inside"]))
	if a["reason"] == "other-port" && a["loopback"] != "true" {
		in.fix(is, kv{external.Key, in.withPort(listener, external, a["mapped"])})
	}
}

// mappings shows the ports that a service publishes.
func (s *service) mappings() string {
	const most = 8
	var list []string
	for _, p := range s.ports {
		text := strconv.Itoa(p.host) + ":" + strconv.Itoa(p.container)
		if p.loopback {
			text = "127.0.0.1:" + text
		}
		if len(list) == most {
			list = append(list, "…")
			break
		}
		list = append(list, text)
	}
	return "ports: [" + strings.Join(list, ", ") + "]"
}

// withPort writes the advertised address with another port.
func (in *instance) withPort(listener, external value, port string) string {
	a, _ := parseAddress(external.Text)
	host := a.host
	if host == "" {
		host = cleanAddress(in.config.get(KeyExternalIP).Text)
	}
	if external.Key == KeyExternalTCPAddr {
		return host + ":" + port
	}
	l, _ := parseAddress(listener.Text)
	return l.scheme + "://" + host + ":" + port
}
