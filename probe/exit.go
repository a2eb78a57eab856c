package probe

// Exit codes of wkctl, the same in every format. A Verdict holds one of all but
// ExitUsage.
const (
	ExitOK          = 0
	ExitFinding     = 1   // an error was found
	ExitUsage       = 2   // wrong command line or input
	ExitNoDiagnosis = 3   // it could not be found out
	ExitInterrupted = 130 // stopped by a signal, as shells count it
)
