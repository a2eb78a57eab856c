package sandbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/wkctl/wkctl/probe/memnet"
)

// certificateFault names what is wrong with a certificate, "" for nothing.
func certificateFault(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &unknown):
		return "unknown authority"
	case errors.As(err, &name):
		return "name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "expired"
	}
	return err.Error()
}

// TestTLS: each mode fails on what it is named after, also for a client that
// trusts the root, except untrusted, whose point is that nobody does.
func TestTLS(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]struct{ trusting, stranger string }{
		"valid":       {"", "unknown authority"},
		"untrusted":   {"", "unknown authority"},
		"self-signed": {"", "unknown authority"},
		"expired":     {"expired", "expired"},
		"wrong-name":  {"name", "name"},
	} {
		t.Run(mode, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := start(t, Config{TLS: mode})
				s.Register("u", "T", 0, 0)
				try := func(client *http.Client) string {
					ws, _, err := websocket.Dial(t.Context(), s.WSSURL(), &websocket.DialOptions{HTTPClient: client})
					if err == nil {
						ws.CloseNow()
					}
					return certificateFault(err)
				}
				if got := try(trusting(t, s)); got != want.trusting {
					t.Errorf("trusting the root: got %q, want %q", got, want.trusting)
				}
				stranger := browser(s)
				stranger.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
				if got := try(stranger); got != want.stranger {
					t.Errorf("a stranger: got %q, want %q", got, want.stranger)
				}
				if want.trusting == "" {
					if got := attempt(t, s, "wss", who{uid: "u", token: "T"}); got != a1 {
						t.Errorf("logging in over wss: got %s", got)
					}
				}
			})
		})
	}
	t.Run("none", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			if s := start(t, Config{}); s.WSSURL() != "" || s.CACert() != nil || s.ProxyURL() != "" {
				t.Error("wss, a certificate or a proxy that nobody asked for")
			}
		})
	})
}

// TestWSSRefusal: a silent refusal ends as on ws.
func TestWSSRefusal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, Config{TLS: "valid"})
		if got := attempt(t, s, "wss", who{uid: "u", token: "no"}); got != silence {
			t.Errorf("got %s, want %s", got, silence)
		}
		if ws, wss, tcp := s.Dials(); ws != 0 || wss != 1 || tcp != 0 {
			t.Errorf("dials: %d, %d, %d", ws, wss, tcp)
		}
	})
}

// TestProxy: what a client sees through each kind of reverse proxy.
func TestProxy(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		proxy  Proxy
		ws     string // upgrade on /im: status
		api    int    // GET /route
		header string // Location
	}{
		{"to ws", Proxy{Path: "/im", To: "ws", Else: "api"}, "101", 200, ""},
		{"to api", Proxy{To: "api"}, "404", 200, ""},
		{"to tcp", Proxy{Path: "/im", To: "tcp"}, "502", 404, ""},
		{"to wss in plain HTTP", Proxy{Path: "/im", To: "wss", Else: "api"}, "502", 200, ""},
		{"to nothing", Proxy{To: "nothing"}, "502", 502, ""},
		{"upgrade stripped", Proxy{To: "ws", Strip: true}, "502", 502, ""},
		{"another path", Proxy{Path: "/wss", To: "ws"}, "404", 404, ""},
		{"status", Proxy{Status: 403}, "403", 403, ""},
		{"redirect", Proxy{Status: 302, Location: "https://im.example.com/"}, "302", 302, "https://im.example.com/"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := start(t, Config{Proxy: row.proxy, TLS: "valid"})
				s.Register("u", "T", 0, 0)
				stay := browser(s)
				stay.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
				ws, resp, err := websocket.Dial(t.Context(), strings.Replace(s.ProxyURL(), "http", "ws", 1)+"/im", &websocket.DialOptions{HTTPClient: stay})
				if resp == nil {
					t.Fatal(err)
				}
				if !strings.HasPrefix(resp.Status, row.ws) || resp.Header.Get("Location") != row.header {
					t.Errorf("upgrade: got %s, Location %q, want %s", resp.Status, resp.Header.Get("Location"), row.ws)
				}
				if err == nil {
					c := &client{t: t, ws: ws}
					defer c.close()
					c.write(who{uid: "u", token: "T"}.packet())
					if _, err := c.frame(soon); err != nil {
						t.Errorf("logging in through the proxy: %v", err)
					}
				}
				if status, _, header := call(t, s, "GET", s.ProxyURL()+"/route", ""); status != row.api || len(header.Values("Server")) != 1 {
					t.Errorf("GET /route: got %d, Server %q, want %d", status, header.Values("Server"), row.api)
				}
			})
		})
	}
}

func TestProxyTLS(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, Config{Proxy: Proxy{To: "api", TLS: true}})
		resp, err := trusting(t, s).Get(s.ProxyURL() + "/route")
		if err != nil || resp.StatusCode != 200 || s.WSSURL() != "" {
			t.Fatalf("got %v, %v, wss %q", resp, err, s.WSSURL())
		}
		resp.Body.Close()
	})
}

func TestConfigErrors(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for want, cfg := range map[string]Config{
			`unknown generation "v9", expected one of v1.0, v1, v2-beta, v2.0, v2, v3`: {Generation: "v9"},
			`unknown TLS mode "weak"`: {TLS: "weak"},
			`unknown proxy target`:    {Proxy: Proxy{To: "moon"}},
			`proxy status 42`:         {Proxy: Proxy{Status: 42}},
			`expected a TLS mode`:     {Proxy: Proxy{To: "wss"}},
			`listen tcp`:              {Addr: Addr{Manager: "127.0.0.1:99999"}},
		} {
			s, err := Start(t.Context(), cfg)
			if err == nil {
				s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q in it", err, want)
			}
		}
		start(t, Config{Proxy: Proxy{To: "wss"}, Faults: []Fault{{Name: "die-on-tls"}}}) // a wss port without TLS
		if g, err := ParseGeneration("v2-beta"); err != nil || g != V2Beta {
			t.Errorf("got %q, %v", g, err)
		}
	})
}

// TestClose: everything ends at once, whatever is under way, by Close or by the
// context.
func TestClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		n := memnet.New()
		s, err := Start(ctx, Config{TLS: "valid", Proxy: Proxy{To: "ws"}, Listen: n.Listen, Dial: n.Dial,
			Faults: []Fault{{Name: "slow", Delay: time.Hour}, {Name: "api-slow", Delay: time.Hour}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, transport := range []string{"ws", "tcp", "wss"} {
			dial(t, s, transport).write(who{uid: "u", token: "T"}.packet())
		}
		dial(t, s, "ws")
		through, _, err := websocket.Dial(t.Context(), strings.Replace(s.ProxyURL(), "http", "ws", 1), &websocket.DialOptions{HTTPClient: browser(s)})
		if err != nil {
			t.Fatal(err)
		}
		defer through.CloseNow()
		asked := make(chan error, 1)
		go func() {
			resp, err := browser(s).Get(s.APIURL() + "/route")
			if err == nil {
				resp.Body.Close()
			}
			asked <- err
		}()
		settles(t, func() bool { return len(s.Connects()) == 3 && len(s.Requests()) == 1 })
		took := stopwatch()
		cancel()
		s.Close()
		s.Close()
		if err := <-asked; err == nil || took() != 0 {
			t.Errorf("a request under way: %v; Close took %v", err, took())
		}
		for _, url := range []string{s.APIURL(), s.WSURL(), s.WSSURL(), s.ProxyURL(), s.ManagerURL(), "tcp://" + s.TCPAddr()} {
			if !refused(t, s, addrOf(url)) {
				t.Errorf("%s is open", url)
			}
		}
	})
}
