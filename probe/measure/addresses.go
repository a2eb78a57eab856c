package measure

import (
	"context"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// dialable gives the URL to dial for an advertised address, and its host; the
// URL is "" where a client could not use it.
func dialable(role probe.Role, raw string) (address, host string) {
	if role == probe.RoleTCP { // native SDKs want host:port, a scheme in it breaks them
		raw = "tcp://" + raw
	}
	want := map[probe.Role]string{probe.RoleTCP: "tcp", probe.RoleWS: "ws", probe.RoleWSS: "wss"}[role]
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Scheme != want && (role != probe.RoleWS || u.Scheme != "wss") {
		return "", ""
	}
	if port, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || port < 1 || port > 65535) {
		return "", "" // net/url takes any digits
	}
	if strings.Contains(u.Hostname(), ":") && !strings.HasPrefix(u.Host, "[") {
		return "", "" // an IPv6 address without brackets: where does its port begin?
	}
	if role == probe.RoleTCP && u.Port() == "" {
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
	list := []probe.Address{{Role: probe.RoleTCP, URL: a.TCP}, {Role: probe.RoleWS, URL: a.WS}, {Role: probe.RoleWSS, URL: a.WSS}}
	var wg sync.WaitGroup
	for i := range list {
		wg.Go(func() { r.checkAddress(ctx, &list[i], in) })
	}
	wg.Wait()
	r.d.Addresses = list
}

func (r *run) checkAddress(ctx context.Context, a *probe.Address, in login) {
	a.Outcome = probe.OutcomeSkip
	if a.URL == "" {
		a.Class = probe.ClassEmpty
		return
	}
	address, host := dialable(a.Role, a.URL)
	a.SameHost = sameHost(host, r.p.API.Base)
	if a.Class = probe.ClassOf(host); address == "" {
		a.Class = probe.ClassMalformed
	}
	if a.Class == probe.ClassMalformed || a.Class == probe.ClassUnspecified {
		return
	}
	if address == r.d.Target.WS && r.reached {
		a.Outcome, a.Speaks = probe.OutcomePass, probe.SpeaksWebSocket
		if a.Role == probe.RoleTCP {
			a.Speaks = probe.SpeaksTCP
		}
		return
	}
	if c := r.d.Check(probe.CheckWS); address == r.d.Target.WS && c != nil && c.Fault != nil { // asked before
		failed(a, c.Fault)
		a.Speaks = c.Speaks
		return
	}
	in.address = address
	in.uid += "-" + strings.TrimSuffix(string(a.Role), "_addr")
	start := time.Now()
	switch {
	case a.Role == probe.RoleTCP:
		r.checkTCP(ctx, a, in)
	case strings.HasPrefix(address, "wss://"):
		r.checkOpen(ctx, a, address)
	default:
		r.checkUpgrade(ctx, a, in)
	}
	a.ElapsedMS = millis(time.Since(start))
}

// checkOpen looks at a wss address that this run's client does not use. Nothing
// is sent there: one TLS ClientHello crashes v1.1.0 to v2.2.5 where it has no
// certificate (facts of 40 releases, all run).
func (r *run) checkOpen(ctx context.Context, a *probe.Address, address string) {
	if f := r.takesConnections(ctx, hostOf(address)); f != nil {
		failed(a, f)
		return
	}
	a.Outcome, a.OnlyTCP = probe.OutcomePass, true
}

func (r *run) checkUpgrade(ctx context.Context, a *probe.Address, in login) {
	f := r.opens(ctx, in.address, func(*probe.Fault) bool { return true })
	if f == nil {
		a.Outcome, a.Speaks = probe.OutcomePass, probe.SpeaksWebSocket
		return
	}
	failed(a, f)
	a.Speaks = r.identify(ctx, in, a.Fault)
}

// checkTCP asks the TCP port whether it speaks WKProto: an open port may just
// as well be the WebSocket port, which native SDKs cannot use.
func (r *run) checkTCP(ctx context.Context, a *probe.Address, in login) {
	host := strings.TrimPrefix(in.address, "tcp://")
	res, _ := r.try(ctx, in, patience{silence: silenceFor(r.answer), limit: maxSilence + identifyLimit}, probe.Result{})
	if _, known := res.LetIn(); known {
		a.Outcome, a.Speaks = probe.OutcomePass, probe.SpeaksTCP
		return
	}
	if res.Observed == probe.Unreachable || res.Observed == probe.NotRun {
		failed(a, res.Fault)
		return
	}
	a.Outcome, a.Fault = probe.OutcomeFail, res.Fault
	if r.acceptsUpgrade(ctx, "ws://"+host) {
		a.Speaks = probe.SpeaksWebSocket
		return
	}
	a.Speaks = r.speaksHTTP(ctx, host)
}

func failed(a *probe.Address, f *probe.Fault) {
	a.Fault, a.Outcome = f, probe.OutcomeFail
	if f.Kind == probe.FaultCanceled {
		a.Outcome = probe.OutcomeUnknown
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
		probe.ClassOf(host) == probe.ClassLoopback && probe.ClassOf(u.Hostname()) == probe.ClassLoopback
}
