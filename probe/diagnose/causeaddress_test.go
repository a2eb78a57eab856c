package diagnose

import (
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
)

func given(ws string) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) { d.Target.WS, d.Target.WSSource = ws, probe.SourceFlag }
}

func dial(kind probe.FaultKind) probe.Fault {
	f := probe.Fault{Phase: probe.PhaseDial, Kind: kind, Address: "im.example.com:5200"}
	if kind == probe.FaultDNS {
		f.Phase = probe.PhaseDNS
	}
	return f
}

func upgrade(status int, body string) probe.Fault {
	return probe.Fault{Phase: probe.PhaseUpgrade, Kind: probe.FaultStatus, Address: "im.example.com:5200", Status: status, Body: body}
}

func handshake(kind probe.FaultKind) probe.Fault {
	return probe.Fault{Phase: probe.PhaseTLS, Kind: kind, Address: "im.example.com:5210", Text: "bad record MAC",
		Cert: &probe.Cert{Subject: "CN=im", Issuer: "CN=ca", Names: []string{"im.example.org"}, NotAfter: time.Unix(0, 0)}}
}

// networkRows are the causes WK3xx.
func networkRows() []causeRow {
	ws, here, secure, native := probe.CheckWS, given("ws://im.example.com:5200"), given("wss://im.example.com:5210"), given("tcp://im.example.com:5100")
	return []causeRow{
		{code: "WK301", name: "given", d: user(given("ws://other.example.com:5200"), alone, failed(ws, dial(probe.FaultDNS), ""))},
		{code: "WK301", name: "advertised", variant: "route", also: "WK405", d: user(failed(ws, dial(probe.FaultDNS), ""))},
		{code: "WK301", name: "refused", absent: true, d: user(here, failed(ws, dial(probe.FaultRefused), ""))},
		{code: "WK302", name: "WebSocket", d: table(here, failed(ws, dial(probe.FaultRefused), ""))},
		{code: "WK302", name: "advertised, own host", also: "WK405", d: table(failed(ws, dial(probe.FaultRefused), ""))},
		{code: "WK302", name: "TCP", variant: "tcp", d: user(native, failed(ws, dial(probe.FaultRefused), ""))},
		{code: "WK302", name: "wss", variant: "wss", d: user(secure, alone, failed(ws, dial(probe.FaultRefused), ""))},
		{code: "WK302", name: "timeout", absent: true, d: table(here, failed(ws, dial(probe.FaultTimeout), ""))},
		{code: "WK303", name: "given", d: table(here, failed(ws, dial(probe.FaultTimeout), ""))},
		{code: "WK303", name: "no route", d: table(here, failed(ws, dial(probe.FaultNoRoute), ""))},
		{code: "WK303", name: "advertised", also: "WK405", d: table(failed(ws, dial(probe.FaultTimeout), ""))},
		{code: "WK303", name: "a timeout of the upgrade", absent: true, d: table(here, failed(ws, probe.Fault{Phase: probe.PhaseUpgrade, Kind: probe.FaultTimeout}, ""))},
		{code: "WK304", name: "name", variant: "name", d: user(secure, failed(ws, handshake(probe.FaultCertName), ""))},
		{code: "WK304", name: "expired", variant: "expired", d: user(secure, failed(ws, handshake(probe.FaultCertExpired), ""))},
		{code: "WK304", name: "untrusted", variant: "untrusted", d: user(secure, failed(ws, handshake(probe.FaultCertUnknown), ""))},
		{code: "WK304", name: "advertised", variant: "name", d: user(address(probe.RoleWSS, "wss://im.example.com:5210", probe.ClassName, handshake(probe.FaultCertName)))},
		{code: "WK304", name: "another TLS error", absent: true, d: user(secure, failed(ws, handshake(probe.FaultTLS), ""))},
		{code: "WK305", name: "WebSocket port", d: user(given("wss://im.example.com:5200"), failed(ws, handshake(probe.FaultNotTLS), probe.SpeaksWebSocket))},
		{code: "WK305", name: "API port", absent: true, d: user(given("wss://im.example.com:5001"), failed(ws, handshake(probe.FaultNotTLS), probe.SpeaksAPI))},
		{code: "WK306", name: "TLS port", d: user(given("ws://im.example.com:5210"), failed(ws, upgrade(400, ""), probe.SpeaksTLS))},
		{code: "WK306", name: "native", variant: "tcp", d: user(given("tcp://im.example.com:5210"), failed(ws, answer(probe.FaultEOF), probe.SpeaksTLS))},
		{code: "WK306", name: "plain port", absent: true, d: user(given("ws://im.example.com:5210"), failed(ws, upgrade(400, ""), probe.SpeaksHTTP))},
	}
}

// alone takes the advertised addresses away, so that nothing but the given one is
// known.
func alone(d *probe.Diagnosis) { d.Target.Advertised, d.Addresses = nil, nil }

func answer(kind probe.FaultKind) probe.Fault {
	return probe.Fault{Phase: probe.PhaseAnswer, Kind: kind, Address: "im.example.com:5100"}
}

// addressRows are the causes WK401 to WK404 and WK409 to WK412.
func addressRows() []causeRow {
	ws, proxy := probe.CheckWS, given("ws://im.example.com/wk")
	return []causeRow{
		{code: "WK401", name: "404", variant: "status", d: user(proxy, failed(ws, upgrade(404, "<html>"), probe.SpeaksHTTP))},
		{code: "WK401", name: "502", variant: "gateway", d: user(proxy, failed(ws, upgrade(502, ""), probe.SpeaksAPI))},
		{code: "WK401", name: "301", variant: "redirect", d: user(proxy, failed(ws, upgrade(301, ""), probe.SpeaksHTTP))},
		{code: "WK401", name: "header taken off", variant: "stripped", d: user(proxy, failed(ws, upgrade(400, "missing websocket Upgrade header"), probe.SpeaksHTTP))},
		{code: "WK401", name: "mute", variant: "mute", d: user(proxy, failed(ws, probe.Fault{Phase: probe.PhaseUpgrade, Kind: probe.FaultTimeout}, ""))},
		{code: "WK401", name: "reset", variant: "closed", d: user(proxy, failed(ws, dial(probe.FaultReset), ""))},
		{code: "WK401", name: "TLS", variant: "tls", d: user(given("wss://im.example.com"), failed(ws, handshake(probe.FaultTLS), ""))},
		{code: "WK401", name: "the API's 404", absent: true, d: user(proxy, failed(ws, upgrade(404, ""), probe.SpeaksAPI))},
		{code: "WK402", name: "TCP port", d: table(given("ws://im.example.com:5100"), failed(ws, probe.Fault{Phase: probe.PhaseUpgrade, Kind: probe.FaultEOF, Address: "im.example.com:5100"}, probe.SpeaksTCP))},
		{code: "WK402", name: "nothing that answers", absent: true, d: table(given("ws://im.example.com:5100"), failed(ws, probe.Fault{Phase: probe.PhaseUpgrade, Kind: probe.FaultEOF}, ""))},
		{code: "WK403", name: "API port", d: table(given("ws://im.example.com:5001"), failed(ws, probe.Fault{Phase: probe.PhaseUpgrade, Kind: probe.FaultStatus, Status: 404, Address: "im.example.com:5001"}, probe.SpeaksAPI))},
		{code: "WK403", name: "through a proxy", variant: "proxied", d: user(proxy, failed(ws, upgrade(404, ""), probe.SpeaksAPI))},
		{code: "WK403", name: "native", variant: "tcp", d: user(given("tcp://im.example.com:5001"), failed(ws, answer(probe.FaultGarbage), probe.SpeaksAPI))},
		{code: "WK403", name: "a gateway's 502", absent: true, d: user(proxy, failed(ws, upgrade(502, ""), probe.SpeaksAPI))},
		{code: "WK404", name: "v3 path", d: user(given("ws://im.example.com:5200/ws"), failed(ws, upgrade(404, `websocket path "/ws" not found`), probe.SpeaksHTTP))},
		{code: "WK404", name: "another 404", absent: true, d: user(given("ws://im.example.com:5200/ws"), failed(ws, upgrade(404, "not found"), probe.SpeaksHTTP))},
		{code: "WK409", name: "mute", variant: "mute", d: table(control(probe.Result{Observed: probe.Silent, ElapsedMS: 7000}))},
		{code: "WK409", name: "garbage for the user", variant: "garbage", d: user(func(d *probe.Diagnosis) {
			d.Pairings[0].Result = probe.Result{Observed: probe.Closed, Fault: &probe.Fault{Phase: probe.PhaseAnswer, Kind: probe.FaultGarbage}}
		})},
		{code: "WK409", name: "native, some HTTP server", variant: "tcp", d: user(given("tcp://im.example.com:5300"), failed(ws, answer(probe.FaultGarbage), probe.SpeaksHTTP))},
		{code: "WK409", name: "refused in silence", absent: true, d: user(func(d *probe.Diagnosis) { d.Pairings[0].Result = quiet() })},
		{code: "WK410", name: "native on the WebSocket port", d: user(given("tcp://im.example.com:5200"), failed(ws, answer(probe.FaultEOF), probe.SpeaksWebSocket))},
		{code: "WK410", name: "advertised as tcp_addr", d: user(func(d *probe.Diagnosis) {
			d.Addresses[0].Outcome, d.Addresses[0].Speaks = probe.OutcomeFail, probe.SpeaksWebSocket
		})},
		{code: "WK410", name: "native on the API port", absent: true, d: user(given("tcp://im.example.com:5001"), failed(ws, answer(probe.FaultGarbage), probe.SpeaksAPI))},
		{code: "WK411", name: "wss for Flutter", d: user(given("tcp://im.example.com:443"), func(d *probe.Diagnosis) {
			d.Target.WSGiven, d.Target.SDK = "wss://im.example.com:443", "flutter"
		}, failed(ws, answer(probe.FaultEOF), probe.SpeaksTLS))},
		{code: "WK411", name: "ws, which may be how it was typed", absent: true, d: user(given("tcp://im.example.com:5100"), func(d *probe.Diagnosis) {
			d.Target.WSGiven, d.Target.SDK = "ws://im.example.com:5100", "flutter"
		})},
		{code: "WK412", name: "the advertised one works", d: user(given("ws://old.example.com:5200"), failed(ws, dial(probe.FaultRefused), ""))},
		{code: "WK412", name: "native", d: user(given("tcp://old.example.com:5100"), failed(ws, dial(probe.FaultDNS), ""))},
		{code: "WK412", name: "it is the advertised one", absent: true, d: user(given("ws://im.example.com:5200"), failed(ws, dial(probe.FaultRefused), ""))},
		{code: "WK412", name: "it answers", absent: true, d: user(given("ws://old.example.com:5200"), failed(ws, upgrade(404, ""), probe.SpeaksHTTP))},
	}
}

// control replaces what the right token came to.
func control(r probe.Result) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) {
		c := d.Check(probe.CheckRightToken)
		c.Outcome, c.Result = probe.OutcomeUnknown, &r
		for i := range d.Pairings {
			d.Pairings[i].Result = probe.Result{Observed: probe.NotRun}
		}
		d.Server.TokenAuth = probe.AuthUnknown
	}
}

// address makes /route advertise something else for a role, which from here came
// to f; a zero f means that it works.
func address(role probe.Role, url string, class probe.AddressClass, f probe.Fault) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) {
		for i := range d.Addresses {
			a := &d.Addresses[i]
			if a.Role != role {
				continue
			}
			*a = probe.Address{Role: role, URL: url, Class: class, Outcome: probe.OutcomePass}
			if f.Kind != "" {
				a.Outcome, a.Fault = probe.OutcomeFail, &f
			}
		}
		if role == probe.RoleWSS {
			d.Target.Advertised.WSS = url
		}
	}
}

func page(d *probe.Diagnosis) { d.Target.PageOrigin = "https://chat.example.com" }

// advertisedRows are the causes WK405 to WK408.
func advertisedRows() []causeRow {
	local := func(d *probe.Diagnosis) { d.Target.API = "http://127.0.0.1:5001" }
	return []causeRow{
		{code: "WK405", name: "empty", variant: "empty", d: user(address(probe.RoleWS, "", probe.ClassEmpty, probe.Fault{}))},
		{code: "WK405", name: "malformed", variant: "malformed", d: user(address(probe.RoleWS, "im.example.com:5200", probe.ClassMalformed, probe.Fault{}))},
		{code: "WK405", name: "name", variant: "dns", d: user(address(probe.RoleWS, "ws://im.invalid:5200", probe.ClassName, dial(probe.FaultDNS)))},
		{code: "WK405", name: "wss listener off", variant: "wss-refused", d: user(address(probe.RoleWSS, "wss://im.example.com:5210", probe.ClassName, dial(probe.FaultRefused)))},
		{code: "WK405", name: "no wss at all", absent: true, d: user()},
		{code: "WK405", name: "a private one is WK406", absent: true, d: user(address(probe.RoleWS, "ws://10.0.0.5:5200", probe.ClassPrivate, dial(probe.FaultTimeout)))},
		{code: "WK406", name: "private", variant: "private", d: user(address(probe.RoleWS, "ws://192.168.1.5:5200", probe.ClassPrivate, dial(probe.FaultTimeout)))},
		{code: "WK406", name: "container", variant: "container", d: user(local, address(probe.RoleWS, "ws://172.18.0.3:5200", probe.ClassContainer, probe.Fault{}))},
		{code: "WK406", name: "loopback", variant: "loopback", d: user(address(probe.RoleWS, "ws://127.0.0.1:5200", probe.ClassLoopback, probe.Fault{}))},
		{code: "WK406", name: "unspecified", variant: "unspecified", d: user(address(probe.RoleWS, "ws://0.0.0.0:5200", probe.ClassUnspecified, probe.Fault{}))},
		{code: "WK406", name: "the API is there, too", absent: true, d: user(local, address(probe.RoleWS, "ws://127.0.0.1:5200", probe.ClassLoopback, probe.Fault{}), func(d *probe.Diagnosis) { d.Addresses[1].SameHost = true })},
		{code: "WK407", name: "none", d: user(page)},
		{code: "WK407", name: "0.0.0.0", d: user(page, address(probe.RoleWSS, "wss://0.0.0.0:5210", probe.ClassUnspecified, probe.Fault{}))},
		{code: "WK407", name: "http page", absent: true, d: user()},
		{code: "WK407", name: "there is one", absent: true, d: user(page, address(probe.RoleWSS, "wss://im.example.com", probe.ClassName, probe.Fault{}))},
		{code: "WK408", name: "given", d: user(page, given("ws://im.example.com:5200"), address(probe.RoleWSS, "wss://im.example.com", probe.ClassName, probe.Fault{}))},
		{code: "WK408", name: "for want of wss", also: "WK407", d: user(page)},
		{code: "WK408", name: "wss", absent: true, d: user(page, given("wss://im.example.com"))},
	}
}

// TestAddressesOfOthers: trouble at an address that this client does not use is a
// warning.
func TestAddressesOfOthers(t *testing.T) {
	t.Parallel()
	here, native := given("ws://im.example.com:5200"), given("tcp://im.example.com:5100")
	refused, wrong := dial(probe.FaultRefused), handshake(probe.FaultCertName)
	far := dial(probe.FaultTimeout)
	wss := address(probe.RoleWSS, "wss://im.example.com:5210", probe.ClassName, refused)
	private := address(probe.RoleWS, "ws://192.168.1.5:5200", probe.ClassPrivate, far)
	tcp := func(d *probe.Diagnosis) {
		d.Addresses[0].Outcome, d.Addresses[0].Speaks = probe.OutcomeFail, probe.SpeaksWebSocket
	}
	android := func(d *probe.Diagnosis) {
		d.Target.WS, d.Target.WSSource = "tcp://im.example.com:5100", probe.SourceRoute
	}
	for name, tc := range map[string]struct {
		d    *probe.Diagnosis
		code string
		want probe.Severity
	}{
		"wss for a page on http":        {user(wss), "WK405", probe.SeverityWarning},
		"wss for a page on https":       {user(page, wss), "WK405", probe.SeverityError},
		"ws, taken from /route":         {user(private), "WK406", probe.SeverityError},
		"ws, another one given":         {user(private, here), "WK406", probe.SeverityWarning},
		"ws, the same given, works":     {user(address(probe.RoleWS, "ws://192.168.1.5:5200", probe.ClassPrivate, probe.Fault{}), given("ws://192.168.1.5:5200")), "WK406", probe.SeverityWarning},
		"ws, the same given, fails":     {user(private, given("ws://192.168.1.5:5200")), "WK406", probe.SeverityError},
		"tcp for a browser":             {user(tcp), "WK410", probe.SeverityWarning},
		"tcp for Android":               {user(android, tcp), "WK410", probe.SeverityError},
		"tcp for Android, another":      {user(native, tcp, given("tcp://other.example.com:5100")), "WK410", probe.SeverityWarning},
		"certificate, page on http":     {user(address(probe.RoleWSS, "wss://im.example.com:5210", probe.ClassName, wrong)), "WK304", probe.SeverityWarning},
		"certificate, page on https":    {user(page, address(probe.RoleWSS, "wss://im.example.com:5210", probe.ClassName, wrong)), "WK304", probe.SeverityError},
		"certificate, another is given": {user(page, here, address(probe.RoleWSS, "wss://im.example.com:5210", probe.ClassName, wrong)), "WK304", probe.SeverityWarning},
	} {
		Explain(tc.d)
		if found := tc.d.Finding(tc.code); found == nil || found.Severity != tc.want {
			t.Errorf("%s: %v, want %s/%s", name, codesIn(tc.d), tc.code, tc.want)
		}
	}
}
