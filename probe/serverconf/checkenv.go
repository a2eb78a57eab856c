package serverconf

import (
	"fmt"
	"strings"
)

// emptyEnv reports a variable of a tracked setting that arrives empty. 1.0.4 to
// 2.2.5 treat it as not set (viper without AllowEmptyEnv); v3 lets it empty what the
// file says.
func (in *instance) emptyEnv(e *envVar, info *keyInfo) {
	if !info.tracked && !info.secret {
		return
	}
	a := args{"reason": "empty", "setting": info.path, "env": info.env, "variable": info.env, "falls_back": in.fallback(info)}
	severity, text := SeverityWarning, ""
	switch {
	case e.use.emptied != "":
		a["reason"], a["variable"], severity = "default-lost", cleanKey(e.use.emptied), SeverityError
		text = fmt.Sprintf("%s is set but empty, and ${%s-default} uses its default only where the variable is not set at all", a["variable"], a["variable"])
	case e.missing:
		a["reason"] = "not-set-outside"
		text = fmt.Sprintf("the service passes %s on, but it is set neither in the shell nor in .env", info.env)
	case len(e.use.unset) > 0:
		a["reason"], a["variable"] = "variable-not-set", cleanKey(e.use.unset[0])
		text = fmt.Sprintf("%s is not set, so compose writes an empty text", a["variable"])
	case e.use.blankSaved && !in.cat.v3:
		return // ${V:-}: it is meant to be empty
	case info.kind == "bool" || in.coveredElsewhere(info):
		severity = SeverityInfo
		text = info.env + " is empty"
	default:
		text = info.env + " is empty"
	}
	if in.cat.v3 {
		text += "; v3 takes the empty text in place of what the file says"
	} else {
		text += "; the server treats an empty variable as not set"
	}
	is := in.found(CodeEnvEmpty, severity, e.at(), a)
	is.Key, is.Evidence = info.env, text+" and uses "+a["falls_back"]
	is.Fix = in.fix(kv{info.path, wish(info, e.use.lost)})
	if a["reason"] == "default-lost" {
		is.Args["default"] = showValue(info, e.use.lost)
	}
}

// fallback says what rules instead of an empty variable.
func (in *instance) fallback(info *keyInfo) string {
	v := in.config.Get(info.path)
	switch {
	case v.Origin.Kind == OriginFile:
		return "the value at " + cleanName(v.Origin.String())
	case strings.HasPrefix(info.path, "external.") && info.path != KeyExternalIP:
		return "an address of its own making (" + in.madeUp(info.path) + ")"
	case info.path == KeyExternalIP:
		return "the address of a network interface"
	default:
		return "the default"
	}
}

func (in *instance) madeUp(key string) string {
	r := in.config.Route
	switch key {
	case KeyExternalTCPAddr:
		return r.TCP
	case KeyExternalWSAddr:
		return r.WS
	case KeyExternalWSSAddr:
		if r.WSS == "" {
			return "none"
		}
		return r.WSS
	default:
		return "from the listener"
	}
}

// coveredElsewhere: the file has a value, or external.ip fills the gap.
func (in *instance) coveredElsewhere(info *keyInfo) bool {
	if in.config.Get(info.path).Origin.Kind == OriginFile {
		return true
	}
	ip := in.config.Get(KeyExternalIP)
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
		if meant != nil {
			a["reason"] = "spelling"
		}
	}
	in.envNameIssue(e, meant, a)
}

func (in *instance) envNameIssue(e *envVar, meant *keyInfo, a args) {
	severity := SeverityInfo
	key := cleanKey(e.name)
	text := fmt.Sprintf("no setting answers to %q, so it has no effect", key)
	if in.cat.v3 {
		severity = SeverityError
		text = fmt.Sprintf("v3 does not know %q and refuses to start", key)
		if old := newCatalogue(false).byEnv[e.name]; old != nil {
			a["reason"] = "not-this-generation"
			text = fmt.Sprintf("%s belongs to 1.0.4 to 2.2.5; v3 does not know it and refuses to start", key)
			meant = in.cat.lookup(successor(old.path, true))
		}
	}
	if meant != nil {
		a["setting"], a["suggestion"] = meant.path, meant.env
		text += fmt.Sprintf("; %s is set by %s", meant.path, meant.env)
		if severity == SeverityInfo {
			severity = SeverityWarning
		}
	}
	is := in.found(CodeEnvName, severity, e.at(), a)
	is.Key, is.Evidence = key, text
	if meant != nil {
		is.Value = showValue(meant, e.value)
		is.Fix = in.fix(kv{meant.path, wish(meant, e.value)})
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
		is := in.found(CodeOverridden, SeverityError, in.file.at(s), args{
			"reason": "hidden-block", "setting": strings.ToLower(s.path) + ".", "env": e.name, "by": place(cleanName(e.source), e.line),
		})
		is.Key = cleanKey(s.path)
		is.Evidence = fmt.Sprintf("%s at %s is set, which hides the whole block of the file from the server; remove the variable", e.name, is.Args["by"])
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
		severity := SeverityInfo
		if info.tracked || info.secret {
			severity = SeverityWarning
		}
		is := in.found(CodeEnvNotPassed, severity, l.at(), args{"reason": "not-passed", "setting": info.path, "env": info.env, "in_service": cleanName(in.svc.name)})
		is.Key, is.Value = info.env, showValue(info, l.value)
		is.Evidence = fmt.Sprintf("a .env file only fills ${…} in the compose file, and service %s neither uses nor passes on %s", is.Args["in_service"], info.env)
		is.Fix = in.composeFix("environment:", "  "+info.env+": ${"+info.env+"}")
		is.Fix.Env = info.env + "=" + wish(info, l.value)
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
			is := in.found(CodeEnvEmpty, SeverityWarning, l.at(), args{"reason": "feeds-compose", "setting": key, "variable": cleanKey(l.name), "env": in.cat.lookup(key).env})
			is.Key = cleanKey(l.name)
			is.Evidence = fmt.Sprintf("%s is set but empty; where the compose file says ${%s-default} or ${%s}, the server gets an empty %s and makes up an address", is.Key, is.Key, is.Key, key)
			is.Fix = in.fix(kv{key, sample(key)})
			is.Fix.Env = is.Key + "=" + sample(key)
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
