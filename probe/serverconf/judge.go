package serverconf

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// judge says what is wrong with the address that clients are to use; "" is nothing.
// services are the names that only resolve inside the compose network.
func judge(key, text string, services []string) (reason string, severity probe.Severity) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", ""
	}
	if isPlaceholder(text) {
		return "placeholder", probe.SeverityError
	}
	if quoted(text) != "" || strings.ContainsAny(text, "\"“”‘’") {
		return "quotes", probe.SeverityError
	}
	if strings.ContainsAny(text, " \t，。：") {
		return "odd-character", probe.SeverityError
	}
	a, ok := parseAddress(text)
	if !ok {
		return "not-an-address", probe.SeverityError
	}
	if reason, severity = judgeForm(key, a, text); reason != "" {
		return reason, severity
	}
	reason, severity = judgeHost(a.host, services)
	if reason != "" && severity != probe.SeverityInfo {
		return reason, severity
	}
	if a.port == "" && a.scheme == "ws" && !a.path {
		if _, err := netip.ParseAddr(a.host); err == nil {
			return "no-port", probe.SeverityWarning // port 80 of a bare IP: hardly a proxy
		}
	}
	return reason, severity
}

// judgeForm looks at scheme and port. External addresses are handed to the SDKs as
// they are: the Web ones give ws_addr to new WebSocket, the app ones split tcp_addr
// at the colon.
func judgeForm(key string, a address, text string) (string, probe.Severity) {
	switch key {
	case KeyExternalIP:
		switch {
		case a.scheme != "":
			return "has-scheme", probe.SeverityError
		case a.port != "":
			return "has-port", probe.SeverityError
		case a.path:
			return "has-path", probe.SeverityError
		}
		return "", ""
	case KeyExternalTCPAddr, KeyV3ExternalTCP:
		switch {
		case a.scheme != "":
			return "has-scheme", probe.SeverityError
		case a.path:
			return "has-path", probe.SeverityError
		case a.port == "":
			return "no-port", probe.SeverityError
		}
	case KeyExternalWSAddr, KeyV3ExternalWS, KeyExternalWSSAddr, KeyV3ExternalWSS:
		secure := key == KeyExternalWSSAddr || key == KeyV3ExternalWSS
		switch {
		case a.scheme == "":
			return "no-scheme", probe.SeverityError
		case a.scheme != "ws" && a.scheme != "wss", secure && a.scheme == "ws":
			return "wrong-scheme", probe.SeverityError
		}
	case KeyExternalAPIURL:
		switch a.scheme {
		case "":
			return "no-scheme", probe.SeverityWarning
		case "http", "https":
		default:
			return "wrong-scheme", probe.SeverityWarning
		}
	}
	if a.port != "" {
		if n, err := strconv.Atoi(a.port); err != nil || n < 1 || n > 65535 {
			return "bad-port", probe.SeverityError
		}
	}
	return "", ""
}

func judgeHost(host string, services []string) (string, probe.Severity) {
	switch {
	case host == "":
		return "no-host", probe.SeverityError
	case isWildcard(host):
		return "wildcard", probe.SeverityError
	case isLoopback(host):
		return "loopback", probe.SeverityWarning
	case slices.Contains(services, host):
		return "container-name", probe.SeverityError
	case strings.EqualFold(host, "host.docker.internal"):
		return "container-name", probe.SeverityError
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil && !strings.Contains(host, "."):
		return "short-name", probe.SeverityWarning
	case err == nil && (ip.IsPrivate() || ip.IsLinkLocalUnicast()):
		return "private", probe.SeverityInfo
	}
	return "", ""
}

func isWildcard(host string) bool {
	return host == "0.0.0.0" || host == "::" || host == "*"
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// isPlaceholder finds what the shipped examples ask to replace: xx.xx.xx.xx,
// <ip>, #EXTERNAL_IP#, YOUR_IP, 服务器IP.
func isPlaceholder(text string) bool {
	low := strings.ToLower(text)
	switch {
	case strings.ContainsAny(text, "<>{}"), strings.Contains(text, "#"):
		return true
	case strings.Contains(low, "your_"), strings.Contains(low, "your-"), strings.Contains(low, "yourip"), strings.Contains(low, "yourdomain"):
		return true
	}
	a, _ := parseAddress(text)
	for _, part := range strings.Split(strings.ToLower(a.host), ".") {
		if len(part) > 1 && strings.Trim(part, "x") == "" {
			return true
		}
	}
	return strings.ContainsFunc(a.host, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }) && !strings.Contains(a.host, ".")
}
