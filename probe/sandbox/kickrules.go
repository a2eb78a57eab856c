package sandbox

import "time"

// kickRule is what happens to an older connection of the same (uid, flag).
type kickRule struct {
	disconnect bool          // DISCONNECT reason 12 goes out first
	text       string        // with this reason text
	after      time.Duration // until the socket is closed
	delay      time.Duration // until the DISCONNECT goes out
	never      bool          // the socket is never closed (timers of 1.0.4 to 1.1.8 do not run)
	zombie     bool          // the socket stays open and is not answered any more (2.2.1 to 2.2.5)
	nothing    bool          // the older connection is left alone
}

// kickRules are a generation's rules: three for a new login, two for API calls.
type kickRules struct {
	masterOther kickRule // login at level 1 with another device id
	masterSame  kickRule // login at level 1 with the same device id
	slaveSame   kickRule // login at level 0 with the same device id
	token       kickRule // POST /user/token with device_level 1
	quit        kickRule // POST /user/device_quit
}

// The reason texts of a DISCONNECT, as the servers send them.
const (
	kickedByLogin = "login in other device"
	kickedByToken = "账号在其他设备上登录"
)

// kicksV10: 1.0.4 to 1.1.8 send the DISCONNECT and never close.
func kicksV10() kickRules {
	return kickRules{
		masterOther: kickRule{disconnect: true, text: kickedByLogin, never: true},
		masterSame:  kickRule{nothing: true},
		slaveSame:   kickRule{nothing: true},
		token:       kickRule{disconnect: true, text: kickedByToken, never: true},
		quit:        kickRule{disconnect: true, never: true},
	}
}

// kicksV1: 1.2.1 to 2.0.7.
func kicksV1() kickRules {
	return kickRules{
		masterOther: kickRule{disconnect: true, text: kickedByLogin, after: 5 * time.Second},
		masterSame:  kickRule{after: 4 * time.Second},
		slaveSame:   kickRule{after: 5 * time.Second},
		token:       kickRule{disconnect: true, text: kickedByToken, after: 10 * time.Second},
		quit:        kickRule{disconnect: true, after: 2 * time.Second},
	}
}

// kicksV2: 2.2.1 to 2.2.5 forget the connection without closing its socket.
// API kicks were seen 0 to 200 ms late.
func kicksV2() kickRules {
	late := 100 * time.Millisecond
	return kickRules{
		masterOther: kickRule{disconnect: true, text: kickedByLogin, after: 2 * time.Second, zombie: true},
		masterSame:  kickRule{after: 2 * time.Second, zombie: true},
		slaveSame:   kickRule{after: 2 * time.Second, zombie: true},
		token:       kickRule{disconnect: true, text: kickedByToken, delay: late, after: 10 * time.Second, zombie: true},
		quit:        kickRule{disconnect: true, delay: late, after: 2 * time.Second, zombie: true},
	}
}

// kicksV3: every login is level 0; the new gateway sends no DISCONNECT.
func kicksV3() kickRules {
	return kickRules{
		masterOther: kickRule{nothing: true},
		masterSame:  kickRule{},
		slaveSame:   kickRule{},
		token:       kickRule{after: 10 * time.Second},
		quit:        kickRule{after: 2 * time.Second},
	}
}
