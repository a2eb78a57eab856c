package probe

import (
	"fmt"
	"time"

	"github.com/wkctl/wkctl/probe/wire"
)

// Schema names the JSON contract of a Diagnosis. Changes are additive only.
const Schema = "wkctl.diagnosis/v1"

// A Diagnosis is one run: what was asked, what was seen, what it means.
type Diagnosis struct {
	Schema    string       `json:"schema"`                // always Schema
	Tool      Tool         `json:"tool"`                  // who measured
	Complete  bool         `json:"complete"`              // false: the run was cut short, what is here is true but not all
	Mode      Mode         `json:"mode"`                  // what was asked
	NoAuthOK  bool         `json:"no_auth_ok,omitempty"`  // the user said not to fail on a server without token auth
	FailOn    Severity     `json:"fail_on,omitempty"`     // the least finding that makes the exit code 1, "error" or "warning"; "" = error
	Target    Target       `json:"target"`                // where
	Server    Server       `json:"server"`                // what answered
	StartedAt time.Time    `json:"started_at"`            // UTC
	ElapsedMS float64      `json:"elapsed_ms"`            // whole run, clean-up included
	Checks    []Check      `json:"checks"`                // in the order of the run; set-up steps and controls
	Addresses []Address    `json:"addresses,omitempty"`   // what /route advertises, tried from here
	Pairings  []Pairing    `json:"pairings"`              // token flag by token flag, then by connect flag
	SDKs      []SDKRow     `json:"sdks,omitempty"`        // second table: what each SDK does by default; in the order asked for
	User      *User        `json:"user,omitempty"`        // mode user only: what is known of that user
	Log       *LogFacts    `json:"log,omitempty"`         // what the server's log says of this run; nil = none was given
	Config    *ConfigFacts `json:"config,omitempty"`      // what the server's configuration files say; nil = none was given
	Health    *Health      `json:"health,omitempty"`      // whether the server was there all along; nil = a report of an earlier version
	Limits    []RateLimit  `json:"rate_limits,omitempty"` // who asked the run to slow down
	OwnRows   []OwnRow     `json:"own_rows,omitempty"`    // store rows of test users whose own token was refused
	Left      []LeftToken  `json:"left,omitempty"`        // tokens of test users that could not be cleared
	Stopped   Stop         `json:"stopped,omitempty"`     // what cut the run short; "" = nothing did, or a report of an earlier version
	MaxMS     float64      `json:"max_ms,omitempty"`      // the time that the run was given, a wait before it aside; 0 = no limit
	Wait      *Wait        `json:"wait,omitempty"`        // how long the server was waited for before the run began; nil = it was not
	Findings  []Finding    `json:"findings"`              // the root cause first
	Verdict   Verdict      `json:"verdict"`               // what a script needs
}

// Wait is how long a server was waited for before the run began: until its API and
// its client port gave an answer, whichever that was.
type Wait struct {
	MaxMS     float64 `json:"max_ms"`            // how long it was to be waited for at most
	ElapsedMS float64 `json:"elapsed_ms"`        // how long it was waited for; no part of the run's own time
	Tries     int     `json:"tries"`             // how often it was asked, the last time included
	Missing   CheckID `json:"missing,omitempty"` // what had given no answer when the time was up, "api" or "ws"; "" = all did
	Fault     *Fault  `json:"fault,omitempty"`   // with Missing: what its last try met
}

// Tool names the program that measured.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// Mode is the question that a run answers.
type Mode string

// The modes of a run.
const (
	ModeTable Mode = "table"  // which pairings does this server accept?
	ModeSetup Mode = "set-up" // my back end registers X, my client connects as Y: will it log in?
	ModeUser  Mode = "user"   // why can this existing user not log in?
)

// Target is where a run went.
type Target struct {
	API          string      `json:"api"`                          // base URL of the HTTP API
	WS           string      `json:"ws"`                           // WebSocket URL that was dialled; "" = not known
	WSSource     Source      `json:"ws_source,omitempty"`          // who said so
	WSGiven      string      `json:"ws_given,omitempty"`           // the address as it was given, where the SDK cannot use its scheme and we dialled without it
	SDK          string      `json:"sdk,omitempty"`                // the imitated SDK as it was asked for, with its version where one was named
	Advertised   *Advertised `json:"advertised,omitempty"`         // what /route hands to clients; nil = not asked or no answer
	PageOrigin   string      `json:"page_origin,omitempty"`        // origin of the page whose client this is about
	Proxy        string      `json:"proxy,omitempty"`              // host:port of the HTTP proxy that the API was asked through; "" = none
	Sandbox      string      `json:"sandbox,omitempty"`            // generation of the embedded stand-in; "" = a real server
	ManagerToken bool        `json:"manager_token"`                // one was sent to the API
	ManagerFile  string      `json:"manager_token_file,omitempty"` // the file that it was read from, as it was given; "" = it came from WKCTL_MANAGER_TOKEN, or there is none
	Insecure     bool        `json:"insecure,omitempty"`           // certificates were not checked, as asked
}

// Source says where an address came from.
type Source string

// The sources of an address.
const (
	SourceFlag     Source = "flag"     // given by the user
	SourceRoute    Source = "route"    // the server's /route
	SourceRepaired Source = "repaired" // the server's /route, whose address clients cannot use as it is written; see [Repair]
	SourceDefault  Source = "default"  // the API's host, port 5200
)

// Advertised is the answer of GET /route: the addresses that clients are told.
type Advertised struct {
	TCP string `json:"tcp_addr"`
	WS  string `json:"ws_addr"`
	WSS string `json:"wss_addr"`
}

// Server is what is known of the server that answered.
type Server struct {
	Generation Generation `json:"generation"`         // "unknown" where the evidence leaves more than one
	Version    string     `json:"version,omitempty"`  // exact release, where the server states it; foreign text
	Protocol   int        `json:"protocol,omitempty"` // version byte of its CONNACK; 0 = it stated none
	TokenAuth  TokenAuth  `json:"token_auth"`
	Nodes      []Node     `json:"nodes,omitempty"`       // of a cluster, where GET /cluster/nodes lists them
	NodesFault *Fault     `json:"nodes_fault,omitempty"` // the node that was asked could not ask another one for that list
	Evidence   []Evidence `json:"evidence"`              // how the generation and token auth are known
}

// Node is one node of a cluster as GET /cluster/nodes lists it (v2).
type Node struct {
	ID      uint64 `json:"id"`
	Online  bool   `json:"online"`
	Address string `json:"cluster_addr,omitempty"` // foreign
}

// TokenAuth says whether the server checks tokens (tokenAuthOn).
type TokenAuth string

// The states of token authentication.
const (
	AuthOn      TokenAuth = "on"
	AuthOff     TokenAuth = "off"
	AuthUnknown TokenAuth = "unknown"
)

// Outcome is the result of a check or of a whole run.
type Outcome string

// The outcomes. Unknown is not fail: it could not be tested.
const (
	OutcomePass    Outcome = "pass"
	OutcomeWarn    Outcome = "warn"
	OutcomeFail    Outcome = "fail"
	OutcomeSkip    Outcome = "skip"
	OutcomeUnknown Outcome = "unknown"
)

// Check is one set-up step or control.
type Check struct {
	ID        CheckID `json:"id"`
	Outcome   Outcome `json:"outcome"`
	Needs     CheckID `json:"needs,omitempty"` // with skip: the failed check it depends on
	ElapsedMS float64 `json:"elapsed_ms"`
	Code      string  `json:"code,omitempty"`   // the finding that explains it
	Text      string  `json:"text,omitempty"`   // what was seen, in protocol terms
	Fault     *Fault  `json:"fault,omitempty"`  // what went wrong while asking
	Result    *Result `json:"result,omitempty"` // of a control: what its connection saw
	Speaks    Speaks  `json:"speaks,omitempty"` // of ws: what answers on that port instead
	Count     int     `json:"count,omitempty"`  // of register and cleanup: users or tokens with which it worked
	Failed    int     `json:"failed,omitempty"` // of register: users with which it did not; Fault is what happened to most of them
	Faults    []Fault `json:"faults,omitempty"` // of register: the other ways in which it did not, at most four
}

// Speaks says what a port turned out to be.
type Speaks string

// What a port can be.
const (
	SpeaksAPI       Speaks = "api"       // WuKongIM's HTTP API (5001)
	SpeaksTCP       Speaks = "tcp"       // WKProto over plain TCP (5100)
	SpeaksWebSocket Speaks = "websocket" // WKProto over a plain WebSocket (5200)
	SpeaksTLS       Speaks = "tls"       // something behind TLS (5210)
	SpeaksHTTP      Speaks = "http"      // some other HTTP server
	SpeaksManager   Speaks = "manager"   // WuKongIM's manager or monitor port (5300)
)

// CheckID is the stable name of a check.
type CheckID string

// The checks, in the order of a run.
const (
	CheckAPI         CheckID = "api"                  // the HTTP API answers as WuKongIM
	CheckRegister    CheckID = "register"             // test users can be registered
	CheckWS          CheckID = "ws"                   // the WebSocket address upgrades and speaks WKProto
	CheckRightToken  CheckID = "control-right-token"  // the right token on its own flag is accepted
	CheckWrongToken  CheckID = "control-wrong-token"  // a wrong token on that flag is refused
	CheckEmptyToken  CheckID = "control-empty-token"  // an empty token is refused
	CheckUnknownUser CheckID = "control-unknown-user" // a uid never registered is refused
	CheckStore       CheckID = "stored-tokens"        // user mode: the server shows what it has stored
	CheckOnline      CheckID = "online"               // user mode: nobody would be kicked
	CheckSweep       CheckID = "other-flags"          // user mode: the token was tried on other flags
	CheckAddresses   CheckID = "advertised-addresses" // what /route hands to clients works
	CheckFix         CheckID = "fix-verified"         // set-up mode: the fix was tried on this server
	CheckClientFix   CheckID = "client-fix-verified"  // set-up mode: a login as the token's own flag was tried, which is the other fix
	CheckCleanup     CheckID = "cleanup"              // no token of a test user is left
)

// Observed is what a connection attempt ended in.
type Observed string

// The observations.
const (
	Accepted    Observed = "accepted"    // CONNACK 1, or a PONG where the CONNACK was lost
	Refused     Observed = "refused"     // CONNACK with another reason
	Silent      Observed = "silent"      // no answer to CONNECT; see Result.Proof
	Closed      Observed = "closed"      // closed at once, before any answer
	Unreachable Observed = "unreachable" // no connection: see Result.Fault
	NotRun      Observed = "not-run"     // never tried
)

// Proof says how an observation is known.
type Proof string

// The proofs.
const (
	ProofConnack   Proof = "connack"    // the server said so
	ProofPong      Proof = "pong"       // no CONNACK, but a PONG: only an authenticated connection gets one
	ProofPingClose Proof = "ping-close" // silence, and a PING was answered by closing: the CONNECT was read and refused
	ProofIdleClose Proof = "idle-close" // silence, then closed 4 to 6 s after CONNECT: read and refused (v2.0.8 to v2.2.5)
	ProofNone      Proof = ""           // not known
)

// Result is what one connection attempt saw.
type Result struct {
	Observed      Observed    `json:"observed"`
	Proof         Proof       `json:"proof,omitempty"`
	ReasonCode    wire.Reason `json:"reason_code,omitempty"` // of the CONNACK; 0 = there was none
	Reason        string      `json:"reason,omitempty"`      // its name
	ServerVersion uint8       `json:"server_version,omitempty"`
	NodeID        *uint64     `json:"node_id,omitempty"`     // nil = the CONNACK carried none; the refusals of v2.0 carry 0
	SessionKey    *SessionKey `json:"session_key,omitempty"` // what an accepted CONNACK brought for decrypting
	ElapsedMS     float64     `json:"elapsed_ms"`            // from dial to verdict, of the last try
	AnswerMS      float64     `json:"answer_ms,omitempty"`   // from CONNECT to CONNACK; 0 = there was none
	WaitedMS      float64     `json:"waited_ms,omitempty"`   // silence before the PING; 0 = none was sent
	Steps         []Step      `json:"steps,omitempty"`       // of the last try
	Attempts      int         `json:"attempts"`              // connections opened, the last included
	Lost          []string    `json:"lost,omitempty"`        // what became of the earlier ones
	HeldMS        float64     `json:"held_ms,omitempty"`     // how long the accepted connection was watched
	Dropped       bool        `json:"dropped,omitempty"`     // it ended while being watched, without DISCONNECT
	Disconnect    *Disconnect `json:"disconnect,omitempty"`
	Fault         *Fault      `json:"fault,omitempty"`
}

// SessionKey is the size of what a client derives its message key from.
type SessionKey struct {
	ServerKeyBytes int `json:"server_key_bytes"` // 44: base64 of 32 bytes
	SaltBytes      int `json:"salt_bytes"`       // 16
}

// Disconnect is the server's DISCONNECT frame.
type Disconnect struct {
	ReasonCode wire.Reason `json:"reason_code"`
	Reason     string      `json:"reason"`
	Text       string      `json:"text,omitempty"` // foreign
	AfterMS    float64     `json:"after_ms"`       // since the CONNACK
}

// Step is one timed part of an attempt.
type Step struct {
	Name      StepName `json:"name"`
	ElapsedMS float64  `json:"elapsed_ms"`
}

// StepName names a part of an attempt.
type StepName string

// The steps, in order.
const (
	StepDial    StepName = "dial"    // name lookup and TCP
	StepTLS     StepName = "tls"     // wss only
	StepUpgrade StepName = "upgrade" // HTTP 101
	StepConnect StepName = "connect" // CONNECT written
	StepAnswer  StepName = "answer"  // until the CONNACK, or until silence was understood
)

// PairingID is "<token flag>-><connect flag>", as in "0->1".
type PairingID string

// NewPairingID joins the two halves of a pairing.
func NewPairingID(token, connect wire.DeviceFlag) PairingID {
	return PairingID(fmt.Sprintf("%d->%d", token, connect))
}

// Pairing is the flag a token was registered as, and the flag a connection used.
type Pairing struct {
	ID          PairingID       `json:"id"`
	TokenFlag   wire.DeviceFlag `json:"token_flag"`
	ConnectFlag wire.DeviceFlag `json:"connect_flag"`
	SDK         string          `json:"sdk"` // catalogue id of the imitated SDK
	UID         string          `json:"uid"`
	Token       string          `json:"token,omitempty"` // alias
	Result
	Expected          Observed          `json:"expected"` // accepted or refused
	Verdict           Outcome           `json:"verdict"`  // pass, fail, unknown or skip
	ExpectToken       ExpectToken       `json:"expect_token"`
	ExpectTokenSource ExpectTokenSource `json:"expect_token_source,omitempty"`
	Impossible        bool              `json:"impossible,omitempty"` // the imitated SDK cannot connect with this flag, so it was not tried
	Code              string            `json:"code,omitempty"`       // the finding that explains it
}

// ExpectToken is what the server has stored for (uid, connect flag), compared
// with the token that was sent: the `expectToken` of the server's log line.
type ExpectToken string

// The states of the stored token.
const (
	TokenMatch   ExpectToken = "match"   // it is the one that was sent
	TokenEmpty   ExpectToken = "empty"   // nothing is stored: expectToken ""
	TokenOther   ExpectToken = "other"   // another token is stored
	TokenUnknown ExpectToken = "unknown" // not known
)

// ExpectTokenSource says how ExpectToken is known, in rising order of proof.
type ExpectTokenSource string

// The sources of ExpectToken.
const (
	FromInference   ExpectTokenSource = "inferred"     // from behaviour
	FromRegistering ExpectTokenSource = "registered"   // wkctl stored it itself in this run
	FromStore       ExpectTokenSource = "server-store" // the server's /cluster/devices says so
	FromLog         ExpectTokenSource = "server-log"   // the server's log line says so
)

// User is what is known of an existing user whose login is diagnosed. Nothing
// was written to the server to learn it.
type User struct {
	UID            string          `json:"uid"`
	Token          string          `json:"token,omitempty"`            // alias; "" = none was given
	TokenIsManager bool            `json:"token_is_manager,omitempty"` // it equals the manager token
	ConnectFlag    wire.DeviceFlag `json:"connect_flag"`
	StoreKnown     bool            `json:"store_known"` // the server showed its rows; false: Stored means nothing
	Stored         []StoredState   `json:"stored,omitempty"`
	OnlineKnown    bool            `json:"online_known"`            // the server said who is online
	Online         []Online        `json:"online,omitempty"`        // live connections before ours
	OnlineMaster   bool            `json:"online_master,omitempty"` // one of them, on the connect flag, is a master (GET /connz)
	SimilarUID     string          `json:"similar_uid,omitempty"`   // another spelling of the uid, for which the server has rows where it has none for this one
	HeldBack       bool            `json:"held_back,omitempty"`     // no connection was made, because it could have kicked a live one
	Kicked         bool            `json:"kicked,omitempty"`        // our login took the place of a live connection on that flag
	Sweep          []SweepResult   `json:"sweep,omitempty"`         // the same token on other flags
}

// Online is one live connection as POST /user/onlinestatus lists it.
type Online struct {
	UID        string          `json:"uid"`
	DeviceFlag wire.DeviceFlag `json:"device_flag"`
	Online     int             `json:"online"`
}

// SweepResult is what the user's token came to on another flag.
type SweepResult struct {
	ConnectFlag wire.DeviceFlag `json:"connect_flag"`
	Changed     TokenDefect     `json:"changed,omitempty"` // not the token itself was tried, but the one without this slip
	Extra       []TokenExtra    `json:"extra,omitempty"`   // what was taken off for that
	Result
}

// StoredState is one row of the server's store, its token compared with the
// one that was given.
type StoredState struct {
	DeviceFlag  wire.DeviceFlag  `json:"device_flag"`
	DeviceLevel wire.DeviceLevel `json:"device_level"`
	State       ExpectToken      `json:"state"`                  // match, other or empty
	Differs     TokenDefect      `json:"differs,omitempty"`      // with other: it differs from the sent one in this only
	SentExtra   []TokenExtra     `json:"sent_extra,omitempty"`   // with differs: what the sent token has too much
	StoredExtra []TokenExtra     `json:"stored_extra,omitempty"` // with differs: what the stored token has too much
	UpdatedAt   *time.Time       `json:"updated_at,omitempty"`
}
