package sandbox

import (
	"fmt"
	"strings"
	"time"
)

// Generation names servers that behave alike on authentication.
type Generation string

// The generations, oldest first.
const (
	V10    Generation = "v1.0"    // 1.0.0 to 1.0.5
	V1     Generation = "v1"      // 1.0.6 to 1.2.6
	V2Beta Generation = "v2-beta" // 2.0.0-beta
	V20    Generation = "v2.0"    // 2.0.1 to 2.0.7
	V2     Generation = "v2"      // 2.0.8 to 2.2.5
	V3     Generation = "v3"      // 3 beta
)

// Generations returns every generation, oldest first.
func Generations() []Generation {
	return []Generation{V10, V1, V2Beta, V20, V2, V3}
}

// ParseGeneration reads a generation's name. The error lists the valid ones.
func ParseGeneration(name string) (Generation, error) {
	names := make([]string, 0, len(Generations()))
	for _, g := range Generations() {
		if name == string(g) {
			return g, nil
		}
		names = append(names, string(g))
	}
	return "", fmt.Errorf("unknown generation %q, expected one of %s", name, strings.Join(names, ", "))
}

// tokenScope says under what a CONNECT's token is looked up.
type tokenScope int

const (
	scopeUnchecked tokenScope = iota // v3: the authenticator is never given a token checker
	scopeFlagZero                    // v1.0: always the token of flag 0
	scopeUser                        // v2-beta: the last token stored for the uid
	scopeFlag                        // the others: the token of (uid, flag)
)

// traits is what a generation does differently from the others on its sockets.
// The values were measured on the release named in standsFor.
type traits struct {
	standsFor     string
	latest        uint8 // highest protocol version in a CONNACK, 0: the CONNACK carries none (1.0.5)
	node          uint64
	scope         tokenScope
	silent        bool // a refusal is not answered
	refusalNode   bool // CONNACK reason 2 has a node id for clients of version 4 and up
	manager       bool // the manager uid and the manager token exist
	visitors      bool // uids with the visitor suffix need no token
	strictUID     bool // a blank uid, or one with @ # or &, is closed at once
	rpc           bool // JSON-RPC clients are served
	gateway       bool // v3's new gateway: close frames, path "/" only, CONNECT must come alone
	lastTypeRules bool // the last frame of the first write decides, so CONNECT+PING closes (2.2.0 and up)
	preauth       time.Duration
	pending       time.Duration
	ackDelay      time.Duration
	kicks         kickRules
}

// Idle limits before and after login. Servers 1.0.9 to 2.2.5 close a socket 2 to
// 3 s after its last byte (a 2 s limit on a 1 s timer); 2.0.8 and up give a
// socket that has sent a CONNECT 4 s, on a 2 s timer. 0 means never.
const (
	idleBeforeLogin  = 3 * time.Second
	idleAfterConnect = 4 * time.Second
	idleGateway      = 180 * time.Second
	idleAfterLogin   = 180 * time.Second
)

func traitsOf(g Generation) traits {
	switch g {
	case V10:
		return traits{standsFor: "1.0.5", scope: scopeFlagZero, kicks: kicksV10()}
	case V1:
		return traits{standsFor: "1.2.6", latest: 3, scope: scopeFlag, manager: true,
			preauth: idleBeforeLogin, kicks: kicksV1()}
	case V2Beta:
		return traits{standsFor: "2.0.0-beta", latest: 3, node: 1, scope: scopeUser, manager: true,
			preauth: idleBeforeLogin, kicks: kicksV1()}
	case V20:
		// 2.0.1 to 2.0.6 answer up to 200 ms late (a tick), 2.0.7 in about 1 ms.
		return traits{standsFor: "2.0.7", latest: 4, node: 1001, scope: scopeFlag, manager: true,
			refusalNode: true, strictUID: true, preauth: idleBeforeLogin,
			ackDelay: 5 * time.Millisecond, kicks: kicksV1()}
	case V3:
		return traits{standsFor: "3 beta", latest: 6, node: 1, scope: scopeUnchecked, refusalNode: true,
			gateway: true, preauth: idleGateway, kicks: kicksV3()}
	default:
		return traits{standsFor: "2.2.5", latest: 5, node: 1001, scope: scopeFlag, manager: true,
			silent: true, visitors: true, strictUID: true, rpc: true, lastTypeRules: true,
			preauth: idleBeforeLogin, pending: idleAfterConnect, kicks: kicksV2()}
	}
}
