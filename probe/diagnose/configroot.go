package diagnose

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverconf"
)

// rootLate ties what changes nothing in the order of the findings.
func (f *facts) rootLate() {
	for i := range f.Findings {
		if found := &f.Findings[i]; found.DependsOn == "" {
			found.DependsOn = f.rootOf(f.cause(found.Code), true)
		}
	}
}

// rootConfig ties findings about the running server to the setting that explains
// them, and puts that setting before them: it is what has to be fixed.
func (f *facts) rootConfig() {
	if f.Config == nil {
		return
	}
	f.notInUse()
	for _, code := range f.codes() {
		target := f.Finding(code)
		if f.isConfig(code) || target.DependsOn != "" || target.Severity == probe.SeverityInfo {
			continue
		}
		cause := f.configCauseOf(target)
		if cause == "" {
			continue
		}
		target.DependsOn = cause
		f.before(cause, code, target.Severity)
	}
	for _, code := range f.codes() {
		if root := f.Finding(code).DependsOn; f.isConfig(code) && f.Finding(root) != nil {
			f.before(root, code, f.Finding(code).Severity)
		}
	}
}

// notInUse steps what is wrong in the files back behind the finding that the
// server does not run with them: it becomes true only once they are in use.
func (f *facts) notInUse() {
	if f.Finding(codeOtherConfig) == nil {
		return
	}
	for _, code := range f.codes() {
		found := f.Finding(code)
		if !f.isConfig(code) || code == codeOtherConfig || code == serverconf.CodeNodesToken {
			continue // of several nodes, one answered
		}
		if found.Severity == probe.SeverityError {
			found.Severity = probe.SeverityWarning
		}
		if found.DependsOn == "" {
			found.DependsOn = codeOtherConfig
		}
	}
	slices.SortStableFunc(f.Findings, func(a, b probe.Finding) int { return cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)) })
}

func (f *facts) codes() (codes []string) {
	for i := range f.Findings {
		codes = append(codes, f.Findings[i].Code)
	}
	return codes
}

func (f *facts) isConfig(code string) bool { return f.cause(code).family == familyConfig }

// before moves the finding of a cause in front of what it explains and makes it
// no less severe.
func (f *facts) before(cause, symptom string, severity probe.Severity) {
	index := func(code string) int {
		return slices.IndexFunc(f.Findings, func(x probe.Finding) bool { return x.Code == code })
	}
	from, to := index(cause), index(symptom)
	moved := f.Findings[from]
	if moved.Severity != probe.SeverityError {
		moved.Severity = severity
	}
	f.Findings[from] = moved
	if from > to {
		f.Findings = slices.Insert(slices.Delete(f.Findings, from, from+1), to, moved)
	}
}

// configCauseOf gives the code that explains a finding, the root first.
func (f *facts) configCauseOf(target *probe.Finding) string {
	c := f.cause(target.Code)
	var wants []string
	if c.settings != nil {
		wants = c.settings(f, target.Args)
	}
	neverStarts := c.has(neverStarts) && (f.apiDown() || f.gone() != nil)
	if len(wants) == 0 && !neverStarts {
		return ""
	}
	if other := f.Finding(codeOtherConfig); other != nil {
		if c.address == noPart {
			return "" // the files do not say how this server is set
		}
		role := target.Args["role"]
		if role == "" {
			role = string(probe.RoleWSS) // WK407 and WK408 are about wss
		}
		if slices.Contains(strings.Fields(other.Args["roles"]), role) {
			return codeOtherConfig
		}
		return ""
	}
	for _, known := range serverconf.Codes() {
		if slices.ContainsFunc(f.configIssues(known.Code), func(is probe.ConfigIssue) bool { return c.comesFrom(is, wants, neverStarts) }) {
			return known.Code
		}
	}
	return ""
}

// comesFrom says whether a finding of c may come from an issue with the settings
// that it wants, or with one that keeps a server from running.
func (c *Cause) comesFrom(is probe.ConfigIssue, wants []string, neverStarts bool) bool {
	if c.family == familyHealth && !stopsServer(is) {
		return false
	}
	return len(wants) > 0 && touches(is, wants) || neverStarts && stopsServer(is)
}

// stopsServer says whether a server with such a setting does not start, or not for
// long: it panics at start, or at the first TLS greeting, or its slots never get
// ready (v1.2.6 and v2.2.5 options.go, cmd/root.go; v3 refuses keys it does not know).
func stopsServer(is probe.ConfigIssue) bool {
	switch is.Code {
	case serverconf.CodeClusterOff, serverconf.CodeWSSCertMissing:
		return true
	case serverconf.CodeSyntax:
		return is.Args["fate"] != "defaults"
	case serverconf.CodeListenAddress:
		return is.Args["reason"] != "loopback"
	case serverconf.CodeCertPath, serverconf.CodeUnknownKey, serverconf.CodeEnvName, serverconf.CodeOtherGeneration:
		return is.Severity == probe.SeverityError
	}
	return false
}

// touches says whether an issue is about one of the settings, or about the whole
// file that they stand in.
func touches(is probe.ConfigIssue, wants []string) bool {
	if is.Setting == "" {
		return is.Severity != probe.SeverityInfo &&
			(is.Code == serverconf.CodeSyntax || is.Code == serverconf.CodeFileNotUsed || is.Code == serverconf.CodeMisindented)
	}
	return slices.ContainsFunc(wants, func(want string) bool {
		block := strings.HasSuffix(want, ".") && strings.HasPrefix(is.Setting, want)
		return block || is.Setting == want || strings.HasSuffix(is.Setting, ".") && strings.HasPrefix(want, is.Setting)
	})
}

// behind lists the settings that a finding with these arguments may come from;
// one that ends in a dot stands for a whole block.
type behind func(f *facts, args map[string]string) []string

// always is a list that does not depend on the run.
func always(settings ...string) behind {
	return func(*facts, map[string]string) []string { return settings }
}

// behindNamed lists the settings behind the address that the finding names.
func behindNamed(_ *facts, args map[string]string) []string {
	return behindRole(probe.Role(args["role"]))
}

// behindWSS lists the settings behind a wss address that is missing.
func behindWSS(*facts, map[string]string) []string {
	return []string{"external.wssAddr", "wssAddr", "wssConfig.", "api.external_wss_addr"}
}

// behindDialled lists the settings behind the address that was dialled, where
// the server handed it out.
func behindDialled(f *facts, _ map[string]string) []string {
	if f.Target.WSSource != probe.SourceRoute && f.Target.WSSource != probe.SourceRepaired {
		return nil
	}
	if u, err := url.Parse(f.Target.WS); err == nil && u.Scheme == "wss" {
		return behindRole(probe.RoleWSS)
	}
	return behindRole(probe.RoleWS)
}

func behindRole(r probe.Role) []string {
	switch r {
	case probe.RoleTCP:
		return []string{"external.ip", "external.tcpAddr", "addr", "api.external_tcp_addr"}
	case probe.RoleWSS:
		return []string{"external.ip", "external.wssAddr", "wssAddr", "wssConfig.", "api.external_wss_addr"}
	}
	return []string{"external.ip", "external.wsAddr", "wsAddr", "api.external_ws_addr"}
}
