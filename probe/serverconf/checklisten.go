package serverconf

import (
	"fmt"
	"net/netip"
	"strings"
)

// checkListeners: an address to listen on must be one of the machine's own. Ticket
// WuKongIM#191: "bind: cannot assign requested address".
func (in *instance) checkListeners() {
	for _, key := range []string{KeyAddr, KeyWSAddr, KeyWSSAddr, KeyHTTPAddr} {
		v := in.config.Get(key)
		if !v.Set() || !v.Known || strings.TrimSpace(v.Text) == "" {
			continue
		}
		if reason, severity := in.judgeListener(key, v.Text); reason != "" {
			is := in.found(CodeListenAddress, severity, v.Origin.at(), args{"reason": reason, "setting": key, "address": cleanAddress(v.Text)})
			is.Key, is.Value = key, cleanAddress(v.Text)
			is.Evidence = fmt.Sprintf("%s is where the server listens, not what clients are told; %q: %s", key, is.Value, listenerText(reason))
			is.Fix = in.fix(kv{key, listenerDefault(key)})
		}
	}
}

func listenerText(reason string) string {
	switch reason {
	case "no-scheme":
		return "without tcp://, ws:// or wss:// the server panics at start"
	case "has-scheme":
		return "this listener takes host:port without a scheme"
	case "wrong-scheme":
		return "the scheme is not the one of this listener"
	case "loopback":
		return "only the machine itself can connect"
	case "no-port":
		return "the port is missing"
	default:
		return "unless this address is on one of the machine's interfaces the server cannot bind it and panics"
	}
}

func (in *instance) judgeListener(key, text string) (string, Severity) {
	a, ok := parseAddress(text)
	want := map[string]string{KeyAddr: "tcp", KeyWSAddr: "ws", KeyWSSAddr: "wss", KeyHTTPAddr: ""}[key]
	switch {
	case !ok:
		return "not-an-address", SeverityError
	case want == "" && a.scheme != "":
		return "has-scheme", SeverityError
	case want != "" && a.scheme == "":
		return "no-scheme", SeverityError
	case want != strings.TrimRight(a.scheme, "46"):
		return "wrong-scheme", SeverityError
	case a.port == "":
		return "no-port", SeverityError
	case a.host == "" || isWildcard(a.host):
		return "", ""
	case isLoopback(a.host):
		if in.svc != nil && !in.svc.hostNetwork {
			return "loopback", SeverityError
		}
		return "loopback", SeverityWarning
	}
	if ip, err := netip.ParseAddr(a.host); err == nil && ip.IsPrivate() && in.svc == nil {
		return "", "" // may well be the machine's own
	}
	return "not-local", SeverityWarning
}
