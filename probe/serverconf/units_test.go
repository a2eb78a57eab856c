package serverconf

import (
	"slices"
	"strings"
	"testing"
)

func TestInterpolate(t *testing.T) {
	t.Parallel()
	env := map[string]string{"SET": "s", "EMPTY": "", "HOST": "h"}
	vars := variables{complete: true, lookup: func(n string) (string, bool) { v, ok := env[n]; return v, ok }}
	for in, want := range map[string]string{
		"plain": "plain", "$SET": "s", "${SET}": "s", "a${SET}b$HOST.c": "asbh.c", "$$SET": "$SET", "$": "$", "$1": "$1", "cost $5": "cost $5",
		"${NONE}": "", "${NONE-d}": "d", "${EMPTY-d}": "", "${EMPTY:-d}": "d", "${NONE:-d}": "d", "${SET:-d}": "s", "${SET-d}": "s",
		"${SET:+r}": "r", "${EMPTY:+r}": "", "${EMPTY+r}": "r", "${NONE+r}": "", "${SET:?e}": "s", "${NONE:?e}": "",
		"${NONE:-ws://${HOST:-x}:${PORT:-80}/ws}": "ws://h:80/ws", "${open": "${open", "${NONE:-${NONE:-${SET}}}": "s",
	} {
		if got := vars.interpolate(in, &usage{}, 0); got != want {
			t.Errorf("%q: expected %q, got %q", in, want, got)
		}
	}
	use := usage{}
	vars.interpolate("${EMPTY-${HOST}}", &use, 0)
	if use.emptied != "EMPTY" || use.lost != "h" {
		t.Errorf("expected the lost default to be noted, got %+v", use)
	}
	use = usage{}
	variables{}.interpolate("${NONE:-d}", &use, 0)
	if !use.unknown || len(use.unset) > 0 {
		t.Errorf("without the environment nothing is known, got %+v", use)
	}
}

func TestDotenv(t *testing.T) {
	t.Parallel()
	text := "\ufeffA=1\n# B=2\nexport C = three # comment\nD='x # y'\nE=\"q\"\nF: yaml\n\nG=a#b\nH=#only\nJ\r\nK=v\r\n"
	var got []string
	for _, l := range readDotenv(".env", []byte(text)) {
		got = append(got, l.name+"="+l.value)
	}
	want := []string{"A=1", "C=three", "D=x # y", "E=q", "F=yaml", "G=a#b", "H=", "J=", "K=v"}
	if !slices.Equal(got, want) {
		t.Errorf("expected %q, got %q", want, got)
	}
}

func TestVolumesAndPorts(t *testing.T) {
	t.Parallel()
	src := composeSource("volumes:", "  - ./a:/data:ro", "  - named:/named", "  - /anon", "  - C:\\certs:/win", "  - {type: bind, source: ./b, target: /long/}",
		"configs:", "  - {source: c, target: /etc/c.yaml}", "secrets: [key]",
		"ports:", "  - 5001", "  - \"5100-5102:6100-6102\"", "  - \"127.0.0.1:15200:5200/tcp\"", "  - \"[::1]:1:2\"", "  - \"9000:9000/udp\"", "  - {target: 7000, published: \"17000\", host_ip: 127.0.0.1}")
	f := &composeFile{name: src.Name, usedVars: map[string]bool{}}
	r := composeReader{file: f, vars: variables{complete: true}}
	r.read(src)
	svc := f.services[0]
	for target, want := range map[string]string{"/data/x": "a/x", "/named/x": "", "/anon": "", "/win/k.pem": "C:/certs/k.pem", "/long/y": "b/y", "/etc/c.yaml": "", "/run/secrets/key": ""} {
		if _, host, ok := holds(svc.volumes, target); !ok || host != want {
			t.Errorf("%s: expected %q, got %q, %v", target, want, host, ok)
		}
	}
	if _, _, ok := holds(svc.volumes, "/database"); ok {
		t.Error("/data does not hold /database")
	}
	var got []string
	for _, p := range svc.ports {
		got = append(got, strings.TrimSpace(strings.Repeat("L", map[bool]int{true: 1}[p.loopback])+" ")+itoa(p.host)+":"+itoa(p.container))
	}
	want := []string{"0:5001", "5100:6100", "5101:6101", "5102:6102", "L15200:5200", "L1:2", "L17000:7000"}
	if !slices.Equal(got, want) {
		t.Errorf("expected %v, got %v", want, got)
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

func TestConfigArgument(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"--config=/a.yaml": "/a.yaml", "/home/app --config /b.yaml --mode=debug": "/b.yaml", "-config /c.toml": "/c.toml",
		"--config=/a --config=/z": "/z", "--mode debug": "", "--config": "", "config /x": "",
	} {
		if got, _ := configArgument(strings.Fields(line)...); got != want {
			t.Errorf("%q: expected %q, got %q", line, want, got)
		}
	}
	src := composeSource("command: [\"--config=/im/my.yaml\"]", "volumes: [\"./my.yaml:/im/my.yaml\"]", "ports: [\"5100:5100\", \"5200:5200\"]")
	r := inspect("", src, Source{Name: "my.yaml", Data: []byte("external:\n ip: 203.0.113.7\n")})
	if len(r.issues) > 0 || r.config.get(KeyExternalIP).Text != "203.0.113.7" {
		t.Errorf("the file of --config is the one in force, got %v", brief(r))
	}
}

func TestNearestKey(t *testing.T) {
	t.Parallel()
	cat := newCatalogue(false)
	for written, want := range map[string]string{"tokenAuth_On": KeyTokenAuthOn, "external.wsadr": KeyExternalWSAddr, "manger.on": "manager.on", "wssConfig.certfiles": KeyCertFile, "zzzzzz": "", "ip": ""} {
		k := cat.nearest(written, pathOf)
		if k == nil && want != "" || k != nil && k.path != want {
			t.Errorf("%s: expected %q, got %+v", written, want, k)
		}
	}
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	for _, v3 := range []bool{false, true} {
		c := newCatalogue(v3)
		for _, k := range trackedKeys(v3) {
			if info := c.lookup(k); info == nil && k != KeyClusterOn {
				t.Errorf("%s is tracked and in no table", k)
			}
		}
		if len(c.byEnv) != len(c.keys) {
			t.Errorf("two keys share a variable: %d keys, %d variables", len(c.keys), len(c.byEnv))
		}
		for _, k := range c.keys {
			if !slices.Contains([]string{"string", "bool", "number", "duration", "list"}, k.kind) || k.read[0].lo == 0 || k.read[0].hi < k.read[0].lo {
				t.Errorf("bad row %+v", *k)
			}
		}
	}
	if newCatalogue(false).lookup("EXTERNAL.IP") == nil || newCatalogue(true).lookup("API.listen_addr") != nil {
		t.Error("1.0.0 to 2.2.5 ignore case, v3 does not")
	}
	for _, key := range []string{KeyManagerToken, "jwt.secret", "auth.users", "auth.superToken", "logger.loki.password"} {
		if !newCatalogue(false).lookup(key).secret {
			t.Errorf("%s is a secret", key)
		}
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range Codes() {
		if seen[c.Code] || seen[c.ID] || !strings.HasPrefix(c.Code, "WK7") || !strings.HasPrefix(c.ID, "server-setting-") {
			t.Errorf("bad or repeated %+v", c)
		}
		seen[c.Code], seen[c.ID] = true, true
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ws://user:pw@h:1/p?t=x#f": "ws://…@h:1/p…", "203.0.113.7:5100": "203.0.113.7:5100", "u:p@h": "…@h", "a\x1b[31mb": "a[31mb", "": "",
	} {
		if got := cleanAddress(in); got != want {
			t.Errorf("%q: expected %q, got %q", in, want, got)
		}
	}
	for in, want := range map[string]string{"managerToken:hush": "managerToken…", " external.ip ": "external.ip", "WK_A=b": "WK_A…", "\u3000x": "x"} {
		if got := cleanKey(in); got != want {
			t.Errorf("%q: expected %q, got %q", in, want, got)
		}
	}
	if got := cleanName(strings.Repeat("é", 500)); len([]rune(got)) != longest+1 {
		t.Errorf("expected a bounded text, got %d runes", len([]rune(got)))
	}
}

// TestResolve holds what viper v1.15.0 with yaml.v3 3.0.1 made of these values.
func TestResolve(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		typ  scalarType
		want string
	}{
		{"0123", typeInt, "83"}, {"0o17", typeInt, "15"}, {"0x1F", typeInt, "31"}, {"1_000", typeInt, "1000"}, {"08", typeFloat, "8"}, {"1e5", typeFloat, "100000"},
		{"1.50", typeFloat, "1.5"}, {"-.5", typeFloat, "-0.5"}, {"1.", typeFloat, "1"}, {"12345678901234567890123", typeFloat, "12345678901234568000000"},
		{"1.2.3.4", typeText, "1.2.3.4"}, {"1:30", typeText, "1:30"}, {"+", typeText, "+"}, {".", typeText, "."}, {"1e", typeText, "1e"}, {"2024-01-02x", typeText, "2024-01-02x"},
		{"yes", typeText, "yes"}, {"True", typeBool, "true"}, {"FALSE", typeBool, "false"}, {"tRUE", typeText, "tRUE"}, {"~", typeNull, ""}, {"null", typeNull, ""}, {"", typeNull, ""},
	} {
		got := resolve(&node{kind: nodeScalar, text: c.text, plain: true})
		if got.typ != c.typ || got.text != c.want {
			t.Errorf("%q: expected %d %q, got %d %q", c.text, c.typ, c.want, got.typ, got.text)
		}
		if quoted := resolve(&node{kind: nodeScalar, text: c.text}); quoted.typ != typeText || quoted.text != c.text {
			t.Errorf("%q in quotes is a text, got %+v", c.text, quoted)
		}
	}
	if got := resolve(&node{kind: nodeScalar, text: "2024-01-02", plain: true}); got.typ != typeTime {
		t.Errorf("expected a date, got %+v", got)
	}
}
