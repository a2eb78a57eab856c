package probe

import "time"

// A Fault is what went wrong between us and the server: in which phase, of
// which kind, at which address. It is data of a Diagnosis and an error at once;
// its texts are bounded, free of control characters and of secrets.
type Fault struct {
	Phase    Phase     `json:"phase"`
	Kind     FaultKind `json:"kind"`
	Address  string    `json:"address,omitempty"`  // host:port or URL that was asked, without credentials
	Method   string    `json:"method,omitempty"`   // of an API request: GET or POST
	Status   int       `json:"status,omitempty"`   // HTTP status; 0 = no HTTP answer
	Location string    `json:"location,omitempty"` // of a redirect; foreign
	Server   string    `json:"server,omitempty"`   // HTTP Server header; foreign
	Body     string    `json:"body,omitempty"`     // start of the HTTP body; foreign
	Text     string    `json:"text,omitempty"`     // the error, or the server's own message
	AfterMS  float64   `json:"after_ms,omitempty"` // since the attempt began
	LimitMS  float64   `json:"limit_ms,omitempty"` // of a timeout: the limit that ran out
	Cert     *Cert     `json:"cert,omitempty"`     // of a TLS fault: the certificate shown

	RetryAfterMS float64 `json:"retry_after_ms,omitempty"` // of HTTP 429 and 503: how long the answer asks to wait; 0 = it does not say
}

// Cert is the part of a server certificate that explains a TLS fault.
type Cert struct {
	Subject  string    `json:"subject"`
	Issuer   string    `json:"issuer"`
	Names    []string  `json:"names"`
	NotAfter time.Time `json:"not_after"`
}

// Phase is the part of an exchange in which a Fault happened.
type Phase string

// The phases.
const (
	PhaseDNS     Phase = "dns"
	PhaseDial    Phase = "dial"
	PhaseTLS     Phase = "tls"
	PhaseUpgrade Phase = "upgrade"
	PhaseConnect Phase = "connect" // writing CONNECT
	PhaseAnswer  Phase = "answer"  // waiting for CONNACK
	PhaseRequest Phase = "request" // HTTP API
)

// FaultKind is what happened.
type FaultKind string

// The kinds of fault.
const (
	FaultDNS         FaultKind = "dns"      // the name does not resolve
	FaultRefused     FaultKind = "refused"  // nothing listens
	FaultTimeout     FaultKind = "timeout"  // no answer within the limit
	FaultNoRoute     FaultKind = "no-route" // network or host unreachable
	FaultReset       FaultKind = "reset"    // connection reset by peer
	FaultEOF         FaultKind = "eof"      // closed without an answer
	FaultNotTLS      FaultKind = "not-tls"  // TLS spoken to a plain port
	FaultIsTLS       FaultKind = "is-tls"   // plain text spoken to a TLS port
	FaultCertExpired FaultKind = "cert-expired"
	FaultCertName    FaultKind = "cert-name"
	FaultCertUnknown FaultKind = "cert-untrusted"
	FaultTLS         FaultKind = "tls"          // any other TLS failure
	FaultStatus      FaultKind = "http-status"  // an HTTP status that was not wanted
	FaultNotHTTP     FaultKind = "not-http"     // the answer is not HTTP
	FaultNotWuKongIM FaultKind = "not-wukongim" // HTTP, but not what WuKongIM answers
	FaultUpgraded    FaultKind = "upgraded"     // HTTP 101 to a request that asked for no upgrade
	FaultProxy       FaultKind = "proxy"        // the environment's HTTP proxy refused to pass us on
	FaultGarbage     FaultKind = "garbage"      // bytes that are no WKProto frame
	FaultNotDialled  FaultKind = "not-dialled"  // it would not have been harmless
	FaultCanceled    FaultKind = "canceled"     // we stopped
	FaultOpenFiles   FaultKind = "open-files"   // this machine allows us no more open files (ulimit -n)
	FaultOther       FaultKind = "other"
)

// Error gives phase, address and what happened, in English and protocol terms.
func (f *Fault) Error() string { return f.Phrase().Text }
