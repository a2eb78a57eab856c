package measure

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// TestAPIRequests: the requests to the byte, the manager token in its header.
func TestAPIRequests(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		sent := make(chan string, 10)
		a := apiOf(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if _, sent := r.Header["Idempotency-Key"]; sent {
				t.Error("what only our own HTTP client is to know is sent")
			}
			sent <- fmt.Sprint(r.Method, " ", r.RequestURI, " ", r.Header.Get("token"), " ", r.Header.Get("Content-Type"), " ", string(body))
			if strings.Contains(r.URL.Path, "online") {
				_, _ = w.Write([]byte(`[{"uid":"u","device_flag":1,"online":1}]`))
				return
			}
			confirm(w)
		})
		ctx := t.Context()
		errs := []error{
			a.Register(ctx, "u&1", probe.StoredToken{DeviceFlag: 255, DeviceLevel: wire.LevelSlave, Token: a.Vault.User(userRaw)}),
			a.Quit(ctx, "u", 0),
		}
		online, err := a.Online(ctx, "u")
		if len(online) != 1 || online[0].DeviceFlag != 1 {
			t.Errorf("online: got %v", online)
		}
		_, err2 := a.Get(ctx, "/varz")
		a.ManagerToken = secret.Token{}
		_, err3 := a.Get(ctx, "/varz")
		if err := errors.Join(append(errs, err, err2, err3)...); err != nil {
			t.Fatal(err)
		}
		want := []string{
			`POST /user/token manager-secret-1 application/json {"uid":"u\u00261","token":"user-secret/2\"é","device_flag":255,"device_level":0}`,
			`POST /user/device_quit manager-secret-1 application/json {"uid":"u","device_flag":0}`,
			`POST /user/onlinestatus manager-secret-1 application/json ["u"]`,
			`GET /varz manager-secret-1  `,
			`GET /varz   `,
		}
		for i, w := range want {
			if got := <-sent; got != w {
				t.Errorf("request %d: got %q, want %q", i, got, w)
			}
		}
	})
}

// TestQuitWithoutUID: it crashes servers v2.0.1 to v2.0.3, so it never leaves.
func TestQuitWithoutUID(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		var requests atomic.Int64
		a := apiOf(t, func(w http.ResponseWriter, _ *http.Request) { requests.Add(1); confirm(w) })
		if err := a.Quit(t.Context(), "", 0); err == nil || !strings.Contains(err.Error(), "without a uid") {
			t.Errorf("got error %v", err)
		}
		if requests.Load() != 0 {
			t.Error("the request was sent")
		}
	})
}

// TestAPIRedirect: a redirect is an answer, even for a client that would follow
// it: the manager token would travel along.
func TestAPIRedirect(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		var reached atomic.Bool
		thief := page(t, func(w http.ResponseWriter, _ *http.Request) { reached.Store(true); confirm(w) })
		a := apiOf(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, thief+r.URL.Path, http.StatusTemporaryRedirect)
		})
		a.Client.CheckRedirect = func(*http.Request, []*http.Request) error { return nil }
		_, errGet := a.Route(t.Context())
		errPost := a.Quit(t.Context(), "u", 0)
		for name, err := range map[string]error{"GET": errGet, "POST": errPost} {
			if f := faultOf(err); f.Status != http.StatusTemporaryRedirect || !strings.HasPrefix(f.Location, thief) {
				t.Errorf("%s: got %v to %q", name, f, f.Location)
			}
		}
		if reached.Load() {
			t.Error("somebody else was sent the request")
		}
	})
}

// TestAPIRedirectUnreadable: a redirect to what is no URL is a redirect.
func TestAPIRedirectUnreadable(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		const location = "http://u:hunter 22@h:x/%zz"
		a := apiOf(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		})
		_, errAPI := a.Route(t.Context())
		_, errWS := dialerOf(t).dial(t.Context(), t.Context(), "ws"+a.Base[len("http"):])
		for _, err := range []error{errAPI, errWS} {
			if f := faultOf(err); f.Kind != probe.FaultStatus || f.Status != http.StatusFound || f.Location != "http://…@h:x/%zz" {
				t.Errorf("got %+v", f)
			}
		}
	})
}

// TestAPIBounds: an answer without end is cut and judged by its start.
func TestAPIBounds(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		a := apiOf(t, func(w http.ResponseWriter, _ *http.Request) {
			for b := []byte(strings.Repeat("x", 32<<10)); ; {
				if _, err := w.Write(b); err != nil {
					return
				}
			}
		})
		ans, err := a.Get(t.Context(), "/varz")
		if err != nil || len(ans.Body) != maxAnswer {
			t.Fatalf("got %d bytes, %v, want %d", len(ans.Body), err, maxAnswer)
		}
		_, err = a.Route(t.Context())
		if f := faultOf(err); f.Kind != probe.FaultNotWuKongIM || len(f.Body) > maxBody+4 || len(f.Body) < maxBody {
			t.Errorf("got %s with %d bytes of body, want the first %d", f.Kind, len(f.Body), maxBody)
		}
	})
}

// TestAPISlowBody: the limit holds for the body too.
func TestAPISlowBody(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		a := apiOf(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte("{"))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
		took := since()
		_, err := a.Route(t.Context())
		if f := faultOf(err); f.Kind != probe.FaultTimeout || f.LimitMS != millis(defaultTimeout) || took() != defaultTimeout {
			t.Errorf("got %v after %s, want a timeout of %s", f, took(), defaultTimeout)
		}
	})
}

// TestAPIWanted: which answers are a yes, and what the others are.
func TestAPIWanted(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		rows := []struct {
			name   string
			status int
			body   string
			kind   probe.FaultKind // "" = no fault
			code   int
			text   string
		}{
			{"yes", 200, `{"status":200}`, "", 0, ""},
			{"banned (v1.0.0 to v2.2.5)", 200, `{"status":19}`, probe.FaultStatus, 19, ""},
			{"no uid", 400, `{"msg":"uid不能为空！","status":400}`, probe.FaultStatus, 400, "uid不能为空！"},
			{"v3's words", 400, `{"error":"invalid request"}`, probe.FaultStatus, 400, "invalid request"},
			{"manager token", 401, ``, probe.FaultStatus, 401, ""},
			{"no leader", 500, ``, probe.FaultStatus, 500, ""},
			{"a web page", 200, `<html>`, probe.FaultNotWuKongIM, 200, "expected"},
			{"other JSON", 200, `{"ok":true}`, probe.FaultNotWuKongIM, 200, "expected"},
			{"a list", 200, `[]`, probe.FaultNotWuKongIM, 200, "expected"},
			{"null", 200, `null`, probe.FaultNotWuKongIM, 200, "expected"},
			{"a status of another type", 200, `{"status":"ok"}`, probe.FaultNotWuKongIM, 200, "expected"},
			{"nothing", 200, ``, probe.FaultNotWuKongIM, 200, "expected"},
			{"created", 201, `{"status":200}`, probe.FaultStatus, 201, ""},
		}
		for _, row := range rows {
			a := apiOf(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(row.status)
				_, _ = w.Write([]byte(row.body))
			})
			for name, err := range map[string]error{
				"token": a.Register(t.Context(), "u", tokenOf("tok", 0)), "quit": a.Quit(t.Context(), "u", 0),
			} {
				if row.kind == "" {
					if err != nil {
						t.Errorf("%s, %s: got %v", row.name, name, err)
					}
					continue
				}
				f := faultOf(err)
				if err == nil || f.Kind != row.kind || f.Status != row.code || !strings.HasPrefix(f.Text, row.text) || f.Phase != probe.PhaseRequest {
					t.Errorf("%s, %s: got %v (%s %d), want %s %d", row.name, name, err, f.Kind, f.Status, row.kind, row.code)
				}
				if !strings.HasPrefix(f.Address, a.Base+"/user/") {
					t.Errorf("%s, %s: address %q", row.name, name, f.Address)
				}
			}
		}
	})
}

// TestAPIFaultNames: every fault says which request it was, without its query,
// and how long the answer asks to wait.
func TestAPIFaultNames(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		answers := map[string]http.HandlerFunc{
			"status": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(http.StatusTooManyRequests)
			},
			"page":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
			"reset": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		}
		for name, serve := range answers {
			a := apiOf(t, serve)
			_, errRoute := a.Route(t.Context())
			_, _, errStored := a.Stored(t.Context(), "alice")
			_, errOnline := a.Online(t.Context(), "alice")
			for path, err := range map[string]error{
				"GET /route": errRoute, "GET /cluster/devices": errStored, "POST /user/onlinestatus": errOnline,
				"POST /user/token": a.Register(t.Context(), "alice", tokenOf("tok", 0)), "POST /user/device_quit": a.Quit(t.Context(), "alice", 0),
			} {
				f := faultOf(err)
				if got := f.Method + " " + strings.TrimPrefix(f.Address, a.Base); err == nil || got != path {
					t.Errorf("%s: got %q, want %q", name, got, path)
				}
				if want := map[string]float64{"status": 7000}[name]; f.RetryAfterMS != want {
					t.Errorf("%s, %s: asks for %v ms, want %v", name, path, f.RetryAfterMS, want)
				}
			}
		}
	})
}

func TestAPIRoute(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		rows := []struct {
			name, body string
			want       *probe.Advertised
		}{
			{"v1.0.0 to v1.0.2", `{"tcp_addr":"1.2.3.4:5100","ws_addr":"ws://1.2.3.4:5200","wss_on":false}`, &probe.Advertised{TCP: "1.2.3.4:5100", WS: "ws://1.2.3.4:5200"}},
			{"later", `{"tcp_addr":"h:5100","ws_addr":"ws://h:5200","wss_addr":"wss://h:5210"}`, &probe.Advertised{TCP: "h:5100", WS: "ws://h:5200", WSS: "wss://h:5210"}},
			{"empty", `{"tcp_addr":"","ws_addr":"","wss_addr":""}`, &probe.Advertised{}},
			{"hostile", `{"tcp_addr":1,"ws_addr":"ws://h\u001b[31m:\u202e5200","wss_addr":null}`, &probe.Advertised{WS: "ws://h:5200"}},
			{"another service", `{"status":"ok"}`, nil},
			{"half of it", `{"tcp_addr":"h:5100"}`, nil},
			{"a web page", `<html>`, nil},
			{"a list", `[{"tcp_addr":"","ws_addr":""}]`, nil},
		}
		for _, row := range rows {
			a := apiOf(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(row.body)) })
			got, err := a.Route(t.Context())
			if row.want == nil {
				if f := faultOf(fmt.Errorf("%w", err)); f.Kind != probe.FaultNotWuKongIM {
					t.Errorf("%s: got %v, %v", row.name, got, err)
				}
				continue
			}
			if err != nil || *got != *row.want {
				t.Errorf("%s: got %v, %v, want %v", row.name, got, err, row.want)
			}
		}
	})
}

// TestAPISecrets: a server that echoes everything it was sent puts no token into
// a fault, and user info of the URL stays out of it.
func TestAPISecrets(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		a := apiOf(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("Server", r.Header.Get("token"))
			w.Header().Set("Location", "/login?back="+r.Header.Get("token"))
			w.WriteHeader(400)
			_ = json.NewEncoder(w).Encode(map[string]any{"status": 400, "msg": strings.Repeat("x", maxText-5) + r.Header.Get("token"), "request": string(body)})
		})
		a.Base = strings.Replace(a.Base, "http://", "http://admin:password1@", 1)
		token := a.Vault.User(userRaw)
		err := a.Register(t.Context(), "u", probe.StoredToken{Token: token})
		f := faultOf(err)
		all, _ := json.Marshal(f)
		for _, form := range []string{fmt.Sprint(err), fmt.Sprintf("%+v", f), string(all)} {
			for _, leak := range []string{managerRaw, "manag", "user-secret", "password1", "admin"} {
				if strings.Contains(form, leak) {
					t.Errorf("%s shows in %s", leak, form)
				}
			}
		}
		if f.Server != "MANAGER" || !strings.Contains(f.Body, "T0") || !strings.HasSuffix(f.Text, "MANAG…") && !strings.HasSuffix(f.Text, "MANA…") {
			t.Errorf("the aliases: Server %q, Text …%q, Body %q", f.Server, f.Text[maxText-10:], f.Body)
		}
		for _, base := range []string{"http://admin:password1@127.0.0.1:1/sub", "http://admin:password1@[::1"} {
			_, err := (&API{Base: base, Client: client(t)}).Route(t.Context())
			if err == nil || strings.Contains(err.Error(), "password1") {
				t.Errorf("%v", err)
			}
		}
	})
}

// TestStored: the rows of one uid, however many, tokens as aliases.
func TestStored(t *testing.T) {
	t.Parallel()
	for _, g := range sandbox.Generations() {
		sub(t, string(g), func(t *lab) {
			s := stand(t, sandbox.Config{Generation: g})
			for flag := range 256 {
				s.Register("u v&", fmt.Sprint("tok-", flag), uint8(flag), 0)
			}
			s.Register("u v&", "tok-master", 7, 1)
			s.Quit("u v&", 9)
			s.Register("other", "tok-other", 1, 0)
			a := &API{Base: s.APIURL(), Client: client(t)}
			rows, ok, err := a.Stored(t.Context(), "u v&")
			if want := probe.Generation(g).HasDeviceStore(); ok != want || err != nil {
				t.Fatalf("got %t, %v, want %t", ok, err, want)
			}
			if !ok {
				return
			}
			if len(rows) != 256 {
				t.Fatalf("got %d rows, want 256", len(rows))
			}
			for i, row := range rows {
				want := fmt.Sprint("tok-", i)
				switch i {
				case 7:
					want = "tok-master"
				case 9:
					want = ""
				}
				if int(row.DeviceFlag) != i || row.Token.Reveal() != want || row.Token.Empty() != (want == "") {
					t.Errorf("row %d: flag %d, the right token: %t", i, row.DeviceFlag, row.Token.Reveal() == want)
				}
				if row.UpdatedAt == nil || time.Since(*row.UpdatedAt).Abs() > time.Second {
					t.Errorf("row %d: updated %v", i, row.UpdatedAt)
				}
			}
			if rows[7].DeviceLevel != wire.LevelMaster {
				t.Errorf("row 7: level %d", rows[7].DeviceLevel)
			}
			if none, ok, err := a.Stored(t.Context(), "nobody"); len(none) != 0 || !ok || err != nil {
				t.Errorf("nobody: got %d rows, %t, %v", len(none), ok, err)
			}
		})
	}
	sub(t, "doubles", func(t *lab) {
		a := apiOf(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"data":[{"uid":"u","device_flag":1,"token":"one"},{"uid":"u","device_flag":0,"token":"zero"},{"uid":"u","device_flag":1,"token":"one"}]}`))
		})
		rows, ok, err := a.Stored(t.Context(), "u")
		if len(rows) != 2 || !ok || err != nil || rows[0].Token.Reveal() != "zero" || rows[1].Token.Reveal() != "one" {
			t.Errorf("got %d rows, %t, %v", len(rows), ok, err)
		}
	})
}

func TestUnixTime(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, n := range []int64{want.Unix(), want.UnixMilli(), want.UnixNano()} {
		if got := unixTime(n); !got.Equal(want) {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
	if !unixTime(0).IsZero() || !unixTime(-1).IsZero() {
		t.Error("no time is a time")
	}
}

func TestHostOf(t *testing.T) {
	t.Parallel()
	rows := map[string]string{
		"http://h": "h:80", "https://h/x?q=1": "h:443", "ws://h:5200": "h:5200", "WSS://h": "h:443", "tcp://1.2.3.4:5100": "1.2.3.4:5100",
		"http://u:p@h:1/": "h:1", "http://[::1]": "[::1]:80", "http://[::1]:5001": "[::1]:5001", "%": "", "http://a b": "",
	}
	for in, want := range rows {
		if got := hostOf(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
