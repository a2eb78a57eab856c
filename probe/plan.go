package probe

import (
	"fmt"
	"slices"

	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// MaxPairings bounds one run: every pairing holds a socket until the end.
const MaxPairings = 1024

// Plan says what a run tries.
type Plan struct {
	Mode         Mode // ModeTable or ModeSetup
	TokenFlags   []wire.DeviceFlag
	ConnectFlags []wire.DeviceFlag
	SDKs         []sdk.SDK // whose logins make the second table, each with a token of every TokenFlags; nil = none
	UIDPrefix    string    // of the test users; "" = "wkctl-" and 8 random hex digits
	Keep         bool      // leave the test users' tokens on the server
}

// seat is one connection of a run: its user, what is stored for it, and where
// the result goes. Every seat has a uid of its own, because servers v2.1.0 to
// v2.2.5 drop a good CONNECT that arrives together with a bad one of the same
// uid (user/handler/event_connect.go).
type seat struct {
	uid     string
	stored  []StoredToken // to register beforehand
	send    secret.Token
	flag    wire.DeviceFlag
	own     bool     // the token is stored under that very flag: a healthy server accepts
	row     string   // id of the SDK row it was made for; "" = none
	as      *dialect // nil = as the controls
	address string   // "" = that of the controls
	never   bool     // the SDK cannot log in under that flag: nothing is stored or tried
	fault   *Fault
	known   bool // the server has confirmed what is stored
	result  Result
	frames  []FrameDump

	expect       ExpectToken // what the server's store says; "" = not asked
	expectSource ExpectTokenSource
}

// seating is all seats of a run.
type seating struct {
	right, wrong, empty, unknown *seat
	fix                          *seat // set-up mode: the pairing that should work; nil = the same as asked
	pairings                     []*seat
	sdks                         *sdkSeating // nil = no second table
	keys                         []pairingKey
}

type pairingKey struct{ token, connect wire.DeviceFlag }

// seats lays out the run. Tokens are random, one a user; the wrong one differs
// from every stored one.
func (p *Prober) seats(plan Plan) (*seating, error) {
	// A flag named twice would be two attempts at once on one uid.
	tokenFlags, connectFlags := unique(plan.TokenFlags), unique(plan.ConnectFlags)
	if n := len(tokenFlags)*len(connectFlags) + SDKLogins(plan.SDKs, tokenFlags); n > MaxPairings {
		return nil, fmt.Errorf("laying out the run: expected at most %d pairings, got %d", MaxPairings, n)
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
	seat := func(name string, stored, connect wire.DeviceFlag) *seat {
		t := token()
		return &seat{
			uid: prefix + "-" + name, send: t, flag: connect, own: stored == connect,
			stored: []StoredToken{{DeviceFlag: stored, DeviceLevel: wire.LevelSlave, Token: t}},
			result: Result{Observed: NotRun},
		}
	}
	s := &seating{
		right:   seat("right", controlFlag, controlFlag),
		wrong:   seat("wrong", controlFlag, controlFlag),
		empty:   seat("empty", controlFlag, controlFlag),
		unknown: seat("never", controlFlag, controlFlag),
	}
	s.wrong.send, s.wrong.own = token(), false
	s.empty.send, s.empty.own = secret.Token{}, false
	s.unknown.stored, s.unknown.own = nil, false
	for _, t := range tokenFlags {
		for _, c := range connectFlags {
			pairing := seat(fmt.Sprintf("%d-%d", t, c), t, c)
			if _, ok := AskFor(p.SDK, c); !ok {
				pairing.never, pairing.stored = true, nil
			}
			s.pairings = append(s.pairings, pairing)
			s.keys = append(s.keys, pairingKey{t, c})
			if plan.Mode == ModeSetup && t != c {
				s.fix = seat(fmt.Sprintf("fix-%d", c), c, c)
			}
		}
	}
	if len(plan.SDKs) > 0 {
		s.sdks = p.sdkSeats(plan, s, seat)
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

// as gives the pairings, and the one that should work, the dialect that they are
// about.
func (s *seating) as(own *dialect) {
	for _, p := range append([]*seat{s.fix}, s.pairings...) {
		if p != nil {
			p.as = own
		}
	}
}

// others gives every seat that is connected but the right-token control, which
// goes first.
func (s *seating) others() []*seat {
	list := []*seat{s.wrong, s.empty, s.unknown}
	if s.fix != nil {
		list = append(list, s.fix)
	}
	for _, p := range s.pairings {
		if !p.never {
			list = append(list, p)
		}
	}
	if s.sdks != nil {
		list = append(list, s.sdks.own...)
	}
	return list
}
