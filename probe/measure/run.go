package measure

import (
	"context"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// connectParallel is how many connections are opened at once. The default
// table of nine and its controls go together.
const connectParallel = 32

// run is one diagnosis under way.
type run struct {
	*connector
	p      *Prober
	plan   Plan
	d      *probe.Diagnosis
	ledger *Ledger
	layout *layout
	clues  []clue

	open    *links
	dropped bool          // every connection that was logged in had ended before we closed them
	reached bool          // the WebSocket address speaks WKProto
	answer  time.Duration // how long the server took to accept the right token
}

// begin sets up what every kind of run shares; finish must be called, once nothing
// is dialled any more.
func (p *Prober) begin(ctx context.Context, mode probe.Mode) (r *run, finish func()) {
	p.prepare()
	start := time.Now()
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	open := &links{}
	p.API.pulse = &pulse{}
	r = &run{
		connector: p.connector(life, open.add),
		p:         p, ledger: &Ledger{API: p.API}, open: open,
		d: &probe.Diagnosis{
			Schema: probe.Schema, Tool: p.tool(), Mode: mode, StartedAt: start.UTC(),
			NoAuthOK: p.NoAuthOK, FailOn: p.FailOn, MaxMS: millis(p.MaxTime), Wait: p.waited, Target: p.target(),
			Server: probe.Server{Generation: probe.GenUnknown, TokenAuth: probe.AuthUnknown, Evidence: []probe.Evidence{}},
			Checks: []probe.Check{}, Pairings: []probe.Pairing{}, Findings: []probe.Finding{},
		},
	}
	r.connector.pulse = p.API.pulse
	return r, func() {
		open.closeAll()
		end()
		p.API.client().CloseIdleConnections()
		r.d.Limits = p.Limits()
		r.d.Stopped = stopped(ctx, r.d.Complete)
		hideTarget(&r.d.Target, r.d.Addresses)
		r.d.ElapsedMS = millis(time.Since(start))
	}
}

// Diagnose registers throw-away users, tries every pairing of the plan and the
// controls that give them meaning, and clears the users' tokens again. It
// always returns a Diagnosis: what goes wrong is in it. When ctx ends early the
// Diagnosis is not Complete, and the users are cleared all the same.
func (p *Prober) Diagnose(ctx context.Context, plan Plan) *probe.Diagnosis {
	r, finish := p.begin(ctx, plan.Mode)
	defer finish()
	r.plan = plan
	r.measure(ctx)
	r.d.Complete = ctx.Err() == nil
	r.readStore(ctx)
	r.leave(ctx)
	r.conclude()
	return r.d
}

// leave closes the connections, clears the users and looks whether the server
// is still there. Where it went away and comes back, what is left is cleared
// then.
func (r *run) leave(ctx context.Context) {
	r.dropped = r.open.droppedTogether()
	r.open.closeAll()
	r.cleanup(ctx)
	r.checkHealth(ctx)
	if r.plan.Keep {
		return
	}
	if r.d.Health != nil && len(r.ledger.left()) > 0 && r.awaitBack(ctx) {
		r.cleanup(ctx)
	}
	r.d.Left = r.ledger.Left()
}

// measure runs the steps in order; a step that fails skips those that need it.
func (r *run) measure(ctx context.Context) {
	trials, err := r.p.layOut(r.plan)
	if err != nil {
		r.check(probe.Check{ID: probe.CheckAPI, Outcome: probe.OutcomeUnknown, Text: err.Error()})
		return
	}
	r.layout = trials
	r.layout.as(r.imitated)
	switch {
	case !r.askAPI(ctx):
		r.skip(probe.CheckAPI, probe.CheckRegister, probe.CheckWS, probe.CheckRightToken, probe.CheckWrongToken, probe.CheckEmptyToken, probe.CheckUnknownUser)
	case !r.greet(ctx, r.login(r.layout.unknown)):
		if h := r.d.Health; h == nil || h.Gone == "" {
			r.checkAddresses(ctx, r.login(r.layout.unknown))
		}
		r.skip(probe.CheckWS, probe.CheckRegister, probe.CheckRightToken, probe.CheckWrongToken, probe.CheckEmptyToken, probe.CheckUnknownUser)
	case !r.register(ctx):
		r.skip(probe.CheckRegister, probe.CheckWS, probe.CheckRightToken, probe.CheckWrongToken, probe.CheckEmptyToken, probe.CheckUnknownUser)
	case !r.reachWS(ctx):
		r.checkAddresses(ctx, r.login(r.layout.unknown))
		r.skip(probe.CheckWS, probe.CheckRightToken, probe.CheckWrongToken, probe.CheckEmptyToken, probe.CheckUnknownUser)
	case r.mute():
		r.skip(probe.CheckRightToken, probe.CheckWrongToken, probe.CheckEmptyToken, probe.CheckUnknownUser)
	default:
		r.connectAll(ctx)
	}
}

func (r *run) check(c probe.Check) { r.d.Checks = append(r.d.Checks, c) }

func (r *run) skip(needs probe.CheckID, ids ...probe.CheckID) {
	for _, id := range ids {
		r.check(probe.Check{ID: id, Outcome: probe.OutcomeSkip, Needs: needs})
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
	start := time.Now()
	c := probe.Check{ID: probe.CheckAPI, Outcome: probe.OutcomePass}
	route, err := r.p.API.Route(ctx)
	c.ElapsedMS = millis(time.Since(start))
	if err != nil {
		c.Outcome, c.Fault = probe.OutcomeFail, faultOf(err)
		if c.Fault.Kind == probe.FaultCanceled {
			c.Outcome = probe.OutcomeUnknown
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
	r.d.Server.NodesFault = f.missing
	r.firstReading(f)
	return true
}

// mute says that the right token got no answer of any kind, as often as it was
// tried. No control, no verdict: the pairings would wait as long and prove
// nothing.
func (r *run) mute() bool { return mute(&r.layout.right.result) }

func mute(res *probe.Result) bool {
	return res.Observed == probe.Silent && res.Proof == probe.ProofNone
}

// reachWS opens the control with the right token on the WebSocket address. Its
// PING comes late: until this answer is there nobody knows how fast the server
// is, and a PING that overtakes a good CONNECT would end it.
func (r *run) reachWS(ctx context.Context) bool {
	if !r.openWS(ctx, r.layout.right, patience{silence: maxSilence, limit: answerLimit}) {
		return false
	}
	r.reached = true
	if refused(&r.layout.right.result) {
		r.another(ctx, r.layout.right)
	}
	res := &r.layout.right.result
	r.answer = time.Duration(res.AnswerMS * float64(time.Millisecond))
	r.check(control(probe.CheckRightToken, res, true))
	return true
}

// alternative judges the fix that is one of two: where it does not work the other
// is left, which is nothing to fail for (v1.0 takes tokens of flag 0 only).
func alternative(id probe.CheckID, res *probe.Result) probe.Check {
	c := control(id, res, true)
	if c.Outcome == probe.OutcomeFail {
		c.Outcome = probe.OutcomeWarn
	}
	return c
}

// control judges a control by what it was meant to show.
func control(id probe.CheckID, res *probe.Result, wantAccepted bool) probe.Check {
	c := probe.Check{ID: id, Outcome: probe.OutcomeUnknown, ElapsedMS: res.ElapsedMS, Result: res}
	if accepted, known := res.LetIn(); known {
		c.Outcome = probe.OutcomeFail
		if accepted == wantAccepted {
			c.Outcome = probe.OutcomePass
		}
	}
	return c
}
