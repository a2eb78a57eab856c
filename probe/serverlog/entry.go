package serverlog

import "time"

// Entry is one event of the log, of one line or of several that belong
// together. Every string is fit for a terminal: bounded, no control characters,
// no token in clear. One exception: a uid is shown as it is, also where an
// application uses the uid as the token.
type Entry struct {
	// Line is the number of the (first) line, from 1.
	Line int64 `json:"line"`
	// Time is the time of the line; zero: it has none. Without a zone in the
	// line it is the one docker put in front, else read as Scanner.Location.
	Time time.Time `json:"time,omitzero"`
	Kind Kind      `json:"kind"`
	// UID is the user the line names; "": it names none.
	UID string `json:"uid,omitempty"`
	// Flag is the device flag the line names, 0–255; nil: it names none.
	Flag *int `json:"flag,omitempty"`
	// ExpectToken is the token the server has; in a KindTokenRequest the token
	// it is asked to store.
	ExpectToken Token `json:"expect_token"`
	// ActToken is the token the client sent.
	ActToken Token `json:"act_token"`
	// Status is the HTTP status that an access line gives, or that the server
	// answers where it writes this line; 0: none.
	Status int `json:"status,omitempty"`
	// Path is the path that an access line gives, without its query; "": none.
	Path string `json:"path,omitempty"`
	// Error is the error the line gives.
	Error string `json:"error,omitempty"`
	// Generations are the servers that write such a line; empty: cannot be told.
	Generations Generations `json:"generations"`
	// Misleading names what not to believe in the line.
	Misleading []Misleading `json:"misleading,omitempty"`
	// Text is the line with its secrets replaced, at most 600 bytes.
	Text string `json:"text"`
}

// Misleads says whether the entry carries m.
func (e *Entry) Misleads(m Misleading) bool {
	for _, have := range e.Misleading {
		if have == m {
			return true
		}
	}
	return false
}

func (e *Entry) mislead(m Misleading) {
	if e.Misleading == nil {
		e.Misleading = make([]Misleading, 0, 6)
	}
	if !e.Misleads(m) {
		e.Misleading = append(e.Misleading, m)
	}
}
