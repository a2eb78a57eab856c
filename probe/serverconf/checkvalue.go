package serverconf

import (
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// checkValue looks at the value of a key that is in its place.
func (in *instance) checkValue(f *file, s *setting, info *keyInfo) {
	switch {
	case s.value.typ == typeNull || in.cat.v3:
	case s.value.typ == typeOther && info.kind != "list":
		in.badShape(f, s, info)
	case info.kind == "bool":
		in.checkBool(f.at(s), info, s.value, s.path)
	case info.kind == "string" && (info.tracked || info.secret):
		in.checkText(f, s, info)
	}
}

// badShape reports a list or a block where a text belongs: getString gives "".
func (in *instance) badShape(f *file, s *setting, info *keyInfo) {
	if info == nil {
		in.misspelt(f, s, in.onlyLeaf(s))
		return
	}
	is := in.found(CodeBadValue, probe.SeverityWarning, f.at(s), args{"reason": "list", "setting": info.path})
	in.about(is, info.path, "")
	in.fix(is, kv{info.path, wish(info, "")})
}

// checkBool: what cast.ToBool does not know is false ("yes", "on", "'true '").
func (in *instance) checkBool(at spot, info *keyInfo, r resolved, written string) {
	if _, ok := castBool(r); ok {
		return
	}
	severity := probe.SeverityInfo
	if info.tracked {
		severity = probe.SeverityWarning
	}
	is := in.found(CodeBadValue, severity, at, args{"reason": "bool", "setting": info.path, "value": showValue(info, r.text)})
	in.about(is, cleanKey(written), showValue(info, r.text))
	in.fix(is, kv{info.path, "true"})
}

// checkText finds texts that YAML or an input method has changed.
func (in *instance) checkText(f *file, s *setting, info *keyInfo) {
	if s.plain && s.value.typ != typeText && s.value.text != s.raw {
		is := in.found(CodeBadValue, probe.SeverityWarning, f.at(s), args{"reason": "number", "setting": info.path})
		in.about(is, info.path, showValue(info, s.raw))
		in.fix(is, kv{info.path, wish(info, s.raw)})
		return
	}
	if reason := quoted(s.value.text); reason != "" && !info.address {
		in.quoteIssue(f.at(s), info, info.path, reason)
	}
}

// quoteIssue reports quotes that are part of a value.
func (in *instance) quoteIssue(at spot, info *keyInfo, written, reason string) {
	is := in.found(CodeBadValue, probe.SeverityWarning, at, args{"reason": reason, "setting": info.path})
	text := in.textAt(at, info)
	in.about(is, cleanKey(written), showValue(info, text))
	in.fix(is, kv{info.path, wish(info, strings.Trim(text, "\"'“”‘’"))})
}

// textAt gives the value as it stands at a place.
func (in *instance) textAt(at spot, info *keyInfo) string {
	if i := findEnv(in.env, info.env); i >= 0 && in.env[i].at() == at {
		return in.env[i].value
	}
	if in.file != nil {
		if s := in.file.find(info.path, in.cat.v3); s != nil {
			return s.value.text
		}
	}
	return ""
}

// quoted says whether quotes are part of a text.
func quoted(s string) string {
	switch {
	case strings.HasPrefix(s, "“"), strings.HasPrefix(s, "”"), strings.HasPrefix(s, "‘"), strings.HasPrefix(s, "’"):
		return "wide-quotes"
	case len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0]:
		return "quotes"
	default:
		return ""
	}
}

// checkEnv looks at the variables that the server's process gets.
func (in *instance) checkEnv() {
	for i := range in.env {
		e := &in.env[i]
		if len(in.issues) > 2*maxIssues {
			return
		}
		if info := in.cat.byEnv[e.name]; info != nil && !e.malformed {
			in.checkKnownEnv(e, info)
			continue
		}
		in.checkUnknownEnv(e)
	}
	if in.compose == nil {
		return
	}
	for _, l := range in.compose.broken {
		if strings.HasPrefix(strings.ToUpper(l.name), "WK_") {
			is := in.found(CodeSyntax, probe.SeverityError, l.at(), args{"reason": "env-list", "format": "compose", "fate": "compose-refuses"})
			in.about(is, cleanKey(l.name), "")
		}
	}
}

func (in *instance) checkKnownEnv(e *envVar, info *keyInfo) {
	switch {
	case !info.readBy(in.rel):
		in.otherGeneration(e.at(), info, e.name)
		return
	case in.rel.hi <= 10005 && info.tracked && e.value != "":
		is := in.found(CodeOtherGeneration, probe.SeverityInfo, e.at(), args{"reason": "env-from-1.0.4", "setting": info.path, "first": "1.0.4", "generation": string(in.gen), "last": "", "suggestion": ""})
		in.about(is, e.name, "")
	}
	if e.use.unknown {
		return
	}
	if e.value == "" {
		in.emptyEnv(e, info)
		return
	}
	if in.cat.v3 {
		return
	}
	if reason := quoted(e.value); reason != "" && (info.tracked || info.secret) {
		in.quoteIssue(e.at(), info, e.name, reason)
		return
	}
	if info.kind == "bool" {
		in.checkBool(e.at(), info, resolved{typeText, e.value}, e.name)
	}
	if e.use.defaulted != "" && info.tracked {
		in.defaultedEnv(e, info)
	}
}

// defaultedEnv: ${V:-default} with V set but empty. Compose uses the default;
// ticket octo-deployment#154 blames such a line all the same.
func (in *instance) defaultedEnv(e *envVar, info *keyInfo) {
	is := in.found(CodeEnvEmpty, probe.SeverityInfo, e.at(), args{"reason": "default-used", "setting": info.path, "variable": cleanKey(e.use.defaulted), "env": info.env})
	in.about(is, info.env, showValue(info, e.value))
	in.fix(is, kv{info.path, wish(info, e.value)})
}
