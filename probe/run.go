package probe

import (
	"context"
	"net"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
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

	answer time.Duration // how long the server took to accept the right token
}

// Diagnose registers throw-away users, tries every pairing of the plan and the
// controls that give them meaning, and clears the users' tokens again. It
// always returns a Diagnosis: what goes wrong is in it. When ctx ends early the
// Diagnosis is not Complete, and the users are cleared all the same.
func (p *Prober) Diagnose(ctx context.Context, plan Plan) *Diagnosis {
	p.prepare()
	r := &run{p: p, plan: plan, ledger: &Ledger{API: p.API}}
	start := p.now()
	r.d = &Diagnosis{
		Schema: Schema, Tool: p.tool(), Mode: plan.Mode, StartedAt: start.UTC(),
		Target: Target{API: p.API.Base, WS: p.WS, ManagerToken: !p.API.ManagerToken.Empty()},
		Server: Server{Generation: GenUnknown, TokenAuth: AuthUnknown, Evidence: []Evidence{}},
		Checks: []Check{}, Pairings: []Pairing{}, Findings: []Finding{},
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	open := &links{}
	r.connector = &connector{dialer: p.dialer(), open: p.opener(), life: life, keep: open.add}

	r.measure(ctx)
	r.d.Complete = ctx.Err() == nil
	r.readStore(ctx)
	open.closeAll()
	r.cleanup(ctx)
	r.conclude()
	r.d.ElapsedMS = millis(p.now().Sub(start))
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
	switch {
	case !r.askAPI(ctx):
		r.skip(CheckAPI, CheckRegister, CheckWS, CheckRightToken, CheckWrongToken, CheckEmptyToken, CheckUnknownUser)
	case !r.register(ctx):
		r.skip(CheckRegister, CheckWS, CheckRightToken, CheckWrongToken, CheckEmptyToken, CheckUnknownUser)
	case !r.reachWS(ctx):
		r.skip(CheckWS, CheckRightToken, CheckWrongToken, CheckEmptyToken, CheckUnknownUser)
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
		r.check(c)
		return false
	}
	r.d.Target.Advertised = route
	c.Text = "GET /route 200"
	r.check(c)
	r.clues, r.d.Server.Version = r.p.API.fingerprint(ctx)
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

// reachWS opens the control with the right token on the WebSocket address. It
// waits without a PING: until this answer is there nobody knows how fast the
// server is, and a PING that overtakes a good CONNECT would end it.
func (r *run) reachWS(ctx context.Context) bool {
	r.progress("control", 0, 0)
	c := Check{ID: CheckWS, Outcome: OutcomePass}
	var first *Fault
	for _, t := range r.addresses() {
		r.d.Target.WS, r.d.Target.WSSource = t.WS, t.WSSource
		in := r.login(r.seats.right)
		r.seats.right.result, r.seats.right.frames = r.try(ctx, in, patience{limit: answerLimit}, Result{})
		if r.seats.right.result.Observed != Unreachable {
			break
		}
		if first == nil {
			first = r.seats.right.result.Fault
		}
	}
	res := &r.seats.right.result
	c.ElapsedMS = stepsUntil(res.Steps, StepUpgrade)
	switch {
	case res.Observed == NotRun:
		c.Outcome, c.Fault = OutcomeUnknown, res.Fault
	case res.Observed == Unreachable:
		c.Outcome, c.Fault = OutcomeFail, first
		c.Speaks = r.identify(ctx)
	case first != nil:
		c.Outcome, c.Fault = OutcomeWarn, first
	}
	if c.Outcome == OutcomePass {
		c.Text = "101 Switching Protocols"
	}
	r.check(c)
	if c.Outcome != OutcomePass && c.Outcome != OutcomeWarn {
		return false
	}
	r.answer = time.Duration(res.AnswerMS * float64(time.Millisecond))
	r.check(control(CheckRightToken, res, true))
	return true
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

// addresses lists the WebSocket addresses to try, the best known first.
func (r *run) addresses() []Target {
	if r.p.WS != "" {
		return []Target{{WS: r.p.WS, WSSource: SourceFlag}}
	}
	var list []Target
	if a := r.d.Target.Advertised; a != nil {
		if u, err := url.Parse(a.WS); err == nil && (u.Scheme == "ws" || u.Scheme == "wss") && u.Host != "" {
			list = append(list, Target{WS: a.WS, WSSource: SourceRoute})
		}
	}
	if u, err := url.Parse(r.p.API.Base); err == nil {
		fallback := "ws://" + net.JoinHostPort(u.Hostname(), "5200")
		if len(list) == 0 || list[0].WS != fallback {
			list = append(list, Target{WS: fallback, WSSource: SourceDefault})
		}
	}
	return list
}

func (r *run) login(s *seat) login {
	return login{address: r.d.Target.WS, uid: s.uid, token: s.send, flag: s.flag}
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
