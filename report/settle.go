package report

import (
	"reflect"
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// A saved report may come from anybody, and from a later version of wkctl. What
// stands in a field of few known values is one of them, or "not known"; what is
// an identifier is made of the characters of one. So no writer has to ask.

// settled gives the value of a field whose type is not plain text. An empty one
// stays empty: prepared knows what that means.
func settled(t reflect.Type, s string) string {
	switch t {
	case reflect.TypeFor[probe.Mode]():
		return one(s, probe.ModeTable, probe.ModeTable, probe.ModeSetup, probe.ModeUser)
	case reflect.TypeFor[probe.Generation]():
		return one(s, probe.GenUnknown, probe.Generations()...)
	case reflect.TypeFor[probe.TokenAuth]():
		return one(s, probe.AuthUnknown, probe.AuthOn, probe.AuthOff)
	case reflect.TypeFor[probe.Outcome]():
		return one(s, probe.OutcomeUnknown, probe.OutcomePass, probe.OutcomeWarn, probe.OutcomeFail, probe.OutcomeSkip)
	case reflect.TypeFor[probe.Severity]():
		return one(s, probe.SeverityInfo, probe.SeverityError, probe.SeverityWarning)
	case reflect.TypeFor[probe.Source]():
		return one(s, "", probe.SourceFlag, probe.SourceRoute, probe.SourceRepaired, probe.SourceDefault)
	case reflect.TypeFor[probe.AddressClass]():
		return one(s, "", probe.ClassEmpty, probe.ClassMalformed, probe.ClassUnspecified, probe.ClassLoopback,
			probe.ClassContainer, probe.ClassPrivate, probe.ClassPublic, probe.ClassName)
	case reflect.TypeFor[probe.Stop]():
		return one(s, "", probe.StopInterrupt, probe.StopMaxTime)
	case reflect.TypeFor[probe.Gone]():
		return one(s, "", probe.GoneAway, probe.GoneRestarted)
	case reflect.TypeFor[probe.CheckID](), reflect.TypeFor[probe.PairingID](), reflect.TypeFor[probe.StepName](),
		reflect.TypeFor[probe.Role](), reflect.TypeFor[probe.Speaks](),
		reflect.TypeFor[probe.LimitedAt](), reflect.TypeFor[probe.Phase](), reflect.TypeFor[probe.FaultKind]():
		return identifier(s)
	}
	return settledResult(t, s)
}

// settledResult does the same for what a connection saw.
func settledResult(t reflect.Type, s string) string {
	switch t {
	case reflect.TypeFor[probe.Observed]():
		return one(s, probe.NotRun, observations()...)
	case reflect.TypeFor[probe.Proof]():
		return one(s, probe.ProofNone, probe.ProofConnack, probe.ProofPong, probe.ProofPingClose, probe.ProofIdleClose)
	case reflect.TypeFor[probe.ExpectToken]():
		return one(s, probe.TokenUnknown, probe.TokenMatch, probe.TokenEmpty, probe.TokenOther)
	case reflect.TypeFor[probe.TokenDefect]():
		return one(s, "", probe.TokenDefects()...)
	case reflect.TypeFor[probe.TokenExtra]():
		return one(s, "", probe.TokenExtras()...)
	case reflect.TypeFor[probe.ExpectTokenSource]():
		return one(s, "", probe.FromInference, probe.FromRegistering, probe.FromStore, probe.FromLog)
	}
	return s
}

// one gives s where it is known or empty, else the fallback.
func one[S ~string](s string, fallback S, known ...S) string {
	if s == "" || slices.Contains(known, S(s)) {
		return s
	}
	return string(fallback)
}

// isIdentifier names the fields of plain strings that hold an identifier. A code
// is also part of a command that a report tells its reader to paste.
func isIdentifier(t reflect.Type, field string) bool {
	switch field {
	case "Code", "Codes", "DependsOn":
		return true
	case "ID", "Kind":
		return t == reflect.TypeFor[probe.Finding]() || t == reflect.TypeFor[probe.LogCause]() ||
			t == reflect.TypeFor[probe.LogCaveat]() || t == reflect.TypeFor[probe.LogLine]() || t == reflect.TypeFor[probe.Evidence]()
	case "Generation", "Generations":
		return true
	case "Encoding", "LooksLike", "Schema":
		return true
	}
	return false
}

// identifierLimit is the length of the longest identifier, in bytes.
const identifierLimit = 60

// identifier drops what no identifier holds.
func identifier(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x80 && wordByte(byte(r)) || strings.ContainsRune("-_.>/", r) {
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), identifierLimit)]
}
