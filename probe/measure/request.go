package measure

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// call is one request to the API.
type call struct {
	method, path string // the path with its query
	body         []byte // JSON; nil = none
}

// do sends a request, in the pace that the API has asked for.
func (a *API) do(ctx context.Context, c call) (ans *Answer, err error) {
	waits := ctx
	if a.waits != nil {
		waits = a.waits
	}
	stopped := a.polite.try(waits, func() reply {
		ans, err = a.once(ctx, c)
		return a.reply(ans, err)
	})
	if stopped != nil {
		f := a.fault(waits, c, stopped)
		if ans == nil && err == nil {
			return nil, unsentError{f}
		}
		return nil, f
	}
	return ans, err
}

// unsentError is the fault of a request that was stopped before it left.
type unsentError struct{ *probe.Fault }

func (e unsentError) Unwrap() error { return e.Fault }

// once sends a request and reads its answer, all of it within the limit of one
// request: a body that drips or never ends is cut there too.
func (a *API) once(ctx context.Context, c call) (*Answer, error) {
	limit := a.Timeout
	if limit == 0 {
		limit = defaultTimeout
	}
	limited, cancel := withLimit(ctx, limit)
	defer cancel()
	req, err := a.request(limited, c)
	if err != nil {
		return nil, &probe.Fault{Phase: probe.PhaseRequest, Kind: probe.FaultOther, Method: c.method, Address: a.address(""), Text: "expected an http or https URL"}
	}
	before := a.pulse.sent(c.method + " " + a.address(c.path))
	res, err := a.transport().RoundTrip(req)
	if err != nil {
		f := a.fault(limited, c, err)
		a.pulse.missed(f, before)
		return nil, f
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode == http.StatusSwitchingProtocols {
		return nil, a.upgraded(c, res)
	}
	got, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer)) // counted behind any decompression
	if err != nil {
		return nil, a.fault(limited, c, err)
	}
	return &Answer{Status: res.StatusCode, Header: res.Header, Body: got, method: c.method}, nil
}

func (a *API) request(ctx context.Context, c call) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, c.method, a.Base+c.path, bytes.NewReader(c.body))
	if err != nil {
		return nil, err
	}
	if c.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if u := req.URL.User; u != nil {
		password, _ := u.Password()
		req.SetBasicAuth(u.Username(), password)
	}
	if !a.ManagerToken.Empty() {
		req.Header.Set("token", a.ManagerToken.Reveal())
	}
	// Every request can be carried out twice to the same effect, the POSTs as
	// well: it may be sent again where a pooled connection turns out to be dead.
	// This is how net/http is told; nothing of it is sent.
	req.Header["Idempotency-Key"] = nil
	return req, nil
}

// upgraded: somebody switched protocols without being asked, as a WebSocket port
// does that upgrades every GET. net/http hands the raw connection over as the
// body, and no context ends a read of it: it is closed unread.
func (a *API) upgraded(c call, res *http.Response) *probe.Fault {
	return &probe.Fault{
		Phase: probe.PhaseRequest, Kind: probe.FaultUpgraded, Method: c.method, Address: a.address(c.path), Status: res.StatusCode,
		Server: a.clean(res.Header.Get("Server"), maxText),
	}
}

func (a *API) fault(ctx context.Context, c call, err error) *probe.Fault {
	f := *classify(err, probe.PhaseRequest, "")
	f.Method, f.Address = c.method, a.address(c.path)
	explainLimit(ctx, &f)
	f.Text, f.Server = a.clean(f.Text, maxText), a.clean(f.Server, maxText)
	return &f
}

// transport sends requests past http.Client, which makes an error of a redirect
// whose Location it cannot read: for us a redirect is an answer like any other.
func (a *API) transport() http.RoundTripper {
	if a.Client == nil || a.Client.Transport == nil {
		return http.DefaultTransport
	}
	return a.Client.Transport
}

func (a *API) client() *http.Client {
	c := http.Client{}
	if a.Client != nil {
		c = *a.Client
	}
	c.CheckRedirect = noRedirect
	return &c
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func (a *API) clean(s string, max int) string { return foreignText(a.Vault, s, max) }

// address gives the URL of a path for messages: without user info and query.
func (a *API) address(path string) string {
	u, err := url.Parse(a.Base)
	if err != nil {
		return ""
	}
	path, _, _ = strings.Cut(path, "?")
	return u.Scheme + "://" + u.Host + strings.TrimRight(u.Path, "/") + path
}

// hostOf gives host:port of a URL for messages, without user info or query.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	if u.Port() == "" {
		return u.Host + map[string]string{"http": ":80", "ws": ":80", "https": ":443", "wss": ":443"}[strings.ToLower(u.Scheme)]
	}
	return u.Host
}
