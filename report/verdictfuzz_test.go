package report_test

import (
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/diagnose"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report"
)

// at picks one of a list by a number of any size.
func at[T any](list []T, n uint8) T { return list[int(n)%len(list)] }

// FuzzVerdict: whatever the logins of a run came to and whatever else there is to
// say, a pairing that failed is never exit code 0, and no sentence contradicts what
// was seen.
func FuzzVerdict(f *testing.F) {
	f.Add(uint8(0), uint8(0), uint8(0), uint8(1), uint8(0), uint8(0), []byte{0, 1, 2, 3, 4, 5, 6, 7})
	f.Add(uint8(1), uint8(1), uint8(0), uint8(4), uint8(0), uint8(0), []byte{})
	f.Add(uint8(2), uint8(2), uint8(3), uint8(2), uint8(2), uint8(1), []byte{9})
	f.Add(uint8(0), uint8(3), uint8(1), uint8(0), uint8(1), uint8(6), []byte{1, 1, 1, 1})
	f.Fuzz(func(t *testing.T, mode, login, beside, generation, auth, more uint8, cells []byte) {
		d := run(at(modes, mode), at(logins, login), at(besides, beside))
		d.Server.Generation = at(append(probe.Generations(), probe.GenUnknown), generation)
		d.Server.TokenAuth = at([]probe.TokenAuth{probe.AuthOn, probe.AuthOff, probe.AuthUnknown}, auth)
		d.NoAuthOK = more&1 != 0
		if more&2 != 0 {
			d.Complete, d.Stopped = false, at([]probe.Stop{probe.StopInterrupt, probe.StopMaxTime}, more>>2)
		}
		if d.Mode == probe.ModeTable {
			for i, c := range cells[:min(len(cells), 8)] {
				d.Pairings = append(d.Pairings, another(d.Pairings[0], i, c))
			}
		}
		diagnose.Explain(d)
		trouble := d.Verdict.ExitCode != 0
		for i := range d.Pairings {
			v := d.Pairings[i].Verdict
			trouble = trouble || v == probe.OutcomeUnknown
			if v == probe.OutcomeFail && d.Verdict.ExitCode == 0 {
				t.Errorf("%s failed, exit code 0: %s", d.Pairings[i].ID, codes(d))
			}
		}
		if trouble && d.Complete && len(d.Findings) == 0 {
			t.Errorf("exit code %d without a finding", d.Verdict.ExitCode)
		}
		for lang, printer := range report.Printers() {
			report.Localize(d, printer)
			contradicts(t, d, report.VerdictText(d, printer), lang)
		}
	})
}

// another is one more pairing of a table; what it came to is in c.
func another(p probe.Pairing, n int, c byte) probe.Pairing {
	token, connect := wire.DeviceFlag(n%3), wire.DeviceFlag(n/3)
	p.ID, p.TokenFlag, p.ConnectFlag, p.Result = probe.NewPairingID(token, connect), token, connect, resultFor(at(logins, c))
	if p.Impossible = c >= 240; p.Impossible { // nothing is stored or tried for it
		p.Result = probe.Result{Observed: probe.NotRun}
	} else if p.Observed == probe.NotRun { // a run that is complete says why it left a pairing out
		p.Fault = &probe.Fault{Phase: probe.PhaseRequest, Kind: probe.FaultTimeout, Address: "im.example.com:5001", LimitMS: 5000}
	}
	return p
}
