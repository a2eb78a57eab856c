package serverconf

import (
	"cmp"
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

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
	CodeNodesToken       = "WK721" // WK720 takes a running server to compare with
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
		{CodeNodesToken, "server-setting-manager-token-between-nodes"},
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

func severityRank(s probe.Severity) int {
	return slices.Index([]probe.Severity{probe.SeverityError, probe.SeverityWarning, probe.SeverityInfo}, s)
}

// explains says which codes can be the reason for a missing setting.
func explains(code string) bool {
	return code != CodeExternalMissing && rank(code) <= rank(CodeBadValue) && code != CodeClusterOff && code != CodeNodesToken
}

// finish de-duplicates, links and sorts the issues.
func finish(issues []probe.ConfigIssue) []probe.ConfigIssue {
	type key struct{ code, where, key, reason, service string }
	seen := make(map[key]bool, len(issues))
	out := make([]probe.ConfigIssue, 0, len(issues))
	for _, is := range issues {
		k := key{is.Code, is.Where, is.Args["key"], is.Args["reason"], is.Args["service"]}
		if !seen[k] {
			seen[k] = true
			is.Setting = is.Args["setting"]
			out = append(out, is)
		}
	}
	linkCauses(out)
	slices.SortStableFunc(out, func(a, b probe.ConfigIssue) int {
		return cmp.Or(
			cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)),
			cmp.Compare(rank(a.Code), rank(b.Code)))
	})
	return out
}

// linkCauses gives each missing setting the issues that explain it. What someone
// wrote and the server does not see is then an error, and the symptom steps back to
// a warning, so that the cause is the first one read.
func linkCauses(issues []probe.ConfigIssue) {
	for i := range issues {
		symptom := &issues[i]
		prefixes := wanted(symptom)
		if prefixes == nil || symptom.Severity == probe.SeverityInfo {
			continue
		}
		for j := range issues {
			cause := &issues[j]
			if i == j || !explains(cause.Code) || cause.Severity == probe.SeverityInfo || !concerns(cause, prefixes) {
				continue
			}
			if !slices.Contains(symptom.DependsOn, cause.Code) {
				symptom.DependsOn = append(symptom.DependsOn, cause.Code)
			}
			if cause.Code != CodeEnvEmpty && cause.Code != CodeOtherGeneration {
				cause.Severity = probe.SeverityError
			}
		}
		if len(symptom.DependsOn) > 0 {
			symptom.Severity = probe.SeverityWarning
		}
	}
}

// concerns says whether an issue is about one of these settings, or about a whole
// source or the rest of one.
func concerns(is *probe.ConfigIssue, prefixes []string) bool {
	about := is.Args["setting"]
	if about == "" {
		return is.Code == CodeSyntax || is.Code == CodeFileNotUsed || is.Code == CodeMisindented
	}
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(about, p) })
}

// wanted lists the settings whose absence an issue may come from.
func wanted(is *probe.ConfigIssue) []string {
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
