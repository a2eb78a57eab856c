package serverconf

import (
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// externalKeys are the addresses that clients are handed.
func (in *instance) externalKeys() []string {
	if in.cat.v3 {
		return []string{KeyV3ExternalTCP, KeyV3ExternalWS, KeyV3ExternalWSS}
	}
	return []string{KeyExternalIP, KeyExternalTCPAddr, KeyExternalWSAddr, KeyExternalWSSAddr, KeyExternalAPIURL}
}

// checkExternal looks at what /route will hand to clients.
func (in *instance) checkExternal() {
	for _, key := range in.externalKeys() {
		v := in.config.get(key)
		if !v.set() || !v.Known {
			continue
		}
		reason, severity := judge(key, v.Text, in.localNames())
		if crossed, worse := in.crossed(key, v.Text); severity != probe.SeverityError && severity != probe.SeverityWarning && crossed != "" {
			reason, severity = crossed, worse
		}
		if reason != "" && !in.saidAlready(v.from.at(), reason) {
			in.addressIssue(v, reason, severity)
		}
	}
	in.checkMissing()
}

// localNames are the names that only containers resolve.
func (in *instance) localNames() []string {
	if in.compose == nil {
		return nil
	}
	names := in.compose.others
	for _, s := range in.compose.services {
		names = append(names, s.name)
	}
	return names
}

func (in *instance) saidAlready(at spot, reason string) bool {
	for _, is := range in.issues {
		if is.Code == CodeBadValue && reason == "quotes" && is.Where == place(cleanName(at.source), at.line) {
			return true
		}
	}
	return false
}

func (in *instance) addressIssue(v value, reason string, severity probe.Severity) {
	is := in.found(CodeUnusableAddress, severity, v.from.at(), args{"reason": reason, "setting": v.Key, "address": cleanAddress(v.Text)})
	key := v.Key
	if v.from.kind == originEnv {
		key = v.from.env
	}
	in.about(is, key, cleanAddress(v.Text))
	in.fix(is, kv{v.Key, better(v.Key, v.Text, reason)})
}

// better repairs what can be repaired without knowing the server.
func better(key, text, reason string) string {
	text = strings.TrimSpace(text)
	a, _ := parseAddress(text)
	switch reason {
	case "quotes":
		if t := strings.Trim(text, "\"'“”‘’"); !strings.ContainsAny(t, "\"'“”‘’") {
			return cleanAddress(t)
		}
	case "has-scheme", "has-port", "has-path":
		if key == KeyExternalIP && a.host != "" {
			return cleanAddress(a.host)
		}
		if a.host != "" && a.port != "" {
			return cleanAddress(a.host + ":" + a.port)
		}
	case "no-scheme":
		return map[bool]string{true: "wss://", false: strings.SplitAfter(sample(key), "://")[0]}[strings.Contains(strings.ToLower(key), "wss")] + cleanAddress(text)
	case "no-port":
		_, port := splitHostPort(strings.TrimPrefix(sample(key), a.scheme+"://"))
		return cleanAddress(strings.TrimSuffix(text, "/")) + ":" + port
	}
	return sample(key)
}

// crossed finds an address whose port belongs to another listener.
func (in *instance) crossed(key, text string) (string, probe.Severity) {
	a, _ := parseAddress(text)
	if a.port == "" || a.path || in.cat.v3 || key == KeyExternalIP {
		return "", ""
	}
	port := in.containerPort(a.port)
	is := func(listener string) bool { return port != "" && port == portOf(in.config.get(listener).Text) }
	switch key {
	case KeyExternalTCPAddr:
		if is(KeyWSAddr) || is(KeyWSSAddr) || is(KeyHTTPAddr) {
			return "other-listener", probe.SeverityError
		}
	case KeyExternalWSAddr, KeyExternalWSSAddr:
		switch {
		case is(KeyAddr) || is(KeyHTTPAddr):
			return "other-listener", probe.SeverityError
		case a.scheme == "wss" && is(KeyWSAddr):
			return "tls-to-plain", probe.SeverityError
		case a.scheme == "ws" && is(KeyWSSAddr):
			return "plain-to-tls", probe.SeverityError
		}
	}
	return "", ""
}

func portOf(address string) string {
	a, _ := parseAddress(address)
	return a.port
}

// checkMissing: without external settings clients are told an address that the
// server finds on itself.
func (in *instance) checkMissing() {
	if in.cat.v3 {
		in.checkMissingV3()
		return
	}
	ip := in.config.get(KeyExternalIP)
	if strings.TrimSpace(ip.Text) != "" || !ip.Known || in.config.get(KeyAutoGetExternalIP).on() {
		return
	}
	ws, tcp := in.config.get(KeyExternalWSAddr), in.config.get(KeyExternalTCPAddr)
	severity, reason := probe.SeverityWarning, "none"
	switch hasWS, hasTCP := strings.TrimSpace(ws.Text) != "", strings.TrimSpace(tcp.Text) != ""; {
	case hasWS && hasTCP, !ws.Known, !tcp.Known:
		return
	case hasWS:
		severity, reason = probe.SeverityInfo, "tcp"
	case hasTCP:
		reason = "ws"
	}
	if in.svc != nil && !in.fileMayExist && severity == probe.SeverityWarning && !in.svc.hostNetwork {
		severity = probe.SeverityError
	}
	at := spot{source: in.mainSource()}
	if in.svc != nil {
		at = spot{source: in.svc.source, line: in.svc.line}
	}
	if in.file != nil && in.file.problem == nil {
		if s := in.file.find(KeyExternalIP, false); s != nil {
			at = in.file.at(s)
		} else if s := in.file.find("external", false); s != nil {
			at = in.file.at(s)
		}
	}
	is := in.found(CodeExternalMissing, severity, at, args{"reason": reason, "setting": KeyExternalIP, "tcp": in.config.route.TCP, "ws": in.config.route.WS, "wss": in.config.route.WSS})
	in.about(is, KeyExternalIP, "")
	is.Evidence = written(KeyExternalIP, `""`, false)
	in.fix(is, kv{KeyExternalIP, sample(KeyExternalIP)})
}

func (in *instance) checkMissingV3() {
	ws := in.config.get(KeyV3ExternalWS)
	if !ws.Known || ws.Text != "" || in.config.get(KeyV3Listeners).set() {
		return
	}
	at := spot{source: in.mainSource()}
	if in.file != nil && in.file.problem != nil {
		return // the server does not start
	}
	is := in.found(CodeExternalMissing, probe.SeverityError, at, args{"reason": "none", "setting": KeyV3ExternalWS, "tcp": in.config.route.TCP, "ws": in.config.route.WS, "wss": ""})
	in.about(is, KeyV3ExternalWS, "")
	is.Evidence = written(KeyV3ExternalWS, `""`, true)
	in.fix(is, kv{KeyV3ExternalTCP, sample(KeyV3ExternalTCP)}, kv{KeyV3ExternalWS, sample(KeyV3ExternalWS)})
}

func (in *instance) mainSource() string {
	switch {
	case in.file != nil && in.file.name != "":
		return in.file.name
	case in.svc != nil:
		return in.svc.source
	case len(in.env) > 0:
		return in.env[0].source
	default:
		return "no source"
	}
}
