package probe

import "github.com/wkctl/wkctl/probe/sdk"

// opener makes the CONNECT of the imitated SDK.
func (p *Prober) opener() opener {
	return func(in login) (sdk.Message, error) {
		return p.SDK.Connect(sdk.Login{
			UID: in.uid, Token: in.token.Reveal(), Flag: in.flag, Random: p.random(), Now: p.now(),
		})
	}
}
