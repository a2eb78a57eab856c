package diagnose

import (
	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
)

func request(kind probe.FaultKind, status int, said string) probe.Fault {
	return probe.Fault{Phase: probe.PhaseRequest, Kind: kind, Address: "im.example.com:5001", Status: status, Text: said}
}

func withManager(d *probe.Diagnosis) { d.Target.ManagerToken, d.Target.ManagerFile = true, "FILE" }

func proxied(d *probe.Diagnosis) { d.Target.Proxy = "127.0.0.1:7890" }

// called puts access lines about POST /user/token into the server's log.
func called(kind serverlog.Kind, n int) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) {
		d.Log = &probe.LogFacts{Source: "server.log"}
		for range n {
			d.Log.Entries = append(d.Log.Entries, probe.LogLine{Kind: string(kind), Before: true, Text: `[GIN] 2026/11/28 - 15:14:44 | 401 | 7.233µs | 10.0.0.7 | POST "/user/token"`})
		}
	}
}

// apiRows are the causes WK2xx.
func apiRows() []causeRow {
	refused := probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultRefused, Address: "im.example.com:5001"}
	eof := request(probe.FaultEOF, 0, "")
	api, register := probe.CheckAPI, probe.CheckRegister
	return []causeRow{
		{code: "WK307", name: "proxy down", d: table(proxied, failed(api, refused, ""))},
		{code: "WK307", name: "proxy wants a login", d: user(proxied, failed(api, request(probe.FaultStatus, 407, ""), ""))},
		{code: "WK307", name: "the server's own 401", absent: true, d: table(proxied, failed(api, request(probe.FaultStatus, 401, ""), ""))},
		{code: "WK307", name: "a CONNECT that the proxy refuses", d: table(failed(api, request(probe.FaultProxy, 407, "Proxy Authentication Required"), ""))},
		{code: "WK307", name: "on the way to the WebSocket", d: user(failed(probe.CheckWS, probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultProxy, Address: "im.example.com:5200", Status: 407}, ""))},
		{code: "WK307", name: "no proxy", absent: true, d: table(failed(api, request(probe.FaultStatus, 502, ""), ""))},
		{code: "WK201", name: "behind a proxy", absent: true, d: table(proxied, failed(api, refused, ""))},
		{code: "WK201", name: "refused", variant: "refused", d: table(failed(api, refused, ""))},
		{code: "WK201", name: "name", variant: "dns", d: user(failed(api, probe.Fault{Phase: probe.PhaseDNS, Kind: probe.FaultDNS, Address: "im.example.com:5001"}, ""))},
		{code: "WK201", name: "dropped", variant: "dropped", d: table(failed(api, eof, ""))},
		{code: "WK201", name: "dropped by the WebSocket port", absent: true, d: table(failed(api, eof, probe.SpeaksWebSocket))},
		{code: "WK202", name: "WebSocket port", variant: "websocket", d: table(failed(api, eof, probe.SpeaksWebSocket))},
		{code: "WK202", name: "TCP port", variant: "tcp", d: user(failed(api, eof, probe.SpeaksTCP))},
		{code: "WK202", name: "manager port", variant: "manager", d: table(failed(api, request(probe.FaultStatus, 401, "Authorization header is required"), probe.SpeaksManager))},
		{code: "WK202", name: "gateway", variant: "gateway", d: table(failed(api, request(probe.FaultStatus, 502, ""), ""))},
		{code: "WK202", name: "web page", variant: "other", d: table(failed(api, request(probe.FaultNotWuKongIM, 200, "expected JSON"), ""))},
		{code: "WK202", name: "upgraded", variant: "websocket", d: table(failed(api, request(probe.FaultUpgraded, 101, ""), ""))},
		{code: "WK202", name: "redirect", variant: "redirect", d: table(failed(api, redirect("https://im.example.com/im/route"), ""))},
		{code: "WK202", name: "http to https", variant: "https-port", d: table(failed(api, page400("<center>The plain HTTP request was sent to HTTPS port</center>"), ""))},
		{code: "WK202", name: "certificate", variant: "certificate", d: table(failed(api, probe.Fault{Phase: probe.PhaseTLS, Kind: probe.FaultCertUnknown, Address: "im.example.com:5001", Text: "certificate signed by unknown authority"}, ""))},
		{code: "WK202", name: "no TLS", variant: "tls", d: table(func(d *probe.Diagnosis) { d.Target.API = "https://im.example.com:5001" }, failed(api, probe.Fault{Phase: probe.PhaseTLS, Kind: probe.FaultNotTLS, Address: "im.example.com:5001"}, ""))},
		{code: "WK202", name: "a page instead of the answer to POST", variant: "other", d: table(failed(register, posted(probe.FaultNotWuKongIM, 200, "<html>login</html>"), ""))},
		{code: "WK202", name: "manager token wanted", absent: true, d: table(failed(api, request(probe.FaultStatus, 401, ""), ""))},
		{code: "WK203", name: "no token", d: table(failed(api, request(probe.FaultStatus, 401, ""), ""))},
		{code: "WK203", name: "a back end, by its calls in the log", variant: "back-end", d: user(stored(probe.TokenEmpty, quiet()), called(serverlog.KindTokenCallUnauthorized, 3))},
		{code: "WK203", name: "calls that were answered 400", absent: true, d: user(stored(probe.TokenEmpty, quiet()), called(serverlog.KindTokenCallRefused, 3))},
		{code: "WK203", name: "something is stored", absent: true, d: user(stored(probe.TokenOther, quiet(), probe.StoredState{DeviceFlag: 1, State: probe.TokenOther}), called(serverlog.KindTokenCallUnauthorized, 3))},
		{code: "WK203", name: "it logs in", absent: true, d: user(called(serverlog.KindTokenCallUnauthorized, 3))},
		{code: "WK203", name: "a token was sent", absent: true, d: table(withManager, failed(api, request(probe.FaultStatus, 401, ""), ""))},
		{code: "WK203", name: "manager port", absent: true, d: table(failed(api, request(probe.FaultStatus, 401, ""), probe.SpeaksManager))},
		{code: "WK204", name: "refused everywhere", d: user(withManager, failed(api, request(probe.FaultStatus, 401, ""), ""))},
		{code: "WK204", name: "refused for one path", absent: true, d: table(withManager, failed(register, request(probe.FaultStatus, 401, ""), ""))},
		{code: "WK209", name: "register", d: table(withManager, failed(register, request(probe.FaultStatus, 401, ""), ""))},
		{code: "WK209", name: "online status", d: user(withManager, func(d *probe.Diagnosis) {
			f := request(probe.FaultStatus, 401, "")
			d.Checks[2].Outcome, d.Checks[2].Fault = probe.OutcomeUnknown, &f
		})},
		{code: "WK209", name: "another status", absent: true, d: table(withManager, failed(register, request(probe.FaultStatus, 400, "uid不能为空！"), ""))},
		{code: "WK209", name: "no manager token", absent: true, d: table(failed(register, request(probe.FaultStatus, 401, ""), ""))},
		{code: "WK205", name: "400", d: table(failed(register, request(probe.FaultStatus, 400, "uid不能为空！"), ""))},
		{code: "WK205", name: "another node's error", absent: true, d: table(failed(register, request(probe.FaultStatus, 400, refusedByNode), ""))},
		{code: "WK205", name: "429", absent: true, d: table(failed(register, posted(probe.FaultStatus, 429, ""), ""))},
		{code: "WK205", name: "408", absent: true, d: table(failed(register, posted(probe.FaultStatus, 408, ""), ""))},
		{code: "WK205", name: "a page", absent: true, d: table(failed(register, posted(probe.FaultStatus, 400, "<html>Bad Request</html>"), ""))},
		{code: "WK205", name: "the cluster's 400", absent: true, d: table(failed(register, request(probe.FaultStatus, 400, "context deadline exceeded"), ""))},
		{code: "WK206", name: "API", d: table(failed(register, request(probe.FaultStatus, 19, ""), ""))},
		{code: "WK206", name: "CONNACK 19", d: user(func(d *probe.Diagnosis) { d.Pairings[0].Result = turnedAway(19) })},
		{code: "WK206", name: "silence", variant: "silent", d: user(func(d *probe.Diagnosis) { d.Pairings[0].Result = quiet() })},
		{code: "WK206", name: "silence for another token", absent: true, d: user(func(d *probe.Diagnosis) {
			d.Pairings[0].Result, d.Pairings[0].ExpectToken = quiet(), probe.TokenOther
		})},
		{code: "WK207", name: "500", d: table(failed(register, request(probe.FaultStatus, 500, ""), ""))},
		{code: "WK207", name: "lost", variant: "lost", d: table(failed(register, request(probe.FaultReset, 0, ""), ""))},
		{code: "WK207", name: "cluster", variant: "cluster", d: table(failed(register, request(probe.FaultStatus, 400, "slot leader not found"), ""))},
		{code: "WK207", name: "a gateway's 502", absent: true, d: table(failed(api, request(probe.FaultStatus, 502, ""), ""))},
	}
}
