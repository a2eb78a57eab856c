package measure

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/foreign"
	"github.com/wkctl/wkctl/probe/secret"
)

// hush stands for a token that the server was sent; no output may hold it.
const hush = "Zq7hushhush7qZ"

// sameAnswer answers every request with the same answer.
type sameAnswer struct {
	status int
	header http.Header
	body   []byte
}

func (p sameAnswer) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: p.status, Status: "status", Header: p.header.Clone(), Body: io.NopCloser(bytes.NewReader(p.body)), Request: req,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// askAll sends every request that there is, and lists what is kept of the answers.
func askAll(t *testing.T, a *API) (kept []any) {
	t.Helper()
	ctx := t.Context()
	keep := func(v any, err error) {
		if err != nil {
			kept = append(kept, faultOf(err), err.Error())
			return
		}
		kept = append(kept, v)
	}
	route, err := a.Route(ctx)
	keep(route, err)
	online, err := a.Online(ctx, "u")
	for i := range online {
		online[i].UID = "" // compared with the one that was asked for, never shown
	}
	keep(online, err)
	rows, _, err := a.Stored(ctx, "u")
	if !slices.IsSortedFunc(rows, func(x, y probe.StoredToken) int { return int(x.DeviceFlag) - int(y.DeviceFlag) }) {
		t.Error("stored: not in order")
	}
	keep(rows, err)
	keep(nil, a.Register(ctx, "u", probe.StoredToken{Token: a.Vault.User(hush)}))
	keep(nil, a.Quit(ctx, "u", 0))
	f := a.fingerprint(ctx)
	kept = append(kept, f.version, f.nodes)
	for _, c := range f.clues {
		kept = append(kept, c.text)
	}
	_ = a.masterOnline(ctx, "u", 1)
	if l, limited := a.Limits(); limited {
		kept = append(kept, l)
	}
	return kept
}

// textsOf calls f for every string that v holds.
func textsOf(v reflect.Value, f func(string)) {
	switch v.Kind() {
	case reflect.String:
		f(v.String())
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			textsOf(v.Elem(), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			textsOf(v.Index(i), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				textsOf(v.Field(i), f)
			}
		}
	}
}

// FuzzAPIAnswer: whatever an API answers, nothing panics, and what is kept is
// short, clean and without tokens.
func FuzzAPIAnswer(f *testing.F) {
	for _, body := range []string{
		"", "null", "[]", "{}", `{"status":200}`, `{"status":400,"msg":"uid不能为空！ § \u001b[31m"}`, `{"error":"§"}`, `[{"uid":"u","device_flag":1,"online":1}]`,
		`{"tcp_addr":"u:p@h:5100","ws_addr":"ws://h:5200/?t=§","wss_addr":null}`,
		`{"data":[{"uid":"u","device_flag":1,"token":"§","updated_at":1700000000},{"uid":"u","device_flag":0,"token":"x"}]}`,
		`{"data":[{"id":1,"online":1,"cluster_addr":"u:p@h:1/?§=§","app_version":"v2.2.5"},{"id":2}]}`,
		`{"version":"v1.2.6-§","uptime":"1h","manager_uid":"____manager"}`, `{"connections":[{"uid":"u","device":"Web(主)"}]}`,
		"<html>" + strings.Repeat("x", 2000) + "§", strings.Repeat(" ", 3000) + "§", `\u005aq7hushhush7qZ`,
	} {
		f.Add(uint16(200), "", "", "", []byte(body))
		f.Add(uint16(400), "nginx/1 §", "//u:p@h/?x=§", "7", []byte(body))
	}
	f.Add(uint16(302), "", "http://u:p w@h:x/%zz", "Wed, 21 Oct 2015 07:28:00 GMT", []byte("x"))
	f.Add(uint16(429), "s", "", "99999999999999999999", []byte("x"))
	f.Fuzz(func(t *testing.T, status uint16, server, location, after string, body []byte) {
		token := func(s string) string { return strings.ReplaceAll(s, "§", hush) }
		v := &secret.Vault{}
		a := &API{Base: "http://h:1", Vault: v, ManagerToken: v.Manager(hush), Client: &http.Client{Transport: sameAnswer{
			status: int(status), body: []byte(token(string(body))),
			header: http.Header{"Server": {token(server)}, "Location": {token(location)}, "Retry-After": {after}},
		}}}
		for _, kept := range askAll(t, a) {
			textsOf(reflect.ValueOf(kept), func(s string) {
				n := utf8.RuneCountInString(s)
				if n > maxBody+1 || s != foreign.Clean(s, maxBody+1) || strings.Contains(s, hush) {
					t.Errorf("%d characters, clean %t: %q", n, s == foreign.Clean(s, maxBody+1), s)
				}
			})
			if shown, err := json.Marshal(kept); err != nil || bytes.Contains(shown, []byte(hush)) {
				t.Errorf("%v: %s", err, shown)
			}
			if f, ok := kept.(*probe.Fault); ok && (f.RetryAfterMS < 0 || f.RetryAfterMS > millis(longestAsk) || f.Method == "" || f.Address == "") {
				t.Errorf("fault: %+v", f)
			}
		}
	})
}

// FuzzRouteAddress: whatever /route hands out, it is classified without a panic,
// what is dialled has a host, and what is shown has no password.
func FuzzRouteAddress(f *testing.F) {
	for _, raw := range []string{
		"", "h:5100", "ws://h:5200", "wss://h/ws?token=x#y", "tcp://h:1", "user:pass@h:5100", "ws://user:pass@[::1]:5200/a@b", "127.0.0.1:5100", "0.0.0.0:5100",
		"[::]:1", "[fe80::1%25eth0]:1", "172.17.0.2:5100", "::ffff:10.0.0.1", "ws://::1:5200", "ws://h:x", "ws://h:99999", "ws:h", "//h", "ws://", "ws:///x", "h", ":5100",
		"ws://%41", "ws://h\n:1", "user:p/w?d#2@h:5100", "WS://H", "http://h:1", "ws://xn--nxasmq6b:1", "localhost:5100", "ws://h:1/%zz", "ws://u:p:q@h:1", "a@b@c:1", "://",
	} {
		f.Add(raw, "http://h:5001")
		f.Add(raw, "http://127.0.0.1:5001")
	}
	classes := []probe.AddressClass{probe.ClassMalformed, probe.ClassUnspecified, probe.ClassLoopback, probe.ClassContainer, probe.ClassPrivate, probe.ClassPublic, probe.ClassName}
	f.Fuzz(func(t *testing.T, raw, base string) {
		for _, role := range []probe.Role{probe.RoleTCP, probe.RoleWS, probe.RoleWSS} {
			address, host := dialable(role, raw)
			if class := probe.ClassOf(host); !slices.Contains(classes, class) || (host == "") != (class == probe.ClassMalformed) {
				t.Errorf("%s %q: class %q of host %q", role, raw, class, host)
			}
			_ = sameHost(host, base)
			if address == "" {
				continue
			}
			if u, err := url.Parse(address); err != nil || u.Hostname() != host || host == "" || !strings.HasSuffix(address, raw) || role == probe.RoleTCP && u.Port() == "" {
				t.Errorf("%s %q: dials %q of host %q", role, raw, address, host)
			}
			if !sameHost(host, address) {
				t.Errorf("%s %q: %q is not its own host", role, raw, host)
			}
			if at := hostOf(address); at == "" || strings.ContainsAny(at, "@/?#") {
				t.Errorf("%s %q: called %q", role, raw, at)
			}
			noPassword(t, raw, address)
		}
		_, _ = hostOf(raw), hostOf(base)
		_ = HideURL(base)
	})
}

// noPassword fails where the password of an address that is dialled is shown.
func noPassword(t *testing.T, raw, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return
	}
	shown := HideURL(raw)
	password, _ := u.User.Password()
	elsewhere := strings.Contains(u.Scheme+"://"+u.Host+u.RequestURI()+"#"+u.Fragment, password)
	if !strings.Contains(shown, "…@") || !elsewhere && strings.Contains(shown, password) {
		t.Errorf("%q is shown as %q", raw, shown)
	}
}
