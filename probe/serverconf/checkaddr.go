package serverconf

import (
	"fmt"
	"strings"
)

// reasonText says in English what judge found.
func reasonText(reason string) string {
	switch reason {
	case "placeholder":
		return "it still holds the placeholder of an example"
	case "quotes":
		return "quotes are part of the value"
	case "odd-character":
		return "it holds a blank or a full-width character"
	case "has-scheme":
		return "a scheme does not belong here"
	case "has-port":
		return "a port does not belong here: the server adds the ports itself"
	case "has-path":
		return "a path does not belong here"
	case "no-scheme":
		return "the scheme (ws://, wss://, http://) is missing"
	case "wrong-scheme":
		return "the scheme is not one that clients of this address use"
	case "no-port":
		return "the port is missing"
	case "bad-port":
		return "the port is not a number of 1 to 65535"
	case "no-host":
		return "the host is missing"
	case "wildcard":
		return "0.0.0.0 is where a server listens, no address to connect to"
	case "loopback":
		return "every client takes it for its own machine"
	case "container-name":
		return "the name is known inside the Docker network only"
	case "short-name":
		return "a name without a dot is rarely known outside the server's network"
	case "private":
		return "a private address works for clients of the same network only"
	case "tls-to-plain":
		return "wss:// points at the port of the plain ws listener"
	case "plain-to-tls":
		return "ws:// points at the port of the wss listener"
	case "other-listener":
		return "the port belongs to another listener of this server"
	default:
		return "it is no address"
	}
}

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
		v := in.config.Get(key)
		if !v.Set() || !v.Known {
			continue
		}
		reason, severity := judge(key, v.Text, in.localNames())
		if crossed, worse := in.crossed(key, v.Text); severity != SeverityError && severity != SeverityWarning && crossed != "" {
			reason, severity = crossed, worse
		}
		if reason != "" && !in.saidAlready(v.Origin.at(), reason) {
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
		if is.Code == CodeBadValue && reason == "quotes" && is.Line == at.line && is.Where == place(cleanName(at.source), at.line) {
			return true
		}
	}
	return false
}

func (in *instance) addressIssue(v Value, reason string, severity Severity) {
	is := in.found(CodeUnusableAddress, severity, v.Origin.at(), args{"reason": reason, "setting": v.Key, "address": cleanAddress(v.Text)})
	is.Key, is.Value = v.Key, cleanAddress(v.Text)
	if v.Origin.Kind == OriginEnv {
		is.Key = v.Origin.Env
	}
	is.Evidence = fmt.Sprintf("%s is %q: %s", is.Key, is.Value, reasonText(reason))
	is.Fix = in.fix(kv{v.Key, better(v.Key, v.Text, reason)})
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
func (in *instance) crossed(key, text string) (string, Severity) {
	a, _ := parseAddress(text)
	if a.port == "" || a.path || in.cat.v3 || key == KeyExternalIP {
		return "", ""
	}
	port := in.containerPort(a.port)
	is := func(listener string) bool { return port != "" && port == portOf(in.config.Get(listener).Text) }
	switch key {
	case KeyExternalTCPAddr:
		if is(KeyWSAddr) || is(KeyWSSAddr) || is(KeyHTTPAddr) {
			return "other-listener", SeverityError
		}
	case KeyExternalWSAddr, KeyExternalWSSAddr:
		switch {
		case is(KeyAddr) || is(KeyHTTPAddr):
			return "other-listener", SeverityError
		case a.scheme == "wss" && is(KeyWSAddr):
			return "tls-to-plain", SeverityError
		case a.scheme == "ws" && is(KeyWSSAddr):
			return "plain-to-tls", SeverityError
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
	ip := in.config.Get(KeyExternalIP)
	if strings.TrimSpace(ip.Text) != "" || !ip.Known || in.config.Get(KeyAutoGetExternalIP).On() {
		return
	}
	ws, tcp := in.config.Get(KeyExternalWSAddr), in.config.Get(KeyExternalTCPAddr)
	severity, reason := SeverityWarning, "none"
	switch hasWS, hasTCP := strings.TrimSpace(ws.Text) != "", strings.TrimSpace(tcp.Text) != ""; {
	case hasWS && hasTCP, !ws.Known, !tcp.Known:
		return
	case hasWS:
		severity, reason = SeverityInfo, "tcp"
	case hasTCP:
		reason = "ws"
	}
	if in.svc != nil && !in.fileMayExist && severity == SeverityWarning && !in.svc.hostNetwork {
		severity = SeverityError
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
	is := in.found(CodeExternalMissing, severity, at, args{"reason": reason, "setting": KeyExternalIP, "tcp": in.config.Route.TCP, "ws": in.config.Route.WS, "wss": in.config.Route.WSS})
	is.Key = KeyExternalIP
	is.Evidence = fmt.Sprintf("external.ip is not in force, so /route advertises tcp %s and ws %s", is.Args["tcp"], is.Args["ws"])
	if in.svc != nil && reason != "tcp" {
		is.Evidence += "; in a container that is the container's own address"
	}
	is.Fix = in.fix(kv{KeyExternalIP, sample(KeyExternalIP)})
}

func (in *instance) checkMissingV3() {
	ws := in.config.Get(KeyV3ExternalWS)
	if !ws.Known || ws.Text != "" || in.config.Get(KeyV3Listeners).Set() {
		return
	}
	at := spot{source: in.mainSource()}
	if in.file != nil && in.file.problem != nil {
		return // the server does not start
	}
	is := in.found(CodeExternalMissing, SeverityError, at, args{"reason": "none", "setting": KeyV3ExternalWS, "tcp": in.config.Route.TCP, "ws": in.config.Route.WS, "wss": ""})
	is.Key = KeyV3ExternalWS
	is.Evidence = "without it /route advertises the listener's own address, " + is.Args["ws"]
	is.Fix = in.fix(kv{KeyV3ExternalTCP, sample(KeyV3ExternalTCP)}, kv{KeyV3ExternalWS, sample(KeyV3ExternalWS)})
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
