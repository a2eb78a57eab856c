package diagnose

import (
	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
)

// sdkRows are WK511 to WK514 and WK522.
func sdkRows() []causeRow {
	no := refusedWith(wire.ReasonClientKeyIsEmpty)
	unlike := func(name string, token wire.DeviceFlag, r probe.Result) *probe.Diagnosis {
		usual := measured(probe.GenV2, true)
		return sdkTable(probe.GenV2, "v2.2.5", func(s sdk.SDK, flag wire.DeviceFlag) probe.Result {
			if s.ID == name && flag == token {
				return r
			}
			return usual(s, flag)
		})
	}
	return []causeRow{
		{code: "WK511", name: "a server without JSON-RPC", d: setup(probe.GenV1, "easyjs", 1, closed())},
		{code: "WK511", name: "JSON-RPC turned off", variant: "off", d: withVersion(setup(probe.GenV2, "easyjs", 1, closed()), "v2.2.5-20260422")},
		{code: "WK511", name: "the second table", variant: "matrix", d: sdkTable(probe.GenV1, "v1.2.6", measured(probe.GenV1, false))},
		{code: "WK511", name: "an SDK of the binary protocol", absent: true, d: setup(probe.GenV1, "js", 1, closed())},
		{code: "WK512", name: "a client key is wanted", d: setup(probe.GenV2, "easyjs", 1, no)},
		{code: "WK512", name: "an SDK that sends one", absent: true, d: setup(probe.GenV2, "js", 1, no)},
		{code: "WK513", name: "a flag that never arrives", d: setup(probe.GenV2, "easyandroid@1.0.2", 1, silent())},
		{code: "WK513", name: "the token is under flag 0", absent: true, d: setup(probe.GenV2, "easyandroid@1.0.2", 0, accepted())},
		{code: "WK514", name: "numbered from 1", d: setup(probe.GenV2, "easyios@1.0.2", 2, silent())},
		{code: "WK514", name: "zero sent as 2", variant: "zero", d: setup(probe.GenV2, "easyjs@1.0.13", 0, silent())},
		{code: "WK514", name: "zero can be sent since", absent: true, d: setup(probe.GenV2, "easyjs@1.0.14", 0, silent())},
		{code: "WK522", name: "refused with the flag to register", d: unlike("android-1.5.5", 0, silent())},
		{code: "WK522", name: "as the catalogue says", absent: true, d: unlike("android-1.5.5", 1, silent())},
	}
}
