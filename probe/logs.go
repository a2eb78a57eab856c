package probe

import "time"

// LogFacts is what the server's own log says about the logins of a run. Its
// lines carry aliases in place of tokens.
type LogFacts struct {
	Source   string    `json:"source"`          // the file, "stdin", or the command that showed the log
	Lines    int       `json:"lines"`           // read while the run lasted
	Refusals int       `json:"refusals"`        // of them about a client that was turned away, whoever it was
	Nameless int       `json:"nameless"`        // of them without a user and without a token: they can be anybody's
	Ended    string    `json:"ended,omitempty"` // why reading ended before the run did; "" = it did not
	Past     LogPast   `json:"past"`            // what stood there before the run
	Entries  []LogLine `json:"entries"`         // what is about the users of this run, at most MaxLogLines
	// Calls are the answers to POST /user/token and /user/device_quit that access
	// lines tell of, at most MaxLogCalls. v1.0.0 to v2.1.1 print such lines always,
	// v2.1.2 to v2.2.5 at level debug only, v3 never: that there are none proves
	// nothing.
	Calls []LogCall `json:"calls,omitempty"`
}

// LogCall is how often a call was answered with one status. The lines name no
// user: whose call it was cannot be told, and during a run its own calls are among them.
type LogCall struct {
	Path   string     `json:"path"`              // /user/token or /user/device_quit; "" = one of the two or of the like, the line does not say
	Status int        `json:"status"`            // HTTP status, 400 also where the server logged that the body does not decode
	Count  int        `json:"count"`             // 1 or more
	Before bool       `json:"before,omitempty"`  // older than the run
	Last   *time.Time `json:"last,omitempty"`    // of the last such line; nil = it has no time
	NoZone bool       `json:"no_zone,omitempty"` // Last has no zone in the log and was read as local time
	Text   string     `json:"text"`              // the last such line, tokens aliased
}

// MaxLogCalls bounds LogFacts.Calls.
const MaxLogCalls = 16

// LogPast is what the log says of other clients before the run.
type LogPast struct {
	Refusals  int    `json:"refusals"`       // clients that were turned away
	NoConnect int    `json:"no_connect"`     // connections closed after 2 s in which no CONNECT came
	Text      string `json:"text,omitempty"` // the last such line
}

// MaxLogLines bounds LogFacts.Entries.
const MaxLogLines = 2 * MaxPairings

// LogLine is one refusal that the server's log holds.
type LogLine struct {
	Kind        string      `json:"kind"`              // see serverlog.Kind
	Pairing     PairingID   `json:"pairing,omitempty"` // whose it is; "" = of the user, but of no attempt that can be told
	UID         string      `json:"uid,omitempty"`     // as the line names it
	Flag        *int        `json:"flag,omitempty"`    // device flag of the connection; nil = the line does not say and it cannot be told
	ExpectToken ExpectToken `json:"expect_token"`      // what the server has stored, as far as the line says
	HasRow      bool        `json:"has_row,omitempty"` // the line proves that a device record exists
	Before      bool        `json:"before,omitempty"`  // older than the run
	Misleading  []string    `json:"misleading,omitempty"`
	Text        string      `json:"text"` // the line, tokens aliased
}
