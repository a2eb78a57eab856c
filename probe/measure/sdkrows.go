package measure

import (
	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// sdkRows writes the second table down.
func (r *run) sdkRows() {
	if r.layout == nil || r.layout.sdks == nil {
		return
	}
	plan := r.layout.sdks
	for i, s := range plan.rows {
		row := probe.SDKRow{
			SDK: s.ID, Family: s.Family, Versions: s.Versions.String(), WireFlag: s.WireFlag, EffectiveFlag: s.EffectiveFlag,
			Transport: string(s.Transport), Protocol: string(s.Protocol), TokenFlags: []probe.SDKCell{},
		}
		for j, cell := range plan.cells[i] {
			if cell.result.Attempts > 0 {
				row.Address = r.login(cell).address
			}
			row.TokenFlags = append(row.TokenFlags, cell.cellOf(plan.flags[j], s.ID))
		}
		r.d.SDKs = append(r.d.SDKs, row)
	}
}

func (s *trial) cellOf(token wire.DeviceFlag, row string) probe.SDKCell {
	c := probe.SDKCell{
		TokenFlag: token, UID: s.uid, Observed: s.result.Observed, Proof: s.result.Proof, ReasonCode: s.result.ReasonCode,
		Verdict: probe.OutcomeUnknown, ElapsedMS: s.result.ElapsedMS, Attempts: s.result.Attempts, Lost: s.result.Lost, Fault: s.result.Fault,
	}
	if s.fault != nil {
		c.Fault = s.fault
	}
	if s.row != row {
		c.SameAs = s.row
	}
	return c
}
