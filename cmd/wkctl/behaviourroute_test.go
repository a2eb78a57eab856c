package main

import (
	"strings"
)

// hostileAddresses are what /route can name as the address of a client port. None
// of them leads off this machine. The code is that of a run whose ws_addr it is,
// behind the exit code: where it could be dialled nobody listens.
func hostileAddresses() []struct{ name, code, address string } {
	return []struct{ name, code, address string }{
		{"user info", "1 WK405", "admin:" + planted + "@127.0.0.1:1"},
		{"control bytes", "3 WK405", "127.0.0.1\x1b[2J\x07\x00:1"},
		{"line ends", "1 WK405", "127.0.0.1:1\r\nHost: evil.example\r\ntoken: x"},
		{"javascript", "1 WK405", "javascript:alert(document.cookie)"},
		{"file", "1 WK405", "file:///etc/passwd"},
		{"data", "1 WK405", "data:text/html;base64,PHNjcmlwdD4="},
		{"unix socket", "1 WK405", "unix:///var/run/docker.sock"},
		{"abstract socket", "1 WK405", "\x00/tmp/x"},
		{"port 0", "1 WK405", "127.0.0.1:0"},
		{"port 65536", "1 WK405", "127.0.0.1:65536"},
		{"huge port", "1 WK405", "127.0.0.1:99999999999999999999"},
		{"negative port", "1 WK405", "127.0.0.1:-1"},
		{"port in words", "1 WK405", "127.0.0.1:http"},
		{"port 25", "3 WK405", "127.0.0.1:25"},
		{"IPv6 zone", "1 WK406", "[fe80::1%25lo]:1"},
		{"IPv6 without brackets", "1 WK405", "::1:1"},
		{"IPv6 open bracket", "1 WK405", "[::1"},
		{"mapped IPv4", "3 WK405", "[::ffff:127.0.0.1]:1"},
		{"all addresses", "1 WK406", "0.0.0.0:1"},
		{"all IPv6 addresses", "1 WK406", "[::]:1"},
		{"another loopback", "3 WK405", "127.9.8.7:1"},
		{"only a port", "1 WK405", ":1"},
		{"only a host", "3 WK405", "127.0.0.1"},
		{"spaces", "1 WK405", "  127.0.0.1 : 1 "},
		{"tabs", "3 WK405", "127.0.0.1:1\t\t"},
		{"percent", "1 WK405", "127.0.0.1:1/%zz%00%0d%0a"},
		{"query with a secret", "3 WK405", "127.0.0.1:1/?key=" + planted + "#k=" + planted},
		{"two at signs", "3 WK405", "a@b:" + planted + "@127.0.0.1:1"},
		{"64 kB", "3 WK405", "127.0.0.1:1/" + strings.Repeat("a", 64<<10)},
		{"bidirectional", "3 WK405", "127.0.0.1:1/\u202egpj.exe\u2066"},
		{"not UTF-8", "3 WK405", "127.0.0.1:1/\xff\xfe"},
		{"backslash", "1 WK405", `127.0.0.1:1\@evil.example`},
		{"HTML", "3 WK405", `127.0.0.1:1/"><script>alert(1)</script>`},
		{"Markdown", "3 WK405", "127.0.0.1:1/](javascript:alert(1))|a|`x`"},
	}
}

// asURL puts a scheme before an address that has none.
func asURL(scheme, address string) string {
	if before, _, found := strings.Cut(address, ":"); found && strings.IndexFunc(before, func(c rune) bool { return c < 'a' || c > 'z' }) < 0 && len(before) > 1 {
		return address
	}
	return scheme + address
}

// routeAddresses put them in each place of /route. Where ws_addr cannot be used,
// the usual port of the API's host is tried, where nobody listens.
func routeAddresses() (list []behaviour) {
	for _, a := range hostileAddresses() {
		unused := "WK405" // with which the run goes on, over another address
		if strings.HasSuffix(a.code, "WK406") {
			unused = "WK406"
		}
		list = append(list, behaviour{name: "tcp_addr and wss_addr " + a.name, first: unused, set: func(s *badServer) {
			s.route = map[string]any{"tcp_addr": a.address, "wss_addr": asURL("wss://", a.address)}
		}}, behaviour{name: "ws_addr " + a.name, exit: int(a.code[0] - '0'), first: a.code[2:], set: func(s *badServer) {
			s.route = map[string]any{"tcp_addr": "127.0.0.1:1", "ws_addr": asURL("ws://", a.address), "wss_addr": a.address}
		}})
	}
	return append(list, []behaviour{
		{name: "wss everywhere", exit: 3, first: "WK405", set: func(s *badServer) {
			s.route = map[string]any{"tcp_addr": "wss://127.0.0.1:1", "ws_addr": "wss://127.0.0.1:1", "wss_addr": "wss://127.0.0.1:1"}
		}},
		{name: "all addresses are the API", exit: 1, first: "WK403", set: func(s *badServer) {
			s.route = map[string]any{"tcp_addr": "{api}", "ws_addr": "ws://{api}", "wss_addr": "wss://{api}"}
		}},
		{name: "all addresses are somebody else", exit: 1, first: "WK401", set: func(s *badServer) {
			s.route = map[string]any{"tcp_addr": "{stranger}", "ws_addr": "ws://{stranger}", "wss_addr": "wss://{stranger}"}
		}},
		{name: "tcp and ws swapped", exit: 1, first: "WK402", set: func(s *badServer) {
			s.route = map[string]any{"tcp_addr": "{ws}", "ws_addr": "ws://{tcp}", "wss_addr": ""}
		}},
		{name: "wss_addr is the ws port", first: noFinding, set: func(s *badServer) {
			s.route = map[string]any{"tcp_addr": "{tcp}", "ws_addr": "ws://{ws}", "wss_addr": "wss://{ws}"}
		}},
		{name: "http addresses", exit: 1, first: "WK405", set: func(s *badServer) {
			s.route = map[string]any{"tcp_addr": "http://{tcp}", "ws_addr": "http://{ws}", "wss_addr": "https://{ws}"}
		}},
		{name: "ws_addr without scheme", exit: 1, first: "WK405", set: func(s *badServer) {
			s.route = map[string]any{"tcp_addr": "{tcp}", "ws_addr": "{ws}", "wss_addr": "{ws}"}
		}},
		{name: "ws_addr with a token of ours", first: noFinding, set: func(s *badServer) {
			s.route = map[string]any{"tcp_addr": "{tcp}", "ws_addr": "ws://{ws}/?token={heard}", "wss_addr": "wss://{heard}@{ws}"}
		}},
		{name: "a megabyte of address", exit: 3, first: "WK405", set: func(s *badServer) {
			s.route = map[string]any{"tcp_addr": strings.Repeat("a", 300<<10), "ws_addr": "ws://127.0.0.1:1/" + strings.Repeat("b", 300<<10), "wss_addr": strings.Repeat("c", 300<<10)}
		}},
	}...)
}
