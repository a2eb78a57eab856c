package measure

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/wkctl/wkctl/probe"
)

// target is where a run goes, as far as it is known beforehand.
func (p *Prober) target() probe.Target {
	return probe.Target{
		API: p.API.Base, WS: p.WS, SDK: p.SDKName, PageOrigin: p.Origin, Proxy: p.API.proxy(), Sandbox: p.Sandbox,
		ManagerToken: !p.API.ManagerToken.Empty(), ManagerFile: p.ManagerFile, Insecure: p.TLS != nil && p.TLS.InsecureSkipVerify,
	}
}

// proxy names the HTTP proxy that the requests go through, by host and port alone:
// its URL may hold a password. "" = none, or a transport that does not say.
func (a *API) proxy() string {
	t, ok := cmp.Or(a.client().Transport, http.DefaultTransport).(*http.Transport)
	u, err := url.Parse(a.Base)
	if !ok || t.Proxy == nil || err != nil {
		return ""
	}
	proxy, err := t.Proxy(&http.Request{URL: u})
	if err != nil || proxy == nil {
		return ""
	}
	return proxy.Host
}

// hideTarget blanks what may be a secret in the addresses of a run, once nothing
// is dialled any more: all of them, so that those that were equal stay so.
func hideTarget(t *probe.Target, advertised []probe.Address) {
	list := []*string{&t.API, &t.WS, &t.WSGiven}
	if a := t.Advertised; a != nil {
		list = append(list, &a.TCP, &a.WS, &a.WSS)
	}
	for i := range advertised {
		list = append(list, &advertised[i].URL)
	}
	for _, s := range list {
		*s = HideURL(*s)
	}
}
