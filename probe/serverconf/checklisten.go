package serverconf

import (
	"net/netip"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// checkListeners: an address to listen on must be one of the machine's own. Ticket
// WuKongIM#191: "bind: cannot assign requested address".
func (in *instance) checkListeners() {
	for _, key := range []string{KeyAddr, KeyWSAddr, KeyWSSAddr, KeyHTTPAddr} {
		v := in.config.get(key)
		if !v.set() || !v.Known || strings.TrimSpace(v.Text) == "" {
			continue
		}
		if reason, severity := in.judgeListener(key, v.Text); reason != "" {
			is := in.found(CodeListenAddress, severity, v.from.at(), args{"reason": reason, "setting": key, "address": cleanAddress(v.Text)})
			in.aboutValue(is, v, cleanAddress(v.Text))
			in.fix(is, kv{key, listenerDefault(key)})
		}
	}
}

func (in *instance) judgeListener(key, text string) (string, probe.Severity) {
	a, ok := parseAddress(text)
	want := map[string]string{KeyAddr: "tcp", KeyWSAddr: "ws", KeyWSSAddr: "wss", KeyHTTPAddr: ""}[key]
	switch {
	case !ok:
		return "not-an-address", probe.SeverityError
	case want == "" && a.scheme != "":
		return "has-scheme", probe.SeverityError
	case want != "" && a.scheme == "":
		return "no-scheme", probe.SeverityError
	case want != strings.TrimRight(a.scheme, "46"):
		return "wrong-scheme", probe.SeverityError
	case a.port == "":
		return "no-port", probe.SeverityError
	case a.host == "" || isWildcard(a.host):
		return "", ""
	case isLoopback(a.host):
		if in.svc != nil && !in.svc.hostNetwork {
			return "loopback", probe.SeverityError
		}
		return "loopback", probe.SeverityWarning
	}
	if ip, err := netip.ParseAddr(a.host); err == nil && ip.IsPrivate() && in.svc == nil {
		return "", "" // may well be the machine's own
	}
	return "not-local", probe.SeverityWarning
}
