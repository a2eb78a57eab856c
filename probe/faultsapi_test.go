package probe

import (
	"testing"

	"github.com/wkctl/wkctl/probe/sandbox"
)

// TestFaultAPI: an API that fails is asked for nothing more, and what was stored
// before is taken back.
func TestFaultAPI(t *testing.T) {
	t.Parallel()
	rows := []struct {
		fault  string
		api    Outcome
		regis  Outcome
		kind   FaultKind
		status int
		most   int // requests
	}{
		{"api-500", OutcomeFail, OutcomeSkip, FaultStatus, 500, 1},
		{"api-html", OutcomeFail, OutcomeSkip, FaultNotWuKongIM, 200, 1},
		{"api-reset", OutcomeFail, OutcomeSkip, FaultReset, 0, 3}, // and what is on that port?
		{"refuse-api", OutcomeFail, OutcomeSkip, FaultRefused, 0, 0},
		{"api-500:/user/token", OutcomePass, OutcomeFail, FaultStatus, 500, 1 + 6 + 12 + 2*12 + 1}, // cleared twice: a 500 does not say that nothing was stored
		{"api-error:400:/user/token:uid不能为空！", OutcomePass, OutcomeFail, FaultStatus, 400, 1 + 6 + 12 + 1},
		{"api-error:401", OutcomeFail, OutcomeSkip, FaultStatus, 401, 3}, // and is it the manager port?
	}
	for _, row := range rows {
		t.Run(row.fault, func(t *testing.T) {
			t.Parallel()
			s, d := faulty(t, sandbox.Config{}, threeByThree(), row.fault)
			if outcomeOf(d, CheckAPI) != row.api || outcomeOf(d, CheckRegister) != row.regis || outcomeOf(d, CheckWS) != OutcomeSkip {
				t.Errorf("api %q, register %q, ws %q", outcomeOf(d, CheckAPI), outcomeOf(d, CheckRegister), outcomeOf(d, CheckWS))
			}
			f := d.Check(CheckAPI).Fault
			if row.api == OutcomePass {
				f = d.Check(CheckRegister).Fault
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
			notRun(t, d, TokenUnknown)
		})
	}
	t.Run("slow", func(t *testing.T) {
		t.Parallel()
		_, d := faulty(t, sandbox.Config{Generation: sandbox.V1}, threeByThree(), "api-slow:30ms")
		checkTable(t, d, GenV1, false)
	})
	t.Run("stores nothing", func(t *testing.T) {
		t.Parallel()
		_, d := faulty(t, sandbox.Config{RefusalClose: never}, onePairing(1, 1), "lose-token")
		if outcomeOf(d, CheckRightToken) != OutcomeFail {
			t.Errorf("the control: %q", outcomeOf(d, CheckRightToken))
		}
		if q := cell(t, d, 1, 1); q.Observed != Silent || q.ExpectToken != TokenEmpty || q.ExpectTokenSource != FromStore || q.Attempts != 1 {
			t.Errorf("got %s after %d attempts, expect_token %s from %s: the store knows better than we", q.Observed, q.Attempts, q.ExpectToken, q.ExpectTokenSource)
		}
	})
}
