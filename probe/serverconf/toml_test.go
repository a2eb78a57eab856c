package serverconf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
)

func tomlFile(text string) *file {
	return readTOMLFile(Source{Name: "wukongim.toml", Data: []byte(text)})
}

// TestTOML: every way that TOML has to write a setting, with the line of each.
func TestTOML(t *testing.T) {
	t.Parallel()
	f := tomlFile("\ufefftop = 1\r\n" + strings.Join([]string{
		"[a.b]", `x = "q\"t" # c`, `y = 'C:\z'`, "z = [", `  { n = "]" }, # ]`, "]", `"k" = true`,
		`[c]`, `long = """`, `two`, `lines"""`, `raw = '''`, `C:\a`, `"b"'''`, "", `d . "e" = "dotted"`, `'f.g' = "one key"`,
		"n = 1_000", "h = 0xff", "i = inf", "j = -nan", "k = 6.5e3", "l = 2026-01-02", "m = 2026-01-02T03:04:05.5+08:00", "o = 07:32:00",
		`p = { q = "inline", r = { s = 2 }, t = [1] }`, "[[list]]", "u = 1", "[list.v]", "w = 1", "[[list]]", "u = 2", `[ g."h" ]`, "x = false",
	}, "\n"))
	if f.problem != nil {
		t.Fatalf("unexpected problem %+v", *f.problem)
	}
	for path, want := range map[string]string{
		"top": "1 1", "a.b.x": `3 q"t`, "a.b.y": `4 C:\z`, "a.b.k": "8 true", "c.long": "10 two\nlines", "c.raw": "13 C:\\a\n\"b\"", "c.d.e": "17 dotted",
		`c."f.g"`: "18 one key", "c.n": "19 1000", "c.h": "20 255", "c.i": "21 inf", "c.j": "22 -nan", "c.k": "23 6.5e3", "c.l": "24 2026-01-02",
		"c.m": "25 2026-01-02T03:04:05.5+08:00", "c.o": "26 07:32:00", "c.p.q": "27 inline", "c.p.r.s": "27 2", "c.p.t": "27 [1]", "list": "28 [[list]]", "g.h.x": "35 false",
		"a.b.z": "5 [\n{ n = \"]\" }, # ]\n]",
	} {
		if s := f.find(path, true); s == nil || fmt.Sprint(s.line, " ", s.value.text) != want {
			t.Errorf("%s: expected %q, got %+v", path, want, s)
		}
	}
	if n := len(f.settings); n != 22 {
		t.Errorf("expected 22 settings, what stands below a list is its own affair; got %d: %+v", n, f.settings)
	}
	if s := f.find("c.p.q", true); s == nil || s.col != 7 {
		t.Errorf("expected the column of the key: %+v", s)
	}
}

// TestTOMLSyntax: what is wrong, and in which line.
func TestTOMLSyntax(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a = \"x\n": "open-quote 1", "b = 1\n\n# c\na = '''x\n\n": "open-quote 4", "a = [\n\"x,\n]\n": "open-quote 2",
		"a = [1\n": "open-bracket 1", "[t]\nb = 1\na = [\n 1,\nc = 2\n": "open-bracket 3", "[t]\na = [1\nb = 2\n": "open-bracket 2", "[a\n": "open-bracket 1", "a = {b = 1\n": "open-bracket 1",
		"a = [\n1\n2 ]\n": "missing-comma 3", "x = 1\na: 1\n": "colon-for-equals 2", "a : \"x\"\n": "colon-for-equals 1",
		"a = b\n": "text-without-quotes 1", "a = True\n": "text-without-quotes 1", "a = 0.0.0.0:5001\n": "text-without-quotes 1", "a = 127.0.0.1\n": "text-without-quotes 1",
		"a = ./data\n": "text-without-quotes 1", "a = /data\n": "text-without-quotes 1", "a = node1\n": "text-without-quotes 1", "a = info\n": "text-without-quotes 1", "a = “x”\n": "text-without-quotes 1",
		"a = [\n  b,\n]\n": "text-without-quotes 2", "a = 1\na = 2\n": "duplicate-key 2", "[a]\nb = 1\n[c]\n[a]\n": "duplicate-key 4", "a = 1\na.b = 2\n": "duplicate-key 2", "a = {b = 1, b = 2}\n": "duplicate-key 1",
		"a = \"C:\\certs\"\n": "escape 1", "a = \"\\u12\"\n": "escape 1", "a = \"x\x01\"\n": "control-character 1",
		"a =\n": "other 1", "a = \"x\" y\n": "other 1", "a b = 1\n": "other 1", "a = 1 2\n": "other 1", "a = 2026-13-02\n": "other 1", "b = 1\na = 99999999999999999999\n": "other 2", "a = 012\n": "other 1",
		"a = " + strings.Repeat("[", 41) + strings.Repeat("]", 41): "too-deep 1", strings.Repeat("a", 600) + " = 1": "too-large 1",
	} {
		f := tomlFile(text)
		if f.problem == nil || fmt.Sprint(f.problem.reason, " ", f.problem.line) != want || len(f.settings) > 0 {
			t.Errorf("%q: expected %s, got %+v", text, want, f.problem)
		}
	}
}

// TestTOMLInForce: settings that stand in an inline table, or below [[…]], are those
// that v3 reads.
func TestTOMLInForce(t *testing.T) {
	t.Parallel()
	r := inspect("v3", Source{Name: "wukongim.toml", Data: []byte(`api = { "external_ws_addr" = """ws://im.example.com:5200""", external_tcp_addr = 'im.example.com:5100' }
[[gateway.listeners]]
name = "tcp"
[[gateway.listeners]]
name = "ws"
`)})
	if len(r.issues) > 0 || r.config.route != (probe.Advertised{TCP: "im.example.com:5100", WS: "ws://im.example.com:5200"}) {
		t.Errorf("got %v, %+v", brief(r), r.config.route)
	}
	if v := r.config.get(KeyV3Listeners); v.Text != "[[gateway.listeners]]" || v.from.String() != "wukongim.toml:2" {
		t.Errorf("got %+v", v)
	}
}
