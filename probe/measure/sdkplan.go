package measure

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
)

// sdkLayout is the second table: SDK rows against token flags.
type sdkLayout struct {
	rows  []sdk.SDK
	flags []wire.DeviceFlag
	cells [][]*trial // by row, then by flag; rows that send the same share theirs
	extra []*trial   // those that are not a pairing of the first table anyway
}

// signature is what a login says to a server, but for ids, keys and times that are
// new in every login: rows of the same signature need one connection only.
type signature struct {
	transport sdk.Transport
	protocol  sdk.Protocol
	version   uint8
	opcode    sdk.Opcode
	keys      string // JSON-RPC: spelling and order
	deviceID  bool
	key       bool // a client key
	unit      sdk.Unit
	wire      wire.DeviceFlag
	effective wire.DeviceFlag
}

func signatureOf(s sdk.SDK) signature {
	return signature{
		transport: s.Transport, protocol: s.Protocol, version: s.ProtocolByte, opcode: s.Opcode,
		keys:     strings.Join(s.Keys.Top, ",") + " " + strings.Join(s.Keys.Params, ","),
		deviceID: s.DeviceID != "", key: s.ClientKey, unit: s.TimestampUnit, wire: s.WireFlag, effective: s.EffectiveFlag,
	}
}

// sdkLogin is a signature with a token of one flag: one connection.
type sdkLogin struct {
	signature
	token wire.DeviceFlag
}

// SDKLogins says how many logins the second table takes, one user each.
func SDKLogins(rows []sdk.SDK, tokenFlags []wire.DeviceFlag) int {
	different := map[signature]bool{}
	for _, s := range rows {
		different[signatureOf(s)] = true
	}
	return len(different) * len(unique(tokenFlags))
}

// sdkTrials lays out the second table. Pairings of the first one that say the
// same are not made twice.
func (p *Prober) sdkTrials(plan Plan, s *layout, newTrial func(name string, stored, connect wire.DeviceFlag) *trial) *sdkLayout {
	t := &sdkLayout{rows: plan.SDKs, flags: unique(plan.TokenFlags)}
	known := p.sameAsPairings(s)
	for _, row := range t.rows {
		as := p.speak(row)
		var cells []*trial
		for _, token := range t.flags {
			key := sdkLogin{signatureOf(row), token}
			if known[key] == nil {
				made := newTrial(fmt.Sprintf("%s-%d", row.ID, token), token, row.EffectiveFlag)
				made.as, made.row = as, row.ID
				known[key] = made
				t.extra = append(t.extra, made)
			}
			cells = append(cells, known[key])
		}
		t.cells = append(t.cells, cells)
	}
	return t
}

// sameAsPairings gives the pairings that connect as their SDK does by default.
func (p *Prober) sameAsPairings(s *layout) map[sdkLogin]*trial {
	known := map[sdkLogin]*trial{}
	if p.overTCP() != (p.SDK.Transport == sdk.TCP) {
		return known // the address was given, and it is not one of this SDK's own
	}
	for i, pairing := range s.pairings {
		if s.keys[i].connect == p.SDK.EffectiveFlag {
			pairing.row = p.SDK.ID
			known[sdkLogin{signatureOf(p.SDK), s.keys[i].token}] = pairing
		}
	}
	return known
}

// overTCP says whether the first table goes to the TCP port.
func (p *Prober) overTCP() bool {
	return p.SDK.Transport == sdk.TCP || strings.HasPrefix(p.WS, "tcp://")
}

// planSDKs gives the logins of the second table their addresses: the one that
// the controls were answered on for SDKs of that transport, for the others what
// /route tells their clients.
func (r *run) planSDKs() {
	if r.layout.sdks == nil {
		return
	}
	for _, s := range r.layout.sdks.extra {
		tcp := s.as.sdk.Transport == sdk.TCP
		if tcp != strings.HasPrefix(r.d.Target.WS, "tcp://") {
			s.address = r.advertised(tcp)[0].WS
		}
	}
}

// afterClose lies between a close by the server and the next dial: servers v1.0.9
// to v2.2.5 lose a connection that is accepted while another is being closed
// (wknet conn.go:317); none was lost with 5 ms.
const afterClose = 10 * time.Millisecond

// byProtocol connects the trials of WKProto together, and then those of JSON-RPC:
// a server that knows no JSON-RPC closes each of them at once, which could cost
// the others theirs. Where the first one shows that this is such a server, the
// rest go one by one.
func (r *run) byProtocol(ctx context.Context, trials []*trial, silence time.Duration) {
	var plain, rpc []*trial
	for _, s := range trials {
		if s.as != nil && s.as.sdk.Protocol == sdk.JSONRPC {
			rpc = append(rpc, s)
		} else {
			plain = append(plain, s)
		}
	}
	r.together(ctx, "pairings", plain, silence)
	if len(rpc) == 0 {
		return
	}
	r.together(ctx, "pairings", rpc[:1], silence)
	rest := rpc[1:]
	if rpc[0].result.Observed != probe.Closed {
		r.together(ctx, "pairings", rest, silence)
		return
	}
	for one := range slices.Chunk(rest, 1) {
		if !sleep(ctx, afterClose) {
			return
		}
		r.together(ctx, "pairings", one, silence)
	}
}
