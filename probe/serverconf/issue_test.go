package serverconf

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
)

const goodIP = " ip: 203.0.113.7"

// issueCase is one broken source; want is the exact list of what is found.
type issueCase struct {
	name       string
	generation probe.Generation
	sources    []Source
	want       string // "CODE/reason CODE/reason"
	where      string // of the first issue
	severity   probe.Severity
	key        string
	fixEnv     string // held by Fix.Env of the first issue
	fixYAML    string // held by Fix.YAML
}

func fileCases() []issueCase {
	return []issueCase{
		{name: "keys beside an empty block", sources: []Source{yamlSource("mode: release", "external:", "ip: 203.0.113.7", "tcpAddr: 203.0.113.7:30005", "wsAddr: ws://203.0.113.7:32660")},
			want: "WK701/empty-block WK701/empty-block WK701/empty-block WK717/not-local WK706/none", where: "wk.yaml:3", severity: probe.SeverityError, key: "ip", fixEnv: "WK_EXTERNAL_IP=203.0.113.7", fixYAML: "external:\n  ip: \"203.0.113.7\""},
		{name: "key in a foreign block", sources: []Source{yamlSource("external:", goodIP, " tokenAuthOn: true")},
			want: "WK701/wrong-block", where: "wk.yaml:3", severity: probe.SeverityWarning, key: "external.tokenAuthOn", fixEnv: "WK_TOKENAUTHON=true", fixYAML: "tokenAuthOn: true"},
		{name: "block in a block", sources: []Source{yamlSource("webhook:", " external:", "  ip: 203.0.113.7")},
			want: "WK701/wrong-block WK706/none", where: "wk.yaml:3", severity: probe.SeverityError, key: "webhook.external.ip"},
		{name: "first line indented", sources: []Source{yamlSource(" mode: release", "external:", goodIP)},
			want: "WK701/indented-start WK706/none", where: "wk.yaml:2", severity: probe.SeverityError},
		{name: "commented out", sources: []Source{yamlSource("external:", "#  ip: \"203.0.113.7\"", "#tokenAuthOn: true")},
			want: "WK702/comment WK706/none WK702/comment", where: "wk.yaml:2", severity: probe.SeverityError, key: "external.ip", fixEnv: "WK_EXTERNAL_IP=203.0.113.7"},
		{name: "commented variable", sources: []Source{envSource("WK_EXTERNAL_IP=203.0.113.7", "# WK_EXTERNAL_WSADDR=ws://im.example.com:5200")},
			want: "WK702/comment", where: ".env:2", severity: probe.SeverityWarning, key: "WK_EXTERNAL_WSADDR"},
		{name: "unknown key", sources: []Source{yamlSource("external:", goodIP, " wsAdr: ws://im.example.com:5200", "token_auth_on: true", "colour: red")},
			want: "WK707/spelling WK707/spelling WK707/unknown", where: "wk.yaml:3", severity: probe.SeverityWarning, key: "external.wsAdr", fixEnv: "WK_EXTERNAL_WSADDR=ws://im.example.com:5200"},
		{name: "misspelt block", sources: []Source{yamlSource("externl:", " wsAddr: ws://im.example.com:5200")},
			want: "WK707/spelling WK706/none", where: "wk.yaml:2", severity: probe.SeverityError, key: "externl.wsAddr"},
		{name: "wide blank before a key", sources: []Source{yamlSource("external:", goodIP, "\u3000tokenAuthOn: true")},
			want: "WK707/spelling", where: "wk.yaml:3", severity: probe.SeverityWarning, key: "tokenAuthOn"},
		{name: "value behind a block", sources: []Source{yamlSource("external: 203.0.113.7")},
			want: "WK714/block-expected WK706/none", where: "wk.yaml:1", severity: probe.SeverityError, key: "external"},
		{name: "yes is no bool", sources: []Source{yamlSource("tokenAuthOn: yes", "external:", goodIP)},
			want: "WK714/bool", where: "wk.yaml:1", severity: probe.SeverityWarning, key: "tokenAuthOn", fixEnv: "WK_TOKENAUTHON=true"},
		{name: "token read as a number", sources: []Source{yamlSource("managerToken: 0123", "external:", goodIP)},
			want: "WK714/number", where: "wk.yaml:1", severity: probe.SeverityWarning, key: "managerToken", fixEnv: "WK_MANAGERTOKEN=<managerToken>"},
		{name: "list for a text", sources: []Source{yamlSource("managerUID: [a, b]", "external:", goodIP)},
			want: "WK714/list", where: "wk.yaml:1", severity: probe.SeverityWarning},
		{name: "one key in two spellings", sources: []Source{yamlSource("tokenAuthOn: true", "tokenauthon: false", "external:", goodIP)},
			want: "WK711/two-spellings", where: "wk.yaml:2", severity: probe.SeverityWarning},
		{name: "cluster.on false with nodes", sources: []Source{yamlSource("cluster:", " on: false", " initNodes:", "  - 1@a", "external:", goodIP)},
			want: "WK712/not-read", where: "wk.yaml:2", severity: probe.SeverityError, key: "cluster.on"},
		{name: "cluster.on false alone", sources: []Source{yamlSource("cluster:", " on: false", "external:", goodIP)},
			want: "WK712/not-read", severity: probe.SeverityWarning, where: "wk.yaml:2", key: "cluster.on"},
		{name: "key of v1 on v2", generation: "v2", sources: []Source{yamlSource("monitor:", " on: true", "external:", goodIP)},
			want: "WK716/not-this-generation", where: "wk.yaml:2", severity: probe.SeverityInfo, key: "monitor.on", fixEnv: "WK_MANAGER_ON=true"},
		{name: "key of 2.2.1 on v1", generation: "v1", sources: []Source{yamlSource("customerService:", " visitorsSuffix: _v", "external:", goodIP)},
			want: "WK716/not-this-generation", where: "wk.yaml:2", severity: probe.SeverityWarning},
		{name: "stress turns authentication off", generation: "v2", sources: []Source{yamlSource("stress: true", "tokenAuthOn: true", "external:", goodIP)},
			want: "WK711/stress", where: "wk.yaml:2", severity: probe.SeverityWarning, fixEnv: "WK_STRESS=false"},
		{name: "second file", sources: []Source{yamlSource("external:", goodIP), {Name: "other.yaml", Data: []byte("mode: debug\n")}},
			want: "WK718/second-file", where: "other.yaml", severity: probe.SeverityInfo},
	}
}

func addressCases() []issueCase {
	one := func(lines ...string) []Source {
		return []Source{yamlSource(append([]string{"external:"}, lines...)...)}
	}
	return []issueCase{
		{name: "nothing external", sources: one(" ip: \"\""), want: "WK706/none", where: "wk.yaml:2", severity: probe.SeverityWarning, key: "external.ip", fixEnv: "WK_EXTERNAL_IP=<public IP or domain>"},
		{name: "only ws external", sources: one(" wsAddr: wss://im.example.com/ws"), want: "WK706/tcp", where: "wk.yaml:1", severity: probe.SeverityInfo},
		{name: "wildcard", sources: one(" ip: 0.0.0.0"), want: "WK710/wildcard", where: "wk.yaml:2", severity: probe.SeverityError},
		{name: "loopback", sources: one(" ip: 127.0.0.1"), want: "WK710/loopback", severity: probe.SeverityWarning, where: "wk.yaml:2"},
		{name: "private", sources: one(" ip: 192.168.10.151"), want: "WK710/private", severity: probe.SeverityInfo, where: "wk.yaml:2"},
		{name: "placeholder", sources: one(" ip: xxx.xxx.xxx.xxx"), want: "WK710/placeholder", severity: probe.SeverityError, where: "wk.yaml:2"},
		{name: "marked placeholder", sources: one(" ip: \"#EXTERNAL_IP#\""), want: "WK710/placeholder", severity: probe.SeverityError, where: "wk.yaml:2"},
		{name: "typographic quotes", sources: one(" ip: “203.0.113.7”"), want: "WK710/quotes", severity: probe.SeverityError, where: "wk.yaml:2", fixEnv: "WK_EXTERNAL_IP=203.0.113.7"},
		{name: "ip with port", sources: one(" ip: 203.0.113.7:5200"), want: "WK710/has-port", severity: probe.SeverityError, where: "wk.yaml:2", fixEnv: "WK_EXTERNAL_IP=203.0.113.7"},
		{name: "ip with scheme", sources: one(" ip: http://203.0.113.7"), want: "WK710/has-scheme", severity: probe.SeverityError, where: "wk.yaml:2", fixEnv: "WK_EXTERNAL_IP=203.0.113.7"},
		{name: "ws without scheme", sources: one(goodIP, " wsAddr: 203.0.113.7:5200"), want: "WK710/no-scheme", severity: probe.SeverityError, where: "wk.yaml:3", fixEnv: "WK_EXTERNAL_WSADDR=ws://203.0.113.7:5200"},
		{name: "wss without scheme", sources: one(goodIP, " wssAddr: im.example.com:5210"), want: "WK710/no-scheme WK705/advertised", severity: probe.SeverityError, where: "wk.yaml:3", fixEnv: "WK_EXTERNAL_WSSADDR=wss://im.example.com:5210"},
		{name: "ws as wss", sources: one(goodIP, " wssAddr: ws://im.example.com:5200"), want: "WK710/wrong-scheme", severity: probe.SeverityError, where: "wk.yaml:3"},
		{name: "http as ws", sources: one(goodIP, " wsAddr: http://im.example.com:5200"), want: "WK710/wrong-scheme", severity: probe.SeverityError, where: "wk.yaml:3"},
		{name: "bare IP without port", sources: one(goodIP, " wsAddr: ws://203.0.113.7"), want: "WK710/no-port", severity: probe.SeverityWarning, where: "wk.yaml:3", fixEnv: "WK_EXTERNAL_WSADDR=ws://203.0.113.7:5200"},
		{name: "tcp with scheme", sources: one(goodIP, " tcpAddr: tcp://203.0.113.7:5100"), want: "WK710/has-scheme", severity: probe.SeverityError, where: "wk.yaml:3", fixEnv: "WK_EXTERNAL_TCPADDR=203.0.113.7:5100"},
		{name: "tcp without port", sources: one(goodIP, " tcpAddr: 203.0.113.7"), want: "WK710/no-port", severity: probe.SeverityError, where: "wk.yaml:3", fixEnv: "WK_EXTERNAL_TCPADDR=203.0.113.7:5100"},
		{name: "ws on the tcp port", sources: one(goodIP, " wsAddr: ws://203.0.113.7:5100"), want: "WK710/other-listener", severity: probe.SeverityError, where: "wk.yaml:3"},
		{name: "wss on the ws port", sources: one(goodIP, " wssAddr: wss://im.example.com:5200"), want: "WK710/tls-to-plain", severity: probe.SeverityError, where: "wk.yaml:3"},
		{name: "impossible port", sources: one(goodIP, " wsAddr: ws://203.0.113.7:520000"), want: "WK710/bad-port", severity: probe.SeverityError, where: "wk.yaml:3"},
		{name: "listener on a public name", sources: []Source{yamlSource("wsAddr: ws://im.example.com:5200", "external:", goodIP)}, want: "WK717/not-local", where: "wk.yaml:1", severity: probe.SeverityWarning, fixEnv: "WK_WSADDR=ws://0.0.0.0:5200"},
		{name: "listener without scheme", sources: []Source{yamlSource("addr: 0.0.0.0:5100", "external:", goodIP)}, want: "WK717/no-scheme", where: "wk.yaml:1", severity: probe.SeverityError, fixEnv: "WK_ADDR=tcp://0.0.0.0:5100"},
		{name: "listener on loopback", sources: []Source{yamlSource("httpAddr: 127.0.0.1:5001", "external:", goodIP)}, want: "WK717/loopback", where: "wk.yaml:1", severity: probe.SeverityWarning},
		{name: "wss advertised, listener off", sources: one(goodIP, " wssAddr: wss://im.example.com:5210", "wssConfig:", " certFile: /c/a.pem", " keyFile: /c/a.key"), want: "WK705/advertised-with-certificate", where: "wk.yaml:3", severity: probe.SeverityError, fixEnv: "WK_WSSADDR=wss://0.0.0.0:5210"},
		{name: "certificate, listener off", sources: one(goodIP, "wssConfig:", " certFile: /c/a.pem", " keyFile: /c/a.key"), want: "WK705/certificate-only", where: "wk.yaml:4", severity: probe.SeverityWarning},
		{name: "listener without certificate", sources: one(goodIP, "wssAddr: wss://0.0.0.0:5210", "wssConfig:", " certFile: /c/a.pem"), want: "WK715/no-certificate", where: "wk.yaml:3", severity: probe.SeverityError, fixYAML: "wssConfig:\n  certFile:"},
		{name: "certificate in a host folder", sources: one(goodIP, "wssAddr: wss://0.0.0.0:5210", "wssConfig:", " certFile: /www/server/panel/a.pem", " keyFile: /www/server/panel/a.key"), want: "WK704/host-folder WK704/host-folder", where: "wk.yaml:5", severity: probe.SeverityInfo},
	}
}

func TestIssues(t *testing.T) {
	t.Parallel()
	cases := append(fileCases(), addressCases()...)
	cases = append(cases, envCases()...)
	cases = append(cases, composeCases()...)
	cases = append(cases, syntaxCases()...)
	covered := map[string]bool{}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := inspect(c.generation, c.sources...)
			if got := strings.Join(brief(r), " "); got != c.want {
				t.Fatalf("expected %s, got %s", c.want, got)
			}
			first := r.issues[0]
			if first.Where != c.where || first.Severity != c.severity {
				t.Errorf("expected %s at %s, got %s at %s", c.severity, c.where, first.Severity, first.Where)
			}
			if c.key != "" && first.Args["key"] != c.key {
				t.Errorf("expected key %q, got %q", c.key, first.Args["key"])
			}
			if !strings.Contains(first.Env, c.fixEnv) || !strings.Contains(first.YAML, c.fixYAML) {
				t.Errorf("fix lacks %q or %q: %q, %q", c.fixEnv, c.fixYAML, first.Env, first.YAML)
			}
			for _, i := range r.issues {
				if i.Evidence == "" && i.Args["key"] != "" || i.Args["where"] != i.Where || i.Setting != i.Args["setting"] {
					t.Errorf("incomplete issue %+v", i)
				}
			}
		})
		for _, w := range strings.Fields(c.want) {
			covered[w[:5]] = true
		}
	}
	for _, c := range Codes() {
		if !covered[c.Code] {
			t.Errorf("no case for %s %s", c.Code, c.ID)
		}
	}
}
