package serverconf

import "github.com/wkctl/wkctl/probe"

func envCases() []issueCase {
	ip := "WK_EXTERNAL_IP=203.0.113.7"
	return []issueCase{
		{name: "empty variable", sources: []Source{envSource("WK_EXTERNAL_IP=")},
			want: "WK703/empty WK706/none", where: ".env:1", severity: probe.SeverityWarning, key: "WK_EXTERNAL_IP", fixEnv: "WK_EXTERNAL_IP=<public IP or domain>"},
		{name: "empty variable, value in the file", sources: []Source{envSource("WK_EXTERNAL_IP="), yamlSource("external:", goodIP)},
			want: "WK703/empty", where: ".env:1", severity: probe.SeverityInfo},
		{name: "empty variable of a compose file that is not shown", sources: []Source{envSource(ip, "OCTO_WK_WS_ADDR=")},
			want: "WK703/feeds-compose", where: ".env:2", severity: probe.SeverityWarning, key: "OCTO_WK_WS_ADDR", fixEnv: "OCTO_WK_WS_ADDR=ws://"},
		{name: "misspelt variables", sources: []Source{envSource(ip, "WK_EXTERNAL_WS_ADDR=ws://im.example.com:5200", "WK_MANAGERTOKENON=true", "WK_TOKEN_AUTH_ON=true", "WK_COLOUR=red")},
			want: "WK708/spelling WK708/spelling WK708/spelling WK708/unknown", where: ".env:2", severity: probe.SeverityWarning, key: "WK_EXTERNAL_WS_ADDR", fixEnv: "WK_EXTERNAL_WSADDR=ws://im.example.com:5200"},
		{name: "a token that no setting has", sources: []Source{envSource(ip, "WK_TOKEN=secret")},
			want: "WK708/spelling", where: ".env:2", severity: probe.SeverityWarning, key: "WK_TOKEN", fixEnv: "WK_MANAGERTOKEN=<managerToken>"},
		{name: "variable in small letters", sources: []Source{envSource("wk_external_ip=203.0.113.7")},
			want: "WK708/case WK706/none", where: ".env:1", severity: probe.SeverityError, key: "wk_external_ip"},
		{name: "variable without prefix", sources: []Source{composeSource("environment:", "  EXTERNAL_IP: 203.0.113.7")},
			want: "WK708/prefix WK706/none", where: "docker-compose.yaml:5", severity: probe.SeverityError},
		{name: "v3 refuses variables of v2", generation: "v3", sources: []Source{envSource("WK_EXTERNAL_WSADDR=ws://im.example.com:5200", "WK_TOKENAUTHON=true")},
			want: "WK708/not-this-generation", where: ".env:2", severity: probe.SeverityError, key: "WK_TOKENAUTHON"},
		{name: "v1.0 variables", generation: "v1.0", sources: []Source{envSource(ip)},
			want: "WK716/env-from-1.0.4", where: ".env:1", severity: probe.SeverityInfo},
		{name: "environment wins", sources: []Source{envSource(ip), yamlSource("external:", " ip: 198.51.100.1")},
			want: "WK711/env-wins", where: "wk.yaml:2", severity: probe.SeverityWarning, key: "external.ip", fixEnv: "WK_EXTERNAL_IP=198.51.100.1"},
		{name: "variable hides a block", sources: []Source{envSource("WK_EXTERNAL=x"), yamlSource("external:", goodIP)},
			want: "WK711/hidden-block WK706/none", where: "wk.yaml:1", severity: probe.SeverityError, key: "external"},
		{name: "quotes kept in a list", sources: []Source{composeSource("environment:", "  - WK_TOKENAUTHON=\"true\"", "  - WK_EXTERNAL_IP=\"203.0.113.7\"", "ports: [\"5100:5100\", \"5200:5200\"]")},
			want: "WK714/quotes WK714/quotes", where: "docker-compose.yaml:5", severity: probe.SeverityWarning, key: "WK_TOKENAUTHON", fixEnv: "WK_TOKENAUTHON=true"},
		{name: "bool in the environment", sources: []Source{envSource(ip, "WK_TOKENAUTHON=on")},
			want: "WK714/bool", where: ".env:2", severity: probe.SeverityWarning, key: "WK_TOKENAUTHON"},
		{name: "mapping in a list", sources: []Source{composeSource("environment:", "  - WK_EXTERNAL_IP: 203.0.113.7")},
			want: "WK709/env-list WK706/none", where: "docker-compose.yaml:5", severity: probe.SeverityError, key: "WK_EXTERNAL_IP"},
	}
}

func composeCases() []issueCase {
	ports := "ports: [\"5100:5100\", \"5200:5200\"]"
	ip := "  - WK_EXTERNAL_IP=203.0.113.7"
	return []issueCase{
		{name: "container without external.ip", sources: []Source{composeSource(ports)},
			want: "WK706/none", where: "docker-compose.yaml:2", severity: probe.SeverityError, fixEnv: "WK_EXTERNAL_IP="},
		{name: "default lost to an empty variable", sources: []Source{
			composeSource("environment:", "  WK_EXTERNAL_IP: 203.0.113.7", "  WK_EXTERNAL_WSADDR: ${IM_WS-ws://im.example.com/ws}", ports), envSource("IM_WS=")},
			want: "WK703/default-lost", where: "docker-compose.yaml:6", severity: probe.SeverityError, key: "WK_EXTERNAL_WSADDR", fixEnv: "IM_WS=ws://im.example.com/ws"},
		{name: "default saved from an empty variable", sources: []Source{
			composeSource("environment:", "  WK_EXTERNAL_IP: 203.0.113.7", "  WK_EXTERNAL_WSADDR: ${IM_WS:-ws://im.example.com/ws}", ports), envSource("IM_WS=")},
			want: "WK703/default-used", where: "docker-compose.yaml:6", severity: probe.SeverityInfo},
		{name: "variable set nowhere", sources: []Source{composeSource("environment:", "  WK_EXTERNAL_IP: ${IM_IP}", ports), envSource("OTHER=1")},
			want: "WK703/variable-not-set WK706/none", where: "docker-compose.yaml:5", severity: probe.SeverityWarning},
		{name: "variable passed on but not set", sources: []Source{composeSource("environment:", "  - WK_EXTERNAL_IP", ports), envSource("OTHER=1")},
			want: "WK703/not-set-outside WK706/none", where: "docker-compose.yaml:5", severity: probe.SeverityWarning},
		{name: ".env is not passed on", sources: []Source{composeSource(ports), envSource("WK_EXTERNAL_IP=203.0.113.7")},
			want: "WK719/not-passed WK706/none", where: ".env:1", severity: probe.SeverityError, key: "WK_EXTERNAL_IP", fixYAML: "WK_EXTERNAL_IP: ${WK_EXTERNAL_IP}"},
		{name: "nodes of 2.0 with a manager token", sources: []Source{nodesSource("v2.0.1-beta-20240715")},
			want: "WK721/nodes WK721/nodes", where: "docker-compose.yaml:8", severity: probe.SeverityError, key: "WK_MANAGERTOKEN", fixEnv: "WK_MANAGERTOKEN=", fixYAML: "managerToken: \"\""},
		{name: "certificate path of the host", sources: []Source{composeSource("environment:", ip, "  - WK_WSSADDR=wss://0.0.0.0:5210", "  - WK_WSSCONFIG_CERTFILE=/opt/ssl/im/a.pem", "  - WK_WSSCONFIG_KEYFILE=/opt/ssl/im/a.key",
			"volumes: [\"/opt/ssl:/certs:ro\"]", "ports: [\"5100:5100\", \"5200:5200\", \"5210:5210\"]")},
			want: "WK704/host-path WK704/host-path", where: "docker-compose.yaml:7", severity: probe.SeverityError, fixEnv: "WK_WSSCONFIG_CERTFILE=/certs/im/a.pem"},
		{name: "certificate not mounted", sources: []Source{composeSource("environment:", ip, "  - WK_WSSADDR=wss://0.0.0.0:5210", "  - WK_WSSCONFIG_CERTFILE=/certs/a.pem", "  - WK_WSSCONFIG_KEYFILE=/certs/a.key",
			"ports: [\"5100:5100\", \"5200:5200\", \"5210:5210\"]")},
			want: "WK704/not-mounted WK704/not-mounted", where: "docker-compose.yaml:7", severity: probe.SeverityError, fixYAML: "/certs:/certs:ro"},
		{name: "port published as another", sources: []Source{composeSource("environment:", ip, "ports: [\"5100:5100\", \"15200:5200\"]")},
			want: "WK713/other-port", where: "docker-compose.yaml:6", severity: probe.SeverityError, fixEnv: "WK_EXTERNAL_WSADDR=ws://203.0.113.7:15200"},
		{name: "port not published", sources: []Source{composeSource("environment:", ip, "ports: [\"5100:5100\"]")},
			want: "WK713/not-published", where: "docker-compose.yaml:6", severity: probe.SeverityError, fixYAML: "\"5200:5200\""},
		{name: "port published on loopback", sources: []Source{composeSource("environment:", ip, "ports: [\"5100:5100\", \"127.0.0.1:5200:5200\"]")},
			want: "WK713/loopback-only", where: "docker-compose.yaml:6", severity: probe.SeverityError},
		{name: "name of a container", sources: []Source{composeSource("environment:", "  WK_EXTERNAL_IP: wukongim", ports)},
			want: "WK710/container-name", where: "docker-compose.yaml:5", severity: probe.SeverityError},
		{name: "file not mounted", sources: []Source{composeSource(ports), yamlSource("external:", goodIP)},
			want: "WK718/not-mounted WK706/none", where: "wk.yaml", severity: probe.SeverityError, fixYAML: "./wk.yaml:/root/wukongim/wk.yaml"},
		{name: "file mounted elsewhere", sources: []Source{composeSource("volumes: [\"./wk.yaml:/root/wk.yaml\"]", ports), yamlSource("external:", goodIP)},
			want: "WK718/wrong-target WK706/none", where: "wk.yaml", severity: probe.SeverityError},
		{name: "another file mounted", sources: []Source{composeSource("volumes: [\"./im/wk2.yaml:/root/wukongim/wk.yaml\"]", ports), yamlSource("external:", goodIP)},
			want: "WK718/other-file", where: "wk.yaml", severity: probe.SeverityWarning},
		{name: "no server in the compose file", sources: []Source{{Name: "compose.yaml", Data: []byte("services:\n  db:\n    image: mysql\n")}, yamlSource("external:", goodIP)},
			want: "WK718/no-service", where: "compose.yaml", severity: probe.SeverityInfo},
		{name: "wk.yaml for v3", generation: "v3", sources: []Source{yamlSource("mode: release"), envSource("WK_EXTERNAL_WSADDR=ws://im.example.com:5200")},
			want: "WK718/format", where: "wk.yaml", severity: probe.SeverityError},
	}
}

func syntaxCases() []issueCase {
	broken := func(name, reason, where string, lines ...string) issueCase {
		return issueCase{name: name, sources: []Source{yamlSource(lines...)}, want: "WK709/" + reason + " WK706/none", where: where, severity: probe.SeverityError}
	}
	return []issueCase{
		broken("uncommented with two blanks under one", "uneven-indent", "wk.yaml:3", "external:", " ip: \"203.0.113.7\"", "  wsAddr: \"ws://203.0.113.7:5200\""),
		broken("the same without quotes", "uneven-indent", "wk.yaml:3", "external:", " ip: 203.0.113.7", "  wsAddr: ws://203.0.113.7:5200"),
		broken("less indented than its neighbour", "uneven-indent", "wk.yaml:3", "external:", "  ip: 203.0.113.7", " wsAddr: ws://203.0.113.7:5200"),
		broken("key behind a value", "uneven-indent", "wk.yaml:2", "mode: release", " tokenAuthOn: true"),
		broken("tab", "tab", "wk.yaml:2", "external:", "\tip: 203.0.113.7"),
		broken("key twice", "duplicate-key", "wk.yaml:3", "external:", goodIP, "external:", " wsAddr: ws://203.0.113.7:5200"),
		broken("no blank after the colon", "colon-without-space", "wk.yaml:2", "mode: release", "tokenAuthOn:true", "external:", goodIP),
		broken("only that", "colon-without-space", "wk.yaml:1", "tokenAuthOn:true"),
		broken("no blank after a colon below an empty key", "colon-without-space", "wk.yaml:2", "tokenAuthOn:", "tokenAuthOn:true"),
		broken("chinese colon", "wide-colon", "wk.yaml:2", "mode: release", "tokenAuthOn：true", "external:", goodIP),
		broken("equals sign", "equals-sign", "wk.yaml:2", "mode: release", "tokenAuthOn=true", "external:", goodIP),
		broken("open quote", "open-quote", "wk.yaml:1", "mode: \"release", "external:", goodIP),
		broken("open bracket", "open-bracket", "wk.yaml:2", "managerUID: [a", "external:", goodIP),
		broken("windows path in double quotes", "escape", "wk.yaml:2", "wssConfig:", " certFile: \"C:\\certs\\a.pem\""),
		broken("reserved character", "reserved-character", "wk.yaml:1", "managerUID: @admin"),
		broken("a list", "not-a-mapping", "wk.yaml:1", "- mode: release"),
		{name: "compose does not parse", sources: []Source{{Name: "docker-compose.yaml", Data: []byte("services:\n\twukongim:\n")}}, want: "WK709/tab", where: "docker-compose.yaml:2", severity: probe.SeverityError},
		{name: "TOML with a colon", sources: []Source{{Name: "wukongim.toml", Data: []byte("[api]\nexternal_ws_addr: \"ws://im.example.com\"\n")}}, want: "WK709/colon-for-equals", where: "wukongim.toml:2", severity: probe.SeverityError},
		{name: "TOML text without quotes", sources: []Source{{Name: "wukongim.toml", Data: []byte("[api]\nexternal_ws_addr = ws://im.example.com\n")}}, want: "WK709/text-without-quotes", where: "wukongim.toml:2", severity: probe.SeverityError},
		{name: "key of v2 in TOML", sources: []Source{{Name: "wukongim.toml", Data: []byte("tokenAuthOn = true\n[api]\nexternal_ws_addr = \"ws://im.example.com:5200\"\nexternal_wsaddr = \"ws://im.example.com:5200\"\n")}},
			want: "WK707/spelling WK716/not-this-generation", where: "wukongim.toml:4", severity: probe.SeverityError, key: "api.external_wsaddr", fixYAML: "[api]\nexternal_ws_addr = "},
		{name: "v3 without external addresses", sources: []Source{{Name: "wukongim.toml", Data: []byte("[node]\nid = 1\n")}}, want: "WK706/none", where: "wukongim.toml", severity: probe.SeverityError, fixEnv: "WK_EXTERNAL_WSADDR="},
	}
}
