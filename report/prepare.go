package report

import (
	"slices"

	"github.com/wkctl/wkctl/probe"
)

// prepared gives a copy of d that is safe to show and has no unsaid state: a
// diagnosis that was cut short may leave some empty.
func prepared(d *probe.Diagnosis) *probe.Diagnosis {
	d = cleaned(d)
	setDefault(&d.Mode, probe.ModeTable)
	setDefault(&d.Server.Generation, probe.GenUnknown)
	setDefault(&d.Server.TokenAuth, probe.AuthUnknown)
	setDefault(&d.Verdict.Outcome, probe.OutcomeUnknown)
	for i := range d.Checks {
		setDefault(&d.Checks[i].Outcome, probe.OutcomeUnknown)
		if r := d.Checks[i].Result; r != nil {
			setDefault(&r.Observed, probe.NotRun)
		}
	}
	for i := range d.Addresses {
		setDefault(&d.Addresses[i].Outcome, probe.OutcomeUnknown)
	}
	for i := range d.Pairings {
		p := &d.Pairings[i]
		p.ID = probe.NewPairingID(p.TokenFlag, p.ConnectFlag)
		setDefault(&p.Observed, probe.NotRun)
		setDefault(&p.Expected, probe.NotRun)
		setDefault(&p.Verdict, probe.OutcomeUnknown)
		setDefault(&p.ExpectToken, probe.TokenUnknown)
	}
	d.SDKs = rectangular(d.SDKs)
	for i := range d.SDKs {
		for j := range d.SDKs[i].TokenFlags {
			setDefault(&d.SDKs[i].TokenFlags[j].Observed, probe.NotRun)
			setDefault(&d.SDKs[i].TokenFlags[j].Verdict, probe.OutcomeUnknown)
		}
	}
	for i := range d.Findings {
		setDefault(&d.Findings[i].Severity, probe.SeverityInfo)
	}
	if d.User != nil {
		for i := range d.User.Stored {
			setDefault(&d.User.Stored[i].State, probe.TokenUnknown)
		}
	}
	return d
}

// rectangular leaves out the rows of the second table that are not about the
// flags of its first row: no run has any, and no table could show them.
func rectangular(rows []probe.SDKRow) []probe.SDKRow {
	return slices.DeleteFunc(rows, func(row probe.SDKRow) bool {
		return !slices.EqualFunc(row.TokenFlags, rows[0].TokenFlags, func(a, b probe.SDKCell) bool { return a.TokenFlag == b.TokenFlag })
	})
}

func setDefault[S ~string](field *S, fallback S) {
	if *field == "" {
		*field = fallback
	}
}
