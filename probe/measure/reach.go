package measure

import (
	"cmp"
	"context"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
)

// openWS connects a control on the first client address that answers, and says
// whether one does.
func (r *run) openWS(ctx context.Context, s *trial, pat patience) bool {
	r.progress("control", 0, 0)
	c := probe.Check{ID: probe.CheckWS, Outcome: probe.OutcomePass}
	var first *probe.Fault
	var failed probe.Target
	for _, t := range r.addresses() {
		r.d.Target.WS, r.d.Target.WSSource = t.WS, t.WSSource
		s.result, s.frames = r.try(ctx, r.login(s), pat, probe.Result{})
		if s.result.Observed != probe.Unreachable {
			break
		}
		if first == nil {
			first, failed = s.result.Fault, t
		}
	}
	c.ElapsedMS = stepsUntil(s.result.Steps, probe.StepUpgrade)
	wrongPort := r.onWrongPort(ctx, s)
	switch {
	case wrongPort != "":
		c.Outcome, c.Fault, c.Speaks = probe.OutcomeFail, s.result.Fault, wrongPort
	case s.result.Observed == probe.NotRun:
		c.Outcome, c.Fault = probe.OutcomeUnknown, s.result.Fault
	case s.result.Observed == probe.Unreachable:
		r.d.Target.WS, r.d.Target.WSSource = failed.WS, failed.WSSource
		c.Outcome, c.Fault = probe.OutcomeFail, first
		c.Speaks = r.identify(ctx, r.login(s), first)
	case first != nil:
		c.Outcome, c.Fault = probe.OutcomeWarn, first
	default:
		c.Text = "101 Switching Protocols"
	}
	r.check(c)
	return c.Outcome == probe.OutcomePass || c.Outcome == probe.OutcomeWarn
}

// onWrongPort finds out what a TCP port is that takes the connection and then
// answers no CONNECT: only then can it be told from a WuKongIM port.
func (r *run) onWrongPort(ctx context.Context, s *trial) probe.Speaks {
	_, known := s.result.LetIn()
	if known || s.result.Observed == probe.Unreachable || !strings.HasPrefix(r.d.Target.WS, "tcp://") {
		return ""
	}
	if s.result.Fault == nil {
		s.result.Fault = &probe.Fault{Phase: probe.PhaseAnswer, Kind: probe.FaultEOF, Address: hostOf(r.d.Target.WS)}
	}
	return r.identify(ctx, r.login(s), s.result.Fault)
}

// stepsUntil adds up the steps to the last one named.
func stepsUntil(steps []probe.Step, last probe.StepName) float64 {
	var sum time.Duration
	for _, s := range steps {
		sum += time.Duration(s.ElapsedMS * float64(time.Millisecond))
		if s.Name == last {
			break
		}
	}
	return millis(sum)
}

// addresses lists the client addresses to try, the best known first. An SDK
// that speaks plain TCP goes to the TCP port, also where a WebSocket URL was
// given: that is what such an SDK does with the host and port it is told.
func (r *run) addresses() []probe.Target {
	tcp := r.p.SDK.Transport == sdk.TCP
	if r.p.WS == "" {
		return r.advertised(tcp)
	}
	address := r.p.WS
	if tcp && !strings.HasPrefix(address, "tcp://") {
		r.d.Target.WSGiven = address
		address = "tcp://" + hostOf(address)
	}
	return []probe.Target{{WS: address, WSSource: probe.SourceFlag}}
}

// advertised lists the addresses of one transport where none was given: what
// /route says, and the usual port of the API's host.
func (r *run) advertised(tcp bool) []probe.Target {
	role, fallback := probe.RoleWS, wire.PortWS
	var list []probe.Target
	if tcp {
		role, fallback = probe.RoleTCP, wire.PortTCP
	}
	if a := r.d.Target.Advertised; a != nil {
		if t := handedOut(probe.RoleWSS, a.WSS); t.WS != "" && !tcp && strings.HasPrefix(r.p.Origin, "https://") {
			return []probe.Target{t} // a secure page can use no other
		}
		if t := handedOut(role, map[probe.Role]string{probe.RoleWS: a.WS, probe.RoleTCP: a.TCP}[role]); t.WS != "" {
			list = append(list, t)
		}
	}
	if u, err := url.Parse(r.p.API.Base); err == nil {
		scheme := map[probe.Role]string{probe.RoleWS: "ws://", probe.RoleTCP: "tcp://"}[role]
		usual := probe.Target{WS: scheme + net.JoinHostPort(u.Hostname(), fallback), WSSource: probe.SourceDefault}
		if len(list) == 0 || list[0].WS != usual.WS {
			list = append(list, usual)
		}
	}
	return list
}

// handedOut gives the target that an advertised address is: itself, or what was
// most likely meant where clients cannot use it as it is written, so that the rest
// of the server is tested all the same. WS is "" where there is none.
func handedOut(role probe.Role, raw string) probe.Target {
	if address, _ := dialable(role, raw); address != "" {
		return probe.Target{WS: address, WSSource: probe.SourceRoute}
	}
	meant, _ := probe.Repair(role, raw)
	if raw == "" || meant == "" {
		return probe.Target{}
	}
	address, _ := dialable(role, meant)
	return probe.Target{WS: address, WSSource: probe.SourceRepaired}
}

func (r *run) login(s *trial) login {
	return login{address: cmp.Or(s.address, r.d.Target.WS), uid: s.uid, token: s.send, flag: s.flag, as: s.as}
}
