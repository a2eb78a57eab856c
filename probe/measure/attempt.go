package measure

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/foreign"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// login is what one connection presents.
type login struct {
	address string // ws://, wss:// or tcp://
	uid     string
	token   secret.Token
	flag    wire.DeviceFlag
	as      *dialect // nil = as the controls of the run
}

// attempt is one connection from dial to verdict.
type attempt struct {
	login    login
	dialer   *dialer
	open     opener
	pinger   func() (sdk.Message, error)
	patience patience
	life     context.Context // bounds the connection after the verdict
	keep     func(*link)     // takes the connection over; it is closed with the run
	manager  string          // uid of the server's own account; "" = its default
	slowest  *atomic.Int64   // shared by the run: the longest wait for an acceptance, in ns
	pulse    *pulse          // is told what leaves; nil = nobody wants to know

	started  time.Time // dial began
	dialedAt time.Time
	sentAt   time.Time // CONNECT began to be written: an answer cannot be earlier
	pingedAt time.Time // zero: no PING yet
	result   probe.Result
	frames   []probe.FrameDump
	link     *link
}

// run makes the connection and waits for its verdict. It returns false when the
// connection was lost through no fault of the login and should be tried again.
func (a *attempt) run(ctx context.Context) (settled bool) {
	a.started = time.Now()
	a.result = probe.Result{Observed: probe.NotRun}
	if uid := a.login.uid; uid == wire.ManagerUID || uid != "" && uid == a.manager {
		text := fmt.Sprintf("refusing to connect as %q: a wrong token for it crashes servers v2.1.0 to v2.2.5", uid)
		return a.fail(probe.NotRun, &probe.Fault{Phase: probe.PhaseConnect, Kind: probe.FaultOther, Text: a.dialer.clean(text, maxText)})
	}
	a.pulse.sent("a new connection to " + hostOf(a.login.address))
	conn, err := a.dialer.dial(ctx, a.life, a.login.address)
	a.started = a.started.Add(conn.paused)
	a.result.Steps = conn.steps
	if err != nil {
		f := faultOf(err)
		a.fail(observedAtDial(f), f)
		return !retriableDial(f)
	}
	a.dialedAt = time.Now()
	a.link = conn.link
	a.keep(conn.link)
	m, err := a.open(a.login)
	if err != nil {
		return a.fail(probe.NotRun, &probe.Fault{Phase: probe.PhaseConnect, Kind: probe.FaultOther, Text: a.dialer.clean(err.Error(), maxText)})
	}
	if err := a.send(ctx, m); err != nil {
		f := a.dialer.fault(ctx, err, probe.PhaseConnect, hostOf(a.login.address))
		a.fail(observedAtDial(f), f)
		return !retriableDial(f)
	}
	return a.await(ctx)
}

func faultOf(err error) *probe.Fault {
	var f *probe.Fault
	if errors.As(err, &f) {
		return f
	}
	return &probe.Fault{Kind: probe.FaultOther, Text: foreign.Clean(err.Error(), maxText)}
}

// observedAtDial separates "we stopped" from "cannot be reached".
func observedAtDial(f *probe.Fault) probe.Observed {
	if f.Kind == probe.FaultCanceled {
		return probe.NotRun
	}
	return probe.Unreachable
}

// retriableDial is true for the resets with which v1.0.9 to v2.2.5 meet a
// connection whose descriptor was reused too early (wknet conn.go:317).
func retriableDial(f *probe.Fault) bool {
	return f.Kind == probe.FaultReset || f.Kind == probe.FaultEOF && f.Phase == probe.PhaseUpgrade && f.AfterMS > minLostMS
}

// minLostMS tells a descriptor's reuse, which shows after 2 to 3 s, from a port
// that is no WebSocket port and closes at once.
const minLostMS = 1500

func (a *attempt) fail(o probe.Observed, f *probe.Fault) bool {
	f.AfterMS = millis(time.Since(a.started))
	a.result.Observed, a.result.Fault = o, f
	a.result.ElapsedMS = f.AfterMS
	return true
}

// send writes CONNECT, alone and whole: v2.2.0 and later close a connection
// that sends anything with it.
func (a *attempt) send(ctx context.Context, m sdk.Message) error {
	limited, cancel := withLimit(ctx, a.dialer.timeout)
	defer cancel()
	a.sentAt = time.Now()
	a.pulse.sent(m.Name + " to " + hostOf(a.login.address))
	if err := a.link.transport.send(limited, m.Payload, m.Text); err != nil {
		return err
	}
	a.step(probe.StepConnect, time.Since(a.sentAt))
	a.dump(true, a.sentAt, m.Name, masked(m))
	return nil
}

// await reads until the verdict. Silence is answered with a PING, once.
func (a *attempt) await(ctx context.Context) bool {
	silence := time.NewTimer(a.pace().untilPing(time.Since(a.dialedAt), a.upgrade()))
	defer silence.Stop()
	limit := time.NewTimer(a.patience.limit)
	defer limit.Stop()
	for {
		select {
		case e, open := <-a.link.events:
			if !open || e.err != nil && ctx.Err() != nil { // the run is over
				return a.stopped()
			}
			if done, settled := a.handle(e); done {
				if a.result.Observed == probe.Accepted && a.patience.hold > 0 {
					a.watch(ctx)
				}
				return settled
			}
		case <-silence.C:
			if ctx.Err() != nil { // a write would close the connection, and look like an answer
				return a.stopped()
			}
			if len(a.link.events) > 0 { // what has come goes first
				silence.Reset(time.Millisecond)
				break
			}
			if more := a.tooSoon(); more > 0 {
				silence.Reset(more)
				break
			}
			a.ping(ctx)
		case <-limit.C:
			a.verdict(probe.Silent, probe.ProofNone)
			a.result.Fault = &probe.Fault{Phase: probe.PhaseAnswer, Kind: probe.FaultTimeout, Address: hostOf(a.login.address),
				LimitMS: millis(a.patience.limit), AfterMS: a.result.ElapsedMS, Text: "neither CONNACK nor PONG nor close"}
			return true
		case <-ctx.Done():
			return a.stopped()
		}
	}
}

// stopped notes that the run ended before the verdict. The WebSocket library closes a
// connection whose context ends while something is written, which is no close of
// the server's.
func (a *attempt) stopped() bool {
	return a.fail(probe.NotRun, &probe.Fault{Phase: probe.PhaseAnswer, Kind: probe.FaultCanceled, Text: "stopped"})
}

// ping asks whether the connection is logged in, in the SDK's own protocol.
func (a *attempt) ping(ctx context.Context) {
	m, err := a.pinger()
	if err != nil {
		return // the limit will end the wait
	}
	limited, cancel := withLimit(ctx, a.dialer.timeout)
	defer cancel()
	a.pulse.sent(m.Name + " to " + hostOf(a.login.address))
	a.pingedAt = time.Now() // before the write: no reaction is earlier
	// A write error means that the connection has ended: its reader says how.
	_ = a.link.transport.send(limited, m.Payload, m.Text)
	a.result.WaitedMS = millis(a.pingedAt.Sub(a.sentAt))
	a.dump(true, a.pingedAt, m.Name, hex.EncodeToString(m.Payload))
}

// handle takes one event; done says that the verdict is known.
func (a *attempt) handle(e event) (done, settled bool) {
	if e.err != nil || e.frame == nil {
		return true, a.ended(e)
	}
	a.dump(false, e.at, frameName(e.frame), a.received(e.raw))
	switch f := e.frame.(type) {
	case *wire.Connack:
		a.result.ReasonCode, a.result.Reason = f.Reason, f.Reason.String()
		a.result.ServerVersion = f.ServerVersion
		if f.HasNodeID {
			a.result.NodeID = &f.NodeID
		}
		a.result.AnswerMS = millis(e.at.Sub(a.sentAt))
		if f.Reason == wire.ReasonSuccess {
			a.accepted(e.at.Sub(a.sentAt))
			a.sessionKey(f)
			a.verdict(probe.Accepted, probe.ProofConnack)
		} else {
			a.verdict(probe.Refused, probe.ProofConnack)
		}
		return true, true
	case wire.Pong:
		a.verdict(probe.Accepted, probe.ProofPong)
		return true, true
	case *wire.Disconnect:
		a.disconnected(f, 0)
		a.verdict(probe.Closed, probe.ProofNone)
		return true, true
	}
	return false, false
}

// sessionKey notes what the CONNACK brought for decrypting. JSON-RPC clients
// get none, by design.
func (a *attempt) sessionKey(f *wire.Connack) {
	if f.ServerKey != "" || f.Salt != "" {
		a.result.SessionKey = &probe.SessionKey{ServerKeyBytes: len(f.ServerKey), SaltBytes: len(f.Salt)}
	}
}

// watch stays on after the login: a master login elsewhere, or a server that
// closes late, ends the connection now.
func (a *attempt) watch(ctx context.Context) {
	from := time.Now()
	over := time.NewTimer(a.patience.hold)
	defer over.Stop()
	for {
		select {
		case e, open := <-a.link.events:
			a.result.HeldMS = millis(time.Since(from))
			if d, ok := e.frame.(*wire.Disconnect); ok {
				a.dump(false, e.at, frameName(d), a.received(e.raw))
				a.disconnected(d, e.at.Sub(from))
				return
			}
			if !open || e.err != nil {
				a.result.Dropped = ctx.Err() == nil
				return
			}
		case <-over.C:
			a.result.HeldMS = millis(a.patience.hold)
			return
		case <-ctx.Done():
			return
		}
	}
}

func (a *attempt) disconnected(d *wire.Disconnect, after time.Duration) {
	a.result.Disconnect = &probe.Disconnect{
		ReasonCode: d.Reason, Reason: d.Reason.String(), Text: a.dialer.clean(d.Text, maxText), AfterMS: millis(after),
	}
}

// ended reads the end of the connection: what it means depends on when it came.
func (a *attempt) ended(e event) bool {
	var format *wire.FormatError
	if errors.As(e.err, &format) {
		a.dump(false, e.at, "?", a.received(e.raw))
		a.verdict(probe.Closed, probe.ProofNone)
		a.result.Fault = &probe.Fault{Phase: probe.PhaseAnswer, Kind: probe.FaultGarbage, Address: hostOf(a.login.address), Text: a.dialer.clean(format.Error(), maxText)}
		return true
	}
	fault := a.closeFault(e)
	end := ending{
		sinceDial: e.at.Sub(a.dialedAt), sinceConnect: e.at.Sub(a.sentAt), upgrade: a.upgrade(), reset: fault.Kind == probe.FaultReset,
	}
	if !a.pingedAt.IsZero() {
		end.pinged, end.sincePing = true, e.at.Sub(a.pingedAt)
	}
	observed, proof, lost := end.meaning()
	a.verdict(observed, proof)
	if lost || observed == probe.Closed {
		a.result.Fault = fault
	}
	return !lost
}

func (a *attempt) closeFault(e event) *probe.Fault {
	f := classify(orEOF(e.err), probe.PhaseAnswer, hostOf(a.login.address))
	f.Text = a.dialer.clean(f.Text, maxText)
	f.AfterMS = millis(e.at.Sub(a.sentAt))
	return f
}

func (a *attempt) verdict(o probe.Observed, p probe.Proof) {
	end := time.Now()
	a.result.Observed, a.result.Proof = o, p
	if o == probe.Accepted {
		a.link.loggedAt.Store(end.UnixNano())
	}
	a.result.ElapsedMS = millis(end.Sub(a.started))
	a.step(probe.StepAnswer, end.Sub(a.sentAt))
}

func (a *attempt) step(name probe.StepName, d time.Duration) {
	a.result.Steps = append(a.result.Steps, probe.Step{Name: name, ElapsedMS: millis(d)})
}
