package diagnose

import (
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
)

// judgeSDKs says of each cell of the second table what the catalogue and the
// generation's rules lead to, whether it came so, and what explains a login that
// was not let in.
func judgeSDKs(f *facts) {
	for i := range f.SDKs {
		row := &f.SDKs[i]
		for j := range row.TokenFlags {
			c := &row.TokenFlags[j]
			c.Expected = f.expectedOf(row, c.TokenFlag)
			c.Verdict = f.outcomeOf(c)
			if c.Verdict == probe.OutcomePass && c.Observed != probe.Accepted {
				c.Code = f.reasonOf(row, c)
			}
			if c.Verdict == probe.OutcomeFail {
				c.Code = codeUnlikeCatalogue
			}
		}
	}
}

// expectedOf gives what a login with a token of that flag should come to, ""
// where nobody can know.
func (f *facts) expectedOf(row *probe.SDKRow, token wire.DeviceFlag) probe.Observed {
	if row.Protocol == string(sdk.JSONRPC) {
		spoken, known := f.speaksJSON()
		switch {
		case !known:
			return ""
		case !spoken:
			return probe.Closed
		}
	}
	accept := token == row.EffectiveFlag
	switch {
	case f.Server.TokenAuth == probe.AuthOff, f.Server.Generation == probe.GenV2Beta, f.Server.Generation == probe.GenV3:
		accept = true
	case f.Server.Generation == probe.GenV10:
		accept = token == 0
	}
	if accept {
		return probe.Accepted
	}
	return probe.Refused
}

// speaksJSON says whether the server serves JSON-RPC clients. Only v2.1.4 to
// v2.2.5 do (pkg/jsonrpc), unless disableJSONRPC is set, so that among those the
// logins themselves show it: a server without JSON-RPC closes them unread.
func (f *facts) speaksJSON() (spoken, known bool) {
	if f.Server.Generation != probe.GenV2 && f.Server.Generation != probe.GenUnknown || f.Server.Version != "" && !f.hasJSON() {
		return false, true
	}
	closed := false
	for _, r := range f.jsonResults() {
		if _, answered := r.LetIn(); answered {
			return true, true
		}
		closed = closed || r.Observed == probe.Closed
	}
	return false, closed
}

// hasJSON says whether the release is known to have JSON-RPC.
func (f *facts) hasJSON() bool {
	version, _, _ := strings.Cut(f.Server.Version, "-")
	return f.Server.Generation == probe.GenV2 && sdk.Range{From: "2.1.4", To: "2.999"}.Contains(version)
}

// jsonResults are the logins that show whether the server speaks JSON-RPC.
func (f *facts) jsonResults() (list []*probe.Result) {
	for i := range f.Pairings {
		if row, ok := rowOf(f.Pairings[i].SDK); ok && row.Protocol == sdk.JSONRPC {
			list = append(list, &f.Pairings[i].Result)
		}
	}
	if c := f.Check(probe.CheckFix); c != nil && c.Result != nil && len(list) > 0 {
		list = append(list, c.Result) // of the same SDK
	}
	for i := range f.SDKs {
		if f.SDKs[i].Protocol != string(sdk.JSONRPC) {
			continue
		}
		for j := range f.SDKs[i].TokenFlags {
			r := f.SDKs[i].TokenFlags[j].Result()
			list = append(list, &r)
		}
	}
	return list
}

// rowOf gives the row of the catalogue with that id; a diagnosis saved by a later
// version may name one that is not there.
func rowOf(id string) (sdk.SDK, bool) {
	row, err := sdk.Find(id)
	return row, err == nil && id != ""
}

func (f *facts) outcomeOf(c *probe.SDKCell) probe.Outcome {
	r := c.Result()
	accepted, answered := r.LetIn()
	switch {
	case c.Observed == probe.NotRun && f.Complete:
		return probe.OutcomeSkip
	case f.right != nil && f.right.Outcome != probe.OutcomePass, c.Expected == "":
		return probe.OutcomeUnknown
	case c.Expected == probe.Closed && (answered || c.Observed == probe.Closed):
		return passIf(!answered)
	case !answered:
		return f.unanswered(c)
	}
	return passIf(accepted == (c.Expected == probe.Accepted))
}

// unanswered judges a login that was not answered although the server should
// speak its protocol: a JSON-RPC login that is closed unread contradicts that.
func (f *facts) unanswered(c *probe.SDKCell) probe.Outcome {
	if spoken, known := f.speaksJSON(); known && spoken && c.Observed == probe.Closed {
		return probe.OutcomeFail
	}
	return probe.OutcomeUnknown
}

func passIf(ok bool) probe.Outcome {
	if ok {
		return probe.OutcomePass
	}
	return probe.OutcomeFail
}

// reasonOf gives the code that explains why this SDK is not let in with a token
// of that flag.
func (f *facts) reasonOf(row *probe.SDKRow, c *probe.SDKCell) string {
	known, _ := rowOf(row.SDK)
	switch {
	case c.Observed == probe.Closed:
		return codeNoJSON
	case c.ReasonCode == wire.ReasonClientKeyIsEmpty && !known.ClientKey:
		return codeNoClientKey
	case f.Server.Generation.SharesTokens():
		return codeShared
	case known.Has(sdk.BugFlagNotSent):
		return codeFlagNotSent
	case renumbers(known, c.TokenFlag):
		return codeFlagNumbering
	}
	return codeOtherFlag
}

// renumbers says whether the SDK's own numbers get in the way of a login with a
// token of that flag: it counts from 1, or it cannot send 0.
func renumbers(row sdk.SDK, token wire.DeviceFlag) bool {
	return row.Has(sdk.BugFlagNumbering) || row.Has(sdk.BugZeroFlag) && token == 0
}

// sdksTested says whether every login of the second table came to a known end.
// An address that cannot be reached has a finding of its own.
func sdksTested(d *probe.Diagnosis) bool {
	for _, row := range d.SDKs {
		for _, c := range row.TokenFlags {
			if c.Verdict == probe.OutcomeUnknown && c.Observed != probe.Unreachable {
				return false
			}
		}
	}
	return true
}
