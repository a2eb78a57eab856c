package diagnose

import (
	"fmt"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// onWindows is the name of the system on which a run was made whose shells,
// cmd.exe and PowerShell 5, take no JSON in single quotes.
const onWindows = "windows"

// storeCommand stores a token as curl would, with nothing that a shell of Windows
// would change.
func (f *facts) storeCommand(uid string, flag wire.DeviceFlag) string {
	if strings.ContainsAny(uid, " &|<>^()%!;,'`$@#") {
		uid = `"` + uid + `"`
	}
	return fmt.Sprintf("wkctl token --api %s --uid %s --flags %d --token-file FILE%s", f.Target.API, uid, flag, f.managerFlag())
}

// bothFixes says what became of the fix in the back end, where it was tried, and
// offers the one in the client beside it: the SDK's line that makes it connect as
// the flag that the token is registered as. Where that was tried and refused, or
// the server looks under another flag all the same, it is no fix.
func (f *facts) bothFixes(found *finding, p *probe.Pairing) {
	if f.Server.Generation.LookupFlag(p.ConnectFlag) == p.ConnectFlag {
		found.Fix.Tried = f.triedFix(probe.CheckFix) // elsewhere another flag was tried than the one to register
	}
	row, known := rowOf(p.SDK)
	if !known || f.Server.Generation.LookupFlag(p.TokenFlag) != p.TokenFlag {
		return
	}
	code, ok := row.KnobFor(p.TokenFlag)
	tried := f.triedFix(probe.CheckClientFix)
	if !ok || tried != "" && tried != probe.Accepted {
		return
	}
	found.Args["knob"] = code
	found.Fix.Commands = append(found.Fix.Commands, code)
	found.Fix.Client = &probe.ClientFix{Line: code, Tried: tried}
}

// triedFix gives what the login with a fix came to, "" where none was made.
func (f *facts) triedFix(id probe.CheckID) probe.Observed {
	c := f.Check(id)
	if c == nil || c.Result == nil || c.Result.Observed == probe.NotRun {
		return ""
	}
	return c.Result.Observed
}
