package probe

import (
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
)

// opener makes the CONNECT of the imitated SDK.
func (p *Prober) opener() opener {
	return func(in login) (sdk.Message, error) {
		return p.SDK.Connect(sdk.Login{
			UID: in.uid, Token: in.token.Reveal(), Flag: in.flag, Random: p.random(), Now: p.now(),
		})
	}
}

// pinger makes the heartbeat of the imitated SDK.
func (p *Prober) pinger() func() (sdk.Message, error) {
	return func() (sdk.Message, error) { return p.SDK.Ping(p.random()) }
}

// decoder reads what the server answers in the SDK's protocol.
func (p *Prober) decoder() decoder {
	if p.SDK.Protocol != sdk.JSONRPC {
		return wire.Decode
	}
	return func(b []byte) (wire.Frame, int, error) {
		m, n, err := wire.DecodeJSON(b)
		return m.Frame, n, err
	}
}
