package serverconf

import (
	"fmt"
	"strings"
)

// check runs every check of one server. Their order does not matter: finish sorts.
func (in *instance) check() {
	in.checkFile()
	in.checkEnv()
	in.checkNotPassed()
	in.checkComments()
	in.checkOverridden()
	in.checkCluster()
	in.checkExternal()
	if in.cat.v3 {
		return
	}
	in.checkListeners()
	in.checkWSS()
	in.checkPorts()
}

// checkFile looks at the configuration file alone.
func (in *instance) checkFile() {
	f := in.file
	if f == nil || f.unknown {
		return
	}
	if f.problem != nil {
		in.syntaxIssue(f.problem, f.name, string(f.kind))
		return
	}
	if f.cutLine > 0 {
		is := in.found(CodeMisindented, SeverityError, spot{f.name, f.cutLine, 1}, args{"reason": "indented-start"})
		is.Evidence = fmt.Sprintf("the first setting of the file is indented and line %d is not, so the YAML ends before line %d: nothing from there on is read, without an error", f.cutLine, f.cutLine)
	}
	in.checkKeys(f)
}

// syntaxIssue reports a source that does not parse and what becomes of it.
func (in *instance) syntaxIssue(p *yamlProblem, source, kind string) {
	a := args{"reason": p.reason, "format": kind}
	var fate string
	switch {
	case kind == "compose":
		a["fate"], fate = "compose-refuses", "compose refuses the file"
	case in.cat.v3:
		a["fate"], fate = "no-start", "the server refuses to start"
	case toleratesBrokenFile(in.rel) && in.svc != nil && !in.svc.configArg:
		a["fate"], fate = "defaults", "the image starts with --ignoreMissingConfig=true: the file is dropped whole and every setting has its default"
	default:
		a["fate"], fate = "dropped-or-panic", "with --ignoreMissingConfig (the Docker image of 1.2.1 and later) the file is dropped whole and every setting has its default; without it the server panics at start"
	}
	is := in.found(CodeSyntax, SeverityError, spot{source, p.line, p.col}, a)
	is.Evidence = syntaxText(p.reason) + "; " + fate
	if in.file != nil && kind == string(KindYAML) {
		in.repair(is, strings.Split(string(in.file.data), "\n"), p)
	}
}

// repair names the key of the broken line and writes it as it should stand.
func (in *instance) repair(is *Issue, lines []string, p *yamlProblem) {
	if p.line < 1 || p.line > len(lines) {
		return
	}
	line := lines[p.line-1]
	key, rest := splitKey(strings.TrimSpace(line))
	separator := strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, "：")
	if key == "" || !separator || len(in.cat.byLeaf(lastPart(key))) == 0 {
		return
	}
	is.Key = cleanKey(key)
	path := key
	if block := blockAbove(lines, p.line); block != "" && in.cat.section(block) {
		path = block + "." + key
	}
	info := in.cat.lookup(path)
	if info == nil {
		return
	}
	is.Args["about"] = info.path
	value := scalarText(strings.TrimSpace(strings.TrimLeft(rest, ":=： ")))
	is.Value = showValue(info, value)
	is.Fix = in.fix(kv{info.path, wish(info, value)})
}

// syntaxText says in English what is wrong; it never quotes the line, which may
// hold a secret.
func syntaxText(reason string) string {
	switch reason {
	case "tab":
		return "the line is indented with a tab, YAML allows blanks only"
	case "duplicate-key":
		return "the key stands twice in one block"
	case "uneven-indent":
		return "the key is not indented like the keys beside it"
	case "colon-without-space":
		return "there is no blank behind the colon"
	case "wide-colon":
		return "the colon is the Chinese full-width one"
	case "equals-sign":
		return "the key is followed by an equals sign, YAML wants a colon and a blank"
	case "colon-for-equals":
		return "the key is followed by a colon, TOML wants an equals sign"
	case "text-without-quotes":
		return "the text has no quotes, TOML wants them"
	case "open-quote":
		return "a quote is opened and never closed"
	case "open-bracket":
		return "a bracket is opened and never closed"
	case "escape":
		return "a backslash in double quotes begins an escape; use single quotes"
	case "reserved-character":
		return "the value begins with a character that YAML reserves; put it in quotes"
	case "control-character":
		return "the line holds a control character"
	case "not-a-mapping":
		return "the file is not a list of key: value settings"
	case "unknown-alias":
		return "the alias names no anchor"
	case "too-deep":
		return "the settings are nested deeper than a configuration is"
	case "too-large":
		return "the file is too large for a configuration"
	default:
		return "the line does not parse"
	}
}

// checkCluster: no release reads cluster.on; the cluster layer of 2.0.4 and later
// always runs and waits for its slots (cmd/root.go). Ticket octo-deployment#106; cmd,
// internal/options and pkg/cluster are the same in 2.2.4 and 2.2.5, tests aside.
func (in *instance) checkCluster() {
	on := in.config.Get(KeyClusterOn)
	at := on.Origin.at()
	i := findEnv(in.env, envName(KeyClusterOn))
	if i >= 0 && on.Origin.Kind == OriginDefault {
		on.Text, at = in.env[i].value, in.env[i].at()
	}
	wanted, isBool := castBool(resolve(&node{kind: nodeScalar, text: on.Text, plain: true}))
	if on.Text == "" || wanted || !isBool || !waitsForSlots(in.rel) {
		return
	}
	severity, nodes := SeverityWarning, ""
	if in.file != nil {
		if s := in.file.find(KeyClusterInitNodes, false); s != nil && s.value.typ != typeNull {
			severity, nodes = SeverityError, place(cleanName(in.file.name), s.line)
		}
	}
	if i := findEnv(in.env, envName(KeyClusterInitNodes)); i >= 0 && in.env[i].value != "" {
		severity, nodes = SeverityError, place(cleanName(in.env[i].source), in.env[i].line)
	}
	is := in.found(CodeClusterOff, severity, at, args{"reason": "not-read", "setting": KeyClusterOn, "init_nodes": nodes})
	is.Key, is.Value = KeyClusterOn, "false"
	is.Evidence = "no release reads cluster.on: the cluster layer always runs, and the server panics when its slots are not ready within a minute"
	if nodes != "" {
		is.Evidence += "; cluster.initNodes at " + nodes + " makes it wait for the nodes listed there"
	}
	is.Fix = Fix{In: "wk.yaml", YAML: "cluster:\n  nodeId: 1001", Env: "WK_CLUSTER_NODEID=1001"}
}

func findEnv(env []envVar, name string) int {
	for i, e := range env {
		if e.name == name {
			return i
		}
	}
	return -1
}

// checkOverridden compares file and environment.
func (in *instance) checkOverridden() {
	if in.file == nil || in.file.problem != nil {
		return
	}
	for _, v := range in.config.Values {
		s := in.file.find(v.Key, in.cat.v3)
		info := in.cat.lookup(v.Key)
		if info == nil || s == nil || s.value.typ == typeNull || v.Origin.Kind != OriginEnv || !v.Known || v.Origin.Env != info.env {
			continue
		}
		i := findEnv(in.env, info.env)
		if written := usable(info, s.value); i < 0 || written == "" || written == usable(info, resolved{typeText, in.env[i].value}) {
			continue
		}
		is := in.found(CodeOverridden, SeverityWarning, in.file.at(s), args{
			"reason": "env-wins", "setting": info.path, "env": info.env, "by": place(cleanName(v.Origin.Source), v.Origin.Line),
		})
		is.Key, is.Value = info.path, showValue(info, s.value.text)
		is.Evidence = fmt.Sprintf("%s at %s is set, and the environment wins over the file", info.env, is.Args["by"])
		is.Fix = in.fix(kv{info.path, wish(info, s.value.text)})
	}
	in.checkStress()
}

// checkStress: the stress mode turns token authentication off (2.0.7 and later).
func (in *instance) checkStress() {
	auth := in.config.Get(KeyTokenAuthOn)
	plain := in.value(KeyTokenAuthOn)
	if in.cat.v3 || !plain.Known || plain.Text != "true" || auth.Text != "false" {
		return
	}
	is := in.found(CodeOverridden, SeverityWarning, plain.Origin.at(), args{"reason": "stress", "setting": KeyTokenAuthOn, "by": auth.Origin.String()})
	is.Key, is.Value = KeyTokenAuthOn, "true"
	is.Evidence = "stress is on, which turns token authentication off"
	is.Fix = in.fix(kv{KeyStress, "false"})
}

// checkComments names settings that stand in a comment only. What the shipped
// files show in their comments is no one's wish and is left out.
func (in *instance) checkComments() {
	if in.file != nil && !in.file.unknown && !in.cat.v3 {
		for _, c := range commentedKeys(in.file, in.cat) {
			in.commentedIssue(in.file.name, c)
		}
	}
	for _, src := range in.envSources {
		for _, c := range commentedEnv(src.Data, in.cat) {
			in.commentedIssue(src.Name, c)
		}
	}
}

func (in *instance) commentedIssue(source string, c commented) {
	v := in.config.Get(c.info.path)
	bad, _ := judge(c.info.path, c.value, nil)
	if !c.info.tracked || c.info.secret || v.Set() || !v.Known || !c.info.readBy(in.rel) || bad == "placeholder" ||
		strings.EqualFold(c.value, v.Text) || isSample(c.info.path, c.value) {
		return
	}
	severity := SeverityInfo
	if strings.HasPrefix(c.info.path, "external.") || strings.HasPrefix(c.info.path, "wss") {
		severity = SeverityWarning
	}
	is := in.found(CodeCommentedOut, severity, spot{source: source, line: c.line}, args{"reason": "comment", "setting": c.info.path, "env": c.env})
	is.Key, is.Value = c.info.path, showValue(c.info, c.value)
	if c.env != "" {
		is.Key = c.env
	}
	is.Evidence = fmt.Sprintf("%s stands in a comment only, so %s has its default", is.Key, c.info.path)
	is.Fix = in.fix(kv{c.info.path, wish(c.info, c.value)})
}

// isSample knows what the shipped wk.yaml shows in comments and is not the default
// (config/wk.yaml of 1.2.6 and 2.2.5).
func isSample(key, value string) bool {
	return key == KeyWSSAddr && value == "wss://0.0.0.0:5210" || key == KeyVisitorsSuffix && value == "____vstr"
}
