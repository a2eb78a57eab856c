package serverconf

import (
	"errors"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
)

// TestConfigDefaults: what a server uses where nothing is written, by generation.
func TestConfigDefaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		generation                          probe.Generation
		mode, auth, http, manager, visitors string
	}{
		{"v1.0", "release", "true", "0.0.0.0:5000", "", ""},
		{"v1", "debug", "false", "0.0.0.0:5001", "____manager", ""},
		{"v2-beta", "debug", "false", "0.0.0.0:5001", "____manager", ""},
		{"v2.0", "debug", "false", "0.0.0.0:5001", "____manager", ""},
		{"v2", "debug", "false", "0.0.0.0:5001", "____manager", "___vstr"},
		{"", "debug", "false", "0.0.0.0:5001", "____manager", "___vstr"},
	} {
		got := inspect(c.generation, yamlSource("pprofOn: false")).config
		for key, want := range map[string]string{
			KeyMode: c.mode, KeyTokenAuthOn: c.auth, KeyHTTPAddr: c.http, KeyManagerUID: c.manager, KeyVisitorsSuffix: c.visitors,
		} {
			if v := got.get(key); v.Text != want || v.set() || !v.Known || v.from.String() != "default" {
				t.Errorf("%q %s: expected default %q, got %q from %s", c.generation, key, want, v.Text, v.from)
			}
		}
	}
}

// TestConfigPrecedence holds the facts that were checked by running viper v1.15.0.
func TestConfigPrecedence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, env string
		yaml      []string
		key, want string
		origin    string
	}{
		{"environment wins", "WK_EXTERNAL_IP=198.51.100.2", []string{"external:", " ip: 198.51.100.1"}, KeyExternalIP, "198.51.100.2", "env WK_EXTERNAL_IP at .env:1"},
		{"an empty variable does not", "WK_EXTERNAL_IP=", []string{"external:", " ip: 198.51.100.1"}, KeyExternalIP, "198.51.100.1", "wk.yaml:2"},
		{"nor does one in small letters", "wk_external_ip=198.51.100.2", []string{"external:", " ip: 198.51.100.1"}, KeyExternalIP, "198.51.100.1", "wk.yaml:2"},
		{"keys ignore case", "", []string{"EXTERNAL:", " Ip: 198.51.100.1"}, KeyExternalIP, "198.51.100.1", "wk.yaml:2"},
		{"a dotted key counts", "", []string{"external.ip: 198.51.100.1"}, KeyExternalIP, "198.51.100.1", "wk.yaml:1"},
		{"and wins over the block", "", []string{"external.ip: 198.51.100.1", "external:", " ip: 198.51.100.2"}, KeyExternalIP, "198.51.100.1", "wk.yaml:1"},
		{"a variable named like the block hides it", "WK_EXTERNAL=1", []string{"external:", " ip: 198.51.100.1"}, KeyExternalIP, "", "default"},
		{"empty text is the default", "", []string{"managerUID: \"\""}, KeyManagerUID, "____manager", "default"},
		{"null is the default", "", []string{"tokenAuthOn:"}, KeyTokenAuthOn, "false", "default"},
		{"an empty bool text is false", "", []string{"tokenAuthOn: \"\""}, KeyTokenAuthOn, "false", "wk.yaml:1"},
		{"text true", "", []string{"tokenAuthOn: \"true\""}, KeyTokenAuthOn, "true", "wk.yaml:1"},
		{"number 1", "", []string{"tokenAuthOn: 1"}, KeyTokenAuthOn, "true", "wk.yaml:1"},
		{"on is false", "", []string{"tokenAuthOn: on"}, KeyTokenAuthOn, "false", "wk.yaml:1"},
		{"a number as text", "", []string{"managerUID: 0123"}, KeyManagerUID, "83", "wk.yaml:1"},
		{"an anchor", "", []string{"x: &a {ip: 198.51.100.1}", "external: *a"}, KeyExternalIP, "198.51.100.1", "wk.yaml:1"},
		{"a merge key", "", []string{"x: &a {ip: 198.51.100.1}", "external:", " <<: *a"}, KeyExternalIP, "198.51.100.1", "wk.yaml:1"},
		{"only the first document", "", []string{"external:", " ip: 198.51.100.1", "---", "external:", " ip: 198.51.100.2"}, KeyExternalIP, "198.51.100.1", "wk.yaml:2"},
		{"a secret is not shown", "WK_MANAGERTOKEN=hush-hush", nil, KeyManagerToken, "set", "env WK_MANAGERTOKEN at .env:1"},
	} {
		r := inspect("v2", yamlSource(c.yaml...), envSource(c.env))
		if v := r.config.get(c.key); v.Text != c.want || v.from.String() != c.origin {
			t.Errorf("%s: expected %q from %s, got %q from %s", c.name, c.want, c.origin, v.Text, v.from)
		}
	}
}

func TestRoute(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		yaml []string
		want probe.Advertised
	}{
		{"nothing", []string{"mode: debug"}, probe.Advertised{TCP: probe.HostUnknown + ":5100", WS: "ws://" + probe.HostUnknown + ":5200", WSS: ""}},
		{"ip and moved listeners", []string{"addr: tcp://0.0.0.0:6100", "wsAddr: ws://0.0.0.0:6200", "wssAddr: wss://0.0.0.0:6210", "external:", " ip: 203.0.113.7"},
			probe.Advertised{TCP: "203.0.113.7:6100", WS: "ws://203.0.113.7:6200", WSS: "wss://203.0.113.7:6210"}},
		{"addresses win over ip", []string{"external:", " ip: 203.0.113.7", " tcpAddr: im.example.com:30005", " wsAddr: wss://im.example.com/ws"},
			probe.Advertised{TCP: "im.example.com:30005", WS: "wss://im.example.com/ws", WSS: ""}},
		{"asked of the internet", []string{"external:", " autoGetExternalIP: true"}, probe.Advertised{TCP: "<public IP>:5100", WS: "ws://<public IP>:5200", WSS: ""}},
	} {
		if got := inspect("v2", yamlSource(c.yaml...)).config.route; got != c.want {
			t.Errorf("%s: expected %+v, got %+v", c.name, c.want, got)
		}
	}
}

// TestV3Environment: an empty variable empties the file's value, other than before.
func TestV3Environment(t *testing.T) {
	t.Parallel()
	file := Source{Name: "wukongim.toml", Data: []byte("[api]\nexternal_ws_addr = \"ws://im.example.com:5200\"\n")}
	r := inspect("v3", file, envSource("WK_EXTERNAL_WSADDR="))
	if v := r.config.get(KeyV3ExternalWS); v.Text != "" || v.from.kind != originEnv {
		t.Errorf("expected the empty variable to win, got %q from %s", v.Text, v.from)
	}
	if i := issueOf(t, r, CodeEnvEmpty); i.Args["falls_back"] != "" || i.Evidence != "WK_EXTERNAL_WSADDR=" {
		t.Errorf("v3 falls back to nothing: %+v", i)
	}
	if r := inspect("v3", file); r.config.get(KeyV3ExternalWS).Text != "ws://im.example.com:5200" || len(r.issues) > 0 {
		t.Errorf("without it: %v", brief(r))
	}
}

// TestUnknownStaysUnknown: no claim where a variable or a file was not shown.
func TestUnknownStaysUnknown(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]string{
		"variable":       {"environment:", "  WK_EXTERNAL_IP: ${IM_IP}"},
		"default":        {"environment:", "  WK_EXTERNAL_IP: ${IM_IP:-127.0.0.1}"},
		"env_file":       {"env_file: im.env"},
		"mounted file":   {"volumes: [\"./wk.yaml:/root/wukongim/wk.yaml\"]"},
		"published port": {"environment: [WK_EXTERNAL_IP=203.0.113.7]", "ports: [\"5100:5100\", \"${IM_PORT}:5200\"]"},
	} {
		if r := inspect("", composeSource(lines...)); len(r.issues) > 0 {
			t.Errorf("%s: expected no claim, got %v", name, brief(r))
		}
	}
	if v := inspect("", composeSource("env_file: im.env")).config.get(KeyTokenAuthOn); v.Known {
		t.Error("tokenAuthOn may stand in the env_file that was not shown")
	}
}

// TestOptions: variables of the shell come first, and files beside the compose file
// are asked for.
func TestOptions(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"deploy/.env":   "IM_IP=198.51.100.1\nIM_WS=ws://im.example.com/ws\n",
		"deploy/im.env": "WK_TOKENAUTHON=true\nWK_EXTERNAL_IP=198.51.100.9\n",
	}
	src := composeSource("env_file: [im.env]", "environment:", "  WK_EXTERNAL_IP: ${IM_IP}", "  WK_EXTERNAL_WSADDR: ${IM_WS}", "ports: [\"5100:5100\"]")
	src.Name = "deploy/docker-compose.yaml"
	var asked []string
	r := read([]Source{src}, Options{
		LookupEnv: func(name string) (string, bool) { return "203.0.113.7", name == "IM_IP" },
		ReadFile: func(name string) ([]byte, error) {
			asked = append(asked, name)
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, errors.New("no such file")
		},
	})
	for key, want := range map[string]string{
		KeyExternalIP:     "203.0.113.7 env WK_EXTERNAL_IP at deploy/docker-compose.yaml:6",
		KeyExternalWSAddr: "ws://im.example.com/ws env WK_EXTERNAL_WSADDR at deploy/docker-compose.yaml:7",
		KeyTokenAuthOn:    "true env WK_TOKENAUTHON at deploy/im.env:1",
	} {
		if v := r.config.get(key); v.Text+" "+v.from.String() != want {
			t.Errorf("%s: expected %s, got %s %s", key, want, v.Text, v.from)
		}
	}
	if len(r.issues) > 0 || strings.Join(asked, " ") != "deploy/.env deploy/im.env" {
		t.Errorf("issues %v, files asked for %v", brief(r), asked)
	}
}

func TestGeneration(t *testing.T) {
	t.Parallel()
	for image, want := range map[string]probe.Generation{
		"wukongim/wukongim:v1.0.5": "v1.0", "wukongim/wukongim:v1.2.6": "v1", "wukongim/wukongim:v2.0.0-beta": "v2-beta",
		"reg.example.com:5000/im/wukongim:v2.0.7-20241104": "v2.0", "wukongim/wukongim:v2.2.5-20260422": "v2",
		"wukongim/wukongim:v2": "", "wukongim/wukongim:latest": "", "wukongim/wukongim": "", "wukongim/wukongim:v3": "v3",
	} {
		src := Source{Name: "compose.yaml", Data: []byte("services:\n  im:\n    image: " + image + "\n")}
		if got := inspect("", src).config.generation; got != want {
			t.Errorf("%s: expected %q, got %q", image, want, got)
		}
	}
	if got := inspect("v1", composeSource()).config.generation; got != "v1" {
		t.Errorf("what was measured counts more than the image, got %q", got)
	}
	if got := inspect("", Source{Name: "wukongim.toml", Data: []byte("[node]\nid = 1\n")}).config.generation; got != "v3" {
		t.Errorf("a TOML file is v3's, got %q", got)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, data string
		want       string
	}{
		{"wk.yaml", "mode: debug\n", kindYAML}, {"config", "external:\n  ip: a\n", kindYAML}, {"x.txt", "services:\n  a:\n    image: b\n", kindCompose},
		{"docker-compose.yml", "", kindCompose}, {".env", "", kindEnv}, {"prod.env", "A: b\n", kindEnv}, {"vars", "export WK_MODE=debug\nA=b\n", kindEnv},
		{"wukongim.toml", "", kindTOML}, {"node1", "[api]\nlisten_addr = \"a\"\n", kindTOML}, {"README", "hello\nworld\n", kindUnknown}, {"", "", kindUnknown},
	} {
		if got := kindOf(Source{Name: c.name, Data: []byte(c.data)}); got != c.want {
			t.Errorf("%q: expected %s, got %s", c.name, c.want, got)
		}
	}
	if r := inspect("", Source{Name: "README", Data: []byte("hello\n")}); len(r.issues) > 0 || r.sources[0].Kind != kindUnknown {
		t.Errorf("a source of no kind says nothing: %+v", r)
	}
}
