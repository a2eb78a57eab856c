package probe

import (
	"cmp"
	"context"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wkctl/wkctl/probe/sdk"
)

// connectParallel is how many connections are opened at once. The default
// table of nine and its controls go together.
const connectParallel = 32

// run is one diagnosis under way.
type run struct {
	*connector
	p      *Prober
	plan   Plan
	d      *Diagnosis
	ledger *Ledger
	seats  *seating
	clues  []clue

	open    *links
	reached bool          // the WebSocket address speaks WKProto
	answer  time.Duration // how long the server took to accept the right token
}

// begin sets up what every kind of run shares; finish must be called.
func (p *Prober) begin(ctx context.Context, mode Mode) (r *run, finish func()) {
	p.prepare()
	start := p.now()
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	open := &links{}
	r = &run{
		connector: p.connector(life, open.add),
		p:         p, ledger: &Ledger{API: p.API}, open: open,
		d: &Diagnosis{
			Schema: Schema, Tool: p.tool(), Mode: mode, StartedAt: start.UTC(),
			Target: Target{API: p.API.Base, WS: p.WS, ManagerToken: !p.API.ManagerToken.Empty(), PageOrigin: p.Origin, SDK: p.SDKName},
			Server: Server{Generation: GenUnknown, TokenAuth: AuthUnknown, Evidence: []Evidence{}},
			Checks: []Check{}, Pairings: []Pairing{}, Findings: []Finding{},
		},
	}
	return r, func() {
		open.closeAll()
		end()
		p.API.client().CloseIdleConnections()
		r.d.ElapsedMS = millis(p.now().Sub(start))
	}
}

// Diagnose registers throw-away users, tries every pairing of the plan and the
// controls that give them meaning, and clears the users' tokens again. It
// always returns a Diagnosis: what goes wrong is in it. When ctx ends early the
// Diagnosis is not Complete, and the users are cleared all the same.
func (p *Prober) Diagnose(ctx context.Context, plan Plan) *Diagnosis {
	r, finish := p.begin(ctx, plan.Mode)
	defer finish()
	r.plan = plan
	r.measure(ctx)
	r.d.Complete = ctx.Err() == nil
	r.readStore(ctx)
	r.open.closeAll()
	r.cleanup(ctx)
	r.conclude()
	return r.d
}

// measure runs the steps in order; a step that fails skips those that need it.
func (r *run) measure(ctx context.Context) {
	seats, err := r.p.seats(r.plan)
	if err != nil {
		r.check(Check{ID: CheckAPI, Outcome: OutcomeUnknown, Text: err.Error()})
		return
	}
	r.seats = seats
	r.seats.as(r.own)
	switch {
	case !r.askAPI(ctx):
		r.skip(CheckAPI, CheckRegister, CheckWS, CheckRightToken, CheckWrongToken, CheckEmptyToken, CheckUnknownUser)
	case !r.register(ctx):
		r.skip(CheckRegister, CheckWS, CheckRightToken, CheckWrongToken, CheckEmptyToken, CheckUnknownUser)
	case !r.reachWS(ctx):
		r.checkAddresses(ctx, r.login(r.seats.unknown))
		r.skip(CheckWS, CheckRightToken, CheckWrongToken, CheckEmptyToken, CheckUnknownUser)
	case r.mute():
		r.skip(CheckRightToken, CheckWrongToken, CheckEmptyToken, CheckUnknownUser)
	default:
		r.connectAll(ctx)
	}
}

func (r *run) check(c Check) { r.d.Checks = append(r.d.Checks, c) }

func (r *run) skip(needs CheckID, ids ...CheckID) {
	for _, id := range ids {
		r.check(Check{ID: id, Outcome: OutcomeSkip, Needs: needs})
	}
}

func (r *run) progress(stage string, done, total int) {
	if r.p.Progress != nil {
		r.p.Progress(Progress{Stage: stage, Done: done, Total: total, Limit: answerLimit})
	}
}

// askAPI checks that the API is WuKongIM's and finds out which one.
func (r *run) askAPI(ctx context.Context) bool {
	r.progress("api", 0, 0)
	start := r.p.now()
	c := Check{ID: CheckAPI, Outcome: OutcomePass}
	route, err := r.p.API.Route(ctx)
	c.ElapsedMS = millis(r.p.now().Sub(start))
	if err != nil {
		c.Outcome, c.Fault = OutcomeFail, faultOf(err)
		if c.Fault.Kind == FaultCanceled {
			c.Outcome = OutcomeUnknown
		}
		c.Speaks = r.identifyAPI(ctx, c.Fault)
		r.check(c)
		return false
	}
	r.d.Target.Advertised = route
	c.Text = "GET /route 200"
	r.check(c)
	f := r.p.API.fingerprint(ctx)
	r.clues, r.d.Server.Version, r.d.Server.Nodes, r.manager = f.clues, f.version, f.nodes, f.manager
	return true
}

// register stores the tokens of all seats: the first alone, so that a server
// that refuses is asked once, then the rest.
func (r *run) register(ctx context.Context) bool {
	start := r.p.now()
	all := append([]*seat{r.seats.right}, r.seats.others()...)
	c := Check{ID: CheckRegister, Outcome: OutcomePass}
	var done atomic.Int64
	one := func(s *seat) {
		for _, t := range s.stored {
			if err := r.ledger.Register(ctx, s.uid, t); err != nil {
				s.fault = faultOf(err)
			}
		}
		s.known = s.fault == nil
		r.progress("register", int(done.Add(1)), len(all))
	}
	if one(all[0]); all[0].fault == nil {
		var g errgroup.Group
		g.SetLimit(apiParallel)
		for _, s := range all[1:] {
			g.Go(func() error { one(s); return nil })
		}
		_ = g.Wait()
	}
	c.ElapsedMS = millis(r.p.now().Sub(start))
	for _, s := range all {
		if s.fault != nil {
			c.Outcome, c.Fault = OutcomeFail, s.fault
			break
		}
	}
	if ctx.Err() != nil {
		c.Outcome = OutcomeUnknown
	}
	if c.Outcome == OutcomePass {
		c.Text, c.Count = "POST /user/token 200", len(all)-1
	}
	r.check(c)
	return c.Outcome == OutcomePass
}

// mute says that the right token got no answer of any kind, as often as it was
// tried. No control, no verdict: the pairings would wait as long and prove
// nothing.
func (r *run) mute() bool { return mute(&r.seats.right.result) }

func mute(res *Result) bool {
	return res.Observed == Silent && res.Proof == ProofNone
}

// reachWS opens the control with the right token on the WebSocket address. Its
// PING comes late: until this answer is there nobody knows how fast the server
// is, and a PING that overtakes a good CONNECT would end it.
func (r *run) reachWS(ctx context.Context) bool {
	if !r.openWS(ctx, r.seats.right, patience{silence: maxSilence, limit: answerLimit}) {
		return false
	}
	r.reached = true
	res := &r.seats.right.result
	r.answer = time.Duration(res.AnswerMS * float64(time.Millisecond))
	r.check(control(CheckRightToken, res, true))
	return true
}

// openWS connects a control on the first client address that answers, and says
// whether one does.
func (r *run) openWS(ctx context.Context, s *seat, pat patience) bool {
	r.progress("control", 0, 0)
	c := Check{ID: CheckWS, Outcome: OutcomePass}
	var first *Fault
	var failed Target
	for _, t := range r.addresses() {
		r.d.Target.WS, r.d.Target.WSSource = t.WS, t.WSSource
		if r.isTCPPort(t.WS) {
			s.result = Result{Observed: Unreachable, Fault: &Fault{Phase: PhaseUpgrade, Kind: FaultNotDialled, Address: hostOf(t.WS), Text: "/route names it as tcp_addr"}}
		} else {
			s.result, s.frames = r.try(ctx, r.login(s), pat, Result{})
		}
		if s.result.Observed != Unreachable {
			break
		}
		if first == nil {
			first, failed = s.result.Fault, t
		}
	}
	c.ElapsedMS = stepsUntil(s.result.Steps, StepUpgrade)
	wrongPort := r.onWrongPort(ctx, s)
	switch {
	case wrongPort != "":
		c.Outcome, c.Fault, c.Speaks = OutcomeFail, s.result.Fault, wrongPort
	case s.result.Observed == NotRun:
		c.Outcome, c.Fault = OutcomeUnknown, s.result.Fault
	case s.result.Observed == Unreachable:
		r.d.Target.WS, r.d.Target.WSSource = failed.WS, failed.WSSource
		c.Outcome, c.Fault = OutcomeFail, first
		c.Speaks = r.identify(ctx, r.login(s), first)
	case first != nil:
		c.Outcome, c.Fault = OutcomeWarn, first
	default:
		c.Text = "101 Switching Protocols"
	}
	r.check(c)
	return c.Outcome == OutcomePass || c.Outcome == OutcomeWarn
}

// isTCPPort says whether a wss address is in truth the TCP port that /route
// names. It is not dialled then: a TLS greeting on that port can end servers
// v1.0.0 to v1.0.5 (wkproto/decoder.go:148).
func (r *run) isTCPPort(address string) bool {
	a := r.d.Target.Advertised
	if a == nil || !strings.HasPrefix(address, "wss://") {
		return false
	}
	_, port, err := net.SplitHostPort(strings.TrimPrefix(a.TCP, "tcp://"))
	_, asked, errAsked := net.SplitHostPort(hostOf(address))
	return err == nil && errAsked == nil && port == asked
}

// onWrongPort finds out what a TCP port is that takes the connection and then
// answers no CONNECT: only then can it be told from a WuKongIM port.
func (r *run) onWrongPort(ctx context.Context, s *seat) Speaks {
	_, known := verdictOf(&s.result)
	if known || s.result.Observed == Unreachable || !strings.HasPrefix(r.d.Target.WS, "tcp://") {
		return ""
	}
	if s.result.Fault == nil {
		s.result.Fault = &Fault{Phase: PhaseAnswer, Kind: FaultEOF, Address: hostOf(r.d.Target.WS)}
	}
	return r.identify(ctx, r.login(s), s.result.Fault)
}

// stepsUntil adds up the steps to the last one named.
func stepsUntil(steps []Step, last StepName) float64 {
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
func (r *run) addresses() []Target {
	tcp := r.p.SDK.Transport == sdk.TCP
	if r.p.WS == "" {
		return r.advertised(tcp)
	}
	address := r.p.WS
	if tcp && !strings.HasPrefix(address, "tcp://") {
		r.d.Target.WSGiven = address
		address = "tcp://" + hostOf(address)
	}
	return []Target{{WS: address, WSSource: SourceFlag}}
}

// advertised lists the addresses of one transport where none was given: what
// /route says, and the usual port of the API's host.
func (r *run) advertised(tcp bool) []Target {
	role, fallback := RoleWS, "5200"
	var list []Target
	if tcp {
		role, fallback = RoleTCP, "5100"
	}
	if a := r.d.Target.Advertised; a != nil {
		if address, _ := dialable(RoleWSS, a.WSS); address != "" && !tcp && strings.HasPrefix(r.p.Origin, "https://") {
			return []Target{{WS: address, WSSource: SourceRoute}} // a secure page can use no other
		}
		if address, _ := dialable(role, map[Role]string{RoleWS: a.WS, RoleTCP: a.TCP}[role]); address != "" {
			list = append(list, Target{WS: address, WSSource: SourceRoute})
		}
	}
	if u, err := url.Parse(r.p.API.Base); err == nil {
		scheme := map[Role]string{RoleWS: "ws://", RoleTCP: "tcp://"}[role]
		usual := Target{WS: scheme + net.JoinHostPort(u.Hostname(), fallback), WSSource: SourceDefault}
		if len(list) == 0 || list[0].WS != usual.WS {
			list = append(list, usual)
		}
	}
	return list
}

func (r *run) login(s *seat) login {
	return login{address: cmp.Or(s.address, r.d.Target.WS), uid: s.uid, token: s.send, flag: s.flag, as: s.as}
}

// control judges a control by what it was meant to show.
func control(id CheckID, res *Result, wantAccepted bool) Check {
	c := Check{ID: id, Outcome: OutcomeUnknown, ElapsedMS: res.ElapsedMS, Result: res}
	if accepted, known := verdictOf(res); known {
		c.Outcome = OutcomeFail
		if accepted == wantAccepted {
			c.Outcome = OutcomePass
		}
	}
	return c
}
