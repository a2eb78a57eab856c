package measure

import (
	"fmt"
	"slices"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// Plan says what a run tries.
type Plan struct {
	Mode         probe.Mode // ModeTable or ModeSetup
	TokenFlags   []wire.DeviceFlag
	ConnectFlags []wire.DeviceFlag
	SDKs         []sdk.SDK // whose logins make the second table, each with a token of every TokenFlags; nil = none
	UIDPrefix    string    // of the test users; "" = "wkctl-" and 8 random hex digits
	Keep         bool      // leave the test users' tokens on the server
}

// trial is one connection of a run: its user, what is stored for it, and where
// the result goes. Every trial has a uid of its own, because servers v2.1.0 to
// v2.2.5 drop a good CONNECT that arrives together with a bad one of the same
// uid (user/handler/event_connect.go).
type trial struct {
	uid      string
	stored   []probe.StoredToken // to register beforehand
	send     secret.Token
	flag     wire.DeviceFlag
	sameFlag bool     // the token is registered as that very flag: a healthy server accepts
	row      string   // id of the SDK row it was made for; "" = none
	as       *dialect // nil = as the controls
	address  string   // "" = that of the controls
	never    bool     // the SDK cannot log in under that flag: nothing is stored or tried
	fault    *probe.Fault
	known    bool // the server has confirmed what is stored
	result   probe.Result
	frames   []probe.FrameDump

	expect       probe.ExpectToken // what the server's store says; "" = not asked
	expectSource probe.ExpectTokenSource
}

// layout is all trials of a run.
type layout struct {
	right, wrong, empty, unknown *trial
	fix                          *trial // set-up mode: the pairing that should work; nil = the same as asked
	client                       *trial // set-up mode: the client's flag changed instead; nil = the same as asked, or the SDK cannot
	pairings                     []*trial
	sdks                         *sdkLayout // nil = no second table
	keys                         []pairingKey
}

type pairingKey struct{ token, connect wire.DeviceFlag }

// layOut plans the run. Tokens are random, one a user; the wrong one differs
// from every stored one.
func (p *Prober) layOut(plan Plan) (*layout, error) {
	// A flag named twice would be two attempts at once on one uid.
	tokenFlags, connectFlags := unique(plan.TokenFlags), unique(plan.ConnectFlags)
	if n := len(tokenFlags)*len(connectFlags) + SDKLogins(plan.SDKs, tokenFlags); n > probe.MaxPairings {
		return nil, fmt.Errorf("laying out the run: expected at most %d pairings, got %d", probe.MaxPairings, n)
	}
	prefix := plan.UIDPrefix
	if prefix == "" {
		var err error
		if prefix, err = p.NewUID(); err != nil {
			return nil, fmt.Errorf("making a uid: %w", err)
		}
	}
	var broken error
	token := func() secret.Token {
		t, err := p.NewToken()
		if err != nil {
			broken = fmt.Errorf("making a token: %w", err)
		}
		return t
	}
	trial := func(name string, stored, connect wire.DeviceFlag) *trial {
		t := token()
		return &trial{
			uid: prefix + "-" + name, send: t, flag: connect, sameFlag: stored == connect,
			stored: []probe.StoredToken{{DeviceFlag: stored, DeviceLevel: wire.LevelSlave, Token: t}},
			result: probe.Result{Observed: probe.NotRun},
		}
	}
	s := &layout{
		right:   trial("right", controlFlag, controlFlag),
		wrong:   trial("wrong", controlFlag, controlFlag),
		empty:   trial("empty", controlFlag, controlFlag),
		unknown: trial("never", controlFlag, controlFlag),
	}
	s.wrong.send, s.wrong.sameFlag = token(), false
	s.empty.send, s.empty.sameFlag = secret.Token{}, false
	s.unknown.stored, s.unknown.sameFlag = nil, false
	for _, t := range tokenFlags {
		for _, c := range connectFlags {
			pairing := trial(fmt.Sprintf("%d-%d", t, c), t, c)
			if _, ok := AskFor(p.SDK, c); !ok {
				pairing.never, pairing.stored = true, nil
			}
			s.pairings = append(s.pairings, pairing)
			s.keys = append(s.keys, pairingKey{t, c})
			if plan.Mode == probe.ModeSetup && t != c {
				s.fix = trial(fmt.Sprintf("fix-%d", c), c, c)
				if _, ok := AskFor(p.SDK, t); ok {
					s.client = trial(fmt.Sprintf("client-%d", t), t, t)
				}
			}
		}
	}
	if len(plan.SDKs) > 0 {
		s.sdks = p.sdkTrials(plan, s, trial)
	}
	return s, broken
}

// unique drops what was there before.
func unique(flags []wire.DeviceFlag) []wire.DeviceFlag {
	var list []wire.DeviceFlag
	for _, f := range flags {
		if !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return list
}

// as gives the pairings, and the two that should work, the dialect that they are
// about.
func (s *layout) as(imitated *dialect) {
	for _, p := range append([]*trial{s.fix, s.client}, s.pairings...) {
		if p != nil {
			p.as = imitated
		}
	}
}

// others gives every trial that is connected but the right-token control, which
// goes first.
func (s *layout) others() []*trial {
	list := []*trial{s.wrong, s.empty, s.unknown}
	for _, fix := range []*trial{s.fix, s.client} {
		if fix != nil {
			list = append(list, fix)
		}
	}
	for _, p := range s.pairings {
		if !p.never {
			list = append(list, p)
		}
	}
	if s.sdks != nil {
		list = append(list, s.sdks.extra...)
	}
	return list
}
