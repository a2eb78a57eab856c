package measure

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// NewTransport gives the transport for API requests: the standard one with its
// bounds tightened to what WuKongIM needs, and a proxy's refusal told as a Fault
// of kind FaultProxy with its status. conf is nil for the
// system's roots, dial for the system's network.
// The largest header of any release takes a few hundred bytes.
func NewTransport(conf *tls.Config, dial DialFunc) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = conf
	if dial != nil {
		t.DialContext = dial
	}
	t.MaxResponseHeaderBytes = maxHeader // 1xx answers before the real one included
	t.MaxIdleConnsPerHost = apiParallel
	t.OnProxyConnectResponse = passedOn
	return t
}

// passedOn turns a proxy's refusal to connect to an https API into a Fault: of
// an answer to CONNECT net/http itself keeps the words of the status line alone.
func passedOn(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	_, words, _ := strings.Cut(res.Status, " ")
	return &probe.Fault{Phase: probe.PhaseRequest, Kind: probe.FaultProxy, Status: res.StatusCode, Server: res.Header.Get("Server"), Text: words}
}
