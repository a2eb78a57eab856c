package measure

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/wire"
)

// TestCanceled: a run that is stopped half-way, at every stage, is not complete,
// says so soon, and leaves no token.
func TestCanceled(t *testing.T) {
	t.Parallel()
	rows := []struct {
		stage  string
		faults []string
		took   time.Duration // from the stop on
	}{
		{"api", []string{"api-slow:80ms"}, 0}, {"register", []string{"api-slow:80ms"}, 80*ms + 2*hop}, // one token to clear
		{"control", []string{"mute"}, 4 * hop}, {"pairings", nil, 4 * hop}, {"again", nil, 4 * hop}, {"cleanup", nil, 4 * hop}, // twelve, 8 at a time
	}
	for _, row := range rows {
		sub(t, row.stage, func(t *lab) {
			s := stand(t, sandbox.Config{}, row.faults...)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			p := proberOf(t, s.APIURL())
			if row.stage == "again" { // own tokens that are refused are worth a second look
				p.WS = slowForSome(t, func(c *wire.Connect) (time.Duration, bool) { return 0, strings.HasSuffix(c.UID, "-right") })
			}
			var stopped time.Time
			var once sync.Once
			p.Progress = func(g Progress) {
				if g.Stage == row.stage {
					once.Do(func() { stopped = time.Now(); cancel() })
				}
			}
			d := p.Diagnose(ctx, threeByThree())
			if took := time.Since(stopped); took != row.took {
				t.Errorf("it ended %s after the stop, want %s", took, row.took)
			}
			if ctx.Err() == nil {
				t.Fatalf("stage %s never came", row.stage)
			}
			if complete := row.stage == "cleanup"; d.Complete != complete {
				t.Errorf("complete %t", d.Complete)
			}
			harmless(t, s)
			for i := range d.Pairings {
				if q := &d.Pairings[i]; q.Observed == probe.Refused || q.Proof == probe.ProofIdleClose || q.Observed == probe.Unreachable {
					t.Errorf("%s: %s, proof %q", q.ID, q.Observed, q.Proof)
				}
			}
			for _, c := range d.Checks {
				if c.Outcome == probe.OutcomeFail && c.ID != probe.CheckRightToken {
					t.Errorf("check %s failed: %v", c.ID, c.Fault)
				}
			}
		})
	}
	sub(t, "before it began", func(t *lab) {
		s := stand(t, sandbox.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		d := proberOf(t, s.APIURL()).Diagnose(ctx, threeByThree())
		if d.Complete || len(s.Requests()) != 0 || outcomeOf(d, probe.CheckAPI) != probe.OutcomeUnknown {
			t.Errorf("complete %t, %d requests, api %q", d.Complete, len(s.Requests()), outcomeOf(d, probe.CheckAPI))
		}
	})
}

// TestProgress: every stage is told, in order, and counts to its total.
func TestProgress(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		s := stand(t, sandbox.Config{Generation: sandbox.V1})
		p := proberOf(t, s.APIURL())
		told := make(chan Progress, 1000)
		p.Progress = func(g Progress) { told <- g }
		p.Diagnose(t.Context(), threeByThree())
		close(told)
		var stages []string
		last := map[string]int{}
		for g := range told {
			if !slices.Contains(stages, g.Stage) {
				stages = append(stages, g.Stage)
			}
			last[g.Stage] = max(last[g.Stage], g.Done)
			if g.Done > g.Total || g.Limit <= 0 {
				t.Errorf("%+v", g)
			}
		}
		if want := []string{"api", "register", "control", "pairings", "cleanup"}; !slices.Equal(stages, want) {
			t.Errorf("stages %v, want %v", stages, want)
		}
		if last["register"] != 13 || last["pairings"] != 12 {
			t.Errorf("counted to %v", last)
		}
	})
}
