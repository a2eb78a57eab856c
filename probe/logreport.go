package probe

import "time"

// LogSchema names the JSON contract of a LogReport. Changes are additive only.
const LogSchema = "wkctl.server-log/v1"

// A LogReport is what a server's log says about the clients that it turned away.
// Its strings hold no token.
type LogReport struct {
	Schema      string       `json:"schema"` // always LogSchema
	Tool        Tool         `json:"tool"`
	Source      string       `json:"source"`               // the file, or "stdin"
	Complete    bool         `json:"complete"`             // false: reading was cut short
	Encoding    string       `json:"encoding,omitempty"`   // what was undone while reading: utf-16le, utf-16be or gzip; "" = nothing
	LooksLike   string       `json:"looks_like,omitempty"` // with outcome unknown, what it is instead of a log; see serverlog.Form
	Bytes       int64        `json:"bytes"`                // of the text, unpacked
	Lines       int64        `json:"lines"`
	First       *time.Time   `json:"first,omitempty"` // of the entries below; nil = no line has a time
	Last        *time.Time   `json:"last,omitempty"`
	NoZone      bool         `json:"no_zone,omitempty"`     // the times have no zone and are given as written
	Generations []string     `json:"generations,omitempty"` // the servers that can have written all of it
	Refused     int64        `json:"refused"`               // clients that were turned away, counted by CONNECT
	Causes      []LogCause   `json:"causes"`                // refusals first, the most frequent first
	Other       int64        `json:"other"`                 // lines about something else
	Folded      int64        `json:"folded"`                // lines that belong to an entry of another line
	Trace       int64        `json:"trace"`                 // lines of stack traces
	Plain       int64        `json:"plain"`                 // lines in no format of a WuKongIM log
	Cut         int64        `json:"cut"`                   // lines too long to be read whole
	UnknownAll  int64        `json:"unknown_count"`         // error lines that are not understood
	Unknown     []LogUnknown `json:"unknown"`               // samples of them, one for each message
	Verdict     Verdict      `json:"verdict"`
}

// LogCause is all entries of one kind. Title, Meaning, Change and the texts of
// Misleading are filled in by package report.
type LogCause struct {
	Kind        string      `json:"kind"` // see serverlog.Kind
	Refusal     bool        `json:"refusal"`
	Trouble     bool        `json:"trouble,omitempty"` // no refusal, and keeps clients out all the same
	Codes       []string    `json:"codes"`             // findings that it can come from, the likeliest first
	Title       string      `json:"title"`
	Meaning     string      `json:"meaning"`
	Change      string      `json:"change,omitempty"`
	Misleading  []LogCaveat `json:"misleading"`
	Count       int64       `json:"count"`
	Ungrouped   int64       `json:"ungrouped,omitempty"` // of them beyond the bounded number of groups
	First       *time.Time  `json:"first,omitempty"`
	Last        *time.Time  `json:"last,omitempty"`
	Generations []string    `json:"generations,omitempty"`
	Groups      []LogGroup  `json:"groups"` // by user and flag, the most frequent first
	SampleLine  int64       `json:"sample_line"`
	Sample      string      `json:"sample"`
}

// LogCaveat is something in the lines that leads their reader astray.
type LogCaveat struct {
	ID   string `json:"id"` // see serverlog.Misleading
	Text string `json:"text"`
}

// LogGroup is the entries of one kind about one user and flag.
type LogGroup struct {
	UID          string     `json:"uid,omitempty"`  // "" = the lines name none
	Flag         *int       `json:"flag,omitempty"` // nil = the lines name none
	Count        int64      `json:"count"`
	First        *time.Time `json:"first,omitempty"`
	Last         *time.Time `json:"last,omitempty"`
	FirstLine    int64      `json:"first_line"`
	LastLine     int64      `json:"last_line"`
	ExpectTokens []string   `json:"expect_tokens,omitempty"` // aliases; "" is an empty token
	ActTokens    []string   `json:"act_tokens,omitempty"`
}

// LogUnknown is an error line that is not understood.
type LogUnknown struct {
	Level   string `json:"level"`
	Module  string `json:"module,omitempty"`
	Message string `json:"message"`
	Count   int64  `json:"count"`
	Line    int64  `json:"line"` // of the first one
	Text    string `json:"text"`
}
