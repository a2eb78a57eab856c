package measure

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/secret"
)

// identifyLimit bounds each question to an unknown port.
const identifyLimit = 2500 * time.Millisecond

// identify finds out what answers on the WebSocket address that could not be
// used. Each question is harmless to whoever it is: a GET, an upgrade, and the
// CONNECT of a test user. A TLS ClientHello is not: it crashes v1.1.0 to v2.2.5 on a
// wss port without certificate, and v1.0.0 to v1.0.5 on their TCP port. What it
// opens stays open till the run's end, as every connection does.
func (r *run) identify(ctx context.Context, in login, f *probe.Fault) probe.Speaks {
	u, err := url.Parse(in.address)
	if err != nil || ctx.Err() != nil {
		return ""
	}
	if f.Kind == probe.FaultDNS || f.Phase == probe.PhaseDial {
		return "" // nothing is there to be asked
	}
	host := u.Host
	if u.Port() == "" {
		host = hostOf(in.address)
	}
	ctx, cancel := context.WithTimeout(ctx, 4*identifyLimit)
	defer cancel()
	switch {
	case f.Kind == probe.FaultIsTLS:
		return probe.SpeaksTLS
	case u.Scheme != "ws" && r.acceptsUpgrade(ctx, "ws://"+host):
		return probe.SpeaksWebSocket
	}
	if s := r.speaksHTTP(ctx, host); s != "" {
		return s
	}
	if u.Scheme != "tcp" && sleep(ctx, backoff) && r.speaksTCP(ctx, in, host) {
		return probe.SpeaksTCP
	}
	if u.Scheme != "wss" && r.isWSSPort(host) {
		return probe.SpeaksTLS
	}
	return ""
}

// isWSSPort says whether /route names the port as that of wss. A TLS greeting
// would be better proof, and could end the server.
func (r *run) isWSSPort(host string) bool {
	a := r.d.Target.Advertised
	if a == nil {
		return false
	}
	wss, _ := dialable(probe.RoleWSS, a.WSS)
	return wss != "" && samePort(hostOf(wss), host)
}

// speaksTCP sends the CONNECT of a test user over plain TCP.
func (r *run) speaksTCP(ctx context.Context, in login, host string) bool {
	in.address = "tcp://" + host
	// A TLS port closes on it, too: its close must not come behind our PING.
	res, _ := r.try(ctx, in, patience{silence: 2 * minSilence, limit: identifyLimit}, probe.Result{})
	_, known := res.LetIn()
	return known
}

// identifyAPI finds out what answers on the API's address in anything but HTTP.
// Each question is as harmless as those of identify.
func (r *run) identifyAPI(ctx context.Context, f *probe.Fault) probe.Speaks {
	if (f.Status == http.StatusUnauthorized || f.Status == http.StatusNotFound) && r.isManager(ctx) {
		return probe.SpeaksManager
	}
	switch f.Kind {
	case probe.FaultEOF, probe.FaultReset, probe.FaultNotHTTP, probe.FaultNotTLS, probe.FaultIsTLS, probe.FaultOther:
	default:
		return ""
	}
	if f.Phase == probe.PhaseDial || f.Phase == probe.PhaseDNS || ctx.Err() != nil {
		return ""
	}
	uid, errUID := r.p.NewUID()
	token, errToken := r.p.NewToken()
	if errUID != nil || errToken != nil {
		return ""
	}
	host := hostOf(r.p.API.Base)
	ctx, cancel := context.WithTimeout(ctx, 4*identifyLimit)
	defer cancel()
	switch {
	case f.Kind == probe.FaultIsTLS:
		return probe.SpeaksTLS
	case r.acceptsUpgrade(ctx, "ws://"+host):
		return probe.SpeaksWebSocket
	case r.speaksHTTP(ctx, host) != "":
		return probe.SpeaksHTTP // plain, where https was asked for
	case sleep(ctx, backoff) && r.speaksTCP(ctx, login{uid: uid + "-never", token: token}, host):
		return probe.SpeaksTCP
	}
	return ""
}

// isManager recognises the manager port, which shows pages to anybody: /web/
// (v1.2.6 and v2.2.5, run) and up to v2.0.0-beta /api/varz. An API that wants a
// manager token answers 401 to every path.
func (r *run) isManager(ctx context.Context) bool {
	for _, path := range []string{"/web/", "/api/varz"} {
		if ans, err := r.p.API.Get(ctx, path); err == nil && ans.Status == http.StatusOK {
			return true
		}
	}
	return false
}

func (r *run) acceptsUpgrade(ctx context.Context, address string) bool {
	conn, err := r.dialer.dial(ctx, r.life, address)
	if err != nil {
		return false
	}
	r.keep(conn.link)
	return true
}

// speaksHTTP asks for /route, which only WuKongIM's API answers with addresses.
func (r *run) speaksHTTP(ctx context.Context, host string) probe.Speaks {
	a := &API{Base: "http://" + host, ManagerToken: r.managerFor(host), Client: r.p.API.Client, Timeout: identifyLimit, Vault: r.p.Vault}
	ans, err := a.Get(ctx, "/route")
	if err != nil {
		return ""
	}
	if _, err := a.parseRoute(ans); err == nil {
		return probe.SpeaksAPI
	}
	if ans.Status == http.StatusUnauthorized && r.sameAsAPI(host) {
		return probe.SpeaksAPI
	}
	return probe.SpeaksHTTP
}

// managerFor gives the manager token to the API itself only: no other host and
// no other port has a right to it.
func (r *run) managerFor(host string) (t secret.Token) {
	if r.sameAsAPI(host) {
		return r.p.API.ManagerToken
	}
	return t
}

func (r *run) sameAsAPI(host string) bool {
	api := hostOf(r.p.API.Base)
	_, p1, err1 := net.SplitHostPort(api)
	name, p2, err2 := net.SplitHostPort(host)
	return err1 == nil && err2 == nil && p1 == p2 && sameHost(name, r.p.API.Base)
}
