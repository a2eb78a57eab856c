package diagnose

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// addressCauses are what can be wrong with the address that clients use.
func addressCauses() []Cause {
	return []Cause{
		{Code: "WK402", ID: "tcp-port-not-websocket", find: tcpPort, Links: []string{ticket("WuKongIM/WuKongIMAndroidSDK#10")}},
		{Code: "WK403", ID: "api-port-not-websocket", find: apiPort},
		{Code: "WK404", ID: "websocket-path-unknown", find: pathUnknown},
		{Code: "WK401", ID: "upgrade-refused", find: upgradeRefused,
			Links: []string{ticket("TangSengDaoDao/TangSengDaoDaoServer#68")}},
		{Code: "WK409", ID: "websocket-not-wukongim", find: notWKProto},
	}
}

// tcpPort: a WebSocket upgrade sent to the TCP port is closed at once, without a
// byte; a CONNECT sent there is answered.
func tcpPort(f *facts) *probe.Finding {
	fault := wsFaultOf(f)
	if fault == nil || f.ws.Speaks != probe.SpeaksTCP {
		return nil
	}
	found := f.wsFinding("WK402", fault, nil, f.betterWS()...)
	found.Evidence = append(found.Evidence, probe.Evidence{Source: "connect", Text: "CONNECT over plain TCP on " + fault.Address + " is answered"})
	return found
}

// apiPort: the API answers an upgrade with 404 (v1 to v3).
func apiPort(f *facts) *probe.Finding {
	fault := wsFaultOf(f)
	if fault == nil || f.ws.Speaks != probe.SpeaksAPI {
		return nil
	}
	found := f.wsFinding("WK403", fault, nil, f.betterWS()...)
	found.Evidence = append(found.Evidence, probe.Evidence{Source: "api", Text: "GET http://" + fault.Address + "/route is answered by WuKongIM"})
	return found
}

// pathUnknown: v3 serves the path / only (pkg/gateway ws_handshake.go:53).
func pathUnknown(f *facts) *probe.Finding {
	fault := wsFaultOf(f)
	if fault == nil || fault.Status != 404 || !strings.Contains(fault.Body, "websocket path") {
		return nil
	}
	return f.wsFinding("WK404", fault, nil, "wkctl diagnose --api "+f.Target.API+" --ws "+withPath(f.Target.WS, "/"))
}

// upgradeRefused takes every other HTTP answer, and a connection that was made
// and then closed in the middle of the upgrade.
func upgradeRefused(f *facts) *probe.Finding {
	fault := wsFaultOf(f)
	if fault == nil || fault.Phase != probe.PhaseUpgrade || f.explainedWS() {
		return nil
	}
	variant := "closed"
	switch {
	case fault.Status >= 300 && fault.Status < 400:
		variant = "redirect"
	case fault.Status >= 500:
		variant = "gateway"
	case fault.Status != 0:
		variant = "status"
	case fault.Kind == probe.FaultTimeout:
		variant = "mute"
	}
	return f.wsFinding("WK401", fault, map[string]string{
		"variant": variant, "status": strconv.Itoa(fault.Status), "location": fault.Location, "server": fault.Server,
	})
}

// explainedWS says whether an earlier cause has explained the address.
func (f *facts) explainedWS() bool { return f.ws.Code != "" && f.ws.Code != "WK401" }

// notWKProto: the upgrade works, but what is behind it does not answer CONNECT.
func notWKProto(f *facts) *probe.Finding {
	if f.right == nil || f.right.Result == nil || f.right.Outcome == probe.OutcomePass {
		return nil
	}
	r := f.right.Result
	if _, known := letIn(r); known || r.Observed == probe.NotRun {
		return nil
	}
	variant := "mute"
	switch {
	case r.Fault != nil && r.Fault.Kind == probe.FaultGarbage:
		variant = "garbage"
	case r.Observed == probe.Closed, len(r.Lost) > 0:
		variant = "closed"
	}
	return &probe.Finding{
		Severity: probe.SeverityError,
		Evidence: []probe.Evidence{connectEvidence(0, "", r)},
		Args:     map[string]string{"variant": variant, "ws": f.Target.WS},
	}
}

// betterWS gives the command with the address that /route advertises, where it
// is another one, or with the usual port.
func (f *facts) betterWS() []string {
	ws := ""
	if a := f.Target.Advertised; a != nil && a.WS != f.Target.WS {
		ws = a.WS
	}
	if u, err := url.Parse(f.Target.WS); ws == "" && err == nil {
		ws = "ws://" + net.JoinHostPort(u.Hostname(), "5200")
	}
	return []string{"wkctl diagnose --api " + f.Target.API + " --ws " + ws}
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
