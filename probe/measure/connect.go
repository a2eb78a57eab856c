package measure

import (
	"context"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// ConnectOptions says what one connection presents.
type ConnectOptions struct {
	UID    string
	Token  secret.Token
	Flag   wire.DeviceFlag
	Source probe.Source // who named the address
	Given  string       // the address as it was given; "" = none was
}

// unknownSpeed is the wait before a PING on a server whose answer time nobody
// has measured. It is long for a good answer (1 ms) and for the slow releases
// (v2.0.8 to v2.0.10: 0.6 s at most).
const unknownSpeed = 1300 * time.Millisecond

// Connect opens one connection the way the SDK does and says what came of it.
// p.WS must be set: a ws, wss or tcp address. Nothing is stored on the server.
func (p *Prober) Connect(ctx context.Context, o ConnectOptions) *probe.Connection {
	p.prepare()
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	open := &links{}
	defer open.closeAll()
	c := p.connector(life, open.add)
	in := login{address: p.WS, uid: o.UID, token: o.Token, flag: o.Flag, as: c.imitated}
	res, frames := c.try(ctx, in, patience{silence: unknownSpeed, limit: answerLimit}, probe.Result{})
	target := p.target()
	target.Proxy = "" // the API is not asked here
	if target.WSSource = o.Source; o.Given != p.WS {
		target.WSGiven = o.Given
	}
	hideTarget(&target, nil)
	return &probe.Connection{
		Schema: probe.ConnectionSchema, Tool: p.tool(),
		Target: target,
		SDK:    p.SDK.ID, UID: o.UID, Token: o.Token, ConnectFlag: o.Flag,
		Result: res, Frames: frames, Verdict: connectionVerdict(&res),
	}
}

// connectionVerdict gives exit code 0 accepted, 1 refused, 3 not known, 130
// stopped.
func connectionVerdict(r *probe.Result) probe.Verdict {
	accepted, known := r.LetIn()
	switch {
	case accepted:
		return probe.Verdict{Outcome: probe.OutcomePass, ExitCode: probe.ExitOK}
	case known, r.Observed == probe.Closed && (r.Disconnect != nil || r.Fault != nil && r.Fault.Kind != probe.FaultGarbage):
		return probe.Verdict{Outcome: probe.OutcomeFail, ExitCode: probe.ExitFinding}
	case r.Observed == probe.NotRun && r.Fault != nil && r.Fault.Kind == probe.FaultCanceled:
		return probe.Verdict{Outcome: probe.OutcomeUnknown, ExitCode: probe.ExitInterrupted}
	}
	return probe.Verdict{Outcome: probe.OutcomeUnknown, ExitCode: probe.ExitNoDiagnosis}
}

// WSAddress finds the address of the imitated SDK as a run does: the one that was
// given, what /route says, else the usual port of the API's host. For an SDK that
// speaks plain TCP it is the TCP port, and begins with tcp://.
func (p *Prober) WSAddress(ctx context.Context) (string, probe.Source, error) {
	p.prepare()
	r := &run{p: p, d: &probe.Diagnosis{}}
	if p.WS == "" {
		route, err := p.API.Route(ctx)
		if err != nil {
			return "", "", err
		}
		r.d.Target.Advertised = route
	}
	first := r.addresses()[0]
	return first.WS, first.WSSource, nil
}
