package measure

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/secret"
)

func TestHideURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                                  "",
		"ws://h:5200":                       "ws://h:5200",
		"h:5100":                            "h:5100",
		"[::1]:5100":                        "[::1]:5100",
		"ws://[::1]:5200/a@b":               "ws://[::1]:5200/a@b",
		"wss://h/ws?token=abc&v=1#x":        "wss://h/ws?token=…&v=…#x",
		"https://h/cb#access_token=abc&x=y": "https://h/cb#access_token=…&x=…",
		"http://user:pw@h/a@b":              "http://…@h/a@b",
		"//user:pw@h/x":                     "//…@h/x",
		"/login?back=/a?x=y":                "/login?back=…",
		"http://user:p w@h:x/?a=b":          "http://…@h:x/?a=…",
		"user:pw@h:5100":                    "…@h:5100",
		"user@h:5100":                       "…@h:5100",
		"user:pw@[::1]:5100":                "…@[::1]:5100",
		"user:p/w?d#2@h:5100":               "…@h:5100",
		"ws://user:p/w@h:5200/x":            "ws://…@h:5200/x",
		"ws://user:p@w@h":                   "ws://…@h",
		"user:p//w@h:5100":                  "…@h:5100",
		"not a URL":                         "not a URL",
		"ws://h/?a":                         "ws://h/?a",
		"ws://127.0.0.1:1/?token=%22x%22==": "ws://127.0.0.1:1/?token=…",
		"ws://h/?token=a b\"c'd<e":          "ws://h/?token=…",
	} {
		if got := HideURL(raw); got != want {
			t.Errorf("HideURL(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestHideInText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`Post "http://10.0.0.2:5001/user/token": dial tcp 10.0.0.2:5001: connect: connection refused`: `Post "http://10.0.0.2:5001/user/token": dial tcp 10.0.0.2:5001: connect: connection refused`,
		`Get "https://u:p@h/x?token=abc&v=1": EOF`:                                                    `Get "https://…@h/x?token=…&v=…": EOF`,
		`address user:pw@h:5100: too many colons in address`:                                          `address …@h:5100: too many colons in address`,
		`<a href="/login?back=/x&amp;s=1">Sign in</a>, alice@example.com`:                             `<a href="/login?back=…&amp;s=…">Sign in</a>, alice@example.com`,
		`{"ws_addr":"ws://u:p@h/?t=x","a":"b"}`:                                                       `{"ws_addr":"ws://…@h/?t=…","a":"b"}`,
		`uid不能为空！`:                                                                                    `uid不能为空！`,
	} {
		if got := hideInText(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestForeignURLs: what others keep in their URLs is in no fault, whatever part
// of an answer it stands in, while an address stays as it is to be dialled.
func TestForeignURLs(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		const raw = "user:hunter22@127.0.0.1:1/?token=hunter33&t=" + userRaw
		hidden := func(where string, v any) {
			t.Helper()
			b, _ := json.Marshal(v)
			for _, leak := range []string{"hunter", "user-secret"} {
				if strings.Contains(string(b), leak) {
					t.Errorf("%s: %s shows in %s", where, leak, b)
				}
			}
			if !strings.Contains(string(b), "…@127.0.0.1:1") {
				t.Errorf("%s: too much is hidden in %s", where, b)
			}
		}
		serve := func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Server", "ws://"+raw)
			w.Header().Set("Location", "//"+raw)
			if r.Method == http.MethodPost {
				w.WriteHeader(400)
				_ = json.NewEncoder(w).Encode(map[string]any{"status": 400, "msg": `Post "http://` + raw + `": EOF`})
				return
			}
			w.WriteHeader(302)
			_, _ = w.Write([]byte(`<a href="ws://` + raw + `">there</a>, or ` + raw))
		}
		a := apiOf(t, serve)
		a.Vault.User(userRaw)
		_, err := a.Route(t.Context())
		f := faultOf(err)
		for where, text := range map[string]string{"Location": f.Location, "Server": f.Server, "Body": f.Body, "GET": err.Error() + "…@127.0.0.1:1"} {
			hidden(where, text)
		}
		hidden("POST", faultOf(a.Quit(t.Context(), "u", 0)))

		d := dialerOf(t)
		d.vault = a.Vault
		_, err = d.dial(t.Context(), t.Context(), "ws"+a.Base[len("http"):]+"/?token=hunter33")
		f = faultOf(err)
		hidden("upgrade", f)
		if f.Status != 302 || f.Location == "" {
			t.Errorf("upgrade: got %+v", f)
		}
		_, err = d.dial(t.Context(), t.Context(), "tcp://user:hunter22@127.0.0.1:1")
		if f := faultOf(err); strings.Contains(f.Error(), "hunter") || f.Address != "127.0.0.1:1" {
			t.Errorf("tcp: got %v", f)
		}

		body, _ := json.Marshal(map[string]any{"tcp_addr": raw, "ws_addr": "ws://" + raw, "data": []any{
			map[string]any{"id": 1, "cluster_addr": raw}, map[string]any{"id": 2, "cluster_addr": "tcp://" + raw},
		}})
		v := &secret.Vault{}
		b := &API{Base: "http://h", Vault: v}
		route, err := b.parseRoute(&Answer{Status: 200, Body: body})
		if err != nil || route.TCP != raw || route.WS != "ws://"+raw {
			t.Errorf("route: got %+v, %v: it would not be dialled as it is", route, err)
		}
		for _, n := range a.nodes(&Answer{Status: 200, Body: body}) {
			hidden("node", n.Address)
		}
	})
}

// TestHideTarget: every address of a run is shown without what may be a secret,
// those that were equal stay so.
func TestHideTarget(t *testing.T) {
	t.Parallel()
	const raw, shown = "ws://user:pw@h:5200/?token=abc", "ws://…@h:5200/?token=…"
	d := probe.Target{API: "http://user:pw@h:5001", WS: raw, WSGiven: raw, Advertised: &probe.Advertised{TCP: "user:pw@h:5100", WS: raw, WSS: raw}}
	list := []probe.Address{{URL: "user:pw@h:5100"}, {URL: raw}}
	hideTarget(&d, list)
	want := probe.Target{API: "http://…@h:5001", WS: shown, WSGiven: shown}
	if *d.Advertised != (probe.Advertised{TCP: "…@h:5100", WS: shown, WSS: shown}) || list[0].URL != "…@h:5100" || list[1].URL != shown {
		t.Errorf("got %+v, %+v", d.Advertised, list)
	}
	if d.Advertised = nil; d != want {
		t.Errorf("got %+v, want %+v", d, want)
	}
}

// TestTargetOfRun: what a run was asked is in its diagnosis, and nothing of it that
// may be a secret.
func TestTargetOfRun(t *testing.T) {
	t.Parallel()
	proxied := http.DefaultTransport.(*http.Transport).Clone()
	proxied.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "127.0.0.1:1", User: url.UserPassword("u", "pw")})
	p := &Prober{
		API: &API{Base: "http://127.0.0.2:5001", Client: &http.Client{Transport: proxied}}, WS: "ws://127.0.0.1:1/?token=abc",
		TLS: &tls.Config{InsecureSkipVerify: true}, Sandbox: "v2", NoAuthOK: true, MaxTime: time.Second, Timeout: time.Second,
	}
	want := probe.Target{
		API: "http://127.0.0.2:5001", WS: "ws://127.0.0.1:1/?token=…", WSSource: probe.SourceFlag, Proxy: "127.0.0.1:1", Sandbox: "v2", Insecure: true,
	}
	d := p.DiagnoseUser(t.Context(), UserPlan{UID: "u"})
	if d.Target.Advertised = nil; d.Target != want || !d.NoAuthOK || d.MaxMS != 1000 || d.Stopped != "" {
		t.Errorf("got %+v, %v, %v, %q, want %+v", d.Target, d.NoAuthOK, d.MaxMS, d.Stopped, want)
	}
	ctx, end := Within(t.Context(), 0)
	defer end()
	<-ctx.Done()
	if d := p.DiagnoseUser(ctx, UserPlan{UID: "u"}); d.Complete || d.Stopped != probe.StopMaxTime {
		t.Errorf("complete %v, stopped by %q", d.Complete, d.Stopped)
	}
}
