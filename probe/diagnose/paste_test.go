package diagnose

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
)

// TestPasteable: a command names what this run has.
func TestPasteable(t *testing.T) {
	t.Parallel()
	master := probe.StoredState{DeviceFlag: 0, DeviceLevel: 1, State: probe.TokenMatch}
	underApp := stored(probe.TokenEmpty, quiet(), master)
	fromVariable := func(d *probe.Diagnosis) { d.Target.ManagerToken = true }
	fromFile := func(d *probe.Diagnosis) { d.Target.ManagerToken, d.Target.ManagerFile = true, "/run/my key" }
	off := func(d *probe.Diagnosis) { d.Server.TokenAuth = probe.AuthOff }
	for name, row := range map[string]struct {
		d          *probe.Diagnosis
		code, want string
	}{
		"the level of the row":        {user(underApp), "WK501", `"device_flag": 1, "device_level": 1}`},
		"no row, no level":            {user(stored(probe.TokenEmpty, quiet())), "WK502", `"device_level": 0}`},
		"the key in its file":         {user(underApp, fromFile), "WK501", `-H "token: $(cat '/run/my key')"`},
		"the key in its variable":     {user(underApp, fromVariable), "WK501", `-H "token: $WKCTL_MANAGER_TOKEN"`},
		"a uid with a quote":          {user(underApp, func(d *probe.Diagnosis) { d.User.UID, d.Pairings[0].UID = "o'brien", "o'brien" }), "WK501", `"o'\''brien"`},
		"auth on, another token":      {user(off, stored(probe.TokenOther, good(), probe.StoredState{DeviceFlag: 1, State: probe.TokenOther})), "WK507", `"device_flag": 1`},
		"auth on, nothing stored":     {user(off, stored(probe.TokenEmpty, good())), "WK507", `"device_flag": 1`},
		"auth on, the token is right": {user(off), "WK507", "tokenAuthOn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Explain(row.d)
			found := row.d.Finding(row.code)
			if found == nil || !strings.Contains(found.Fix.Commands[0], row.want) {
				t.Fatalf("want %s in a command of %s, got %+v of %v", row.want, row.code, found, codesIn(row.d))
			}
			sayable(t, printers(), found)
		})
	}
}

// TestRepairedAddress: what was meant is the fix, in the words of the generation, and
// said to work where it was tried.
func TestRepairedAddress(t *testing.T) {
	t.Parallel()
	bare := func(d *probe.Diagnosis) {
		d.Target.WSSource = probe.SourceRepaired
		d.Target.Advertised.WS, d.Addresses[1].URL, d.Addresses[1].Class, d.Addresses[1].Outcome = "im.example.com:5200", "im.example.com:5200", probe.ClassMalformed, probe.OutcomeSkip
	}
	for name, row := range map[string]struct {
		d           *probe.Diagnosis
		want, works string
	}{
		"tried": {table(bare), "external:\n  wsAddr: \"ws://im.example.com:5200\"   # wk.yaml", "true"},
		"v3": {table(bare, func(d *probe.Diagnosis) { d.Server.Generation = probe.GenV3 }),
			"[api]\nexternal_ws_addr = \"ws://im.example.com:5200\"   # wukongim.toml", "true"},
		"another address was given": {table(bare, func(d *probe.Diagnosis) { d.Target.WS, d.Target.WSSource = "ws://gate.example.com", probe.SourceFlag }),
			"external:\n  wsAddr: \"ws://im.example.com:5200\"   # wk.yaml", ""},
	} {
		Explain(row.d)
		found := row.d.Finding(codeUnreachable)
		if found == nil || found.Fix.Commands[0] != row.want || found.Args["works"] != row.works || found.Args["slip"] != string(probe.SlipNone) {
			t.Errorf("%s: got %+v", name, found)
			continue
		}
		sayable(t, printers(), found)
	}
}

// TestNotes: what is well is no trouble, and the client that never connects is not
// said to be refused.
func TestNotes(t *testing.T) {
	t.Parallel()
	online := func(edit func(*probe.User)) *probe.Diagnosis {
		return user(func(d *probe.Diagnosis) {
			d.User.Online = []probe.Online{{UID: "alice", DeviceFlag: 1, Online: 1}}
			edit(d.User)
		})
	}
	heldBack := online(func(u *probe.User) { u.HeldBack, u.OnlineMaster = true, true })
	heldBack.Pairings[0].Result = probe.Result{Observed: probe.NotRun}
	Explain(heldBack)
	if f := heldBack.Finding(codeKicked); f.Severity != probe.SeverityInfo || heldBack.Verdict.ExitCode != exitNoDiagnosis || heldBack.Verdict.Code != codeKicked {
		t.Errorf("held back: %s, %+v", f.Severity, heldBack.Verdict)
	}
	kicks := online(func(u *probe.User) { u.Kicked = true })
	Explain(kicks)
	if f := kicks.Finding(codeKicked); f.Severity != probe.SeverityWarning || kicks.Verdict.Conclusion != probe.ConcludedWorks {
		t.Errorf("kicks: %s, %+v", f.Severity, kicks.Verdict)
	}
	easy := user(stored(probe.TokenEmpty, probe.Result{Observed: probe.Closed}), func(d *probe.Diagnosis) {
		d.User.Token, d.Pairings[0].SDK, d.Target.SDK = "", "easyjs-2.0.1", "easyjs"
	})
	Explain(easy)
	if f := easy.Finding("WK505"); f == nil || f.Args["variant"] != "no-socket" || f.Args["sees"] != "" || easy.Finding(codeNoJSON) != nil {
		t.Errorf("EasySDK-JS without a token: %+v of %v", f, codesIn(easy))
	}
}
