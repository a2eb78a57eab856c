package diagnose

import (
	"encoding/json"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// ownRows are WK523 and what becomes of WK503, WK504 and WK516 for users that the
// run made itself.
func ownRows() []causeRow {
	row := func(uid string, s probe.ExpectToken) probe.OwnRow { return probe.OwnRow{UID: uid, State: s} }
	held := func(rows ...probe.OwnRow) func(*probe.Diagnosis) {
		return func(d *probe.Diagnosis) {
			r := quiet()
			c := d.Check(probe.CheckRightToken)
			c.Outcome, c.Result, d.OwnRows = probe.OutcomeFail, &r, rows
		}
	}
	shown := func(s probe.ExpectToken, source probe.ExpectTokenSource) func(*probe.Diagnosis) {
		return func(d *probe.Diagnosis) {
			p := &d.Pairings[0]
			p.Result, p.ExpectToken, p.ExpectTokenSource = quiet(), s, source
		}
	}
	empty, other, match := probe.TokenEmpty, probe.TokenOther, probe.TokenMatch
	return []causeRow{
		{code: "WK523", name: "always", variant: "always", d: table(held(row("wkctl-1", empty), row("wkctl-2", empty)))},
		{code: "WK523", name: "once", variant: "once", d: table(held(row("wkctl-1", empty), row("wkctl-2", match)))},
		{code: "WK523", name: "a pairing", variant: "seen", d: table(shown(empty, probe.FromStore))},
		{code: "WK523", name: "another token", variant: "seen", d: setUpOwn(shown(other, probe.FromLog))},
		{code: "WK523", name: "kept", absent: true, d: table(held(row("wkctl-1", match)))},
		{code: "WK523", name: "an existing user", absent: true, d: user(stored(empty, quiet(), probe.StoredState{DeviceFlag: 1, State: empty}))},
		{code: "WK504", name: "a user of this run", absent: true, d: table(shown(empty, probe.FromStore))},
		{code: "WK503", name: "a user of this run", absent: true, d: table(shown(other, probe.FromStore))},
		{code: "WK516", name: "not kept", absent: true, d: table(held(row("wkctl-1", empty)))},
		{code: "WK516", name: "kept", variant: "kept", d: table(held(row("wkctl-1", match)))},
	}
}

// setUpOwn is set-up mode with a token under the client's own flag.
func setUpOwn(edits ...func(*probe.Diagnosis)) *probe.Diagnosis {
	d := setUp(1, 1, quiet())
	d.Pairings[0].ExpectToken = probe.TokenMatch
	return edited(d, edits)
}

// residualRows are WK517 and WK604.
func residualRows() []causeRow {
	no := turnedAway(wire.ReasonAuthFail)
	mute := probe.Result{Observed: probe.Silent, ElapsedMS: 7000, Attempts: 1}
	resets := probe.Result{Observed: probe.Unreachable, Attempts: 3, Fault: &probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultReset, Address: "im.example.com:5200"}}
	noFiles := probe.Result{Observed: probe.Unreachable, Attempts: 1, Fault: &probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultOpenFiles, Address: "im.example.com:5200"}}
	first := func(r probe.Result) func(*probe.Diagnosis) {
		return func(d *probe.Diagnosis) { d.Pairings[0].Result = r }
	}
	cut := func(why probe.Stop) func(*probe.Diagnosis) {
		return func(d *probe.Diagnosis) {
			d.Complete, d.Stopped, d.Pairings[1].Result = false, why, probe.Result{Observed: probe.NotRun}
		}
	}
	return []causeRow{
		{code: "WK517", name: "nothing known", d: user(blind())},
		{code: "WK517", name: "its own flag, table", variant: "own", d: table(first(quiet()))},
		{code: "WK517", name: "its own flag, set-up", variant: "own", d: setUpOwn()},
		{code: "WK517", name: "another flag, nothing known of it", variant: "other", d: edited(setUp(0, 1, no), []func(*probe.Diagnosis){func(d *probe.Diagnosis) { d.Pairings[0].ExpectToken = probe.TokenUnknown }})},
		{code: "WK517", name: "another cause says it", absent: true, d: user(blind(try(0, "", no)))},
		{code: "WK517", name: "not kept", absent: true, d: table(func(d *probe.Diagnosis) {
			p := &d.Pairings[0]
			p.Result, p.ExpectToken, p.ExpectTokenSource = quiet(), probe.TokenEmpty, probe.FromStore
		})},
		{code: "WK517", name: "refused by design", absent: true, d: table()},
		{code: "WK604", name: "mute", variant: "mute", d: table(untestedFor(mute))},
		{code: "WK604", name: "resets", variant: "closed", d: table(untestedFor(resets))},
		{code: "WK604", name: "its user was not registered", variant: "register", d: table(func(d *probe.Diagnosis) {
			f := request(probe.FaultReset, 0, "")
			d.Pairings[1].Result = probe.Result{Observed: probe.NotRun, Fault: &f}
		}, func(d *probe.Diagnosis) { d.Complete = false })},
		{code: "WK604", name: "no more open files", variant: "files", d: table(untestedFor(noFiles))},
		{code: "WK604", name: "time is up", variant: "time", d: table(cut(probe.StopMaxTime))},
		{code: "WK604", name: "interrupted", absent: true, d: table(cut(probe.StopInterrupt))},
		{code: "WK604", name: "the API says why", absent: true, d: table(failed(probe.CheckRegister, posted(probe.FaultStatus, 403, ""), ""))},
		{code: "WK604", name: "all tested", absent: true, d: table()},
	}
}

// TestExplainTwice: a saved diagnosis can be explained again, and says the same.
func TestExplainTwice(t *testing.T) {
	t.Parallel()
	for _, row := range causeRows() {
		Explain(row.d)
		once, err := json.Marshal(row.d)
		if err != nil {
			t.Fatal(err)
		}
		var saved probe.Diagnosis
		if err := json.Unmarshal(once, &saved); err != nil {
			t.Fatal(err)
		}
		Explain(&saved)
		twice, err := json.Marshal(&saved)
		if err != nil {
			t.Fatal(err)
		}
		if string(once) != string(twice) {
			t.Errorf("%s %s: explained again it differs:\n%s\n%s", row.code, row.name, once, twice)
		}
	}
}
