package measure

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// answer reads the head of one request and answers it.
func answer(text string) func(net.Conn) {
	return func(c net.Conn) {
		for r := bufio.NewReader(c); ; {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			if strings.TrimSpace(line) == "" {
				break
			}
		}
		_, _ = io.WriteString(c, text)
	}
}

// blurting answers the first bytes, whatever they are.
func blurting(text string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, text)
	}
}

// dialFault dials a client port that cannot be used.
func dialFault(t *lab, d *dialer, address string) *probe.Fault {
	t.Helper()
	conn, err := d.dial(t.Context(), t.Context(), address)
	if err == nil {
		conn.link.close()
		t.Fatalf("%s: dialled, a fault was wanted", address)
	}
	f := faultOf(err)
	if f.Address == "" || strings.ContainsAny(f.Text, "\x00\x1b\n") {
		t.Errorf("%s: address %q, text %q", address, f.Address, f.Text)
	}
	if strings.Contains(f.Error(), "hidden=1") {
		t.Errorf("the query shows in %q", f)
	}
	return f
}

type faultWant struct {
	phase  probe.Phase
	kind   probe.FaultKind
	status int
	text   string // in Text or Body
}

func (w faultWant) check(t testing.TB, name string, f *probe.Fault) {
	t.Helper()
	if f.Phase != w.phase || f.Kind != w.kind || f.Status != w.status {
		t.Errorf("%s: got %s %s %d (%s), want %s %s %d", name, f.Phase, f.Kind, f.Status, f.Text, w.phase, w.kind, w.status)
	}
	if !strings.Contains(f.Text+f.Body, w.text) {
		t.Errorf("%s: got text %q, body %q, want %q in it", name, f.Text, f.Body, w.text)
	}
}

// on, at and secure say what a test asks: somebody that serve plays, an address, an
// HTTPS server.
func on(serve func(net.Conn)) func(*lab) (host string) {
	return func(t *lab) string { return raw(t, serve) }
}

func at(host string) func(*lab) string { return func(*lab) string { return host } }

func secure(t *lab) string {
	s := web(t, http.NotFound)
	s.StartTLS()
	return s.Listener.Addr().String()
}

// resetting resets a connection at its first byte.
func resetting(c net.Conn) {
	_, _ = io.ReadFull(c, make([]byte, 1))
	reset(c)
}

// classifyRow is one fault; after is when it comes.
type classifyRow struct {
	name, scheme string
	host         func(*lab) string
	after        time.Duration
	want         faultWant
}

func (r classifyRow) try(t *lab) {
	url := r.scheme + "://" + r.host(t)
	took := since()
	var f *probe.Fault
	if strings.HasPrefix(r.scheme, "http") {
		_, err := (&API{Base: url, Client: client(t)}).Route(t.Context())
		if err == nil {
			t.Fatal("no fault")
		}
		f = faultOf(err)
	} else {
		if r.scheme != "tcp" {
			url += "/?hidden=1"
		}
		f = dialFault(t, dialerOf(t), url)
	}
	if t.net != nil && took() != r.after {
		t.Errorf("%s %s: after %s, want %s", r.scheme, r.name, took(), r.after)
	}
	r.want.check(t, r.scheme+" "+r.name, f)
	if f.Kind == probe.FaultTimeout && f.LimitMS != millis(defaultTimeout) {
		t.Errorf("the limit is %v ms, want %s", f.LimitMS, defaultTimeout)
	}
}

// TestClassify: every kind of fault, for the API and for the client ports, and when
// it is known.
func TestClassify(t *testing.T) {
	t.Parallel()
	const closed = "127.0.0.1:1"
	const alert = "\x15\x03\x01\x00\x02\x02\x46"
	const dial, asked, limit = 2 * hop, 4 * hop, defaultTimeout
	for _, row := range []classifyRow{
		{"refused", "http", at(closed), dial, faultWant{probe.PhaseDial, probe.FaultRefused, 0, "refused"}},
		{"dns", "http", at("nowhere.example:80"), 0, faultWant{probe.PhaseDNS, probe.FaultDNS, 0, "no such host"}},
		{"black hole", "http", at("192.0.2.1:80"), limit, faultWant{probe.PhaseRequest, probe.FaultTimeout, 0, "no answer within 5s"}},
		{"reset", "http", on(resetting), asked, faultWant{probe.PhaseRequest, probe.FaultReset, 0, "reset"}},
		{"closed", "http", on(answer("")), asked, faultWant{probe.PhaseRequest, probe.FaultEOF, 0, "EOF"}},
		{"cut short", "http", on(answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")), asked, faultWant{probe.PhaseRequest, probe.FaultEOF, 0, "EOF"}},
		{"mute", "http", on(gone), limit, faultWant{probe.PhaseRequest, probe.FaultTimeout, 0, "no answer within 5s"}},
		{"not HTTP", "http", on(answer("SSH-2.0-x\x1b[31m\r\n")), asked, faultWant{probe.PhaseRequest, probe.FaultNotHTTP, 0, "SSH-2.0"}},
		{"a TLS alert", "http", on(answer(alert)), asked, faultWant{probe.PhaseRequest, probe.FaultIsTLS, 0, ""}},
		{"plain to https", "http", secure, asked, faultWant{probe.PhaseRequest, probe.FaultStatus, 400, "HTTPS server"}},
		{"https to plain", "https", on(blurting("HTTP/1.1 400 Bad Request\r\n\r\n")), asked, faultWant{probe.PhaseTLS, probe.FaultNotTLS, 0, ""}},
		{"not WuKongIM", "http", on(answer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")), asked, faultWant{probe.PhaseRequest, probe.FaultNotWuKongIM, 200, "<html>"}},
		{"a gateway", "http", on(answer("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nnah")), asked, faultWant{probe.PhaseRequest, probe.FaultStatus, 502, "nah"}},

		{"refused", "ws", at(closed), dial, faultWant{probe.PhaseDial, probe.FaultRefused, 0, "refused"}},
		{"dns", "ws", at("nowhere.example:80"), 0, faultWant{probe.PhaseDNS, probe.FaultDNS, 0, "no such host"}},
		{"black hole", "ws", at("192.0.2.1:80"), limit, faultWant{probe.PhaseDial, probe.FaultTimeout, 0, "no answer within 5s"}},
		{"reset", "ws", on(resetting), asked, faultWant{probe.PhaseUpgrade, probe.FaultReset, 0, "reset"}},
		{"closed", "ws", on(answer("")), asked, faultWant{probe.PhaseUpgrade, probe.FaultEOF, 0, "EOF"}},
		{"mute", "ws", on(gone), limit, faultWant{probe.PhaseUpgrade, probe.FaultTimeout, 0, "no answer within 5s"}},
		{"mute to TLS", "wss", on(gone), limit, faultWant{probe.PhaseTLS, probe.FaultTimeout, 0, "no answer within 5s"}},
		{"not HTTP", "ws", on(answer("SSH-2.0-x\r\n")), asked, faultWant{probe.PhaseUpgrade, probe.FaultNotHTTP, 0, "SSH-2.0"}},
		{"a TLS alert", "ws", on(answer(alert)), asked, faultWant{probe.PhaseUpgrade, probe.FaultIsTLS, 0, ""}},
		{"plain to https", "ws", secure, asked, faultWant{probe.PhaseUpgrade, probe.FaultIsTLS, 400, "HTTPS server"}},
		{"TLS to plain", "wss", on(blurting("HTTP/1.1 400 Bad Request\r\n\r\n")), asked, faultWant{probe.PhaseTLS, probe.FaultNotTLS, 0, ""}},
		{"404", "ws", on(answer("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nnah")), asked, faultWant{probe.PhaseUpgrade, probe.FaultStatus, 404, "nah"}},
		{"101 against the rules", "ws", on(answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")), asked,
			faultWant{probe.PhaseUpgrade, probe.FaultOther, 101, "Sec-WebSocket-Accept"}},
		{"endless headers", "ws", on(answer("HTTP/1.1 101 OK\r\nX: " + strings.Repeat("x", 2*maxHeader))), asked, faultWant{probe.PhaseUpgrade, probe.FaultOther, 0, "exceeded"}},

		{"refused", "tcp", at(closed), dial, faultWant{probe.PhaseDial, probe.FaultRefused, 0, "refused"}},
		{"dns", "tcp", at("nowhere.example:80"), 0, faultWant{probe.PhaseDNS, probe.FaultDNS, 0, "no such host"}},
		{"black hole", "tcp", at("192.0.2.1:80"), limit, faultWant{probe.PhaseDial, probe.FaultTimeout, 0, "no answer within 5s"}},
		{"no port", "tcp", at("127.0.0.1"), 0, faultWant{probe.PhaseDial, probe.FaultOther, 0, "missing port"}},
	} {
		sub(t, row.scheme+" "+row.name, func(t *lab) {
			t.net.Blackhole("192.0.2.1")
			row.try(t)
		})
	}
}

// TestClassifyKernel: what the kernel and the resolver say themselves.
func TestClassifyKernel(t *testing.T) {
	t.Parallel()
	const closed = "127.0.0.1:1"  // tcpmux, which nobody serves
	const dns = "a..b.invalid:80" // refused without asking anybody
	for scheme, phase := range map[string]probe.Phase{"http": probe.PhaseRequest, "ws": probe.PhaseUpgrade, "tcp": ""} {
		here := onThisMachine(t)
		classifyRow{"refused", scheme, at(closed), 0, faultWant{probe.PhaseDial, probe.FaultRefused, 0, "refused"}}.try(here)
		classifyRow{"dns", scheme, at(dns), 0, faultWant{probe.PhaseDNS, probe.FaultDNS, 0, "no such host"}}.try(here)
		if phase != "" { // a TCP dial is over before it
			classifyRow{"reset", scheme, on(resetting), 0, faultWant{phase, probe.FaultReset, 0, "reset"}}.try(here)
		}
	}
}

// TestClassifyTLS: what is wrong with a certificate, and the certificate itself.
func TestClassifyTLS(t *testing.T) {
	t.Parallel()
	rows := []struct {
		mode  string
		trust bool
		kind  probe.FaultKind
	}{
		{"expired", true, probe.FaultCertExpired}, {"wrong-name", true, probe.FaultCertName}, {"untrusted", false, probe.FaultCertUnknown},
		{"self-signed", false, probe.FaultCertUnknown},
	}
	for _, row := range rows {
		sub(t, row.mode, func(t *lab) {
			s := stand(t, sandbox.Config{TLS: row.mode})
			conf := &tls.Config{}
			if row.trust {
				conf.RootCAs = x509.NewCertPool()
				conf.RootCAs.AppendCertsFromPEM(s.CACert())
			}
			d := dialerOf(t)
			d.tls = conf
			f := dialFault(t, d, s.WSSURL())
			faultWant{probe.PhaseTLS, row.kind, 0, ""}.check(t, row.mode, f)
			if f.Cert == nil || f.Cert.Subject != "CN=wkctl sandbox" || len(f.Cert.Names) == 0 || f.Cert.NotAfter.IsZero() {
				t.Errorf("the certificate: %+v", f.Cert)
			}
			if expired := f.Cert != nil && f.Cert.NotAfter.Before(time.Now()); expired != (row.mode == "expired") {
				t.Errorf("expired %t, at %s", expired, f.Cert.NotAfter)
			}
		})
	}
	sub(t, "an alert", func(t *lab) {
		s := web(t, http.NotFound)
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
		s.StartTLS()
		d := dialerOf(t)
		d.tls = &tls.Config{MaxVersion: tls.VersionTLS12}
		f := dialFault(t, d, "wss://"+s.Listener.Addr().String())
		faultWant{probe.PhaseTLS, probe.FaultTLS, 0, "protocol version"}.check(t, "an alert", f)
	})
}

// TestClassifyRedirect: the target is noted, nobody goes there.
func TestClassifyRedirect(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		host := raw(t, answer("HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n"))
		for name, f := range map[string]*probe.Fault{
			"ws": dialFault(t, dialerOf(t), "ws://"+host),
			"api": faultOf(func() error {
				_, err := (&API{Base: "http://" + host, Client: client(t)}).Route(t.Context())
				return err
			}()),
		} {
			if f.Status != 302 || f.Kind != probe.FaultStatus || f.Location != "http://elsewhere.invalid/" || f.Server != "nginx" {
				t.Errorf("%s: got %d %s, Location %q, Server %q", name, f.Status, f.Kind, f.Location, f.Server)
			}
		}
	})
}

// TestClassifyCanceled: that we stopped is told from that nothing answered.
func TestClassifyCanceled(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		t.net.Blackhole("192.0.2.1")
		for scheme, host := range map[string]string{"http": raw(t, gone), "ws": raw(t, gone), "wss": raw(t, gone), "tcp": "192.0.2.1:5100"} {
			ctx, cancel := context.WithCancel(t.Context())
			t.after(time.Second, cancel)
			var err error
			took := since()
			if scheme == "http" {
				_, err = (&API{Base: "http://" + host, Client: client(t)}).Route(ctx)
			} else {
				_, err = dialerOf(t).dial(ctx, t.Context(), scheme+"://"+host)
			}
			if f := faultOf(err); f.Kind != probe.FaultCanceled || f.Text != "stopped" || took() != time.Second {
				t.Errorf("%s: got %s %q after %s, want canceled", scheme, f.Kind, f.Text, took())
			}
		}
	})
}

// TestTransportKind: the errors that no listener on this machine brings about.
func TestTransportKind(t *testing.T) {
	t.Parallel()
	rows := map[probe.FaultKind]error{
		probe.FaultNoRoute: &net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}, probe.FaultReset: syscall.EPIPE,
		probe.FaultTimeout: context.DeadlineExceeded, probe.FaultEOF: net.ErrClosed, probe.FaultOther: io.ErrShortBuffer,
	}
	for want, err := range rows {
		if got := transportKind(err); got != want {
			t.Errorf("%v: got %s, want %s", err, got, want)
		}
	}
	if got := transportKind(syscall.ENETUNREACH); got != probe.FaultNoRoute {
		t.Errorf("no network: got %s", got)
	}
}

// TestFaultError: what a fault says in one line, the body of a web page not.
func TestFaultError(t *testing.T) {
	t.Parallel()
	rows := []struct {
		f    probe.Fault
		want string
	}{
		{probe.Fault{Phase: probe.PhaseUpgrade, Kind: probe.FaultStatus, Address: "h:1", Status: 404, Text: "not here", Body: "a page"}, "upgrade h:1: HTTP 404: not here"},
		{probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultRefused, Address: "h:1", Text: "connect: connection refused"}, "dial h:1: connection refused"},
		{probe.Fault{Phase: probe.PhaseRequest, Kind: probe.FaultTimeout, Address: "h:1", LimitMS: 1500}, "request h:1: no answer within 1.5s"},
		{probe.Fault{Phase: probe.PhaseDNS, Kind: probe.FaultDNS, Text: "no such host"}, "dns: name does not resolve: no such host"},
	}
	for _, row := range rows {
		if got := row.f.Error(); got != row.want {
			t.Errorf("got %s, want %s", got, row.want)
		}
	}
}
