package probe

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wkctl/wkctl/probe/wire"
)

// connectAll runs the other controls and the pairings together, looks again
// where the answer could have been overtaken, and writes the results down.
func (r *run) connectAll(ctx context.Context) {
	seats := r.seats.others()
	first := silenceFor(r.answer)
	if len(r.seats.right.result.Lost) > 0 || r.seats.right.result.Proof == ProofPong {
		first = max(first, againSilence)
	}
	r.together(ctx, "pairings", seats, first)
	for range againRounds {
		doubtful, wait := r.doubtful(seats)
		if len(doubtful) == 0 || !sleep(ctx, backoff) {
			break
		}
		r.together(ctx, "again", doubtful, wait)
	}
	r.check(control(CheckWrongToken, &r.seats.wrong.result, false))
	r.check(control(CheckEmptyToken, &r.seats.empty.result, false))
	r.check(control(CheckUnknownUser, &r.seats.unknown.result, false))
	if r.seats.fix != nil {
		r.check(control(CheckFix, &r.seats.fix.result, true))
	}
}

// together connects the seats at once, each a uid of its own.
func (r *run) together(ctx context.Context, stage string, seats []*seat, silence time.Duration) {
	var g errgroup.Group
	g.SetLimit(connectParallel)
	var done atomic.Int64
	for _, s := range seats {
		g.Go(func() error {
			if ctx.Err() == nil && s.fault == nil {
				pat := patience{silence: silence, limit: max(answerLimit, 2*silence)}
				s.result, s.frames = r.try(ctx, r.login(s), pat, s.result)
			}
			r.progress(stage, int(done.Add(1)), len(seats))
			return nil
		})
	}
	_ = g.Wait()
}

const (
	// againRounds is how often doubtful silences are looked at again.
	againRounds = 2
	// againSilence is the shortest wait of such a second look.
	againSilence = time.Second
)

// doubtful lists the silent seats whose PING may have come too early: the
// server took longer for some other good CONNECT of this run than a tenth of
// the wait, or the seat's own token should have been accepted. A refusal must
// not be the doing of a busy server.
func (r *run) doubtful(seats []*seat) (list []*seat, wait time.Duration) {
	slowest := r.answer
	for _, s := range seats {
		if s.result.Observed == Accepted {
			slowest = max(slowest, time.Duration(s.result.AnswerMS*float64(time.Millisecond)))
		}
	}
	needed := silenceFor(slowest)
	wait = max(needed, againSilence)
	for _, s := range seats {
		if s.result.Proof != ProofPingClose {
			continue
		}
		waited := time.Duration(s.result.WaitedMS * float64(time.Millisecond))
		if waited < needed-time.Millisecond || s.own && waited < againSilence-time.Millisecond {
			list = append(list, s)
		}
	}
	return list, wait
}

// conclude puts the pairings, the generation and token auth into the Diagnosis.
func (r *run) conclude() {
	r.d.Server.TokenAuth = AuthUnknown
	if r.seats == nil {
		return
	}
	if accepted, known := verdictOf(&r.seats.wrong.result); known {
		r.d.Server.TokenAuth = AuthOn
		if accepted {
			r.d.Server.TokenAuth = AuthOff
		}
	}
	r.pairings()
	r.generation()
	for i := range r.d.Pairings {
		p := &r.d.Pairings[i]
		if p.ExpectTokenSource == "" {
			p.ExpectToken, p.ExpectTokenSource = registered(r.d.Server.Generation, p.TokenFlag, p.ConnectFlag), FromRegistering
		}
	}
}

func (r *run) pairings() {
	for i, s := range r.seats.pairings {
		key := r.seats.keys[i]
		p := Pairing{
			ID: NewPairingID(key.token, key.connect), TokenFlag: key.token, ConnectFlag: key.connect,
			SDK: r.p.SDK.ID, UID: s.uid, Token: s.send.String(), Result: s.result, Verdict: OutcomeUnknown,
			ExpectToken: s.expect, ExpectTokenSource: s.expectSource,
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
	clues := r.clues
	if r.p.SDK.ProtocolByte >= clueVersion {
		if c, ok := answerClue(&r.seats.right.result); ok {
			clues = append(clues, c)
		}
		if c, ok := refusalClue(&r.seats.wrong.result); ok {
			clues = append(clues, c)
		}
	}
	if r.d.Server.TokenAuth == AuthOn {
		for i := range r.d.Pairings {
			if c, ok := pairingClue(&r.d.Pairings[i]); ok {
				clues = append(clues, c)
			}
		}
	}
	r.d.Server.Generation, r.d.Server.Evidence = conclude(clues)
	for _, s := range append([]*seat{r.seats.right}, r.seats.others()...) {
		r.d.Server.Protocol = max(r.d.Server.Protocol, int(s.result.ServerVersion))
	}
}

// registered says what the server has stored for (uid, connect flag), given
// that the user has one token, which we stored under the token flag.
func registered(gen Generation, token, connect wire.DeviceFlag) ExpectToken {
	lookup := connect
	switch gen {
	case GenV10: // processor.go:91 of v1.0.5 asks for the flag of an unset field
		lookup = controlFlag
	case GenV2Beta: // one token per uid
		return TokenMatch
	}
	if lookup == token {
		return TokenMatch
	}
	return TokenEmpty
}
