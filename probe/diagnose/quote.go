package diagnose

import (
	"maps"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// Evidence is written in protocol terms, the same in every language. A sentence is
// made with [probe.Say], which keeps what another language needs to tell it.

// saw quotes what a connection attempt ended in. A saved diagnosis may have lost
// it.
func saw(r *probe.Result) probe.Phrase {
	if r == nil {
		return probe.NotRun.Phrase()
	}
	switch r.Observed {
	case probe.Accepted, probe.Refused:
		if r.Observed == probe.Accepted && r.Proof == probe.ProofPong {
			return probe.Say("pong", "PONG (CONNACK lost)", nil)
		}
		return probe.Say("connack", "CONNACK {{.code}} {{.reason}} after {{.after}}",
			map[string]any{"code": uint8(r.ReasonCode), "reason": r.Reason, "after": ms(r.AnswerMS)})
	case probe.Silent:
		return sawSilence(r)
	case probe.Closed:
		return probe.Say("closed", "closed after {{.after}} without CONNACK", map[string]any{"after": ms(r.ElapsedMS)})
	}
	if r.Fault != nil {
		return r.Fault.Phrase()
	}
	return r.Observed.Phrase()
}

// sawSilence says how long nothing came, and what ended it.
func sawSilence(r *probe.Result) probe.Phrase {
	elapsed := map[string]any{"after": ms(r.ElapsedMS)}
	switch r.Proof {
	case probe.ProofPingClose:
		return probe.Say("ping-close", "no CONNACK for {{.waited}}, then closed on PING", map[string]any{"waited": ms(r.WaitedMS)})
	case probe.ProofIdleClose:
		return probe.Say("idle-close", "no CONNACK, closed after {{.after}}", elapsed)
	}
	return probe.Say("silent", "no CONNACK, no PONG, no close for {{.after}}", elapsed)
}

// tell gives the texts of a finding a phrase to show as {{.name}}.
func tell(args map[string]string, name string, p probe.Phrase) {
	args[name] = p.Text
	if p.ID != "" {
		args[name+"_id"] = p.ID
		maps.Copy(args, p.Args)
	}
}

func ms(v float64) string {
	switch {
	case v >= 1000:
		return strconv.FormatFloat(v/1000, 'f', 1, 64) + " s"
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 0, 64) + " ms"
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + " ms"
}

func connectEvidence(flag wire.DeviceFlag, uid string, r *probe.Result) probe.Evidence {
	return login(flag, uid, r).By("connect")
}

func login(flag wire.DeviceFlag, uid string, r *probe.Result) probe.Phrase {
	return probe.Say("connect", "CONNECT uid={{.uid}} device_flag={{.flag}}: {{.saw}}",
		map[string]any{"uid": strconv.Quote(uid), "flag": uint8(flag), "saw": saw(r)})
}

// storeEvidence quotes what is known of the stored token. The word expectToken
// is the one in the server's log.
func storeEvidence(f *facts, p *probe.Pairing) probe.Evidence {
	source := map[probe.ExpectTokenSource]string{
		probe.FromStore: "store", probe.FromLog: "server-log", probe.FromRegistering: "register", probe.FromInference: "inferred",
	}[p.ExpectTokenSource]
	what := probe.Phrase{}
	switch p.ExpectToken {
	case probe.TokenEmpty:
		what.Text = `expectToken ""`
	case probe.TokenOther:
		what = probe.Say("expects-other", "expectToken is another token", nil)
	case probe.TokenMatch:
		what = probe.Say("expects-sent", "expectToken is the token that was sent", nil)
	}
	lookup := f.Server.Generation.LookupFlag(p.ConnectFlag)
	args := map[string]any{"uid": p.UID, "flag": uint8(lookup), "what": what}
	if lookup != p.ConnectFlag {
		return probe.Say("stored-always", "({{.uid}}, {{.flag}}), where this server looks whatever flag connects: {{.what}}", args).By(source)
	}
	return probe.Say("stored", "({{.uid}}, {{.flag}}): {{.what}}", args).By(source)
}

func flagList(flags []wire.DeviceFlag) string {
	parts := make([]string, len(flags))
	for i, f := range flags {
		parts[i] = f.String()
	}
	return strings.Join(parts, ", ")
}

func ids(list []*probe.Pairing) []probe.PairingID {
	out := make([]probe.PairingID, len(list))
	for i, p := range list {
		out[i] = p.ID
	}
	return out
}

func faultEvidence(source string, f *probe.Fault) []probe.Evidence {
	list := []probe.Evidence{f.Phrase().By(source)}
	if f.Body != "" {
		list = append(list, probe.Evidence{Source: source, Text: "body: " + f.Body})
	}
	if f.Location != "" {
		list = append(list, probe.Evidence{Source: source, Text: "Location: " + f.Location})
	}
	return list
}
