package diagnose

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
	"github.com/wkctl/wkctl/probe/wire"
)

// afterCauses are what happens to a login that was accepted, and connections
// that needed more than one try.
func afterCauses() []Cause {
	return []Cause{
		{Code: "WK515", ID: "visitor-bypass", find: visitorBypass, severity: probe.SeverityWarning, is: tokens,
			Links: []string{ticket("WuKongIM/WuKongIM#536")}},
		{Code: codeKicked, ID: "kicked-by-master", find: kickedByMaster, is: endsRun,
			logKinds: map[serverlog.Kind]int{serverlog.KindKicked: 0, serverlog.KindSuperseded: 0, serverlog.KindKickCloseLost: 0},
			Links:    []string{ticket("Mininglamp-OSS/openclaw-channel-octo#233"), ticket("WuKongIM/WuKongIM#129")}},
		{Code: "WK602", ID: "closed-after-connect", find: closedAfterConnect, is: outageShows},
		{Code: "WK518", ID: "session-key-invalid", find: sessionKeyInvalid,
			Links: []string{"https://github.com/Mininglamp-OSS/cc-channel-octo/pull/75"}},
		{Code: "WK603", ID: "unstable-connection", find: unstable, severity: probe.SeverityWarning, is: outageShows,
			logKinds: map[serverlog.Kind]int{serverlog.KindConnackLost: 0}},
	}
}

// visitorSuffix marks the uids whose token v2.2.1 to v2.2.5 never check
// (options.go:1316, whatever visitorsOn says).
const visitorSuffix = "___vstr"

func visitorBypass(f *facts) *finding {
	if f.User == nil || len(f.Pairings) == 0 || f.Server.TokenAuth != probe.AuthOn {
		return nil
	}
	p := &f.Pairings[0]
	if p.Observed != probe.Accepted || p.ExpectToken == probe.TokenMatch {
		return nil
	}
	args := map[string]string{"uid": p.UID, "suffix": visitorSuffix}
	switch {
	case strings.HasSuffix(p.UID, visitorSuffix):
	case f.User.StoreKnown && f.Server.Generation == probe.GenV2: // the suffix is a setting
		args["variant"] = "other-suffix"
	default:
		return nil
	}
	evidence := []probe.Evidence{connectEvidence(p.ConnectFlag, p.UID, &p.Result)}
	return &finding{
		Pairings: []probe.PairingID{p.ID}, Evidence: append(evidence, f.userEvidence()...), Args: args,
	}
}

// kickedByMaster: a DISCONNECT 12 came, or our login drove another client of
// the same flag away, or it would have, so that it was not made.
func kickedByMaster(f *facts) *finding {
	list := f.where(func(p *probe.Pairing) bool {
		return p.Disconnect != nil && p.Disconnect.ReasonCode == wire.ReasonConnectKick
	})
	if len(list) > 0 {
		p := list[0]
		return &finding{
			Pairings: ids(list), Args: map[string]string{"connect_flag": p.ConnectFlag.String(), "uid": p.UID, "open": yes(f.Server.Generation == probe.GenV2)},
			Evidence: []probe.Evidence{disconnected(p.Disconnect).By("connect")},
		}
	}
	if f.User == nil || len(f.Pairings) == 0 || !f.User.Kicked && !f.User.HeldBack {
		return nil
	}
	// The client that is online is well, and so is this login: nothing is broken that
	// the run was asked about. What a login does to the other is a note; that this one
	// has just kicked somebody, as --force allows, a warning.
	found := &finding{
		Severity: probe.SeverityInfo, Pairings: []probe.PairingID{f.Pairings[0].ID}, Evidence: f.onlineEvidence(),
		Args: f.kickArgs(map[string]string{"variant": "held-back", "connect_flag": f.User.ConnectFlag.String(), "uid": f.User.UID}),
	}
	if f.User.Kicked {
		found.Severity, found.Args["variant"] = probe.SeverityWarning, "kicks"
	}
	return found
}

// kickArgs tell what a kick comes to. wukongimjssdk and EasySDK-JS do not reconnect
// after one (1.0.4, 1.3.5 and 2.0.1, run in Chromium); v2.2.1 to v2.2.5 leave the
// socket of a kicked client open and answer nothing on it.
func (f *facts) kickArgs(args map[string]string) map[string]string {
	r := f.row(f.User.ConnectFlag)
	args["master"] = yes(f.User.Kicked || f.User.OnlineMaster || r != nil && r.DeviceLevel == wire.LevelMaster)
	args["known"] = yes(r != nil && r.State == probe.TokenMatch)
	row, ok := rowOf(f.Pairings[0].SDK)
	args["stays_away"] = yes(ok && (row.Family == "js" || row.Family == "easyjs"))
	args["sdk"] = f.Pairings[0].SDK
	args["open"] = yes(f.Server.Generation == probe.GenV2)
	return args
}

func disconnected(d *probe.Disconnect) probe.Phrase {
	return probe.Say("disconnect", "DISCONNECT {{.code}} {{.reason}} {{.text}} {{.after}} after CONNACK",
		map[string]any{"code": uint8(d.ReasonCode), "reason": d.Reason, "text": strconv.Quote(d.Text), "after": ms(d.AfterMS)})
}

func (f *facts) onlineEvidence() []probe.Evidence {
	var out []probe.Evidence
	for _, o := range f.User.Online {
		if o.DeviceFlag == f.User.ConnectFlag {
			out = append(out, probe.Say("online", "POST /user/onlinestatus: uid {{.uid}} device_flag={{.flag}} online",
				map[string]any{"uid": strconv.Quote(o.UID), "flag": uint8(o.DeviceFlag)}).By("api"))
		}
	}
	if f.User.OnlineMaster {
		out = append(out, probe.Say("is-master", "GET /connz: that connection is a master", nil).By("api"))
	}
	if r := f.row(f.User.ConnectFlag); r != nil {
		out = append(out, probe.Evidence{Source: "store", Text: fmt.Sprintf("device_flag=%d device_level=%d", r.DeviceFlag, r.DeviceLevel)})
	}
	return out
}

func closedAfterConnect(f *facts) *finding {
	list := f.where(func(p *probe.Pairing) bool { return p.Dropped })
	if len(list) == 0 {
		return nil
	}
	p := list[0]
	return &finding{
		Pairings: ids(list), Args: map[string]string{"after": ms(p.HeldMS)},
		Evidence: []probe.Evidence{connectEvidence(p.ConnectFlag, p.UID, &p.Result), probe.Say("closed-later", "closed {{.after}} later, no DISCONNECT", map[string]any{"after": ms(p.HeldMS)}).By("connect")},
	}
}

// Sizes of what a client needs to decrypt messages, in bytes.
const (
	saltSize      = 16 // AES IV
	serverKeySize = 44 // base64 of an X25519 public key
)

// sessionKeyInvalid: the login is accepted, but its keys are no use, so that no
// message can be read.
func sessionKeyInvalid(f *facts) *finding {
	for _, r := range f.acceptedResults() {
		k := r.SessionKey
		if k == nil || k.SaltBytes == saltSize && k.ServerKeyBytes == serverKeySize {
			continue
		}
		return &finding{
			Args: map[string]string{"salt": fmt.Sprint(k.SaltBytes), "key": fmt.Sprint(k.ServerKeyBytes)},
			Evidence: []probe.Evidence{probe.Say("keys", "CONNACK 1 with salt of {{.salt}} bytes, server key of {{.key}} characters",
				map[string]any{"salt": k.SaltBytes, "key": k.ServerKeyBytes}).By("connect")},
		}
	}
	return nil
}

func (f *facts) acceptedResults() []*probe.Result {
	var list []*probe.Result
	if f.right != nil && f.right.Result != nil {
		list = append(list, f.right.Result)
	}
	for i := range f.Pairings {
		list = append(list, &f.Pairings[i].Result)
	}
	return list
}

// unstable: connections were reset or CONNECTs lost, and passed on another try.
// Servers v1.0.9 to v2.2.5 do so now and then by themselves.
func unstable(f *facts) *finding {
	var lost []string
	list := f.where(func(p *probe.Pairing) bool { return len(p.Lost) > 0 })
	for _, p := range list {
		lost = append(lost, p.Lost...)
	}
	for _, c := range f.Checks {
		if c.Result != nil {
			lost = append(lost, c.Result.Lost...)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	found := &finding{Pairings: ids(list), Args: map[string]string{"n": fmt.Sprint(len(lost))}}
	for i, text := range lost {
		if i == maxEvidence {
			break
		}
		found.Evidence = append(found.Evidence, tryOf(text).By("connect"))
	}
	return found
}

// tryOf reads what became of an earlier try, which the document has in English
// alone: where it is a reset or an end without an answer, it is told as that.
func tryOf(text string) probe.Phrase {
	head, _, _ := strings.Cut(text, ": ")
	phase, address, _ := strings.Cut(head, " ")
	for _, kind := range []probe.FaultKind{probe.FaultReset, probe.FaultEOF} {
		f := probe.Fault{Phase: probe.Phase(phase), Kind: kind, Address: address}
		if f.Error() == text {
			return f.Phrase()
		}
	}
	return probe.Phrase{Text: text}
}
