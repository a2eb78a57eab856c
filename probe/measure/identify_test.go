package measure

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// TestSpeaks: what answers on an address that is no WebSocket of WuKongIM.
func TestSpeaks(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name    string
		cfg     sandbox.Config
		address func(*sandbox.Server) string
		want    probe.Speaks
	}{
		{"api", sandbox.Config{}, func(s *sandbox.Server) string { return strings.Replace(s.APIURL(), "http", "ws", 1) }, probe.SpeaksAPI},
		{"api by another name", sandbox.Config{}, func(s *sandbox.Server) string {
			return strings.Replace(strings.Replace(s.APIURL(), "http", "ws", 1), "127.0.0.1", "localhost", 1)
		}, probe.SpeaksAPI},
		{"tcp", sandbox.Config{Generation: sandbox.V1}, func(s *sandbox.Server) string { return "ws://" + s.TCPAddr() }, probe.SpeaksTCP},
		{"tcp of v2", sandbox.Config{}, func(s *sandbox.Server) string { return "ws://" + s.TCPAddr() }, probe.SpeaksTCP},
		{"websocket", sandbox.Config{Generation: sandbox.V1}, func(s *sandbox.Server) string { return strings.Replace(s.WSURL(), "ws", "wss", 1) }, probe.SpeaksWebSocket},
		{"tls", sandbox.Config{TLS: "self-signed"}, func(s *sandbox.Server) string { return strings.Replace(s.WSSURL(), "wss", "ws", 1) }, probe.SpeaksTLS},
		{"http", sandbox.Config{}, nil, probe.SpeaksHTTP},
		{"nobody", sandbox.Config{}, nil, ""},
	}
	for _, row := range rows {
		sub(t, row.name, func(t *lab) {
			s := stand(t, row.cfg)
			p := proberOf(t, s.APIURL())
			switch row.name {
			case "http":
				p.WS = "ws://" + raw(t, answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"))
			case "nobody":
				p.WS = "ws://" + raw(t, gone)
			default:
				p.WS = row.address(s)
			}
			d := p.Diagnose(t.Context(), onePairing(0, 1))
			c := d.Check(probe.CheckWS)
			if c.Outcome != probe.OutcomeFail || c.Speaks != row.want || c.Fault == nil {
				t.Errorf("got %s, speaks %q, %v, want %q", c.Outcome, c.Speaks, c.Fault, row.want)
			}
			if d.Target.WS != p.WS || d.Target.WSSource != probe.SourceFlag {
				t.Errorf("target %q from %s", d.Target.WS, d.Target.WSSource)
			}
			harmless(t, s)
		})
	}
}

// TestManagerTokenStays: the manager token goes to the API and to nobody else,
// not even to a port of the same number on another host.
func TestManagerTokenStays(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		r := &run{p: proberOf(t, "http://api.example.com:5001")}
		r.p.prepare()
		r.p.API.ManagerToken = r.p.Vault.Manager(managerRaw)
		rows := map[string]bool{
			"api.example.com:5001": true, "API.example.com:5001": true, "api.example.com:5200": false, "evil.example.com:5001": false, "127.0.0.1:5001": false,
		}
		for host, want := range rows {
			if got := !r.managerFor(host).Empty(); got != want {
				t.Errorf("%s: the token goes there: %t, want %t", host, got, want)
			}
		}
		r.p.API.Base = "http://localhost:5001"
		if r.managerFor("127.0.0.1:5001").Empty() {
			t.Error("the API by another name of this machine does not get it")
		}
	})
}
