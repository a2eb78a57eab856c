package measure

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// raw is a TCP listener that does as it is told with every connection.
func raw(t testing.TB, serve func(net.Conn)) (host string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c)
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// answer reads the head of one request and answers it.
func answer(text string) func(net.Conn) {
	return func(c net.Conn) {
		defer func() { _ = c.Close() }()
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
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

func resetting(c net.Conn) {
	_, _ = io.ReadFull(c, make([]byte, 1))
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// blurting answers the first bytes, whatever they are.
func blurting(text string) func(net.Conn) {
	return func(c net.Conn) {
		defer func() { _ = c.Close() }()
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, text)
	}
}

// muted takes what comes and says nothing until the other side is gone.
func muted(c net.Conn) {
	go func() { _, _ = io.Copy(io.Discard, c); _ = c.Close() }()
}

func testDialer(limit time.Duration, conf *tls.Config) *dialer {
	return &dialer{timeout: limit, tls: conf, decode: wire.Decode, vault: &secret.Vault{}}
}

// dialFault dials a client port that cannot be used.
func dialFault(t *testing.T, d *dialer, address string) *probe.Fault {
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

func (w faultWant) check(t *testing.T, name string, f *probe.Fault) {
	t.Helper()
	if f.Phase != w.phase || f.Kind != w.kind || f.Status != w.status {
		t.Errorf("%s: got %s %s %d (%s), want %s %s %d", name, f.Phase, f.Kind, f.Status, f.Text, w.phase, w.kind, w.status)
	}
	if !strings.Contains(f.Text+f.Body, w.text) {
		t.Errorf("%s: got text %q, body %q, want %q in it", name, f.Text, f.Body, w.text)
	}
}

// TestClassify: every kind of fault, from real listeners, for the API and for
// the client ports.
func TestClassify(t *testing.T) {
	t.Parallel()
	const closedPort = "127.0.0.1:1" // tcpmux, which nobody serves
	https := httptest.NewUnstartedServer(http.NotFoundHandler())
	https.Config.ErrorLog = quiet()
	https.StartTLS()
	t.Cleanup(https.Close)
	secure := https.Listener.Addr().String()
	const dns = "a..b.invalid:80" // refused without asking anybody

	rows := []struct {
		name, address string
		want          faultWant
	}{
		{"refused", "http://" + closedPort, faultWant{probe.PhaseDial, probe.FaultRefused, 0, "refused"}},
		{"dns", "http://" + dns, faultWant{probe.PhaseDNS, probe.FaultDNS, 0, "no such host"}},
		{"reset", "http://" + raw(t, resetting), faultWant{probe.PhaseRequest, probe.FaultReset, 0, "reset"}},
		{"closed", "http://" + raw(t, answer("")), faultWant{probe.PhaseRequest, probe.FaultEOF, 0, "EOF"}},
		{"cut short", "http://" + raw(t, answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")), faultWant{probe.PhaseRequest, probe.FaultEOF, 0, "EOF"}},
		{"mute", "http://" + raw(t, muted), faultWant{probe.PhaseRequest, probe.FaultTimeout, 0, "no answer within 150ms"}},
		{"not HTTP", "http://" + raw(t, answer("SSH-2.0-x\x1b[31m\r\n")), faultWant{probe.PhaseRequest, probe.FaultNotHTTP, 0, "SSH-2.0"}},
		{"a TLS alert", "http://" + raw(t, answer("\x15\x03\x01\x00\x02\x02\x46")), faultWant{probe.PhaseRequest, probe.FaultIsTLS, 0, ""}},
		{"plain to https", "http://" + secure, faultWant{probe.PhaseRequest, probe.FaultStatus, 400, "HTTPS server"}},
		{"https to plain", "https://" + raw(t, blurting("HTTP/1.1 400 Bad Request\r\n\r\n")), faultWant{probe.PhaseTLS, probe.FaultNotTLS, 0, ""}},
		{"not WuKongIM", "http://" + raw(t, answer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")), faultWant{probe.PhaseRequest, probe.FaultNotWuKongIM, 200, "<html>"}},
		{"a gateway", "http://" + raw(t, answer("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nnah")), faultWant{probe.PhaseRequest, probe.FaultStatus, 502, "nah"}},

		{"refused", "ws://" + closedPort, faultWant{probe.PhaseDial, probe.FaultRefused, 0, "refused"}},
		{"dns", "ws://" + dns + "/?hidden=1", faultWant{probe.PhaseDNS, probe.FaultDNS, 0, "no such host"}},
		{"reset", "ws://" + raw(t, resetting) + "/?hidden=1", faultWant{probe.PhaseUpgrade, probe.FaultReset, 0, "reset"}},
		{"closed", "ws://" + raw(t, answer("")), faultWant{probe.PhaseUpgrade, probe.FaultEOF, 0, "EOF"}},
		{"mute", "ws://" + raw(t, muted), faultWant{probe.PhaseUpgrade, probe.FaultTimeout, 0, "no answer within 150ms"}},
		{"mute to TLS", "wss://" + raw(t, muted), faultWant{probe.PhaseTLS, probe.FaultTimeout, 0, "no answer within 150ms"}},
		{"not HTTP", "ws://" + raw(t, answer("SSH-2.0-x\r\n")), faultWant{probe.PhaseUpgrade, probe.FaultNotHTTP, 0, "SSH-2.0"}},
		{"a TLS alert", "ws://" + raw(t, answer("\x15\x03\x01\x00\x02\x02\x46")), faultWant{probe.PhaseUpgrade, probe.FaultIsTLS, 0, ""}},
		{"plain to https", "ws://" + secure, faultWant{probe.PhaseUpgrade, probe.FaultIsTLS, 400, "HTTPS server"}},
		{"TLS to plain", "wss://" + raw(t, blurting("HTTP/1.1 400 Bad Request\r\n\r\n")), faultWant{probe.PhaseTLS, probe.FaultNotTLS, 0, ""}},
		{"404", "ws://" + raw(t, answer("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nnah")), faultWant{probe.PhaseUpgrade, probe.FaultStatus, 404, "nah"}},
		{"101 against the rules", "ws://" + raw(t, answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")),
			faultWant{probe.PhaseUpgrade, probe.FaultOther, 101, "Sec-WebSocket-Accept"}},
		{"endless headers", "ws://" + raw(t, answer("HTTP/1.1 101 OK\r\nX: "+strings.Repeat("x", 2*maxHeader))), faultWant{probe.PhaseUpgrade, probe.FaultOther, 0, "exceeded"}},

		{"refused", "tcp://" + closedPort, faultWant{probe.PhaseDial, probe.FaultRefused, 0, "refused"}},
		{"dns", "tcp://" + dns, faultWant{probe.PhaseDNS, probe.FaultDNS, 0, "no such host"}},
		{"no port", "tcp://127.0.0.1", faultWant{probe.PhaseDial, probe.FaultOther, 0, "missing port"}},
	}
	for _, row := range rows {
		scheme, _, _ := strings.Cut(row.address, ":")
		t.Run(scheme+" "+row.name, func(t *testing.T) {
			t.Parallel()
			limit := 5 * time.Second
			if row.want.kind == probe.FaultTimeout {
				limit = 150 * ms
			}
			if scheme != "http" && scheme != "https" {
				row.want.check(t, row.name, dialFault(t, testDialer(limit, nil), row.address))
				return
			}
			_, err := (&API{Base: row.address, Client: client(t), Timeout: limit}).Route(t.Context())
			if err == nil {
				t.Fatal("no fault")
			}
			row.want.check(t, row.name, faultOf(err))
			if f := faultOf(err); f.Kind == probe.FaultTimeout && f.LimitMS != 150 {
				t.Errorf("the limit is %v ms, want 150", f.LimitMS)
			}
		})
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
		t.Run(row.mode, func(t *testing.T) {
			t.Parallel()
			s := stand(t, sandbox.Config{TLS: row.mode})
			conf := &tls.Config{}
			if row.trust {
				conf.RootCAs = x509.NewCertPool()
				conf.RootCAs.AppendCertsFromPEM(s.CACert())
			}
			f := dialFault(t, testDialer(5*time.Second, conf), s.WSSURL())
			faultWant{probe.PhaseTLS, row.kind, 0, ""}.check(t, row.mode, f)
			if f.Cert == nil || f.Cert.Subject != "CN=wkctl sandbox" || len(f.Cert.Names) == 0 || f.Cert.NotAfter.IsZero() {
				t.Errorf("the certificate: %+v", f.Cert)
			}
			if expired := f.Cert != nil && f.Cert.NotAfter.Before(time.Now()); expired != (row.mode == "expired") {
				t.Errorf("expired %t, at %s", expired, f.Cert.NotAfter)
			}
		})
	}
	t.Run("an alert", func(t *testing.T) {
		t.Parallel()
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.Config.ErrorLog = quiet()
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
		s.StartTLS()
		t.Cleanup(s.Close)
		f := dialFault(t, testDialer(5*time.Second, &tls.Config{MaxVersion: tls.VersionTLS12}), "wss://"+s.Listener.Addr().String())
		faultWant{probe.PhaseTLS, probe.FaultTLS, 0, "protocol version"}.check(t, "an alert", f)
	})
}

// TestClassifyRedirect: the target is noted, nobody goes there.
func TestClassifyRedirect(t *testing.T) {
	t.Parallel()
	host := raw(t, answer("HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n"))
	for name, f := range map[string]*probe.Fault{
		"ws": dialFault(t, testDialer(5*time.Second, nil), "ws://"+host),
		"api": faultOf(func() error {
			_, err := (&API{Base: "http://" + host, Client: client(t)}).Route(t.Context())
			return err
		}()),
	} {
		if f.Status != 302 || f.Kind != probe.FaultStatus || f.Location != "http://elsewhere.invalid/" || f.Server != "nginx" {
			t.Errorf("%s: got %d %s, Location %q, Server %q", name, f.Status, f.Kind, f.Location, f.Server)
		}
	}
}

// TestClassifyCanceled: that we stopped is told from that nothing answered.
func TestClassifyCanceled(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "ws", "wss", "tcp"} {
		ctx, cancel := context.WithCancel(t.Context())
		host := raw(t, func(c net.Conn) { muted(c); cancel() })
		if scheme == "tcp" { // is open before the listener knows
			cancel()
		}
		var err error
		if scheme == "http" {
			_, err = (&API{Base: "http://" + host, Client: client(t)}).Route(ctx)
		} else {
			_, err = testDialer(5*time.Second, nil).dial(ctx, t.Context(), scheme+"://"+host)
		}
		if f := faultOf(err); f.Kind != probe.FaultCanceled || f.Text != "stopped" {
			t.Errorf("%s: got %s %q, want canceled", scheme, f.Kind, f.Text)
		}
	}
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
