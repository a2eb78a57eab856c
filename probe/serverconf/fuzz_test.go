package serverconf

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
)

// hush is put in the places of secrets; no output may hold it.
const hush = "Zq7hushhush7qZ"

// secretShapes are sources with secrets in the places where people put them, right
// and wrong.
func secretShapes() []Source {
	var out []Source
	for _, text := range []string{
		"managerToken: §", "managerToken:§", "managerToken：§", "managerToken=§", "managerToken §", " managerToken: §\nmode: x", "external:\n  managerToken: §",
		"manager_token: §", "managertokens: §", "managerToken: [§]", "managerToken: {§: §}", "managerToken:\n  §: §", "managerToken: \"§", "managerToken: “§”",
		"#managerToken: §", "jwt:\n secret: §", "jwt: §", "auth:\n users:\n  - \"admin:§:*\"", "auth:\n superToken: §", "authtoken: §",
		"mode: x\n  managerToken: §", "external:\n ip: \"\"\n  wsAddr: ws://§@h", "external:\n wsAddr: ws://u:§@h:1/?t=§", "external: §", "tokenAuthOn: §",
		"logger:\n loki:\n  password: §", "wssAddr: \"wss://u:§@h\"", "password: §", "a: &§ b\nc: *x", "trace:\n prometheusApiUrl: http://u:§@h",
		"managerToken: x\nmanagerToken: §", "mode: x\n §: y", "x:\n managerToken:\n  a:\n   §: 1",
	} {
		out = append(out, Source{"wk.yaml", []byte(strings.ReplaceAll(text, "§", hush))})
	}
	for _, text := range []string{
		"WK_MANAGERTOKEN=§", "WK_MANAGERTOKEN:§", "WK_MANAGERTOKEN: §", "wk_managertoken=§", "WK_MANAGER_TOKEN=§", "WK_JWT_SECRET=\"§\"", "# WK_MANAGERTOKEN=§",
		"WK_TOKEN=§", "WK_MANAGERTOKEN '§'", "WK_EXTERNAL_WSADDR=ws://u:§@h:1", "WK_MANAGERTOKENON=§", "WK_TOKENAUTHON=§", "MANAGERTOKEN=§", "WK_AUTH_USERS=admin:§:*",
	} {
		text = strings.ReplaceAll(text, "§", hush)
		out = append(out, Source{".env", []byte(text)},
			Source{"docker-compose.yaml", []byte("services:\n  wukongim:\n    image: wukongim/wukongim:v2\n    environment:\n      - " + text + "\n")})
	}
	out = append(out, Source{"docker-compose.yaml", []byte("services:\n  wukongim:\n    environment:\n      WK_MANAGERTOKEN: ${A-" + hush + "}\n      WK_JWT_SECRET: ${A:-" + hush + "}\n")})
	return append(out,
		Source{"wukongim.toml", []byte("[manager]\njwt_secret = \"" + hush + "\"\nusers = [{ password = \"" + hush + "\" }]\n")},
		Source{"wukongim.toml", []byte("[manager]\njwt_secret = " + hush + "\n")},
		Source{"wukongim.toml", []byte("[manager]\njwt_secret: \"" + hush + "\"\njwt_secrets = \"" + hush + "\"\n")})
}

func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	empty := Source{".env", []byte("A=\n")}
	for _, s := range secretShapes() {
		for _, generation := range []probe.Generation{"", "v1", "v2", "v3"} {
			out, err := json.Marshal(Inspect([]Source{s, empty}, Options{Generation: generation}))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(out), hush) {
				t.Errorf("%q %s shows the secret of %q: …%s…", generation, s.Name, s.Data, around(string(out)))
			}
		}
	}
}

// around cuts the place of the secret out of an output.
func around(s string) string {
	i := strings.Index(s, hush)
	return s[max(0, i-60):min(len(s), i+60)]
}

func FuzzInspect(f *testing.F) {
	files, _ := filepath.Glob(deployments + "/*/*")
	for i, name := range files {
		if data, err := os.ReadFile(name); err == nil {
			f.Add(filepath.Base(name), data, uint8(i))
		}
	}
	for i, s := range secretShapes() {
		f.Add(s.Name, []byte(strings.ReplaceAll(string(s.Data), hush, "x")), uint8(i))
	}
	generations := []probe.Generation{"", "v1.0", "v1", "v2-beta", "v2.0", "v2", "v3"}
	f.Fuzz(func(t *testing.T, name string, data []byte, pick uint8) {
		g := generations[int(pick)%len(generations)]
		extra := []Source{{".env", []byte("WK_MANAGERTOKEN=" + hush + "\nA=" + hush)}, {"wk.yaml", []byte("managerToken: " + hush)}}
		r := Inspect(append([]Source{{name, data}}, extra[:pick%3]...), Options{Generation: g})
		out, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), hush) && !strings.Contains(string(data), "${") && !strings.Contains(string(data), "$A") {
			t.Errorf("a secret is shown: %s", out)
		}
		for _, i := range r.Issues {
			if rank(i.Code) < 0 || i.Args["reason"] == "" || i.Where == "" && name != "" {
				t.Errorf("incomplete issue %+v", i)
			}
		}
	})
}
