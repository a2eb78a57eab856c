package probe

import (
	"context"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// Address is one of the addresses that /route hands to clients, tried from here.
type Address struct {
	Role      Role         `json:"role"`
	URL       string       `json:"url"` // as advertised; foreign
	Class     AddressClass `json:"class"`
	SameHost  bool         `json:"same_host"` // it names the host by which the API was reached
	Outcome   Outcome      `json:"outcome"`   // pass: it answers as its role asks; skip: nothing to dial
	Speaks    Speaks       `json:"speaks,omitempty"`
	OnlyTCP   bool         `json:"only_tcp,omitempty"` // it takes connections; nothing was sent there, because a TLS greeting could end the server
	Fault     *Fault       `json:"fault,omitempty"`
	ElapsedMS float64      `json:"elapsed_ms"`
}

// Role is what an advertised address is for.
type Role string

// The roles, named as /route names them.
const (
	RoleTCP Role = "tcp_addr"
	RoleWS  Role = "ws_addr"
	RoleWSS Role = "wss_addr"
)

// AddressClass says from where an address can be reached.
type AddressClass string

// The classes of address.
const (
	ClassEmpty       AddressClass = "empty"       // nothing is advertised
	ClassMalformed   AddressClass = "malformed"   // wrong scheme, or no host and port
	ClassUnspecified AddressClass = "unspecified" // 0.0.0.0 or ::, which nobody can dial
	ClassLoopback    AddressClass = "loopback"    // this machine only
	ClassContainer   AddressClass = "container"   // 172.17 to 172.31: where Docker puts its networks
	ClassPrivate     AddressClass = "private"     // RFC 1918, RFC 4193, link-local: the same network only
	ClassPublic      AddressClass = "public"
	ClassName        AddressClass = "name" // a host name
)

// dockerNetworks are the ranges from which Docker takes the networks it makes
// by itself; 172.16/16 is left out, being common in plain LANs.
func dockerNetworks() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("172.17.0.0/16"), netip.MustParsePrefix("172.18.0.0/15"),
		netip.MustParsePrefix("172.20.0.0/14"), netip.MustParsePrefix("172.24.0.0/13"),
	}
}

// ClassOf classifies the host of an address.
func ClassOf(host string) AddressClass {
	if host == "" {
		return ClassMalformed
	}
	if strings.EqualFold(host, "localhost") {
		return ClassLoopback
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return ClassName
	}
	ip = ip.Unmap()
	for _, p := range dockerNetworks() {
		if p.Contains(ip) {
			return ClassContainer
		}
	}
	switch {
	case ip.IsUnspecified():
		return ClassUnspecified
	case ip.IsLoopback():
		return ClassLoopback
	case ip.IsPrivate(), ip.IsLinkLocalUnicast():
		return ClassPrivate
	}
	return ClassPublic
}

// dialable gives the URL to dial for an advertised address, and its host; the
// URL is "" where a client could not use it.
func dialable(role Role, raw string) (address, host string) {
	if role == RoleTCP { // native SDKs want host:port, a scheme in it breaks them
		raw = "tcp://" + raw
	}
	want := map[Role]string{RoleTCP: "tcp", RoleWS: "ws", RoleWSS: "wss"}[role]
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Scheme != want && (role != RoleWS || u.Scheme != "wss") {
		return "", ""
	}
	if port, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || port < 1 || port > 65535) {
		return "", "" // net/url takes any digits
	}
	if strings.Contains(u.Hostname(), ":") && !strings.HasPrefix(u.Host, "[") {
		return "", "" // an IPv6 address without brackets: where does its port begin?
	}
	if role == RoleTCP && u.Port() == "" {
		return "", u.Hostname() // a native SDK knows no default port
	}
	return raw, u.Hostname()
}

// checkAddresses tries every address that /route advertises, as a client that
// knows no better would. in is a user that the server does not know.
func (r *run) checkAddresses(ctx context.Context, in login) {
	a := r.d.Target.Advertised
	if a == nil {
		return
	}
	list := []Address{{Role: RoleTCP, URL: a.TCP}, {Role: RoleWS, URL: a.WS}, {Role: RoleWSS, URL: a.WSS}}
	var wg sync.WaitGroup
	for i := range list {
		wg.Go(func() { r.checkAddress(ctx, &list[i], in) })
	}
	wg.Wait()
	r.d.Addresses = list
}

func (r *run) checkAddress(ctx context.Context, a *Address, in login) {
	a.Outcome = OutcomeSkip
	if a.URL == "" {
		a.Class = ClassEmpty
		return
	}
	address, host := dialable(a.Role, a.URL)
	a.SameHost = sameHost(host, r.p.API.Base)
	if a.Class = ClassOf(host); address == "" {
		a.Class = ClassMalformed
	}
	if a.Class == ClassMalformed || a.Class == ClassUnspecified {
		return
	}
	if address == r.d.Target.WS && r.reached {
		a.Outcome, a.Speaks = OutcomePass, SpeaksWebSocket
		if a.Role == RoleTCP {
			a.Speaks = SpeaksTCP
		}
		return
	}
	if c := r.d.Check(CheckWS); address == r.d.Target.WS && c != nil && c.Fault != nil { // asked before
		a.failed(c.Fault)
		a.Speaks = c.Speaks
		return
	}
	in.address = address
	in.uid += "-" + strings.TrimSuffix(string(a.Role), "_addr")
	start := r.p.now()
	switch {
	case a.Role == RoleTCP:
		r.checkTCP(ctx, a, in)
	case strings.HasPrefix(address, "wss://"):
		r.checkOpen(ctx, a, address)
	default:
		r.checkUpgrade(ctx, a, in)
	}
	a.ElapsedMS = millis(r.p.now().Sub(start))
}

// checkOpen looks at a wss address that this run's client does not use. Nothing
// is sent there: one TLS greeting ends v1.1.0 to v2.2.5 where it has no
// certificate (facts of 40 releases, all run).
func (r *run) checkOpen(ctx context.Context, a *Address, address string) {
	if f := r.takesConnections(ctx, hostOf(address)); f != nil {
		a.failed(f)
		return
	}
	a.Outcome, a.OnlyTCP = OutcomePass, true
}

func (r *run) checkUpgrade(ctx context.Context, a *Address, in login) {
	f := r.opens(ctx, in.address, func(*Fault) bool { return true })
	if f == nil {
		a.Outcome, a.Speaks = OutcomePass, SpeaksWebSocket
		return
	}
	a.failed(f)
	a.Speaks = r.identify(ctx, in, a.Fault)
}

// checkTCP asks the TCP port whether it speaks WKProto: an open port may just
// as well be the WebSocket port, which native SDKs cannot use.
func (r *run) checkTCP(ctx context.Context, a *Address, in login) {
	host := strings.TrimPrefix(in.address, "tcp://")
	res, _ := r.try(ctx, in, patience{silence: silenceFor(r.answer), limit: maxSilence + identifyLimit}, Result{})
	if _, known := verdictOf(&res); known {
		a.Outcome, a.Speaks = OutcomePass, SpeaksTCP
		return
	}
	if res.Observed == Unreachable || res.Observed == NotRun {
		a.failed(res.Fault)
		return
	}
	a.Outcome, a.Fault = OutcomeFail, res.Fault
	if r.acceptsUpgrade(ctx, "ws://"+host) {
		a.Speaks = SpeaksWebSocket
		return
	}
	a.Speaks = r.speaksHTTP(ctx, host)
}

func (a *Address) failed(f *Fault) {
	a.Fault, a.Outcome = f, OutcomeFail
	if f.Kind == FaultCanceled {
		a.Outcome = OutcomeUnknown
	}
}

// sameHost says whether an advertised host is the one the API was reached by.
func sameHost(host, base string) bool {
	u, err := url.Parse(base)
	if err != nil || host == "" {
		return false
	}
	if strings.EqualFold(u.Hostname(), host) {
		return true
	}
	a, errA := netip.ParseAddr(host)
	b, errB := netip.ParseAddr(u.Hostname())
	return errA == nil && errB == nil && a.Unmap() == b.Unmap() ||
		ClassOf(host) == ClassLoopback && ClassOf(u.Hostname()) == ClassLoopback
}
