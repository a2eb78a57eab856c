package sandbox

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"
)

// Config says what to stand in for. The zero value is a healthy server of
// generation v2 on free ports of 127.0.0.1, with token authentication on.
type Config struct {
	// Generation to behave like; "" means V2.
	Generation Generation
	// NoTokenAuth is tokenAuthOn: false, so every token is accepted.
	NoTokenAuth bool
	// ManagerToken guards the HTTP API and the manager uid; "" means unset.
	// V10 and V3 have none and ignore it.
	ManagerToken string
	// ManagerUID may connect without a user token; "" means ____manager.
	ManagerUID string
	// VisitorSuffix marks the uids that need no token (V2 only); "" means ___vstr.
	VisitorSuffix string
	// Advertise is what /route tells clients.
	Advertise Advertise
	// TLS adds a wss listener: "", self-signed, expired, wrong-name, untrusted or
	// valid. Fault die-on-tls adds one without certificate, whatever TLS says.
	TLS string
	// Proxy puts a reverse proxy in front.
	Proxy Proxy
	// Faults to play, see [FaultHelp].
	Faults []Fault
	// Version is what /varz and /cluster/nodes say; "" as a plain go build does.
	Version string
	// Log takes what the server's own log says of refused logins, in the lines of
	// the release that is played, tokens in clear as there; nil means none. Writes
	// come one at a time.
	Log io.Writer
	// Addr are the listen addresses; "" means 127.0.0.1:0.
	Addr Addr
	// IdleClose closes a socket that has not logged in, counted from its last
	// byte; 0 means as the generation does (3 s, v1.0 never, v3 180 s).
	IdleClose time.Duration
	// RefusalClose closes a socket whose CONNECT was refused in silence (V2);
	// 0 means 4 s.
	RefusalClose time.Duration
	// Scale multiplies every time limit and kick delay that is not set above, so
	// that tests need not wait; 0 means 1.
	Scale float64
	// Listen takes the place of [net.Listen] on every port; nil means the machine's
	// own network. A port that it gave out and that was closed must not go to
	// anybody else: with it, the ports of a dead server are not held.
	Listen func(network, address string) (net.Listener, error)
	// Dial takes the place of [net.Dialer.DialContext] for what the reverse proxy
	// connects to; nil means the machine's own network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Addr are listen addresses, host:port.
type Addr struct {
	API, WS, WSS, TCP, Manager, Proxy string
}

// Advertise are the addresses /route hands to clients, as external.tcpAddr,
// external.wsAddr and external.wssAddr set them. "" means the real listener,
// "none" an empty answer. {tcp_host}, {ws_host}, {wss_host}, {api_host} and
// {proxy_host} stand for host:port of a listener, so that one may be advertised
// as another.
type Advertise struct {
	TCP, WS, WSS string
}

// Proxy is a reverse proxy in front of the server. It is started when Path, To
// or Status is set.
type Proxy struct {
	// Path is the prefix it handles; "" means "/". It is passed on unchanged.
	Path string
	// To is where such a request goes: api, ws, wss (as plain HTTP, the mistake
	// of nginx configurations), tcp, or nothing (a closed port: 502).
	To string
	// Status is answered instead, without asking anybody.
	Status int
	// Location goes with a Status of 3xx.
	Location string
	// Strip drops the Upgrade header on the way, as nginx does by default.
	Strip bool
	// Else is where all other paths go; "" means 404.
	Else string
	// TLS makes the proxy speak https, with the certificate Config.TLS names, or
	// a valid one.
	TLS bool
}

func (p Proxy) used() bool { return p.Path != "" || p.To != "" || p.Status != 0 || p.Else != "" }

// The TLS modes and the targets of a proxy, for validation and for messages.
func tlsModes() []string {
	return []string{"", "self-signed", "expired", "wrong-name", "untrusted", "valid"}
}
func proxyTargets() []string { return []string{"", "api", "ws", "wss", "tcp", "nothing"} }

func (c Config) withDefaults() (Config, error) {
	if c.Generation == "" {
		c.Generation = V2
	}
	if _, err := ParseGeneration(string(c.Generation)); err != nil {
		return c, err
	}
	if !slices.Contains(tlsModes(), c.TLS) {
		return c, fmt.Errorf("unknown TLS mode %q, expected one of %s", c.TLS, strings.Join(tlsModes()[1:], ", "))
	}
	for _, to := range []string{c.Proxy.To, c.Proxy.Else} {
		if !slices.Contains(proxyTargets(), to) {
			return c, fmt.Errorf("unknown proxy target %q, expected one of %s", to, strings.Join(proxyTargets()[1:], ", "))
		}
	}
	if c.Proxy.Status != 0 && (c.Proxy.Status < 200 || c.Proxy.Status > 599) {
		return c, fmt.Errorf("proxy status %d, expected 200 to 599", c.Proxy.Status)
	}
	bare := slices.ContainsFunc(c.Faults, func(f Fault) bool { return f.Name == "die-on-tls" })
	if (c.Proxy.To == "wss" || c.Proxy.Else == "wss") && c.TLS == "" && !bare {
		return c, fmt.Errorf("proxy to wss, expected a TLS mode to go with it")
	}
	if c.ManagerUID == "" {
		c.ManagerUID = "____manager"
	}
	if c.VisitorSuffix == "" {
		c.VisitorSuffix = "___vstr"
	}
	if c.Scale <= 0 {
		c.Scale = 1
	}
	for _, addr := range []*string{&c.Addr.API, &c.Addr.WS, &c.Addr.WSS, &c.Addr.TCP, &c.Addr.Manager, &c.Addr.Proxy} {
		if *addr == "" {
			*addr = "127.0.0.1:0"
		}
	}
	return c, nil
}

// applyTimes puts the configured limits in place of the generation's own.
func (c Config) applyTimes(t traits) traits {
	t.preauth = c.scaled(t.preauth)
	t.pending = c.scaled(t.pending)
	t.ackDelay = c.scaled(t.ackDelay)
	if c.IdleClose > 0 {
		t.preauth = c.IdleClose
	}
	if c.RefusalClose > 0 && t.silent {
		t.pending = c.RefusalClose
	}
	if t.pending == 0 {
		t.pending = t.preauth
	}
	return t
}

func (c Config) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * c.Scale)
}
