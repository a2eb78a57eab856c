package probe

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
}

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
