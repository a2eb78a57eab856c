package diagnose

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
	"github.com/wkctl/wkctl/probe/wire"
)

// addressCauses are what can be wrong with the address that clients use.
func addressCauses() []Cause {
	return []Cause{
		{Code: "WK411", ID: "native-address-with-scheme", find: nativeScheme, is: onTheWay | endsRun,
			Links: []string{ticket("WuKongIM/WuKongIMFlutterSDK#46")}},
		{Code: "WK402", ID: "tcp-port-not-websocket", find: tcpPort, is: endsRun,
			Links: []string{ticket("WuKongIM/WuKongIMAndroidSDK#10")}},
		{Code: "WK403", ID: "api-port-not-websocket", find: apiPort, is: endsRun,
			Links: []string{ticket("WuKongIM/WuKongIM#69")}},
		{Code: "WK404", ID: "websocket-path-unknown", find: pathUnknown, is: endsRun,
			logKinds: map[serverlog.Kind]int{serverlog.KindWebSocketPath: 0}},
		{Code: codeUpgradeRefused, ID: "upgrade-refused", find: upgradeRefused, is: endsRun | outageShows, dependsOn: addressRoots(),
			Links: []string{ticket("TangSengDaoDao/TangSengDaoDaoServer#68"), ticket("WuKongIM/WuKongIM#214")}},
		{Code: codeNotAdvertised, ID: "given-address-not-advertised", find: notAdvertised, is: endsRun,
			Links: []string{ticket("Mininglamp-OSS/octo-im#32")}},
		{Code: "WK409", ID: "websocket-not-wukongim", find: notWKProto, is: endsRun | outageShows, dependsOn: addressRoots()},
	}
}

// tcpPort: a WebSocket upgrade sent to the TCP port is closed at once, without a
// byte; a CONNECT sent there is answered.
func tcpPort(f *facts) *finding {
	fault := wsFaultOf(f)
	if fault == nil || f.ws.Speaks != probe.SpeaksTCP {
		return nil
	}
	found := f.wsFinding(fault, nil, f.betterWS()...)
	found.Evidence = append(found.Evidence, probe.Say("tcp-answered", "CONNECT over plain TCP on {{.address}} is answered", map[string]any{"address": fault.Address}).By("connect"))
	return found
}

// apiPort: the API answers an upgrade with 404 (v1 to v3).
func apiPort(f *facts) *finding {
	fault := wsFaultOf(f)
	if fault == nil || f.ws.Speaks != probe.SpeaksAPI || fault.Status >= 300 && fault.Status < 400 || fault.Status >= 500 {
		return nil // with those statuses a proxy stands there that passes another path to the API
	}
	args := map[string]string{}
	if api, err := url.Parse(f.Target.API); err == nil && fault.Address != "" && !strings.HasSuffix(fault.Address, ":"+api.Port()) && !f.native() {
		args["variant"] = "proxied"
	}
	found := f.wsFinding(fault, args, f.betterWS()...)
	found.Evidence = append(found.Evidence, probe.Say("route-answered", "GET http://{{.address}}/route is answered by WuKongIM", map[string]any{"address": fault.Address}).By("api"))
	return found
}

// pathUnknown: v3 serves the path / only (pkg/gateway ws_handshake.go:53).
func pathUnknown(f *facts) *finding {
	fault := wsFaultOf(f)
	if fault == nil || fault.Status != 404 || !strings.Contains(fault.Body, "websocket path") {
		return nil
	}
	return f.wsFinding(fault, nil, f.ask(f.Target.API, withPath(f.Target.WS, "/")))
}

// neverDialled says that nothing took the connection: WK301 to WK303.
func neverDialled(fault *probe.Fault) bool {
	switch unreachableVariant(fault.Kind) {
	case "dns", "refused", "timeout":
		return fault.Phase == probe.PhaseDial || fault.Phase == probe.PhaseDNS
	}
	return fault.Kind == probe.FaultCanceled
}

// upgradeRefused takes what the others leave: every other HTTP answer, and a
// connection that was made and then ended before the WebSocket was there.
func upgradeRefused(f *facts) *finding {
	fault := wsFaultOf(f)
	if h := f.gone(); h != nil && h.Hello {
		return nil // the greeting got no answer because it ended the server: WK308
	}
	if fault == nil || f.native() || neverDialled(fault) || f.limitedAt(probe.LimitedWS, fault) || f.explained(codeUpgradeRefused)[probe.CheckWS] != "" {
		return nil
	}
	variant := "closed"
	switch {
	case fault.Phase == probe.PhaseTLS:
		variant = "tls"
	case fault.Status >= 300 && fault.Status < 400:
		variant = "redirect"
	case fault.Status >= 500:
		variant = "gateway"
	case strings.Contains(fault.Body, "missing websocket"): // v3 says what it did not get
		variant = "stripped"
	case fault.Status != 0:
		variant = "status"
	case fault.Kind == probe.FaultTimeout:
		variant = "mute"
	}
	return f.wsFinding(fault, map[string]string{
		"variant": variant, "status": strconv.Itoa(fault.Status), "location": fault.Location, "server": fault.Server, "said": fault.Text,
	}, f.nginx()...)
}

// nginx writes the location that passes upgrades on, for the path that was asked
// for.
func (f *facts) nginx() []string {
	u, err := url.Parse(f.Target.WS)
	if err != nil || f.native() {
		return nil
	}
	path := u.Path
	if path == "" {
		path = "/"
	}
	return []string{"location " + path + " {\n" +
		"    proxy_pass http://127.0.0.1:5200;\n" +
		"    proxy_http_version 1.1;\n" +
		"    proxy_set_header Upgrade $http_upgrade;\n" +
		"    proxy_set_header Connection \"upgrade\";\n" +
		"    proxy_read_timeout 120s;\n" +
		"}"}
}

// nativeScheme: the SDKs that speak plain TCP split their address at the colon,
// and break on a scheme (Flutter: FormatException). A ws:// address may be
// nothing but the way in which the port was told to us, unless it does not work.
func nativeScheme(f *facts) *finding {
	given, err := url.Parse(f.Target.WSGiven)
	if f.Target.WSGiven == "" || err != nil || given.Scheme == "ws" {
		return nil
	}
	args := map[string]string{"given": f.Target.WSGiven, "scheme": given.Scheme, "sdk": f.sdk(), "host": given.Hostname()}
	found := &finding{Args: args, Evidence: []probe.Evidence{
		probe.Say("plain-sdk", "{{.sdk}} speaks plain TCP; its address was given as {{.given}}", map[string]any{"sdk": f.sdk(), "given": f.Target.WSGiven}).By("config"),
	}}
	if fault := wsFaultOf(f); fault != nil {
		found.Evidence = append(found.Evidence, faultEvidence("connect", fault)...)
	}
	found.Evidence = append(found.Evidence, f.workingAddress()...)
	found.Fix.Commands = f.betterTCP()
	return found
}

// sdk is the client of the run, as it was asked for.
func (f *facts) sdk() string {
	if f.Target.SDK != "" || len(f.Pairings) == 0 {
		return f.Target.SDK
	}
	return f.Pairings[0].SDK
}

// notAdvertised: the address that was given does not exist, while the one that
// the server advertises works. Whoever hands out the other (the back end of the
// app, its own configuration) is wrong.
func notAdvertised(f *facts) *finding {
	fault := wsFaultOf(f)
	if fault == nil || f.Target.WSSource != probe.SourceFlag || !neverDialled(fault) {
		return nil
	}
	for _, a := range f.Addresses {
		if a.URL == f.Target.WS || "tcp://"+a.URL == f.Target.WS {
			return nil // it is advertised
		}
	}
	for _, a := range f.worstFirst() {
		native := a.Role == probe.RoleTCP
		if a.Outcome != probe.OutcomePass || native != f.native() {
			continue
		}
		address := a.URL
		if native {
			address = "tcp://" + address
		}
		return &finding{
			Evidence: append(faultEvidence("connect", fault), f.workingAddress()...),
			Args:     map[string]string{"given": f.Target.WS, "address": a.URL, "role": string(a.Role), "variant": unreachableVariant(fault.Kind)},
			Fix:      probe.Fix{Commands: []string{f.ask(f.Target.API, address)}},
		}
	}
	return nil
}

// notWKProto: the connection is made, but what is behind it does not answer
// CONNECT.
func notWKProto(f *facts) *finding {
	if fault := wsFaultOf(f); fault != nil {
		if !f.native() || neverDialled(fault) || f.ws.Speaks != probe.SpeaksHTTP && f.ws.Speaks != "" {
			return nil
		}
		return f.wsFinding(fault, map[string]string{"variant": "tcp"}, f.betterTCP()...)
	}
	r := f.noAnswer()
	if r == nil {
		return nil
	}
	variant := "mute"
	switch {
	case f.native():
		variant = "tcp"
	case r.Fault != nil && r.Fault.Kind == probe.FaultGarbage:
		variant = "garbage"
	case r.Observed == probe.Closed, len(r.Lost) > 0:
		variant = "closed"
	}
	return &finding{
		Evidence: []probe.Evidence{connectEvidence(0, "", r)},
		Args:     map[string]string{"variant": variant, "ws": f.Target.WS},
	}
}

// noAnswer gives the login that shows that CONNECT is not answered in WuKongIM's
// words: the control, or one of the user's own that got bytes of another
// protocol. nil: there is none. A server that answered the control is one,
// whatever became of logins that got nothing.
func (f *facts) noAnswer() *probe.Result {
	if f.control == nil || f.control.Result == nil {
		return nil
	}
	r := f.control.Result
	if _, known := r.LetIn(); !known && r.Observed != probe.NotRun && r.Observed != probe.Unreachable {
		return r
	}
	if f.User != nil && len(f.Pairings) > 0 {
		if own := &f.Pairings[0].Result; own.Fault != nil && own.Fault.Kind == probe.FaultGarbage {
			return own
		}
	}
	return nil
}

// betterWS gives the command with the address that /route advertises, where it
// is another one, or with the usual port.
func (f *facts) betterWS() []string {
	ws := ""
	if a := f.Target.Advertised; a != nil && a.WS != f.Target.WS {
		ws = a.WS
	}
	if u, err := url.Parse(f.Target.WS); ws == "" && err == nil {
		ws = "ws://" + net.JoinHostPort(u.Hostname(), wire.PortWS)
	}
	return []string{f.ask(f.Target.API, ws)}
}

func swapScheme(raw, scheme string) string {
	if _, rest, ok := strings.Cut(raw, "://"); ok {
		return scheme + "://" + rest
	}
	return raw
}

func withPath(raw, path string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u.Path, u.RawQuery = path, ""
	return u.String()
}

func join(list []string) string { return strings.Join(list, ", ") }
