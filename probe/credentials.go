package probe

import (
	"time"

	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// CredentialsSchema names the JSON contract of Credentials.
const CredentialsSchema = "wkctl.credentials/v1"

// Credentials says what a user's tokens are: the result of registering a user,
// of issuing tokens, or of reading what the server has stored. Printed with its
// tokens shown it is what `wkctl connect --credentials` takes.
type Credentials struct {
	Schema string        `json:"schema"`       // always CredentialsSchema
	API    string        `json:"api"`          // base URL of the HTTP API
	WS     string        `json:"ws,omitempty"` // WebSocket URL, where known
	UID    string        `json:"uid"`
	Source string        `json:"source"` // registered (we stored them) or server-store (the server showed them)
	Tokens []StoredToken `json:"tokens"` // by rising device flag
}

// StoredToken is one row: the token of a (uid, device flag).
type StoredToken struct {
	DeviceFlag  wire.DeviceFlag  `json:"device_flag"`
	DeviceLevel wire.DeviceLevel `json:"device_level"`
	Token       secret.Token     `json:"token"` // prints its alias; empty: the row exists, its token was cleared
	UpdatedAt   *time.Time       `json:"updated_at,omitempty"`
}

// ConnectionSchema names the JSON contract of a Connection.
const ConnectionSchema = "wkctl.connection/v1"

// Connection is one login the way an SDK makes it: what `wkctl connect` shows.
type Connection struct {
	Schema      string          `json:"schema"` // always ConnectionSchema
	Tool        Tool            `json:"tool"`
	Target      Target          `json:"target"`
	SDK         string          `json:"sdk"`
	UID         string          `json:"uid"`
	Token       secret.Token    `json:"token"`
	ConnectFlag wire.DeviceFlag `json:"connect_flag"`
	Result
	Frames  []FrameDump `json:"frames,omitempty"`
	Verdict Verdict     `json:"verdict"`
}

// FrameDump is one frame as it crossed the wire.
type FrameDump struct {
	Sent bool    `json:"sent"`  // by us
	AtMS float64 `json:"at_ms"` // since the dial began
	Name string  `json:"name"`  // CONNECT, CONNACK …
	Hex  string  `json:"hex"`   // token bytes replaced by "**"
}
