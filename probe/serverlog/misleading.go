package serverlog

// Misleading names what in a line leads its reader astray. The values are
// stable.
type Misleading string

// What misleads.
const (
	// MisleadPooledConn: on v1.0.6–v2.0.0-beta the conn text of a refusal belongs
	// to a pooled object: uid empty, deviceFlag=APP whatever the client sent,
	// deviceID of an earlier connection (internal/server/processor.go, the fields
	// are set after the checks only).
	MisleadPooledConn Misleading = "pooled-conn"
	// MisleadNoUID: the line does not say which user.
	MisleadNoUID Misleading = "uid-not-logged"
	// MisleadNoFlag: the line does not say which device flag.
	MisleadNoFlag Misleading = "flag-not-logged"
	// MisleadUnsetOrCleared: an empty expectToken does not tell a token that was
	// never registered from one that was cleared.
	MisleadUnsetOrCleared Misleading = "unset-or-cleared"
	// MisleadFlagZeroOnly: v1.0 compares with the token of flag 0 whatever flag
	// connects.
	MisleadFlagZeroOnly Misleading = "flag-zero-only"
	// MisleadOneTokenPerUID: v2.0.0-beta has one token per uid, the last one
	// registered for any flag.
	MisleadOneTokenPerUID Misleading = "one-token-per-uid"
	// MisleadOtherUsersToken: v2.0.0-beta takes any user of the shard for one it
	// does not know (pkg/wkdb/user.go GetUser, id 0), so expectToken may be the
	// token of somebody else.
	MisleadOtherUsersToken Misleading = "expect-token-of-another-user"
	// MisleadNoZone: the time has no zone and was read as Scanner.Location.
	MisleadNoZone Misleading = "time-without-zone"
	// MisleadBanPerUser: "device is ban" means the user, on all devices.
	MisleadBanPerUser Misleading = "ban-is-per-user"
	// MisleadNoEndpoint: several requests write this line, it does not say which.
	MisleadNoEndpoint Misleading = "endpoint-not-logged"
	// MisleadQuitNotConnect: about a device_quit, not about a connection.
	MisleadQuitNotConnect Misleading = "quit-not-connect"
	// MisleadAnyFrame: the line does not say which frame was meant: CONNACK or a
	// message to a client that has left.
	MisleadAnyFrame Misleading = "any-frame"
	// MisleadZombieOrGone: the client may have left, or stay connected to nothing.
	MisleadZombieOrGone Misleading = "zombie-or-gone"
	// MisleadAfterRefusal: up to v2.0.7 the same line also follows a refused
	// CONNECT, so it does not prove that none was sent.
	MisleadAfterRefusal Misleading = "idle-after-refusal"
	// MisleadInterleaved: lines of several refusals are mixed up, so the uid of
	// the second line cannot be given to one of them.
	MisleadInterleaved Misleading = "uid-interleaved"
	// MisleadSecondLine: only the second line of the refusal was there.
	MisleadSecondLine Misleading = "second-line-only"
	// MisleadCut: the line is cut short; fields may be missing.
	MisleadCut Misleading = "line-cut"
)
