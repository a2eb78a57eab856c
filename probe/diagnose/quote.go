package diagnose

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// Evidence is written in protocol terms, the same in every language.

// saw quotes what a connection attempt ended in. A saved diagnosis may have lost
// it.
func saw(r *probe.Result) string {
	if r == nil {
		return string(probe.NotRun)
	}
	switch r.Observed {
	case probe.Accepted:
		if r.Proof == probe.ProofPong {
			return "PONG (CONNACK lost)"
		}
		return fmt.Sprintf("CONNACK %d %s after %s", r.ReasonCode, r.Reason, ms(r.AnswerMS))
	case probe.Refused:
		return fmt.Sprintf("CONNACK %d %s after %s", r.ReasonCode, r.Reason, ms(r.AnswerMS))
	case probe.Silent:
		switch r.Proof {
		case probe.ProofPingClose:
			return fmt.Sprintf("no CONNACK for %s, then closed on PING", ms(r.WaitedMS))
		case probe.ProofIdleClose:
			return fmt.Sprintf("no CONNACK, closed after %s", ms(r.ElapsedMS))
		}
		return fmt.Sprintf("no CONNACK, no PONG, no close for %s", ms(r.ElapsedMS))
	case probe.Closed:
		return fmt.Sprintf("closed after %s without CONNACK", ms(r.ElapsedMS))
	}
	if r.Fault != nil {
		return r.Fault.Error()
	}
	return string(r.Observed)
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
	return probe.Evidence{Source: "connect", Text: fmt.Sprintf("CONNECT uid=%q device_flag=%d: %s", uid, flag, saw(r))}
}

// storeEvidence quotes what is known of the stored token. The word expectToken
// is the one in the server's log.
func storeEvidence(f *facts, p *probe.Pairing) probe.Evidence {
	source := map[probe.ExpectTokenSource]string{
		probe.FromStore: "store", probe.FromLog: "server-log", probe.FromRegistering: "register", probe.FromInference: "inferred",
	}[p.ExpectTokenSource]
	what := map[probe.ExpectToken]string{
		probe.TokenEmpty: `expectToken ""`, probe.TokenOther: "expectToken is another token", probe.TokenMatch: "expectToken is the token that was sent",
	}[p.ExpectToken]
	lookup, where := f.Server.Generation.LookupFlag(p.ConnectFlag), ""
	if lookup != p.ConnectFlag {
		where = ", where this server looks whatever flag connects"
	}
	return probe.Evidence{Source: source, Text: fmt.Sprintf("(%s, %d)%s: %s", p.UID, lookup, where, what)}
}

// curl writes the /user/token call that a back end should make. The spelling
// "device_flag": N is what people look for.
func curl(d *probe.Diagnosis, uid string, flag wire.DeviceFlag, managed bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "curl -X POST '%s/user/token' -H 'Content-Type: application/json'", d.Target.API)
	if managed {
		b.WriteString(` -H "token: $WKCTL_MANAGER_TOKEN"`)
	}
	fmt.Fprintf(&b, ` -d '{"uid": %q, "token": "TOKEN", "device_flag": %d, "device_level": 0}'`, uid, flag)
	return b.String()
}

// curl writes the call that stores a token where this server looks for it when a
// client connects with the flag.
func (f *facts) curl(uid string, connect wire.DeviceFlag) string {
	if f.Tool.OS == onWindows {
		return f.storeCommand(uid, f.Server.Generation.LookupFlag(connect))
	}
	return curl(f.Diagnosis, uid, f.Server.Generation.LookupFlag(connect), f.Target.ManagerToken)
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
	list := []probe.Evidence{{Source: source, Text: f.Error()}}
	if f.Body != "" {
		list = append(list, probe.Evidence{Source: source, Text: "body: " + f.Body})
	}
	if f.Location != "" {
		list = append(list, probe.Evidence{Source: source, Text: "Location: " + f.Location})
	}
	return list
}
