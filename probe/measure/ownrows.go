package measure

import (
	"context"
	"slices"

	"github.com/wkctl/wkctl/probe"
)

// A test user's own token that is refused has no history but this run's: nobody
// logged it out and no other back end stored another token. Either the server
// does not keep what it acknowledged (v2.0.8 right after its start keeps empty
// tokens, 3 of 11 starts) or it refuses that flag. A fresh user shows which.

// secondLooks is how many refused own tokens are looked at again: they go one by
// one, several seconds each, and a few show what holds for all.
const secondLooks = 3

// lookTwice looks again at the first own tokens that were refused: at what the
// server has stored, and with a fresh user.
func (r *run) lookTwice(ctx context.Context) {
	if works, _ := r.layout.right.result.LetIn(); !works {
		return
	}
	zeroOnly := slices.Contains(possible(r.clues), probe.GenV10) // such a server refuses every own flag but 0
	looks := 0
	for _, s := range r.layout.others() {
		if s.sameFlag && s.known && refused(&s.result) && (s.flag == controlFlag || !zeroOnly) && looks < secondLooks {
			looks++
			r.another(ctx, s)
		}
	}
}

func refused(res *probe.Result) bool {
	accepted, known := res.LetIn()
	return known && !accepted
}

// another writes down what is stored for a trial, and gives it a fresh user, whose
// result counts where that one is let in.
func (r *run) another(ctx context.Context, s *trial) {
	if !r.ownRow(ctx, s) {
		return
	}
	fresh := *s
	token, err := r.p.NewToken()
	if err != nil {
		return
	}
	fresh.uid, fresh.send, fresh.result, fresh.frames = s.uid+"-again", token, probe.Result{Observed: probe.NotRun}, nil
	fresh.stored = []probe.StoredToken{{DeviceFlag: s.stored[0].DeviceFlag, DeviceLevel: s.stored[0].DeviceLevel, Token: token}}
	if r.ledger.Register(ctx, fresh.uid, fresh.stored[0]) != nil || !sleep(ctx, backoff) {
		return
	}
	pat := patience{silence: maxSilence, limit: max(answerLimit, 2*maxSilence)}
	fresh.result, fresh.frames = r.try(ctx, r.login(&fresh), pat, probe.Result{})
	looked := r.ownRow(ctx, &fresh)
	if accepted, _ := fresh.result.LetIn(); accepted && looked {
		*s = fresh
	}
}

// ownRow writes down what the server has stored for the trial's user. It says
// whether the run goes on.
func (r *run) ownRow(ctx context.Context, s *trial) bool {
	row := probe.OwnRow{UID: s.uid, DeviceFlag: s.flag, State: probe.TokenUnknown}
	if r.mayHaveStore() {
		if rows, ok, err := r.p.API.Stored(ctx, s.uid); ok && err == nil {
			row.State = compare(rows, s)
		}
	}
	if ctx.Err() != nil {
		return false
	}
	r.d.OwnRows = append(r.d.OwnRows, row)
	return true
}
