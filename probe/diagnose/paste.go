package diagnose

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// A fix can be pasted: it names the addresses, the user, the level and the
// manager token as this run has them.

// curl writes the /user/token call that a back end should make. The spelling
// "device_flag": N is what people look for. It stores the token where this server
// looks for it when a client connects with the flag.
func (f *facts) curl(uid string, connect wire.DeviceFlag) string {
	return f.curlTo(uid, f.Server.Generation.LookupFlag(connect), f.Target.ManagerToken)
}

// curlTo is [facts.curl] with the flag to store under, and with the manager token
// where the call is to carry one.
func (f *facts) curlTo(uid string, flag wire.DeviceFlag, managed bool) string {
	if f.Tool.OS == onWindows {
		return f.storeCommand(uid, flag)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "curl -X POST %s -H 'Content-Type: application/json'", inQuotes(f.Target.API+"/user/token"))
	if managed {
		b.WriteString(" " + f.managerHeader())
	}
	body := fmt.Sprintf(`{"uid": %s, "token": "TOKEN", "device_flag": %d, "device_level": %d}`, jsonText(uid), flag, f.levelFor(flag))
	return b.String() + " -d " + inQuotes(body)
}

// get writes a GET of the API.
func (f *facts) get(options, path string) string { return f.getFrom(f.Target.API, options, path) }

func (f *facts) getFrom(api, options, path string) string {
	if f.Target.ManagerToken {
		options += " " + f.managerHeader()
	}
	return "curl " + options + " " + shellWord(api+path)
}

// levelFor gives the device level to register with: that of the user's row under
// the flag, else of the row that holds the token, so that a master stays one; else
// slave, which kicks nobody.
func (f *facts) levelFor(flag wire.DeviceFlag) wire.DeviceLevel {
	if f.User == nil {
		return wire.LevelSlave
	}
	if r := f.row(flag); r != nil {
		return r.DeviceLevel
	}
	for _, r := range f.User.Stored {
		if r.State == probe.TokenMatch {
			return r.DeviceLevel
		}
	}
	return wire.LevelSlave
}

// managerHeader is the header with the manager token, from where this run took it.
func (f *facts) managerHeader() string {
	if f.Target.ManagerFile == "" {
		return `-H "token: $WKCTL_MANAGER_TOKEN"`
	}
	return `-H "token: $(cat ` + shellWord(f.Target.ManagerFile) + `)"`
}

// managerFlag hands the manager token to a command of this program, where the API
// wants one that did not come from the environment.
func (f *facts) managerFlag() string {
	if f.Target.ManagerFile == "" {
		return ""
	}
	return " --manager-token-file " + shellWord(f.Target.ManagerFile)
}

// ask repeats the question of this run, with the API's address in place of the one
// given and with the client's where that is named.
func (f *facts) ask(api, ws string) string {
	command := "wkctl diagnose --api " + shellWord(api)
	if ws != "" {
		command += " --ws " + shellWord(ws)
	}
	return command + f.managerFlag() + f.client()
}

// given is the client's address where it was given, "" where /route or a default has
// it.
func (f *facts) given() string {
	if f.Target.WSSource != probe.SourceFlag {
		return ""
	}
	return cmp.Or(f.Target.WSGiven, f.Target.WS)
}

// defaultSDK is the one that is imitated where none is named.
const defaultSDK = "js"

// client repeats the flags that say whose login this run is about.
func (f *facts) client() string {
	as := ""
	if f.Target.SDK != "" && f.Target.SDK != defaultSDK {
		as = " --sdk " + shellWord(f.Target.SDK)
	}
	if f.Target.PageOrigin != "" {
		as += " --page-origin " + shellWord(f.Target.PageOrigin)
	}
	connect := func(flag wire.DeviceFlag) string {
		if row, ok := rowOf(f.Target.SDK); ok && row.EffectiveFlag == flag || f.Target.SDK == "" && flag == wire.FlagWeb {
			return ""
		}
		return " --connect-flag " + strconv.Itoa(int(flag))
	}
	switch {
	case f.User != nil:
		return " --uid " + shellWord(f.User.UID) + tokenFlag(f.User) + as + connect(f.User.ConnectFlag)
	case f.Mode == probe.ModeSetup && len(f.Pairings) > 0:
		p := &f.Pairings[0]
		return " --token-flag " + strconv.Itoa(int(p.TokenFlag)) + as + connect(p.ConnectFlag)
	}
	return as
}

// shellWord quotes s where a shell would take it apart.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:/,@", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return inQuotes(s)
}

// inQuotes writes s in single quotes, whatever it holds.
func inQuotes(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// jsonText writes s as JSON does, < and & as they are.
func jsonText(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string, into memory
	return strings.TrimSpace(b.String())
}

// tokenFlag hands over the token that the client of the run presented; the name of
// its file is not kept.
func tokenFlag(u *probe.User) string {
	if u.Token == "" {
		return ""
	}
	return " --token-file FILE"
}
