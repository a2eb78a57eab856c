package probe

// Severity says how bad a finding is; an error makes the exit code 1.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
	SeverityInfo    Severity = "info"
)

// Finding is a named cause with evidence and a fix. Title, Cause and Fix.Text
// are filled in by package report in the reader's language, from Code and Args.
type Finding struct {
	Code      string            `json:"code"` // stable, WK501
	ID        string            `json:"id"`   // stable, token-under-other-flag
	Severity  Severity          `json:"severity"`
	Title     string            `json:"title"`
	Pairings  []PairingID       `json:"pairings"`
	Cause     string            `json:"cause"`
	Evidence  []Evidence        `json:"evidence"`
	Fix       Fix               `json:"fix"`
	DependsOn string            `json:"depends_on,omitempty"` // code of the finding whose symptom this is
	Links     []string          `json:"links"`
	Args      map[string]string `json:"args,omitempty"` // what the texts are filled with; no secret
}

// Fix says what to do.
type Fix struct {
	Text     string   `json:"text"`
	Commands []string `json:"commands"` // to paste, each one command or code line

	Tried  Observed   `json:"tried,omitempty"`  // what a login came to with the back end's part of it done on this server; "" = not tried
	Client *ClientFix `json:"client,omitempty"` // the other way, in the client; nil = there is none
}

// ClientFix is what to change in the client instead of in the back end.
type ClientFix struct {
	Line  string   `json:"line"`            // the SDK's line that sets the flag; it is one of the fix's Commands as well
	Tried Observed `json:"tried,omitempty"` // what a login as that flag came to on this server; "" = not tried
}

// Verdict is what a script needs, and what the sentence of a report says.
type Verdict struct {
	Outcome    Outcome    `json:"outcome"`
	ExitCode   int        `json:"exit_code"`            // 0, 1, 3 or 130
	Conclusion Conclusion `json:"conclusion,omitempty"` // the answer to the question of the mode; "" = a report of an earlier version
	Code       string     `json:"code,omitempty"`       // the finding that it points at; "" = none
}

// Conclusion is what a run comes to.
type Conclusion string

// The conclusions.
const (
	ConcludedWorks       Conclusion = "works"       // every login came out as it must
	ConcludedFails       Conclusion = "fails"       // one did not
	ConcludedHindered    Conclusion = "hindered"    // the logins came out as they must, and Code keeps clients from them all the same
	ConcludedUnknown     Conclusion = "unknown"     // some were tried and came to no known end, or were left out
	ConcludedNotTried    Conclusion = "not-tried"   // no login was tried
	ConcludedNoAuth      Conclusion = "no-auth"     // the server checks no tokens, so that no login proves anything
	ConcludedMaxTime     Conclusion = "max-time"    // the run's time was up
	ConcludedInterrupted Conclusion = "interrupted" // the run was stopped
)

// Check gives the check with that id, or nil.
func (d *Diagnosis) Check(id CheckID) *Check {
	for i := range d.Checks {
		if d.Checks[i].ID == id {
			return &d.Checks[i]
		}
	}
	return nil
}

// Finding gives the finding with that code, or nil.
func (d *Diagnosis) Finding(code string) *Finding {
	for i := range d.Findings {
		if d.Findings[i].Code == code {
			return &d.Findings[i]
		}
	}
	return nil
}
