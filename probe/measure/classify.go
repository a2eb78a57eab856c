package measure

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/foreign"
)

// classify turns an error of net, crypto/tls, net/http or the WebSocket library
// into a Fault. Its text is that of the innermost known error, because the
// outer ones repeat the whole URL, query and all. The caller cleans it: cut to
// length here, a token could be cut in two and no longer be recognised.
func classify(err error, phase probe.Phase, address string) *probe.Fault {
	var known *probe.Fault
	if errors.As(err, &known) {
		return known
	}
	f := &probe.Fault{Phase: phase, Kind: probe.FaultOther, Address: address, Text: innermost(err)}
	if noMoreFiles(err) {
		f.Kind = probe.FaultOpenFiles
		return f
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		f.Phase, f.Kind, f.Text = probe.PhaseDNS, probe.FaultDNS, dns.Err
		return f
	}
	if classifyTLS(err, f) {
		f.Phase = probe.PhaseTLS
		return f
	}
	f.Kind = transportKind(err)
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		f.Phase = probe.PhaseDial
	}
	return f
}

// noMoreFiles recognises a limit of this machine: no socket could be made. Looking
// up a name keeps only the text of it.
func noMoreFiles(err error) bool {
	var dns *net.DNSError
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) ||
		errors.As(err, &dns) && strings.Contains(dns.Err, "too many open files")
}

func transportKind(err error) probe.FaultKind {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		return probe.FaultCanceled
	case errors.Is(err, syscall.ECONNREFUSED):
		return probe.FaultRefused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return probe.FaultNoRoute
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return probe.FaultReset
	case errors.As(err, &timeout) && timeout.Timeout():
		return probe.FaultTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		strings.Contains(err.Error(), "server closed idle connection"): // before net/http had written to it; not exported
		return probe.FaultEOF
	case strings.Contains(err.Error(), `malformed HTTP response "\x15\x03`): // a TLS alert
		return probe.FaultIsTLS
	case strings.Contains(err.Error(), "malformed HTTP"):
		return probe.FaultNotHTTP
	}
	return probe.FaultOther
}

// classifyTLS recognises what the TLS handshake refused. A plain server answers
// a ClientHello with something that is no TLS record.
func classifyTLS(err error, f *probe.Fault) bool {
	var (
		record  tls.RecordHeaderError
		verify  *tls.CertificateVerificationError
		invalid x509.CertificateInvalidError
		host    x509.HostnameError
		unknown x509.UnknownAuthorityError
	)
	if errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0 {
		f.Cert = certOf(verify.UnverifiedCertificates[0])
	}
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.Kind = probe.FaultCertExpired
	case errors.As(err, &host):
		f.Kind = probe.FaultCertName
	case errors.As(err, &unknown):
		f.Kind = probe.FaultCertUnknown
	case errors.As(err, &record), strings.Contains(err.Error(), "gave HTTP response to HTTPS client"):
		f.Kind = probe.FaultNotTLS
	case errors.As(err, &verify), errors.As(err, &invalid), strings.HasPrefix(innermost(err), "tls: "):
		f.Kind = probe.FaultTLS // an alert's own type is not exported by crypto/tls
	default:
		return false
	}
	return true
}

func certOf(c *x509.Certificate) *probe.Cert {
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	for i := range names {
		names[i] = foreign.Clean(names[i], maxText)
	}
	if len(names) > 10 {
		names = names[:10]
	}
	return &probe.Cert{
		Subject:  foreign.Clean(c.Subject.String(), maxText),
		Issuer:   foreign.Clean(c.Issuer.String(), maxText),
		Names:    names,
		NotAfter: c.NotAfter.UTC(),
	}
}

// innermost drops the wrappers that repeat the operation and the URL.
func innermost(err error) string {
	for {
		var u *url.Error
		var op *net.OpError
		switch {
		case errors.As(err, &u):
			err = u.Err
		case errors.As(err, &op):
			err = op.Err
		default:
			return err.Error()
		}
	}
}

// millis gives milliseconds with two decimals: finer is noise.
func millis(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
}
