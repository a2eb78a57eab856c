package diagnose

import (
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverconf"
)

// wkYAML is a wk.yaml of these lines.
func wkYAML(lines ...string) serverconf.Source {
	return serverconf.Source{Name: "wk.yaml", Data: []byte(strings.Join(lines, "\n") + "\n")}
}

func dotEnv(lines ...string) serverconf.Source {
	return serverconf.Source{Name: ".env", Data: []byte(strings.Join(lines, "\n") + "\n")}
}

// composeFile is a compose file with one server; the lines stand below it.
func composeFile(lines ...string) serverconf.Source {
	head := "services:\n  wukongim:\n    image: wukongim/wukongim:v2.2.5-20260422\n    "
	return serverconf.Source{Name: "docker-compose.yaml", Data: []byte(head + strings.Join(lines, "\n    ") + "\n")}
}

// nodesFile is a compose file with two nodes of one cluster; the lines stand in
// the environment of each.
func nodesFile(tag string, env ...string) serverconf.Source {
	text := "services:\n"
	for _, n := range []string{"1001", "1002"} {
		text += "  node" + n + ":\n    image: wukongim/wukongim:" + tag + "\n    network_mode: host\n    environment:\n      WK_EXTERNAL_IP: 203.0.113.7\n" +
			"      WK_CLUSTER_NODEID: \"" + n + "\"\n" + strings.Join(env, "\n") + "\n"
	}
	return serverconf.Source{Name: "docker-compose.yaml", Data: []byte(text)}
}

// configured is a run that works against a server with these files, which hands
// out what they lead to. The host that they leave open is 203.0.113.7.
func configured(sources ...serverconf.Source) *probe.Diagnosis {
	return table(func(d *probe.Diagnosis) {
		d.Config = serverconf.Inspect(sources, serverconf.Options{Generation: probe.GenV2})
		if d.Config.Route == nil {
			return
		}
		own := strings.NewReplacer(probe.HostUnknown, "203.0.113.7")
		live := probe.Advertised{TCP: own.Replace(d.Config.Route.TCP), WS: own.Replace(d.Config.Route.WS), WSS: own.Replace(d.Config.Route.WSS)}
		d.Target.Advertised, d.Target.WS = &live, live.WS
		for i, url := range []string{live.TCP, live.WS} {
			d.Addresses[i].URL, d.Addresses[i].Class = url, probe.ClassPublic
		}
		if live.WSS != "" {
			d.Addresses[2] = probe.Address{Role: probe.RoleWSS, URL: live.WSS, Class: probe.ClassName, SameHost: true, Outcome: probe.OutcomePass, Speaks: probe.SpeaksWebSocket}
		}
	})
}

// configRunRows are WK701 to WK720.
func configRunRows() []causeRow { return slices.Concat(fileRows(), deploymentRows()) }

const (
	publicIP   = "  ip: \"203.0.113.7\""
	plainPorts = "ports: [\"5001:5001\", \"5100:5100\", \"5200:5200\"]"
	inPlace    = "volumes: [\"./wk.yaml:/root/wukongim/wk.yaml\", \"./certs:/certs\"]"
)

// fileRows are what one file shows by itself, and WK720.
func fileRows() []causeRow {
	moved := configured(wkYAML("external:", publicIP))
	moved.Target.Advertised = &probe.Advertised{TCP: "172.18.0.3:5100", WS: "ws://172.18.0.3:5200"}
	return []causeRow{
		{code: "WK701", name: "keys beside their block", d: configured(wkYAML("mode: release", "external:", "ip: 203.0.113.7", "wsAddr: ws://203.0.113.7:5200"))},
		{code: "WK701", name: "keys in their block", absent: true, d: configured(wkYAML("mode: release", "external:", publicIP, "  wsAddr: ws://203.0.113.7:5200"))},
		{code: "WK702", name: "commented out", d: configured(wkYAML("external:", "#  ip: \"203.0.113.7\""))},
		{code: "WK702", name: "a comment", absent: true, d: configured(wkYAML("external:", "# the public address", publicIP))},
		{code: "WK706", name: "no external address", d: configured(wkYAML("mode: release"))},
		{code: "WK706", name: "an external address", absent: true, d: configured(wkYAML("mode: release", "external:", publicIP))},
		{code: "WK707", name: "misspelt key", d: configured(wkYAML("external:", publicIP, "  wsAdr: ws://im.example.com:5200"))},
		{code: "WK707", name: "spelt right", absent: true, d: configured(wkYAML("external:", publicIP, "  wsAddr: ws://im.example.com:5200"))},
		{code: "WK708", name: "misspelt variable", d: configured(dotEnv("WK_EXTERNAL_IP=203.0.113.7", "WK_EXTERNAL_WS_ADDR=ws://im.example.com:5200"))},
		{code: "WK708", name: "spelt right", absent: true, d: configured(dotEnv("WK_EXTERNAL_IP=203.0.113.7", "WK_EXTERNAL_WSADDR=ws://im.example.com:5200"))},
		{code: "WK709", name: "uneven indent", d: configured(wkYAML("external:", publicIP, "   wsAddr: ws://im.example.com:5200"))},
		{code: "WK709", name: "even indent", absent: true, d: configured(wkYAML("external:", publicIP, "  wsAddr: ws://im.example.com:5200"))},
		{code: "WK712", name: "cluster off, with nodes", d: configured(wkYAML("external:", publicIP, "cluster:", "  on: false", "  initNodes:", "    - \"1@a\""))},
		{code: "WK712", name: "no cluster", absent: true, d: configured(wkYAML("external:", publicIP))},
		{code: "WK714", name: "yes is no bool", d: configured(wkYAML("tokenAuthOn: yes", "external:", publicIP))},
		{code: "WK714", name: "true is", absent: true, d: configured(wkYAML("tokenAuthOn: true", "external:", publicIP))},
		{code: "WK716", name: "key of v1", d: configured(wkYAML("monitor:", "  on: true", "external:", publicIP))},
		{code: "WK716", name: "key of v2", absent: true, d: configured(wkYAML("manager:", "  on: true", "external:", publicIP))},
		{code: "WK717", name: "not an address of the machine", d: configured(wkYAML("wsAddr: ws://203.0.113.7:5200", "external:", publicIP))},
		{code: "WK717", name: "all addresses", absent: true, d: configured(wkYAML("wsAddr: ws://0.0.0.0:5200", "external:", publicIP))},
		{code: "WK720", name: "another address is handed out", d: moved},
		{code: "WK720", name: "the same address", absent: true, d: configured(wkYAML("external:", publicIP))},
	}
}

// deploymentRows are what shows where files, environment and ports meet.
func deploymentRows() []causeRow {
	secure := func(more ...string) serverconf.Source {
		return wkYAML(append([]string{"wssAddr: \"wss://0.0.0.0:5210\"", "external:", publicIP, "  wssAddr: \"wss://im.example.com:5210\""}, more...)...)
	}
	certs := func(dir string) serverconf.Source {
		return secure("wssConfig:", "  certFile: \""+dir+"/fullchain.pem\"", "  keyFile: \""+dir+"/privkey.pem\"")
	}
	mounted := composeFile(inPlace, "ports: [\"5001:5001\", \"5100:5100\", \"5200:5200\", \"5210:5210\"]")
	return []causeRow{
		{code: "WK703", name: "an empty variable hides the default", d: configured(
			dotEnv("WS_ADDR="), composeFile("environment:", "  WK_EXTERNAL_IP: 203.0.113.7", "  WK_EXTERNAL_WSADDR: ${WS_ADDR-ws://im.example.com:5200}", plainPorts))},
		{code: "WK703", name: "the default is taken", absent: true, d: configured(
			dotEnv("OTHER="), composeFile("environment:", "  WK_EXTERNAL_IP: 203.0.113.7", "  WK_EXTERNAL_WSADDR: ${WS_ADDR-ws://im.example.com:5200}", plainPorts))},
		{code: "WK704", name: "certificate outside the container", d: configured(mounted, certs("/www/cert"))},
		{code: "WK704", name: "certificate mounted", absent: true, d: configured(mounted, certs("/certs"))},
		{code: "WK705", name: "advertised, not listened on", d: configured(wkYAML("external:", publicIP, "  wssAddr: \"wss://im.example.com:5210\"", "wssConfig:", "  certFile: /certs/a.pem", "  keyFile: /certs/b.pem"))},
		{code: "WK705", name: "listened on", absent: true, d: configured(mounted, certs("/certs"))},
		{code: "WK710", name: "name of a container", d: configured(composeFile("environment:", "  WK_EXTERNAL_IP: wukongim", plainPorts))},
		{code: "WK710", name: "public address", absent: true, d: configured(composeFile("environment:", "  WK_EXTERNAL_IP: 203.0.113.7", plainPorts))},
		{code: "WK711", name: "the environment wins", d: configured(
			wkYAML("external:", publicIP), composeFile("environment:", "  WK_EXTERNAL_IP: 198.51.100.1", inPlace, plainPorts))},
		{code: "WK711", name: "both say the same", absent: true, d: configured(
			wkYAML("external:", publicIP), composeFile("environment:", "  WK_EXTERNAL_IP: 203.0.113.7", inPlace, plainPorts))},
		{code: "WK713", name: "port not published", d: configured(composeFile("environment:", "  WK_EXTERNAL_IP: 203.0.113.7", "ports: [\"5100:5100\"]"))},
		{code: "WK713", name: "port published", absent: true, d: configured(composeFile("environment:", "  WK_EXTERNAL_IP: 203.0.113.7", plainPorts))},
		{code: "WK715", name: "wss without a certificate", d: configured(secure())},
		{code: "WK715", name: "wss with one", absent: true, d: configured(mounted, certs("/certs"))},
		{code: "WK718", name: "file not mounted", d: configured(composeFile(plainPorts), wkYAML("external:", publicIP))},
		{code: "WK718", name: "file mounted", absent: true, d: configured(composeFile(inPlace, plainPorts), wkYAML("external:", publicIP))},
		{code: "WK721", name: "nodes of 2.0 with a manager token", d: configured(nodesFile("v2.0.1-beta-20240715", "      WK_MANAGERTOKEN: secret"))},
		{code: "WK721", name: "nodes without one", absent: true, d: configured(nodesFile("v2.0.1-beta-20240715"))},
		{code: "WK721", name: "nodes of a later release", absent: true, d: configured(nodesFile("v2.2.5-20260422", "      WK_MANAGERTOKEN: secret"))},
		{code: "WK719", name: "variable not passed on", d: configured(
			dotEnv("EXTERNAL_IP=203.0.113.7", "WK_EXTERNAL_WSSADDR=wss://im.example.com/ws"), composeFile("environment:", "  - WK_EXTERNAL_IP=${EXTERNAL_IP}", plainPorts))},
		{code: "WK719", name: "all passed on", absent: true, d: configured(
			dotEnv("EXTERNAL_IP=203.0.113.7"), composeFile("environment:", "  - WK_EXTERNAL_IP=${EXTERNAL_IP}", plainPorts))},
	}
}
