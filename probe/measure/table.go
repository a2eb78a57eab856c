package measure

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// connectAll runs the other controls and the pairings together, looks again
// where the answer could have been overtaken, and writes the results down.
func (r *run) connectAll(ctx context.Context) {
	r.planSDKs()
	trials := r.layout.others()
	first := silenceFor(r.answer)
	if len(r.layout.right.result.Lost) > 0 || r.layout.right.result.Proof == probe.ProofPong {
		first = max(first, againSilence)
	}
	var addresses sync.WaitGroup
	addresses.Go(func() { r.checkAddresses(ctx, r.login(r.layout.unknown)) })
	r.byProtocol(ctx, trials, first)
	addresses.Wait()
	for _, least := range []time.Duration{againSilence, maxSilence} {
		// Where nothing is doubtful by one measure, it may be by the next: a login
		// that took longer than all others has waited long enough for the second
		// look, and not for the third.
		doubtful, wait := r.doubtful(trials, least)
		if len(doubtful) > 0 && sleep(ctx, backoff) {
			r.together(ctx, "again", doubtful, wait)
		}
	}
	r.lookTwice(ctx)
	r.check(control(probe.CheckWrongToken, &r.layout.wrong.result, false))
	r.check(control(probe.CheckEmptyToken, &r.layout.empty.result, false))
	r.check(control(probe.CheckUnknownUser, &r.layout.unknown.result, false))
	if accepted, _ := r.layout.wrong.result.LetIn(); r.layout.fix != nil && !accepted { // where any token is let in, a fix that is let in shows nothing
		r.check(control(probe.CheckFix, &r.layout.fix.result, true))
	}
	if r.layout.client != nil {
		r.check(alternative(probe.CheckClientFix, &r.layout.client.result))
	}
}

// together connects the trials at once, each a uid of its own. Many go in waves:
// a PING makes v2 close what it has refused, and nothing is dialled meanwhile.
func (r *run) together(ctx context.Context, stage string, trials []*trial, silence time.Duration) {
	var done atomic.Int64
	var given *probe.Fault // up, because of this: no wave behind it would fare better
	for wave := range slices.Chunk(trials, connectParallel) {
		sleep(ctx, afterClose) // what the last PINGs ended is being closed
		var wg sync.WaitGroup
		for _, s := range wave {
			wg.Go(func() {
				switch {
				case ctx.Err() != nil || s.fault != nil:
				case given != nil:
					s.fault = given
				default:
					pat := patience{silence: silence, limit: max(answerLimit, 2*silence)}
					s.result, s.frames = r.try(ctx, r.login(s), pat, s.result)
				}
				r.progress(stage, int(done.Add(1)), len(trials))
			})
		}
		wg.Wait()
		if given == nil {
			given = r.hopeless(wave)
		}
	}
}

// hopeless says why nothing more should be dialled behind a wave, nil where
// nothing speaks against it: this machine has no sockets left, or a whole wave got
// no answer.
func (r *run) hopeless(wave []*trial) *probe.Fault {
	for _, s := range wave {
		if f := s.result.Fault; f != nil && f.Kind == probe.FaultOpenFiles {
			return &probe.Fault{Phase: f.Phase, Kind: f.Kind, Address: f.Address, Text: f.Text}
		}
	}
	if len(wave) == connectParallel && !slices.ContainsFunc(wave, answered) {
		return notTried(hostOf(r.login(wave[0]).address), "the logins before it got no answer")
	}
	return nil
}

// answered says whether a trial's login came to any end but waiting in vain.
func answered(s *trial) bool {
	res := &s.result
	timeout := res.Observed == probe.Unreachable && res.Fault != nil && res.Fault.Kind == probe.FaultTimeout
	return s.fault == nil && !mute(res) && !timeout
}

// againSilence is the shortest wait of a second look; a third waits maxSilence.
const againSilence = time.Second

// doubtful lists the silent trials whose PING may have come too early: the
// server took longer for some other good CONNECT of this run than a tenth of
// the wait; or the trial's own token should have been accepted as the control's
// was, or others were accepted that should not, and it waited less than least.
// A refusal must not be the doing of a busy server.
func (r *run) doubtful(trials []*trial, least time.Duration) (list []*trial, wait time.Duration) {
	slowest, lax := r.answer, false
	works, _ := r.layout.right.result.LetIn()
	for _, s := range trials {
		if s.result.Observed == probe.Accepted {
			slowest = max(slowest, time.Duration(s.result.AnswerMS*float64(time.Millisecond)))
			lax = lax || !s.sameFlag
		}
	}
	needed := silenceFor(slowest)
	wait = max(needed, least)
	for _, s := range trials {
		if s.result.Proof != probe.ProofPingClose {
			continue
		}
		waited := time.Duration(s.result.WaitedMS * float64(time.Millisecond))
		if waited < needed-time.Millisecond || (s.sameFlag && works || lax) && waited < least-time.Millisecond {
			list = append(list, s)
		}
	}
	return list, wait
}

// conclude puts the pairings, the generation and token auth into the Diagnosis.
func (r *run) conclude() {
	r.d.Server.TokenAuth = probe.AuthUnknown
	if r.layout == nil {
		return
	}
	for _, s := range []*trial{r.layout.empty, r.layout.unknown, r.layout.wrong} { // the last one known counts
		if accepted, known := s.result.LetIn(); known {
			r.d.Server.TokenAuth = probe.AuthOn
			if accepted {
				r.d.Server.TokenAuth = probe.AuthOff
			}
		}
	}
	r.pairings()
	r.sdkRows()
	r.generation()
	for i := range r.d.Pairings {
		p := &r.d.Pairings[i]
		switch {
		case p.ExpectTokenSource != "":
		case !r.layout.pairings[i].known:
			p.ExpectToken = probe.TokenUnknown
		default:
			p.ExpectToken, p.ExpectTokenSource = registered(r.d.Server.Generation, p.TokenFlag, p.ConnectFlag), probe.FromRegistering
		}
	}
}

func (r *run) pairings() {
	for i, s := range r.layout.pairings {
		key := r.layout.keys[i]
		p := probe.Pairing{
			ID: probe.NewPairingID(key.token, key.connect), TokenFlag: key.token, ConnectFlag: key.connect,
			SDK: r.p.SDK.ID, UID: s.uid, Token: s.send.String(), Result: s.result, Verdict: probe.OutcomeUnknown,
			ExpectToken: s.expect, ExpectTokenSource: s.expectSource, Impossible: s.never,
		}
		if s.fault != nil {
			p.Fault = s.fault
		}
		r.d.Pairings = append(r.d.Pairings, p)
	}
}

// clueVersion is the client version from which a CONNACK states the server's
// own version up to 5, and a refusal of v2.0 carries a node id.
const clueVersion = 5

// generation weighs the API's answers and the connections' together.
func (r *run) generation() {
	clues := append(r.clues, r.wireClues(&r.layout.right.result, &r.layout.wrong.result)...)
	if r.d.Server.TokenAuth == probe.AuthOn {
		for i := range r.d.Pairings {
			if c, ok := pairingClue(&r.d.Pairings[i]); ok {
				clues = append(clues, c)
			}
		}
	}
	r.d.Server.Generation, r.d.Server.Evidence = conclude(clues)
	for _, s := range append([]*trial{r.layout.right}, r.layout.others()...) {
		r.d.Server.Protocol = max(r.d.Server.Protocol, int(s.result.ServerVersion))
	}
}

// wireClues reads a good answer and a refusal.
func (r *run) wireClues(good, bad *probe.Result) []clue {
	var clues []clue
	if r.controls.sdk.ProtocolByte < clueVersion {
		return nil
	}
	if c, ok := answerClue(good); ok {
		clues = append(clues, c)
	}
	if c, ok := refusalClue(bad); ok {
		clues = append(clues, c)
	}
	return clues
}

// registered says what the server has stored for (uid, connect flag), given
// that the user has one token, which we stored under the token flag.
func registered(gen probe.Generation, token, connect wire.DeviceFlag) probe.ExpectToken {
	if gen == probe.GenV2Beta { // one token per uid
		return probe.TokenMatch
	}
	if gen.LookupFlag(connect) == token {
		return probe.TokenMatch
	}
	return probe.TokenEmpty
}
