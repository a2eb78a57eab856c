package sdk

// Transport is what carries the protocol.
type Transport string

// The transports, with the port that servers open by default.
const (
	WebSocket Transport = "ws"  // 5200
	TCP       Transport = "tcp" // 5100
)

// Protocol is what is spoken.
type Protocol string

// The protocols.
const (
	WKProto Protocol = "wkproto" // binary; every server
	JSONRPC Protocol = "jsonrpc" // v2.1.4 to v2.2.5 only
)

// Opcode is the kind of WebSocket message an SDK sends.
type Opcode string

// The opcodes.
const (
	Binary    Opcode = "binary"
	TextFrame Opcode = "text"
)

// Encoder names the JSON encoder an SDK uses, which decides what it escapes.
type Encoder string

// The encoders.
const (
	EncoderJSON   Encoder = "json"   // only what JSON demands: JS, Dart, Python, Rust, C++
	EncoderGson   Encoder = "gson"   // also < > & = ' and U+2028, U+2029
	EncoderSwift  Encoder = "swift"  // also the slash
	EncoderCSharp Encoder = "csharp" // also " & ' + < > ` and everything that is not ASCII
	EncoderGo     Encoder = "go"     // also < > & and U+2028, U+2029, and a line feed at the end
)

// Unit is the unit of a timestamp.
type Unit string

// The units.
const (
	Milliseconds Unit = "ms"
	Seconds      Unit = "s"
)

// Evidence says how a fact is known, best first.
type Evidence string

// The kinds of evidence.
const (
	Run       Evidence = "run"       // the SDK was executed
	Replayed  Evidence = "replayed"  // the same bytes, made by hand, were sent to servers
	Code      Evidence = "code"      // its source was read
	Changelog Evidence = "changelog" // its changelog says so
	Assumed   Evidence = "assumed"   // as the version before
)

// Bugs that findings are about.
const (
	BugFlagNotSent   = "flag-not-sent"
	BugFlagNumbering = "flag-numbering"
	BugZeroFlag      = "flag-zero-sent-as-2"
	BugFalseSuccess  = "false-success"
	BugSwallowed     = "refusal-swallowed"
	BugShownAsKick   = "refusal-shown-as-kick"
	BugPongWithoutID = "pong-without-id"
)
