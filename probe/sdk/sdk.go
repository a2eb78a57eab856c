package sdk

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe/wire"
)

// SDK is one row of the catalogue: an SDK in a range of its versions that log
// in alike.
type SDK struct {
	ID        string   `json:"id"`        // stable: family and newest version when the row was written
	Family    string   `json:"family"`    // the SDK whatever its version: js, easyandroid …
	Versions  Range    `json:"versions"`  // both ends included
	Name      string   `json:"name"`      // as its makers call it
	Package   string   `json:"package"`   // what a project depends on
	Ecosystem string   `json:"ecosystem"` // the package manager
	Source    []string `json:"source"`    // repository@commit:file:lines, or npm:package@version:file
	Verified  Verified `json:"verified"`

	WireFlag      wire.DeviceFlag            `json:"wire_flag"`                   // device flag it writes by default
	EffectiveFlag wire.DeviceFlag            `json:"effective_flag"`              // what servers make of it: the flag to register a token for
	ZeroSentAs    wire.DeviceFlag            `json:"zero_flag_sent_as,omitempty"` // what it writes when the app asks for flag 0; 0 = just that
	FlagNames     map[string]wire.DeviceFlag `json:"flag_names,omitempty"`        // its own names for the flags; nil = it has none
	Knob          string                     `json:"knob"`                        // code that sets the flag, with {flag} or {name}; "" = none

	Transport    Transport `json:"transport"`
	Protocol     Protocol  `json:"protocol"`
	ProtocolByte uint8     `json:"protocol_byte"` // version in CONNECT; 0 = it sends none
	Opcode       Opcode    `json:"opcode"`        // of its WebSocket messages; "" on TCP
	Encoder      Encoder   `json:"encoder"`       // how it escapes JSON strings; "" in WKProto
	Keys         Keys      `json:"keys,omitzero"` // JSON-RPC only

	DeviceID       Shape `json:"device_id"`          // "" = none: the key is left out, or null
	RequestID      Shape `json:"request_id"`         // "" in WKProto
	ClientKey      bool  `json:"client_key"`         // sends an X25519 public key
	TimestampUnit  Unit  `json:"timestamp_unit"`     // of the client timestamp; servers expect ms
	ConnackTimeout int   `json:"connack_timeout_ms"` // how long it waits for an answer, ms; 0 = forever

	Retry Retry    `json:"retry"`
	Sees  Sees     `json:"sees"`
	Bugs  []string `json:"bugs"` // ids for Bug
}

// Range is a range of versions, both ends included.
type Range struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// String gives "1.3.2-1.3.5", or "1.0.0" where both ends are one.
func (r Range) String() string {
	if r.From == r.To {
		return r.From
	}
	return r.From + "-" + r.To
}

// Keys are the keys of a JSON-RPC connect request, in order and spelling.
type Keys struct {
	Top    []string `json:"top"`
	Params []string `json:"params"`
	Ping   []string `json:"ping,omitempty"` // top keys of a ping; nil = Top
}

// Verified says how the facts of a row are known.
type Verified struct {
	Wire Evidence `json:"wire"` // what it sends
	Sees Evidence `json:"sees"` // what its user sees
}

// Text is a piece of human text in both languages. It begins with a verb whose
// subject is the SDK, and has no full stop.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// In gives the text in "zh", and in English for every other language.
func (t Text) In(lang string) string {
	if lang == "zh" {
		return t.Zh
	}
	return t.En
}

// Sight is what an SDK shows its user.
type Sight struct {
	Text
	Events []string `json:"events,omitempty"` // status(reason) of a JS SDK, in order, as measured; nil = its SDK has no such events
}

// Sees is what an SDK's user sees when a login fails, by what the server does.
type Sees struct {
	Refused Sight `json:"refused"` // a CONNACK that refuses; for JSON-RPC a result that does
	Silent  Sight `json:"silent"`  // no answer, closed 4 to 6 s later: v2.0.8 to v2.2.5
	Closed  Sight `json:"closed"`  // closed at once without an answer
}

// Retry is what an SDK does by itself before its first login has succeeded.
type Retry struct {
	Refused bool `json:"refused"` // tries again after a refusal
	Silent  bool `json:"silent"`  // tries again when the connection closes unanswered
	Text
}

// OwnNames gives the SDK's own names for the flags, by their number: "app = 1,
// web = 2"; "" where it has none.
func (s SDK) OwnNames() string {
	names := slices.Sorted(maps.Keys(s.FlagNames))
	slices.SortStableFunc(names, func(a, b string) int { return int(s.FlagNames[a]) - int(s.FlagNames[b]) })
	for i, n := range names {
		names[i] = fmt.Sprintf("%s = %d", n, s.FlagNames[n])
	}
	return strings.Join(names, ", ")
}

// DefaultFlag is the device flag that a token must be registered for when the
// app leaves the SDK's flag alone. It is not always the one on the wire.
func (s SDK) DefaultFlag() wire.DeviceFlag { return s.EffectiveFlag }

// Sends gives the flag that stands on the wire when the app asks for flag.
func (s SDK) Sends(flag wire.DeviceFlag) wire.DeviceFlag {
	if flag == 0 {
		return s.ZeroSentAs
	}
	return flag
}

// Effective gives the flag that servers count a login under when the app asks
// for flag: always 0 where the key is misspelt, because servers know deviceFlag
// only and take 0 for a missing one (v2.2.5 pkg/jsonrpc/types.go:93-102).
func (s SDK) Effective(flag wire.DeviceFlag) wire.DeviceFlag {
	if s.Protocol == JSONRPC && !slices.Contains(s.Keys.Params, "deviceFlag") {
		return 0
	}
	return s.Sends(flag)
}

// KnobFor gives the code that makes the SDK log in under flag; false where it
// cannot.
func (s SDK) KnobFor(flag wire.DeviceFlag) (code string, ok bool) {
	if s.Knob == "" || s.Effective(flag) != flag {
		return "", false
	}
	code = s.Knob
	if strings.Contains(code, "{name}") {
		name := ""
		for n, f := range s.FlagNames {
			if f == flag {
				name = n
			}
		}
		if name == "" {
			return "", false
		}
		code = strings.ReplaceAll(code, "{name}", name)
	}
	return strings.ReplaceAll(code, "{flag}", strconv.Itoa(int(flag))), true
}

// Has says whether the row has that bug.
func (s SDK) Has(bug string) bool { return slices.Contains(s.Bugs, bug) }

// String gives the id.
func (s SDK) String() string { return s.ID }
