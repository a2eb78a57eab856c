package serverconf

import (
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// check runs every check of one server. Their order does not matter: finish sorts.
func (in *instance) check() {
	in.checkFile()
	in.checkEnv()
	in.checkNotPassed()
	in.checkComments()
	in.checkOverridden()
	in.checkCluster()
	in.checkNodes()
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
		in.syntaxIssue(f.problem, f.name, f.kind)
		return
	}
	if f.cutLine > 0 {
		in.found(CodeMisindented, probe.SeverityError, spot{f.name, f.cutLine, 1}, args{"reason": "indented-start"})
	}
	in.checkKeys(f)
}

// syntaxIssue reports a source that does not parse and what becomes of it.
func (in *instance) syntaxIssue(p *yamlProblem, source, kind string) {
	a := args{"reason": p.reason, "format": kind, "fate": "dropped-or-panic"}
	switch {
	case kind == kindCompose:
		a["fate"] = "compose-refuses"
	case in.cat.v3:
		a["fate"] = "no-start"
	case toleratesBrokenFile(in.rel) && in.svc != nil && !in.svc.configArg:
		a["fate"] = "defaults"
	}
	is := in.found(CodeSyntax, probe.SeverityError, spot{source, p.line, p.col}, a)
	if in.file != nil && kind == kindYAML {
		in.repair(is, strings.Split(string(in.file.data), "\n"), p)
	}
}

// repair names the key of the broken line and writes it as it should stand.
func (in *instance) repair(is *probe.ConfigIssue, lines []string, p *yamlProblem) {
	if p.line < 1 || p.line > len(lines) {
		return
	}
	line := lines[p.line-1]
	key, rest := splitKey(strings.TrimSpace(line))
	separator := strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, "：")
	if key == "" || !separator || len(in.cat.byLeaf(lastPart(key))) == 0 {
		return
	}
	in.about(is, cleanKey(key), "")
	path := key
	if block := blockAbove(lines, p.line); block != "" && in.cat.section(block) {
		path = block + "." + key
	}
	info := in.cat.lookup(path)
	if info == nil {
		return
	}
	is.Args["about"] = info.path
	tail := strings.TrimLeft(rest, ":=： ")
	value := scalarText(strings.TrimSpace(tail))
	if shown := showValue(info, value); shown != "" {
		in.about(is, cleanKey(key), shown)
		is.Evidence = cleanKey(key) + strings.TrimSuffix(rest, tail) + shown // its sign may be what is wrong
	}
	in.fix(is, kv{info.path, wish(info, value)})
}

// checkCluster: no release reads cluster.on; the cluster layer of 2.0.4 and later
// always runs and waits for its slots (cmd/root.go). Ticket octo-deployment#106; cmd,
// internal/options and pkg/cluster are the same in 2.2.4 and 2.2.5, tests aside.
func (in *instance) checkCluster() {
	on := in.config.get(KeyClusterOn)
	at := on.from.at()
	i := findEnv(in.env, envName(KeyClusterOn))
	if i >= 0 && on.from.kind == originDefault {
		on.Text, at = in.env[i].value, in.env[i].at()
	}
	wanted, isBool := castBool(resolve(&node{kind: nodeScalar, text: on.Text, plain: true}))
	if on.Text == "" || wanted || !isBool || !waitsForSlots(in.rel) {
		return
	}
	severity, nodes := probe.SeverityWarning, ""
	if in.file != nil {
		if s := in.file.find(KeyClusterInitNodes, false); s != nil && s.value.typ != typeNull {
			severity, nodes = probe.SeverityError, place(cleanName(in.file.name), s.line)
		}
	}
	if i := findEnv(in.env, envName(KeyClusterInitNodes)); i >= 0 && in.env[i].value != "" {
		severity, nodes = probe.SeverityError, place(cleanName(in.env[i].source), in.env[i].line)
	}
	is := in.found(CodeClusterOff, severity, at, args{"reason": "not-read", "setting": KeyClusterOn, "init_nodes": nodes})
	in.about(is, KeyClusterOn, "false")
	is.In, is.YAML, is.Env = "wk.yaml", "cluster:\n  nodeId: 1001", "WK_CLUSTER_NODEID=1001"
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
	for _, v := range in.config.values {
		s := in.file.find(v.Key, in.cat.v3)
		info := in.cat.lookup(v.Key)
		if info == nil || s == nil || s.value.typ == typeNull || v.from.kind != originEnv || !v.Known || v.from.env != info.env {
			continue
		}
		i := findEnv(in.env, info.env)
		if written := usable(info, s.value); i < 0 || written == "" || written == usable(info, resolved{typeText, in.env[i].value}) {
			continue
		}
		is := in.found(CodeOverridden, probe.SeverityWarning, in.file.at(s), args{
			"reason": "env-wins", "setting": info.path, "env": info.env, "by": place(cleanName(v.from.source), v.from.line),
		})
		in.about(is, info.path, showValue(info, s.value.text))
		in.fix(is, kv{info.path, wish(info, s.value.text)})
	}
	in.checkStress()
}

// checkStress: the stress mode turns token authentication off (2.0.7 and later).
func (in *instance) checkStress() {
	auth := in.config.get(KeyTokenAuthOn)
	plain := in.value(KeyTokenAuthOn)
	if in.cat.v3 || !plain.Known || plain.Text != "true" || auth.Text != "false" {
		return
	}
	is := in.found(CodeOverridden, probe.SeverityWarning, plain.from.at(), args{"reason": "stress", "setting": KeyTokenAuthOn, "by": auth.from.String()})
	in.aboutValue(is, plain, "true")
	in.fix(is, kv{KeyStress, "false"})
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
	v := in.config.get(c.info.path)
	bad, _ := judge(c.info.path, c.value, nil)
	if !c.info.tracked || c.info.secret || v.set() || !v.Known || !c.info.readBy(in.rel) || bad == "placeholder" ||
		strings.EqualFold(c.value, v.Text) || isSample(c.info.path, c.value) {
		return
	}
	severity := probe.SeverityInfo
	if strings.HasPrefix(c.info.path, "external.") || strings.HasPrefix(c.info.path, "wss") {
		severity = probe.SeverityWarning
	}
	is := in.found(CodeCommentedOut, severity, spot{source: source, line: c.line}, args{"reason": "comment", "setting": c.info.path, "env": c.env})
	key := c.info.path
	if c.env != "" {
		key = c.env
	}
	in.about(is, key, showValue(c.info, c.value))
	is.Evidence = "# " + is.Evidence
	in.fix(is, kv{c.info.path, wish(c.info, c.value)})
}

// isSample knows what the shipped wk.yaml shows in comments and is not the default
// (config/wk.yaml of 1.2.6 and 2.2.5).
func isSample(key, value string) bool {
	return key == KeyWSSAddr && value == "wss://0.0.0.0:5210" || key == KeyVisitorsSuffix && value == "____vstr"
}
