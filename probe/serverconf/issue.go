package serverconf

import (
	"cmp"
	"slices"
	"strings"
)

// Severity says how bad an issue is, in the words of a finding.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"   // clients cannot log in, or the server does not start
	SeverityWarning Severity = "warning" // what was written is not in force, or works for some clients only
	SeverityInfo    Severity = "info"    // worth knowing
)

// An Issue is a setting that is not in force although someone wrote it, or that
// cannot work.
type Issue struct {
	Code     string   `json:"code"` // WK701 …
	ID       string   `json:"id"`   // server-setting-…
	Severity Severity `json:"severity"`
	Where    string   `json:"where"`            // source:line
	Line     int      `json:"line,omitempty"`   // from 1; 0 = the whole source
	Column   int      `json:"column,omitempty"` // from 1; 0 = not known
	Key      string   `json:"key,omitempty"`    // as written; "" = the whole source
	Value    string   `json:"value,omitempty"`  // as written, bounded; "" where it is secret or says nothing
	// Args are for the text of the finding. "reason" is always there and names
	// the case within the code; "setting" is the server's key that it is about.
	Args      map[string]string `json:"args"`
	Evidence  string            `json:"evidence"` // English
	Fix       Fix               `json:"fix"`
	DependsOn []string          `json:"depends_on,omitempty"` // codes of issues here that may be its cause
}

// A Fix can be pasted. Where a value is not known it holds a name in angle brackets.
type Fix struct {
	YAML string `json:"yaml,omitempty"` // for the file that In names; TOML for v3
	In   string `json:"in,omitempty"`   // wk.yaml, wukongim.toml or compose file
	Env  string `json:"env,omitempty"`  // the same as environment variables, one a line
}

// The codes.
const (
	CodeMisindented      = "WK701"
	CodeCommentedOut     = "WK702"
	CodeEnvEmpty         = "WK703"
	CodeCertPath         = "WK704"
	CodeWSSListenerOff   = "WK705"
	CodeExternalMissing  = "WK706"
	CodeUnknownKey       = "WK707"
	CodeEnvName          = "WK708"
	CodeSyntax           = "WK709"
	CodeUnusableAddress  = "WK710"
	CodeOverridden       = "WK711"
	CodeClusterOff       = "WK712"
	CodePortNotPublished = "WK713"
	CodeBadValue         = "WK714"
	CodeWSSCertMissing   = "WK715"
	CodeOtherGeneration  = "WK716"
	CodeListenAddress    = "WK717"
	CodeFileNotUsed      = "WK718"
	CodeEnvNotPassed     = "WK719"
)

// A CodeInfo names one cause of this family.
type CodeInfo struct {
	Code string
	ID   string
}

// Codes lists the family, root causes first: the order in which issues of the
// same severity are given.
func Codes() []CodeInfo {
	return []CodeInfo{
		{CodeSyntax, "server-setting-syntax"},
		{CodeFileNotUsed, "server-setting-file-not-used"},
		{CodeClusterOff, "server-setting-cluster-off"},
		{CodeMisindented, "server-setting-misindented"},
		{CodeUnknownKey, "server-setting-unknown-key"},
		{CodeEnvName, "server-setting-env-name"},
		{CodeEnvNotPassed, "server-setting-env-not-passed"},
		{CodeEnvEmpty, "server-setting-env-empty"},
		{CodeCommentedOut, "server-setting-commented-out"},
		{CodeOtherGeneration, "server-setting-other-generation"},
		{CodeBadValue, "server-setting-bad-value"},
		{CodeOverridden, "server-setting-overridden"},
		{CodeCertPath, "server-setting-cert-path"},
		{CodeWSSListenerOff, "server-setting-wss-listener-off"},
		{CodeWSSCertMissing, "server-setting-wss-cert-missing"},
		{CodeListenAddress, "server-setting-listen-address"},
		{CodeUnusableAddress, "server-setting-unusable-address"},
		{CodePortNotPublished, "server-setting-port-not-published"},
		{CodeExternalMissing, "server-setting-external-missing"},
	}
}

func rank(code string) int {
	return slices.IndexFunc(Codes(), func(c CodeInfo) bool { return c.Code == code })
}

func severityRank(s Severity) int {
	return slices.Index([]Severity{SeverityError, SeverityWarning, SeverityInfo}, s)
}

// explains says which codes can be the reason for a missing setting.
func explains(code string) bool {
	return code != CodeExternalMissing && rank(code) <= rank(CodeBadValue) && code != CodeClusterOff
}

// finish names, de-duplicates, links and sorts the issues.
func finish(issues []Issue) []Issue {
	type key struct{ code, where, key, reason, service string }
	seen := make(map[key]bool, len(issues))
	out := make([]Issue, 0, len(issues))
	for _, is := range issues {
		k := key{is.Code, is.Where, is.Key, is.Args["reason"], is.Args["service"]}
		if r := rank(is.Code); r >= 0 && !seen[k] {
			seen[k] = true
			is.ID = Codes()[r].ID
			out = append(out, is)
		}
	}
	linkCauses(out)
	slices.SortStableFunc(out, func(a, b Issue) int {
		return cmp.Or(
			cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)),
			cmp.Compare(rank(a.Code), rank(b.Code)))
	})
	return out
}

// linkCauses gives each missing setting the issues that explain it. What someone
// wrote and the server does not see is then an error, and the symptom steps back to
// a warning, so that the cause is the first one read.
func linkCauses(issues []Issue) {
	for i := range issues {
		symptom := &issues[i]
		prefixes := wanted(symptom)
		if prefixes == nil || symptom.Severity == SeverityInfo {
			continue
		}
		for j := range issues {
			cause := &issues[j]
			if i == j || !explains(cause.Code) || cause.Severity == SeverityInfo || !concerns(cause, prefixes) {
				continue
			}
			if !slices.Contains(symptom.DependsOn, cause.Code) {
				symptom.DependsOn = append(symptom.DependsOn, cause.Code)
			}
			if cause.Code != CodeEnvEmpty && cause.Code != CodeOtherGeneration {
				cause.Severity = SeverityError
			}
		}
		if len(symptom.DependsOn) > 0 {
			symptom.Severity = SeverityWarning
		}
	}
}

// concerns says whether an issue is about one of these settings, or about a whole
// source or the rest of one.
func concerns(is *Issue, prefixes []string) bool {
	about := is.Args["setting"]
	if about == "" {
		return is.Code == CodeSyntax || is.Code == CodeFileNotUsed || is.Code == CodeMisindented
	}
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(about, p) })
}

// wanted lists the settings whose absence an issue may come from.
func wanted(is *Issue) []string {
	switch is.Code {
	case CodeExternalMissing:
		return []string{"external.", "api.external_"}
	case CodeWSSListenerOff:
		return []string{KeyWSSAddr}
	case CodeWSSCertMissing:
		return []string{"wssConfig."}
	case CodePortNotPublished:
		return []string{is.Args["setting"]}
	default:
		return nil
	}
}
