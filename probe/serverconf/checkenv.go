package serverconf

import (
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// emptyEnv reports a variable of a tracked setting that arrives empty. 1.0.4 to
// 2.2.5 treat it as not set (viper without AllowEmptyEnv); v3 lets it empty what the
// file says.
func (in *instance) emptyEnv(e *envVar, info *keyInfo) {
	if !info.tracked && !info.secret {
		return
	}
	a := args{"reason": "empty", "setting": info.path, "env": info.env, "variable": info.env, "falls_back": in.fallback(info)}
	severity := probe.SeverityWarning
	switch {
	case e.use.emptied != "":
		a["reason"], a["variable"], severity = "default-lost", cleanKey(e.use.emptied), probe.SeverityError
	case e.missing:
		a["reason"] = "not-set-outside"
	case len(e.use.unset) > 0:
		a["reason"], a["variable"] = "variable-not-set", cleanKey(e.use.unset[0])
	case e.use.blankSaved && !in.cat.v3:
		return // ${V:-}: it is meant to be empty
	case info.kind == "bool" || in.coveredElsewhere(info):
		severity = probe.SeverityInfo
	}
	is := in.found(CodeEnvEmpty, severity, e.at(), a)
	in.about(is, info.env, "")
	is.Evidence += "="
	in.fix(is, kv{info.path, wish(info, e.use.lost)})
	if a["reason"] == "default-lost" {
		is.Args["default"] = showValue(info, e.use.lost)
	}
}

// fallback is what the server uses instead of an empty variable: the place of the
// value in its file, the address that it makes up, or its default; "" is nothing, or
// what may not be shown.
func (in *instance) fallback(info *keyInfo) string {
	v := in.config.get(info.path)
	route := in.config.route
	switch {
	case v.from.kind == originFile:
		return place(cleanName(v.from.source), v.from.line)
	case in.cat.v3 || info.secret:
		return ""
	}
	switch info.path {
	case KeyExternalIP:
		return probe.HostUnknown
	case KeyExternalTCPAddr:
		return route.TCP
	case KeyExternalWSAddr:
		return route.WS
	case KeyExternalWSSAddr:
		return route.WSS
	}
	return defaultOf(info.path, in.rel)
}

// coveredElsewhere: the file has a value, or external.ip fills the gap.
func (in *instance) coveredElsewhere(info *keyInfo) bool {
	if in.config.get(info.path).from.kind == originFile {
		return true
	}
	ip := in.config.get(KeyExternalIP)
	return !strings.HasPrefix(info.path, "external.") || info.path != KeyExternalIP && ip.Text != ""
}

// checkUnknownEnv reports a variable that no setting answers to.
func (in *instance) checkUnknownEnv(e *envVar) {
	name := strings.TrimSpace(e.name)
	upper := strings.ToUpper(name)
	if !strings.HasPrefix(upper, "WK_") {
		in.withoutPrefix(e, upper)
		return
	}
	if in.hidesBlock(e) {
		return
	}
	a := args{"reason": "unknown", "setting": "", "suggestion": ""}
	meant := in.cat.byEnv[upper]
	switch {
	case meant != nil && e.malformed:
		a["reason"] = "blanks"
	case meant != nil:
		a["reason"] = "case"
	default:
		if meant = in.cat.nearest(cleanKey(upper), envOf); meant == nil {
			meant = in.envOfLeaf(cleanKey(upper))
		}
		if meant == nil && strings.HasSuffix(upper, "TOKEN") { // WK_TOKEN, WK_API_TOKEN: the server has one token of its own
			meant = in.cat.lookup(KeyManagerToken)
		}
		if meant != nil {
			a["reason"] = "spelling"
		}
	}
	in.envNameIssue(e, meant, a)
}

func (in *instance) envNameIssue(e *envVar, meant *keyInfo, a args) {
	severity := probe.SeverityInfo
	key := cleanKey(e.name)
	if in.cat.v3 {
		severity = probe.SeverityError
		if old := newCatalogue(false).byEnv[e.name]; old != nil {
			a["reason"] = "not-this-generation"
			meant = in.cat.lookup(successor(old.path, true))
		}
	}
	if meant != nil {
		a["setting"], a["suggestion"] = meant.path, meant.env
		if token := in.config.get(KeyManagerToken); meant.path == KeyManagerToken && !token.set() && token.Text == "" {
			a["open"] = "true" // whoever wrote it believes that the API is closed
		}
		if severity == probe.SeverityInfo {
			severity = probe.SeverityWarning
		}
	}
	is := in.found(CodeEnvName, severity, e.at(), a)
	in.about(is, key, showValue(meant, e.value))
	if meant != nil {
		in.fix(is, kv{meant.path, wish(meant, e.value)})
	}
}

// envOfLeaf finds the tracked key of a shortened name: WK_IP, WK_WS_ADDR.
func (in *instance) envOfLeaf(name string) *keyInfo {
	want := spelling(strings.TrimPrefix(name, "WK_"))
	var found *keyInfo
	for _, k := range in.cat.keys {
		if k.tracked && spelling(lastPart(k.path)) == want {
			if found != nil {
				return nil
			}
			found = k
		}
	}
	return found
}

// withoutPrefix: EXTERNAL_IP in the service's environment. A .env file may use such
// names for itself, so only a compose service is looked at.
func (in *instance) withoutPrefix(e *envVar, upper string) {
	meant := in.cat.byEnv["WK_"+upper]
	if in.svc == nil || meant == nil || !meant.tracked || !strings.Contains(upper, "_") && upper != "TOKENAUTHON" && upper != "MANAGERTOKEN" {
		return
	}
	in.envNameIssue(e, meant, args{"reason": "prefix"})
}

// hidesBlock reports WK_EXTERNAL and the like: viper then ignores the block of the
// file (checked with viper v1.15.0).
func (in *instance) hidesBlock(e *envVar) bool {
	if in.cat.v3 || e.value == "" || in.file == nil || in.file.problem != nil {
		return false
	}
	for i := range in.file.settings {
		s := &in.file.settings[i]
		if !s.block || !in.cat.section(s.path) || envName(s.path) != e.name {
			continue
		}
		is := in.found(CodeOverridden, probe.SeverityError, in.file.at(s), args{
			"reason": "hidden-block", "setting": strings.ToLower(s.path) + ".", "env": e.name, "by": place(cleanName(e.source), e.line),
		})
		in.about(is, cleanKey(s.path), "")
		return true
	}
	return false
}

// checkNotPassed: a .env file beside a compose file only fills ${…}; what the
// service does not name never reaches the server. Ticket WuKongIM#390.
func (in *instance) checkNotPassed() {
	for _, l := range in.notPassed {
		info := in.cat.byEnv[l.name]
		if info == nil || l.value == "" || findEnv(in.env, info.env) >= 0 || in.svc.unknownEnv {
			continue
		}
		severity := probe.SeverityInfo
		if info.tracked || info.secret {
			severity = probe.SeverityWarning
		}
		is := in.found(CodeEnvNotPassed, severity, l.at(), args{"reason": "not-passed", "setting": info.path, "env": info.env, "in_service": cleanName(in.svc.name)})
		in.about(is, info.env, showValue(info, l.value))
		in.composeFix(is, "environment:", "  "+info.env+": ${"+info.env+"}")
		is.Env = info.env + "=" + wish(info, l.value)
	}
}

// emptyFeeds: a .env file without its compose file. Variables that feed the
// server's addresses by another name (OCTO_WK_WS_ADDR, EXTERNAL_IP) are empty there;
// whether a default applies depends on the compose file: ${V-default} loses it. Shape
// of ticket octo-deployment#154.
func (in *instance) emptyFeeds(envs []Source) {
	for _, e := range envs {
		for _, l := range readDotenv(e.Name, e.Data) {
			if l.value != "" || l.bare || strings.HasPrefix(l.name, "WK_") {
				continue
			}
			key := feedOf(strings.ToUpper(l.name), in.cat.v3)
			if key == "" {
				continue
			}
			is := in.found(CodeEnvEmpty, probe.SeverityWarning, l.at(), args{"reason": "feeds-compose", "setting": key, "variable": cleanKey(l.name), "env": in.cat.lookup(key).env})
			in.about(is, cleanKey(l.name), "")
			in.fix(is, kv{key, sample(key)})
			is.Evidence += "="
			is.Env = cleanKey(l.name) + "=" + sample(key)
		}
	}
}

// feedOf guesses the setting that a variable of another name feeds.
func feedOf(name string, v3 bool) string {
	if !strings.Contains(name, "WK_") && !strings.Contains(name, "WUKONG") && !strings.Contains(name, "EXTERNAL_") {
		return ""
	}
	keys := [][2]string{{"WSSADDR", KeyExternalWSSAddr}, {"WSADDR", KeyExternalWSAddr}, {"TCPADDR", KeyExternalTCPAddr}, {"EXTERNALIP", KeyExternalIP}}
	if v3 {
		keys = [][2]string{{"WSSADDR", KeyV3ExternalWSS}, {"WSADDR", KeyV3ExternalWS}, {"TCPADDR", KeyV3ExternalTCP}}
	}
	for _, k := range keys {
		if strings.HasSuffix(strings.ReplaceAll(name, "_", ""), k[0]) {
			return k[1]
		}
	}
	return ""
}
