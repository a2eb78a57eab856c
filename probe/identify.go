package probe

import (
	"context"
	"crypto/tls"
	"github.com/wkctl/wkctl/probe/secret"
	"net"
	"net/http"
	"net/url"
	"time"
)

// identifyLimit bounds each question to an unknown port.
const identifyLimit = 1500 * time.Millisecond

// identify finds out what answers on the WebSocket address that could not be
// used. Each question is harmless to whoever it is: a GET, a TLS greeting, an
// upgrade, and the CONNECT of a test user.
func (r *run) identify(ctx context.Context) Speaks {
	u, err := url.Parse(r.d.Target.WS)
	if err != nil || ctx.Err() != nil {
		return ""
	}
	if f := r.seats.right.result.Fault; f.Kind == FaultDNS || f.Phase == PhaseDial {
		return "" // nothing is there to be asked
	}
	host := u.Host
	if u.Port() == "" {
		host = hostOf(r.d.Target.WS)
	}
	ctx, cancel := context.WithTimeout(ctx, 4*identifyLimit)
	defer cancel()
	switch {
	case u.Scheme == "wss" && r.acceptsUpgrade(ctx, "ws://"+host):
		return SpeaksWebSocket
	case u.Scheme == "ws" && speaksTLS(ctx, host):
		return SpeaksTLS
	}
	if s := r.speaksHTTP(ctx, host); s != "" {
		return s
	}
	in := r.login(r.seats.right)
	in.address = "tcp://" + host
	res, _ := r.try(ctx, in, patience{silence: minSilence, limit: identifyLimit}, Result{})
	if _, known := verdictOf(&res); known {
		return SpeaksTCP
	}
	return ""
}

func (r *run) acceptsUpgrade(ctx context.Context, address string) bool {
	conn, err := r.dialer.dial(ctx, r.life, address)
	if err != nil {
		return false
	}
	r.keep(conn.link)
	return true
}

func speaksTLS(ctx context.Context, host string) bool {
	ctx, cancel := context.WithTimeout(ctx, identifyLimit)
	defer cancel()
	d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} // only asks whether TLS is spoken
	c, err := d.DialContext(ctx, "tcp", host)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// speaksHTTP asks for /route, which only WuKongIM's API answers with addresses.
func (r *run) speaksHTTP(ctx context.Context, host string) Speaks {
	a := &API{Base: "http://" + host, ManagerToken: r.managerFor(host), Client: r.p.API.Client, Timeout: identifyLimit, Vault: r.p.Vault}
	ans, err := a.Get(ctx, "/route")
	if err != nil {
		return ""
	}
	if _, err := a.parseRoute(ans); err == nil {
		return SpeaksAPI
	}
	if ans.Status == http.StatusUnauthorized && r.sameAsAPI(host) {
		return SpeaksAPI
	}
	return SpeaksHTTP
}

// managerFor gives the manager token to the API itself only: no other port has
// a right to it.
func (r *run) managerFor(host string) (t secret.Token) {
	if r.sameAsAPI(host) {
		return r.p.API.ManagerToken
	}
	return t
}

func (r *run) sameAsAPI(host string) bool {
	api := hostOf(r.p.API.Base)
	_, p1, err1 := net.SplitHostPort(api)
	_, p2, err2 := net.SplitHostPort(host)
	return err1 == nil && err2 == nil && p1 == p2
}
