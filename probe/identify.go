package probe

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// identifyLimit bounds each question to an unknown port.
const identifyLimit = 1500 * time.Millisecond

// identify finds out what answers on the WebSocket address that could not be
// used. Each question is harmless to whoever it is: a GET, a TLS greeting, an
// upgrade, and the CONNECT of a test user. What it opens stays open till the
// run's end, as every connection does.
func (r *run) identify(ctx context.Context, in login, f *Fault) Speaks {
	u, err := url.Parse(in.address)
	if err != nil || ctx.Err() != nil {
		return ""
	}
	if f.Kind == FaultDNS || f.Phase == PhaseDial {
		return "" // nothing is there to be asked
	}
	host := u.Host
	if u.Port() == "" {
		host = hostOf(in.address)
	}
	ctx, cancel := context.WithTimeout(ctx, 4*identifyLimit)
	defer cancel()
	switch {
	case u.Scheme != "ws" && r.acceptsUpgrade(ctx, "ws://"+host):
		return SpeaksWebSocket
	case u.Scheme != "wss" && r.speaksTLS(ctx, host):
		return SpeaksTLS
	}
	if s := r.speaksHTTP(ctx, host); s != "" {
		return s
	}
	if u.Scheme == "tcp" || !sleep(ctx, backoff) { // a port that has just closed one is left in peace
		return ""
	}
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

func (r *run) speaksTLS(ctx context.Context, host string) bool {
	c, err := (&net.Dialer{Timeout: identifyLimit}).DialContext(ctx, "tcp", host)
	if err != nil {
		return false
	}
	defer context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })()
	_ = c.SetDeadline(time.Now().Add(identifyLimit))
	err = tls.Client(c, &tls.Config{InsecureSkipVerify: true}).Handshake() // only asks whether TLS is spoken
	r.keep(newLink(r.life, &tcpTransport{c: c, buf: make([]byte, 512)}, wire.Decode, r.dialer.now))
	return err == nil
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
