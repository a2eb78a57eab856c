package probe

import "github.com/wkctl/wkctl/probe/wire"

// SDKRow is one SDK of the second table: which tokens it can log in with on this
// server when the app leaves its device flag alone.
type SDKRow struct {
	SDK           string          `json:"sdk"`    // catalogue id
	Family        string          `json:"family"` // the SDK whatever its version
	Versions      string          `json:"versions"`
	TokenFlags    []SDKCell       `json:"token_flags"` // one per flag that the back end registers, in the order asked for
	WireFlag      wire.DeviceFlag `json:"wire_flag"`   // device flag that the SDK writes by default
	EffectiveFlag wire.DeviceFlag `json:"effective_flag"`
	Transport     string          `json:"transport"` // ws or tcp
	Protocol      string          `json:"protocol"`  // wkproto or jsonrpc
	Address       string          `json:"address"`   // that its logins went to; "" = none was made
}

// SDKCell is what became of one SDK's login with a token of one flag.
type SDKCell struct {
	TokenFlag  wire.DeviceFlag `json:"token_flag"`
	UID        string          `json:"uid"`               // the throw-away user whose login this was
	SameAs     string          `json:"same_as,omitempty"` // the row whose login stands for this one: both SDKs send the same, but for random ids
	Observed   Observed        `json:"observed"`
	Proof      Proof           `json:"proof,omitempty"`
	ReasonCode wire.Reason     `json:"reason_code,omitempty"` // of the CONNACK; 0 = there was none
	Expected   Observed        `json:"expected"`              // accepted, refused or closed: what the catalogue and the generation lead to
	Verdict    Outcome         `json:"verdict"`               // pass: as expected
	Code       string          `json:"code,omitempty"`        // the finding that explains why it was not let in
	ElapsedMS  float64         `json:"elapsed_ms"`            // from dial to verdict, of the last try
	Attempts   int             `json:"attempts"`              // connections opened
	Lost       []string        `json:"lost,omitempty"`        // what became of the earlier ones
	Fault      *Fault          `json:"fault,omitempty"`
}

// Result gives the part of the cell that a connection saw.
func (c *SDKCell) Result() Result {
	return Result{
		Observed: c.Observed, Proof: c.Proof, ReasonCode: c.ReasonCode, Reason: reasonName(c.ReasonCode),
		ElapsedMS: c.ElapsedMS, Attempts: c.Attempts, Lost: c.Lost, Fault: c.Fault,
	}
}

func reasonName(r wire.Reason) string {
	if r == 0 {
		return ""
	}
	return r.String()
}
