package serverconf

import (
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// instance is one server: the file and the environment that its process gets.
type instance struct {
	svc     *service // nil: no compose file
	compose *composeFile
	cat     *catalogue
	rel     span
	gen     probe.Generation
	file    *file // nil: none
	env     []envVar
	config  config
	issues  []*probe.ConfigIssue
	// fileMayExist: a mounted folder covers the place of the configuration file, and
	// no file of it was given.
	fileMayExist bool
	envSources   []Source  // compose and .env sources, for what stands in their comments
	notPassed    []envLine // WK_ lines of a .env file that only feeds ${…}
}

// args are the Args of an issue.
type args map[string]string

// spot is a place in a source.
type spot struct {
	source    string
	line, col int
}

func (f *file) at(s *setting) spot { return spot{f.name, s.line, s.col} }

func (e envLine) at() spot { return spot{e.source, e.line, e.col} }

func (o origin) at() spot { return spot{o.source, o.line, o.col} }

// maxIssues is how many a server's file may have before the rest of its keys is left
// unread, and half of what file and environment may have. Nobody reads as many, and
// each unknown key is compared with all that there are.
const maxIssues = 200

// found adds an issue; the caller fills in what the code needs beyond that. The
// argument "reason" is always there and names the case within the code.
func (in *instance) found(code string, severity probe.Severity, at spot, a args) *probe.ConfigIssue {
	if in.svc != nil && in.compose != nil && len(in.compose.services) > 1 {
		a["service"] = cleanName(in.svc.name)
	}
	where := place(cleanName(at.source), at.line)
	a["where"], a["key"] = where, ""
	if _, given := a["value"]; !given {
		a["value"] = "" // a text asks for it
	}
	is := &probe.ConfigIssue{Code: code, Severity: severity, Where: where, Args: a}
	in.issues = append(in.issues, is)
	return is
}

// about names the setting that an issue is about, as written. The value is "" where
// it is secret or says nothing.
func (in *instance) about(is *probe.ConfigIssue, key, text string) {
	is.Args["key"], is.Args["value"] = key, text
	is.Evidence = written(key, text, in.cat.v3)
}

// aboutValue names a setting in force; the evidence shows the variable where one
// decides it.
func (in *instance) aboutValue(is *probe.ConfigIssue, v value, text string) {
	in.about(is, v.Key, text)
	if v.from.kind == originEnv {
		is.Evidence = written(v.from.env, text, in.cat.v3)
	}
}

// value says what the server uses for a key, and who decides it.
func (in *instance) value(key string) value {
	v := value{ConfigValue: probe.ConfigValue{Key: key, Known: true}, from: origin{kind: originDefault}, secret: secretKey(key)}
	info := in.cat.lookup(key)
	if info == nil || !info.readBy(in.rel) {
		return v
	}
	switch {
	case in.fromEnv(&v, info):
	case in.fromConfigFile(&v, info):
	default:
		v.Text = defaultOf(key, in.rel)
		v.Known = !(in.svc != nil && in.svc.unknownEnv) && !(in.file != nil && in.file.unknown)
	}
	if v.secret && strings.TrimSpace(v.Text) != "" {
		v.Text = "set"
	}
	return v
}

func (in *instance) fromEnv(v *value, info *keyInfo) bool {
	i := slices.IndexFunc(in.env, func(e envVar) bool { return e.name == info.env })
	if i < 0 {
		return false
	}
	e := in.env[i]
	if e.missing && !e.use.unknown {
		return false
	}
	// v3 takes an empty variable for the value; the others do not see it.
	if e.value == "" && !e.use.unknown && !in.cat.v3 {
		return false
	}
	v.from = origin{originEnv, info.env, e.source, e.line, e.col}
	v.Known = !e.use.unknown
	v.Text = usable(info, resolved{typeText, e.value})
	return true
}

func (in *instance) fromConfigFile(v *value, info *keyInfo) bool {
	if in.file == nil || in.file.problem != nil || in.hiddenBlock(info.path) != "" {
		return false
	}
	s := in.file.find(info.path, in.cat.v3)
	if s == nil || s.value.typ == typeNull {
		return false
	}
	text := usable(info, s.value)
	if text == "" && info.kind != "bool" {
		return false
	}
	at := in.file.at(s)
	v.from = origin{originFile, "", at.source, at.line, at.col}
	v.Text = text
	return true
}

// usable is the value as the server's getString or getBool gives it; a list shows
// as written where the file format keeps it on one line.
func usable(info *keyInfo, r resolved) string {
	if info.kind == "bool" {
		if on, _ := castBool(r); on {
			return "true"
		}
		return "false"
	}
	return r.text
}

// hiddenBlock names the variable that hides the block of a key from the file: viper
// gives up on the file when WK_EXTERNAL is set to anything (1.0.4 to 2.2.5).
func (in *instance) hiddenBlock(path string) string {
	if in.cat.v3 {
		return ""
	}
	for i, r := range path {
		if r != '.' {
			continue
		}
		name := envName(path[:i])
		if slices.ContainsFunc(in.env, func(e envVar) bool { return e.name == name && e.value != "" }) {
			return name
		}
	}
	return ""
}

// resolveConfig fills in the Config.
func (in *instance) resolveConfig() {
	in.config = config{generation: in.gen}
	if in.svc != nil {
		in.config.service = in.svc.name
	}
	for _, key := range trackedKeys(in.cat.v3) {
		in.config.values = append(in.config.values, in.value(key))
	}
	if in.cat.v3 {
		in.config.route = routeV3(in.config)
		return
	}
	in.decideTokenAuth()
	in.showClusterOn()
	in.config.route = route(in.config)
}

// decideTokenAuth applies what else turns token authentication on and off.
func (in *instance) decideTokenAuth() {
	auth := in.edit(KeyTokenAuthOn)
	if auth == nil {
		return
	}
	if mode := in.config.get(KeyMode); !auth.set() && tokenAuthByMode(in.rel) && mode.Text != "debug" {
		auth.Text, auth.Known = "true", mode.Known
	}
	if mode := in.edit(KeyMode); mode != nil && !mode.set() && in.svc != nil && in.file == nil {
		mode.Known = false // the image's own wk.yaml sets it, differently by release
	}
	if stress := in.config.get(KeyStress); stress.on() && stress.Known && in.rel.lo >= 20007 {
		auth.Text, auth.Known, auth.from = "false", true, stress.from
	}
}

// showClusterOn shows cluster.on as written: no release reads it.
func (in *instance) showClusterOn() {
	v := in.edit(KeyClusterOn)
	if v == nil || in.file == nil || in.file.problem != nil {
		return
	}
	if s := in.file.find(KeyClusterOn, false); s != nil && len(s.value.text) < 12 {
		at := in.file.at(s)
		v.Text, v.from = cleanName(s.value.text), origin{originFile, "", at.source, at.line, at.col}
	}
}

func (in *instance) edit(key string) *value {
	i := slices.IndexFunc(in.config.values, func(v value) bool { return v.Key == key })
	if i < 0 {
		return nil
	}
	return &in.config.values[i]
}
