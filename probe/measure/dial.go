package measure

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// Limits of one step. They are generous because they only cost time where
// something is wrong, and a finding then names the limit.
const (
	defaultTimeout = 5 * time.Second
	// tcpPause lies between connecting a TCP socket and CONNECT: v2.0.8 to
	// v2.2.5 throw the CONNACK away when CONNECT is there before the accept
	// loop has finished (acceptor.go:242 against :247); 0 of 50 with 30 ms.
	tcpPause = 30 * time.Millisecond
	// readLimit bounds one WebSocket message, in bytes; the library's own
	// 32 KiB closes a connection that receives stored messages after login.
	readLimit = wire.MaxBody + 8
	// maxHeader bounds the answer to an upgrade without its body, in bytes.
	maxHeader = 64 << 10
)

// DialFunc opens a network connection, as [net.Dialer.DialContext] does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialer opens connections to client ports. Every dial has a Transport of its
// own: a pooled connection would be no measurement.
type dialer struct {
	network   DialFunc // nil = the system's
	timeout   time.Duration
	tls       *tls.Config
	userAgent string
	origin    string // Origin header; "" = as a page served by the same host
	decode    decoder
	vault     *secret.Vault
	polite    *pacers // shared by the dials of a run; nil = none is repeated
}

// connect opens a socket.
func (d *dialer) connect(ctx context.Context, network, address string) (net.Conn, error) {
	if d.network != nil {
		return d.network(ctx, network, address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// dialed is an open connection with the steps it took.
type dialed struct {
	link   *link
	steps  []probe.Step
	paused time.Duration // before the dial, because the address had asked for it
}

// dial connects to a ws://, wss:// or tcp:// address. life bounds the
// connection, ctx the dialling. The error is a *Fault; the steps that were
// taken before it are returned with it.
func (d *dialer) dial(ctx, life context.Context, address string) (dialed, error) {
	if host, ok := strings.CutPrefix(address, "tcp://"); ok {
		limited, cancel := withLimit(ctx, d.timeout)
		defer cancel()
		return d.dialTCP(limited, life, host)
	}
	return d.dialInTurn(ctx, life, address)
}

// dialInTurn dials in the pace that the address has asked for by answering an
// upgrade with 429 or 503. No release of WuKongIM answers so: it is a gateway,
// and a connection that it refuses is none of the server's.
func (d *dialer) dialInTurn(ctx, life context.Context, address string) (out dialed, err error) {
	start := time.Now()
	stopped := d.polite.dial(hostOf(address)).try(ctx, func() reply {
		limited, cancel := withLimit(ctx, d.timeout)
		defer cancel()
		paused := time.Since(start)
		out, err = d.dialWS(limited, life, address)
		out.paused = paused
		if err != nil {
			f := faultOf(err)
			return reply{status: f.Status, server: f.Server, after: time.Duration(f.RetryAfterMS * float64(time.Millisecond))}
		}
		return reply{status: http.StatusSwitchingProtocols}
	})
	if stopped != nil {
		return dialed{}, d.fault(ctx, stopped, probe.PhaseDial, hostOf(address))
	}
	return out, err
}

func (d *dialer) dialTCP(ctx, life context.Context, host string) (dialed, error) {
	start := time.Now()
	c, err := d.connect(ctx, "tcp", host)
	steps := []probe.Step{{Name: probe.StepDial, ElapsedMS: millis(time.Since(start))}}
	if err != nil {
		return dialed{steps: steps}, d.fault(ctx, err, probe.PhaseDial, hostOf("tcp://"+host))
	}
	select {
	case <-time.After(tcpPause):
	case <-ctx.Done():
		_ = c.Close()
		return dialed{steps: steps}, d.fault(ctx, ctx.Err(), probe.PhaseDial, hostOf("tcp://"+host))
	}
	return dialed{link: newLink(life, &tcpTransport{c: c, buf: make([]byte, 4096)}, d.decode), steps: steps}, nil
}

func (d *dialer) dialWS(ctx, life context.Context, address string) (dialed, error) {
	timer := &stepTimer{start: time.Now()}
	transport := &http.Transport{DialContext: timer.through(d.connect), TLSClientConfig: d.tls, DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeader}
	defer transport.CloseIdleConnections()
	keeper := &locationKeeper{transport: transport}
	c, res, err := websocket.Dial(httptrace.WithClientTrace(ctx, timer.trace()), address, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: keeper, CheckRedirect: noRedirect},
		HTTPHeader: d.header(address),
		// What a browser offers; no server of v1 to v3 accepts it, but what
		// stands before the server may.
		CompressionMode: websocket.CompressionContextTakeover,
	})
	if err != nil {
		phase := timer.phase()
		f := d.fault(ctx, err, phase, hostOf(address))
		if f.Kind == probe.FaultTimeout && f.Phase == probe.PhaseDial {
			f.Phase = phase
		}
		d.describe(f, res, keeper.location)
		return dialed{steps: timer.steps()}, f
	}
	c.SetReadLimit(readLimit)
	return dialed{link: newLink(life, wsTransport{c}, d.decode), steps: timer.steps()}, nil
}

// header gives what a browser sends and a Go program by default does not. No
// server of v1 to v3 looks at it; proxies and gateways do.
func (d *dialer) header(address string) http.Header {
	origin := d.origin
	if u, err := url.Parse(address); err == nil && origin == "" {
		origin = map[string]string{"ws": "http", "wss": "https"}[u.Scheme] + "://" + u.Host
	}
	return http.Header{"Origin": {origin}, "User-Agent": {d.userAgent}}
}

// locationKeeper takes the Location out of an answer: of a redirect whose
// Location it cannot read http.Client would tell an error without the status.
type locationKeeper struct {
	transport http.RoundTripper
	location  string
}

func (k *locationKeeper) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := k.transport.RoundTrip(req)
	if err == nil {
		k.location = res.Header.Get("Location")
		res.Header.Del("Location")
	}
	return res, err
}

// describe adds the HTTP answer that came instead of 101.
func (d *dialer) describe(f *probe.Fault, res *http.Response, location string) {
	if res == nil {
		return
	}
	f.Phase, f.Status = probe.PhaseUpgrade, res.StatusCode
	if f.Status == http.StatusSwitchingProtocols {
		return // agreed to, but not by the rules: the text says what is wrong
	}
	f.Kind = probe.FaultStatus
	f.RetryAfterMS = millis(retryAfter(f.Status, res.Header))
	f.Location = foreignURL(d.vault, location, maxText)
	f.Server = d.clean(res.Header.Get("Server"), maxText)
	if res.Body != nil {
		b, _ := io.ReadAll(io.LimitReader(res.Body, maxBody))
		f.Body = d.clean(string(b), maxBody)
		if strings.Contains(f.Body, "HTTP request to an HTTPS server") || strings.Contains(f.Body, "plain HTTP request was sent to HTTPS port") {
			f.Kind = probe.FaultIsTLS
		}
	}
	f.Text = ""
}

func (d *dialer) fault(ctx context.Context, err error, phase probe.Phase, host string) *probe.Fault {
	f := classify(err, phase, host)
	explainLimit(ctx, f)
	f.Text = d.clean(f.Text, maxText)
	return f
}

func (d *dialer) clean(s string, max int) string { return foreignText(d.vault, s, max) }
