package diagnose

import (
	"slices"
	"strconv"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// What following a fix would break, said beside it.

// warnLatent says which login is locked out as soon as tokens are checked, and puts
// what has to be changed before in front of the setting that turns the check on.
func (f *facts) warnLatent(found *finding) {
	for _, name := range []string{"latent", "knob", "uid", "sdk", "token_flag", "connect_flag", "token_number", "connect_number"} {
		found.Args[name] = "" // a text is shown where all that it may show is there
	}
	if len(f.Pairings) == 0 || f.Mode == probe.ModeTable {
		return
	}
	p, uid := &f.Pairings[0], "UID"
	latent := ""
	switch {
	case f.User == nil && p.TokenFlag != p.ConnectFlag && !f.Server.Generation.SharesTokens():
		latent = "flag"
	case f.User == nil:
		return
	case f.User.Token == "":
		latent = "no-token"
	default:
		uid, latent = f.User.UID, f.latentOf(f.Server.Generation.LookupFlag(p.ConnectFlag))
	}
	found.Args["latent"] = latent
	if latent == "" || latent == "unknown" {
		return
	}
	for k, v := range f.flagArgs(p.TokenFlag, p.ConnectFlag, p.SDK) {
		found.Args[k] = v
	}
	found.Args["uid"] = uid
	if latent == "no-token" {
		return
	}
	found.Fix.Commands = append(found.Fix.Commands, f.curl(uid, p.ConnectFlag))
	if row, ok := rowOf(p.SDK); ok && latent == "flag" {
		if code, ok := row.KnobFor(p.TokenFlag); ok {
			found.Args["knob"] = code
		}
	}
}

// latentOf compares the user's token with the row that a server that checks would
// look at; "" = they agree.
func (f *facts) latentOf(flag wire.DeviceFlag) string {
	r := f.row(flag)
	switch {
	case !f.User.StoreKnown:
		return "unknown"
	case r == nil || r.State == probe.TokenEmpty:
		return "nothing"
	case r.State == probe.TokenOther:
		return "other"
	}
	return ""
}

// warnReplaced says whom a registration locks out that replaces the token of another
// login.
func (f *facts) warnReplaced(found *finding, p *probe.Pairing) {
	flag := f.Server.Generation.LookupFlag(p.ConnectFlag)
	found.Args["replaces"], found.Args["row_number"] = "true", strconv.Itoa(int(flag))
	found.Args["kicks"] = yes(f.User != nil && f.levelFor(flag) == wire.LevelMaster)
	found.Args["online"] = yes(f.User != nil && slices.ContainsFunc(f.User.Online, func(o probe.Online) bool { return o.DeviceFlag == flag }))
}

// rejectsEmpty says whether the client never gets as far as the server: without a
// token WKIM.init of EasySDK-JS throws before it opens a socket (2.0.1, run in
// Chromium).
func (f *facts) rejectsEmpty() bool {
	if f.User == nil || f.User.Token != "" || len(f.Pairings) == 0 {
		return false
	}
	row, ok := rowOf(f.Pairings[0].SDK)
	return ok && row.Family == "easyjs"
}
