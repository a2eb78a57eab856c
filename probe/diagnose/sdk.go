package diagnose

import (
	"maps"
	"slices"
	"strconv"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/serverlog"
	"github.com/wkctl/wkctl/probe/wire"
)

// sdkCauses lie in how an SDK logs in. They stand before the causes that look at
// the server and its tokens: an SDK that the server does not understand at all
// gets no further, and a flag that never arrives explains why the token is under
// another.
func sdkCauses() []Cause {
	return []Cause{
		{Code: codeNoJSON, ID: "jsonrpc-unsupported", find: jsonUnsupported,
			logKinds: map[serverlog.Kind]int{serverlog.KindNotConnectFirst: 0, serverlog.KindUnsupportedFrame: 0}},
		{Code: codeNoClientKey, ID: "client-key-required", find: clientKeyRequired,
			logKinds: map[serverlog.Kind]int{serverlog.KindClientKeyInvalid: 0, serverlog.KindClientKeyPanic: 0}},
		{Code: codeFlagNotSent, ID: "sdk-flag-not-sent", find: flagNotSent},
		{Code: codeFlagNumbering, ID: "sdk-flag-numbering", find: flagNumbering},
		{Code: codeUnlikeCatalogue, ID: "sdk-unlike-catalogue", find: unlikeCatalogue},
	}
}

// unread says whether a login over JSON-RPC was closed without a look at it, by a
// server that answers the binary protocol on the same address.
func (f *facts) unread(p *probe.Pairing) bool {
	row, ok := rowOf(p.SDK)
	if !ok || row.Protocol != sdk.JSONRPC || p.Observed != probe.Closed || p.Disconnect != nil || isGarbage(p.Fault) {
		return false
	}
	if f.control == nil || f.control.Result == nil {
		return false
	}
	_, answers := f.control.Result.LetIn()
	spoken, _ := f.speaksJSON()
	return answers && !spoken
}

func isGarbage(f *probe.Fault) bool { return f != nil && f.Kind == probe.FaultGarbage }

// jsonUnsupported: v1.0.0 to v2.1.3 take the opening brace of a JSON-RPC connect
// for a PING (0x7b, frame type 7) and close; v3 beta b249d3a refuses the frame.
func jsonUnsupported(f *facts) *finding {
	if f.rejectsEmpty() {
		return nil // WK505: nothing is sent at all
	}
	list := f.where(f.unread)
	if len(list) == 0 {
		found := f.sdkFinding(codeNoJSON, func(s sdk.SDK) bool { return s.Protocol == sdk.JSONRPC })
		if found != nil && f.hasJSON() {
			found.Args["variant"], found.Fix = "matrix-off", f.jsonFix()
		}
		return found
	}
	p := list[0]
	args, fix := f.jsonArgs(), f.jsonFix()
	args["sdk"] = p.SDK
	return &finding{
		Severity: severityOf(list), Pairings: ids(list), Args: args, Fix: fix,
		Evidence: []probe.Evidence{
			probe.Say("json-connect", "JSON-RPC connect uid={{.uid}} device_flag={{.flag}}: {{.saw}}",
				map[string]any{"uid": strconv.Quote(p.UID), "flag": uint8(p.ConnectFlag), "saw": saw(&p.Result)}).By("connect"),
			probe.Say("same-address", "WKProto CONNECT on the same address: {{.saw}}", map[string]any{"saw": saw(f.control.Result)}).By("connect"),
		},
	}
}

// jsonArgs tells a release that has JSON-RPC, turned off, from one without it.
func (f *facts) jsonArgs() map[string]string {
	args := map[string]string{"server": f.serverText()}
	if f.hasJSON() {
		args["variant"] = "off"
	}
	return args
}

// jsonFix is empty for releases without JSON-RPC: no setting brings it.
func (f *facts) jsonFix() (fix probe.Fix) {
	if f.hasJSON() {
		fix.Commands = []string{"disableJSONRPC: false   # wk.yaml", "WK_DISABLEJSONRPC=false  # environment"}
	}
	return fix
}

// serverText names the server as far as it is known.
func (f *facts) serverText() string {
	switch {
	case f.Server.Version != "":
		return f.Server.Version
	case f.Server.Generation != probe.GenUnknown:
		return string(f.Server.Generation)
	}
	return ""
}

// clientKeyRequired: the server wants an X25519 public key from every client, and
// no EasySDK sends one. v3 says so with reason 21 (ClientKeyIsEmpty).
func clientKeyRequired(f *facts) *finding {
	list := f.where(func(p *probe.Pairing) bool {
		row, ok := rowOf(p.SDK)
		return ok && !row.ClientKey && p.ReasonCode == wire.ReasonClientKeyIsEmpty
	})
	if len(list) == 0 {
		return f.sdkFinding(codeNoClientKey, func(s sdk.SDK) bool { return !s.ClientKey })
	}
	found := f.pairingFinding(list, map[string]string{"sdk": list[0].SDK, "server": f.serverText()})
	found.Severity = probe.SeverityError
	return found
}

// flagNotSent: EasySDK-Android spells the key device_flag, which no server reads
// (v2.2.5 pkg/jsonrpc/types.go:93-102), so that each login counts as flag 0.
func flagNotSent(f *facts) *finding {
	row, list := f.misregistered(func(s sdk.SDK, _ wire.DeviceFlag) bool { return s.Has(sdk.BugFlagNotSent) })
	switch {
	case len(list) > 0:
		found := f.flagFinding(row, list, nil)
		found.Evidence = append(found.Evidence, probe.Say("flag-key", `{{.sdk}} writes "device_flag": {{.flag}}; deviceFlag is missing, which servers take for 0`,
			map[string]any{"sdk": row.ID, "flag": uint8(row.WireFlag)}).By("sdk"))
		return found
	case len(f.impossible()) > 0 && row.Has(sdk.BugFlagNotSent):
		return f.impossibleFinding(row)
	}
	return f.sdkFinding(codeFlagNotSent, func(s sdk.SDK) bool { return s.Has(sdk.BugFlagNotSent) })
}

// flagNumbering: the SDK's names for the flags count from 1 (EasySDK-iOS up to
// 1.0.2, EasySDK-Flutter up to 1.0.1), or it turns 0 into 2 (EasySDK-JS up to
// 1.0.13), so that what the app asks for is not what the back end registered.
func flagNumbering(f *facts) *finding {
	row, list := f.misregistered(renumbers)
	if row.Has(sdk.BugFlagNotSent) {
		list = nil
	}
	switch {
	case len(list) > 0:
		args := map[string]string{"names": row.OwnNames()}
		if !row.Has(sdk.BugFlagNumbering) {
			args["variant"] = "zero"
		}
		return f.flagFinding(row, list, args)
	case len(f.impossible()) > 0 && row.Has(sdk.BugZeroFlag):
		return f.impossibleFinding(row)
	}
	return f.sdkFinding(codeFlagNumbering, func(s sdk.SDK) bool {
		return !s.Has(sdk.BugFlagNotSent) && (s.Has(sdk.BugFlagNumbering) || s.Has(sdk.BugZeroFlag))
	})
}

// misregistered finds the SDK of the pairings, and those that were refused
// because the token is not under the flag that servers make of its login.
func (f *facts) misregistered(blames func(sdk.SDK, wire.DeviceFlag) bool) (row sdk.SDK, list []*probe.Pairing) {
	if len(f.Pairings) == 0 {
		return row, nil
	}
	row, ok := rowOf(f.Pairings[0].SDK)
	if !ok || f.Mode == probe.ModeTable {
		return row, nil
	}
	for _, p := range f.refused() {
		if p.TokenFlag != p.ConnectFlag && blames(row, p.TokenFlag) {
			list = append(list, p)
		}
	}
	return row, list
}

// flagFinding names the flag to register and, where the SDK can send the one
// that was registered, the code that makes it.
func (f *facts) flagFinding(row sdk.SDK, list []*probe.Pairing, args map[string]string) *finding {
	p := list[0]
	all := f.flagArgs(p.TokenFlag, p.ConnectFlag, row.ID)
	maps.Copy(all, args)
	uid := "UID"
	if f.User != nil {
		uid = f.User.UID
	}
	found := f.pairingFinding(list, all)
	if c := f.Check(probe.CheckFix); c != nil && c.Outcome == probe.OutcomePass {
		found.Evidence = append(found.Evidence, probe.Say("register-tried", "tried the fix: token of flag {{.token}}: {{.saw}}",
			map[string]any{"token": p.ConnectFlag, "saw": saw(c.Result)}).By("connect"))
	}
	found.Evidence = append(found.Evidence, catalogueEvidence(row))
	found.Fix.Commands = []string{f.curl(uid, p.ConnectFlag)}
	f.bothFixes(found, p)
	return found
}

// catalogueEvidence quotes where the row was read.
func catalogueEvidence(row sdk.SDK) probe.Evidence {
	source := ""
	if len(row.Source) > 0 {
		source = ": " + row.Source[0]
	}
	return probe.Evidence{Source: "sdk", Text: row.ID + source}
}

// impossible lists the pairings that the SDK cannot make.
func (f *facts) impossible() []*probe.Pairing {
	return f.where(func(p *probe.Pairing) bool { return p.Impossible })
}

// impossibleFinding explains the cells of a table that were left out.
func (f *facts) impossibleFinding(row sdk.SDK) *finding {
	list := f.impossible()
	var flags []wire.DeviceFlag
	for _, p := range list {
		if !slices.Contains(flags, p.ConnectFlag) {
			flags = append(flags, p.ConnectFlag)
		}
	}
	return &finding{
		Severity: probe.SeverityInfo, Pairings: ids(list), Evidence: []probe.Evidence{catalogueEvidence(row)},
		Args: map[string]string{"variant": "table", "sdk": row.ID, "flags": flagList(flags), "connect_number": strconv.Itoa(int(row.EffectiveFlag))},
	}
}
