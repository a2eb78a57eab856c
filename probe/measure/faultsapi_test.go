package measure

import (
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// TestFaultAPI: an API that fails is asked for nothing more, and what was stored
// before is taken back.
func TestFaultAPI(t *testing.T) {
	t.Parallel()
	rows := []struct {
		fault  string
		api    probe.Outcome
		regis  probe.Outcome
		kind   probe.FaultKind
		status int
		most   int // requests
	}{
		{"api-500", probe.OutcomeFail, probe.OutcomeSkip, probe.FaultStatus, 500, 1},
		{"api-html", probe.OutcomeFail, probe.OutcomeSkip, probe.FaultNotWuKongIM, 200, 1},
		{"api-reset", probe.OutcomeFail, probe.OutcomeSkip, probe.FaultReset, 0, 3}, // and what is on that port?
		{"refuse-api", probe.OutcomeFail, probe.OutcomeSkip, probe.FaultRefused, 0, 0},
		{"api-500:/user/token", probe.OutcomePass, probe.OutcomeFail, probe.FaultStatus, 500, 1 + 6 + 12 + 2*12 + 1}, // cleared twice: a 500 does not say that nothing was stored
		{"api-error:400:/user/token:uid不能为空！", probe.OutcomePass, probe.OutcomeFail, probe.FaultStatus, 400, 1 + 6 + 12 + 1},
		{"api-error:401", probe.OutcomeFail, probe.OutcomeSkip, probe.FaultStatus, 401, 3}, // and is it the manager port?
	}
	for _, row := range rows {
		sub(t, row.fault, func(t *lab) {
			s, d := faulty(t, sandbox.Config{}, threeByThree(), row.fault)
			if outcomeOf(d, probe.CheckAPI) != row.api || outcomeOf(d, probe.CheckRegister) != row.regis || outcomeOf(d, probe.CheckWS) != probe.OutcomeSkip {
				t.Errorf("api %q, register %q, ws %q", outcomeOf(d, probe.CheckAPI), outcomeOf(d, probe.CheckRegister), outcomeOf(d, probe.CheckWS))
			}
			f := d.Check(probe.CheckAPI).Fault
			if row.api == probe.OutcomePass {
				f = d.Check(probe.CheckRegister).Fault
			}
			if f == nil || f.Kind != row.kind || f.Status != row.status {
				t.Errorf("got %v", f)
			}
			if n := len(s.Requests()); n > row.most {
				t.Errorf("%d requests, want at most %d", n, row.most)
			}
			if ws, _, tcp := s.Dials(); ws+tcp != 0 {
				t.Errorf("%d dials", ws+tcp)
			}
			notRun(t, d, probe.TokenUnknown)
		})
	}
	sub(t, "slow", func(t *lab) {
		_, d := faulty(t, sandbox.Config{Generation: sandbox.V1}, threeByThree(), "api-slow:30ms")
		checkTable(t, d, probe.GenV1, false)
	})
	sub(t, "stores nothing", func(t *lab) {
		_, d := faulty(t, sandbox.Config{}, onePairing(1, 1), "lose-token")
		if outcomeOf(d, probe.CheckRightToken) != probe.OutcomeFail {
			t.Errorf("the control: %q", outcomeOf(d, probe.CheckRightToken))
		}
		if q := cell(t, d, 1, 1); q.Observed != probe.Silent || q.ExpectToken != probe.TokenEmpty || q.ExpectTokenSource != probe.FromStore || q.Attempts != 1 {
			t.Errorf("got %s after %d attempts, expect_token %s from %s: the store knows better than we", q.Observed, q.Attempts, q.ExpectToken, q.ExpectTokenSource)
		}
	})
}
