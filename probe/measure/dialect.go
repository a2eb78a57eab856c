package measure

import (
	"fmt"
	"time"

	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
)

// dialect is the way in which one SDK logs in: what it sends, and how the
// answers to it are read.
type dialect struct {
	sdk    sdk.SDK
	open   opener
	ping   func() (sdk.Message, error)
	dialer *dialer // its decoder reads the SDK's protocol
}

// opener makes the CONNECT of one SDK for a login.
type opener func(login) (sdk.Message, error)

// speak gives the dialect of an SDK. The same question serves all of them when
// a login stays unanswered: v2.2.5 closes at once on a JSON-RPC ping behind a
// connect that it has refused, and answers it with a pong once it has accepted
// one, just as it does with the binary PING (measured with text and binary
// messages, 5 ms to 1.3 s after the connect).
func (p *Prober) speak(s sdk.SDK) *dialect {
	d := &dialect{sdk: s, dialer: p.dialer()}
	d.dialer.decode = decoderOf(s)
	d.open = func(in login) (sdk.Message, error) {
		flag, ok := AskFor(s, in.flag)
		if !ok {
			return sdk.Message{}, fmt.Errorf("connecting as %s: it cannot log in under device flag %d", s.ID, in.flag)
		}
		return s.Connect(sdk.Login{UID: in.uid, Token: in.token.Reveal(), Flag: flag, Random: p.random(), Now: time.Now()})
	}
	d.ping = func() (sdk.Message, error) { return s.Ping(p.random()) }
	return d
}

// AskFor gives the flag that an app asks the SDK for so that servers count its
// login under flag; false where nothing does. An app that leaves the default
// alone sends what the SDK sends by default, even where servers make another
// flag of it (EasySDK-Android up to 1.0.2 sends 1, which counts as 0).
func AskFor(s sdk.SDK, flag wire.DeviceFlag) (ask wire.DeviceFlag, ok bool) {
	if flag == s.EffectiveFlag {
		return s.WireFlag, true
	}
	return flag, s.Effective(flag) == flag
}

// controlSDK gives the client whose login shows what a server does with tokens.
// It is the imitated SDK itself, unless that speaks JSON-RPC: most releases know
// none, and a login that they close unread would say nothing about the token.
func controlSDK(s sdk.SDK) sdk.SDK {
	if s.Protocol == sdk.JSONRPC {
		return sdk.Default()
	}
	return s
}

// decoderOf reads what a server answers in the SDK's protocol.
func decoderOf(s sdk.SDK) decoder {
	if s.Protocol != sdk.JSONRPC {
		return wire.Decode
	}
	return func(b []byte) (wire.Frame, int, error) {
		m, n, err := wire.DecodeJSON(b)
		return m.Frame, n, err
	}
}
