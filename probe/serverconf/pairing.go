package serverconf

import (
	"path"
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// readCompose reads one compose file with the variables that compose would see:
// the shell's first, then those of .env.
func (d *deployment) readCompose(src Source) *composeFile {
	file := &composeFile{name: src.Name, usedVars: map[string]bool{}}
	project := map[string]string{}
	complete := d.opts.LookupEnv != nil && d.opts.ReadFile != nil
	envs := d.envs
	if len(envs) == 0 && d.opts.ReadFile != nil {
		name := path.Join(path.Dir(slashes(src.Name)), ".env")
		if data, err := d.opts.ReadFile(name); err == nil {
			envs = []Source{{name, data}}
		}
	}
	for _, e := range envs {
		complete = true
		for _, l := range readDotenv(e.Name, e.Data) {
			if !l.bare {
				project[l.name] = l.value
			}
		}
	}
	r := composeReader{file: file, env: d.envFile(src.Name)}
	r.vars = variables{complete: complete, lookup: func(name string) (string, bool) {
		if d.opts.LookupEnv != nil {
			if v, ok := d.opts.LookupEnv(name); ok {
				return v, true
			}
		}
		v, ok := project[name]
		return v, ok
	}}
	r.read(src)
	return file
}

// envFile finds an env_file among the sources, else reads it.
func (d *deployment) envFile(compose string) func(string) ([]byte, string, bool) {
	return func(name string) ([]byte, string, bool) {
		for _, s := range d.envs {
			if samePath(s.Name, name) {
				return s.Data, s.Name, true
			}
		}
		if d.opts.ReadFile == nil {
			return nil, "", false
		}
		full := slashes(name)
		if !path.IsAbs(full) {
			full = path.Join(path.Dir(slashes(compose)), full)
		}
		data, err := d.opts.ReadFile(full)
		return data, full, err == nil
	}
}

func slashes(s string) string { return strings.ReplaceAll(s, `\`, "/") }

// samePath says whether two paths can name the same file: one is the end of the
// other, part by part. What was named on the command line and what a compose file
// says are relative to different folders.
func samePath(a, b string) bool {
	as, bs := pathParts(a), pathParts(b)
	n := min(len(as), len(bs))
	return n > 0 && slices.Equal(as[len(as)-n:], bs[len(bs)-n:])
}

func pathParts(s string) []string {
	return slices.DeleteFunc(strings.Split(path.Clean(slashes(s)), "/"), func(p string) bool {
		return p == "" || p == "." || p == ".." || p == "~" || strings.HasSuffix(p, ":")
	})
}

// withoutService stands for a compose file that does not parse or has no server.
func (d *deployment) withoutService(src Source, cf *composeFile) *instance {
	in := d.newInstance(cf, nil)
	at := spot{source: src.Name}
	if p := cf.problem; p != nil {
		in.syntaxIssue(p, at.source, "compose")
		in.file = &file{unknown: true}
		return in
	}
	in.found(CodeFileNotUsed, probe.SeverityInfo, at, args{"reason": "no-service"})
	if i := d.firstConfig(in.cat.v3); i >= 0 {
		in.file = d.readConfig(i)
	}
	return in
}

// ofService pairs a service with the file that its container reads.
func (d *deployment) ofService(cf *composeFile, svc *service) *instance {
	in := d.newInstance(cf, svc)
	in.env = svc.env
	in.envSources = slices.Concat(d.compose, d.envs)
	in.notPassed = d.notPassed(cf)
	target := svc.config
	if !svc.configArg {
		target = configPath(in.rel)
	}
	v, onHost, mounted := holds(svc.volumes, target)
	for i, src := range d.configs {
		reason := ""
		switch {
		case (d.kinds[i] == kindTOML) != in.cat.v3:
			reason = "format"
		case target == "":
			reason = "no-config-argument"
		case !mounted:
			reason = "not-mounted"
		case onHost != "" && !samePath(onHost, src.Name):
			reason = "other-file"
		}
		if reason == "" && in.file == nil {
			in.file = d.readConfig(i)
			continue
		}
		in.notUsed(src, reason, target, onHost)
	}
	if in.file == nil && mounted {
		// A mount of just this file that was not shown says more than any guess; a
		// mounted data folder may or may not hold a file.
		in.fileMayExist = true
		if v.target == target {
			in.file = &file{unknown: true}
		}
	}
	return in
}

// unused names the further files: a server reads one, and of its own format.
func (d *deployment) unused(in *instance) {
	for i, src := range d.configs {
		switch {
		case (d.kinds[i] == kindTOML) != in.cat.v3:
			in.notUsed(src, "format", "", "")
		case in.file != nil && in.file.name != src.Name:
			in.notUsed(src, "second-file", "", "")
		}
	}
}

// notUsed reports a configuration file that the server does not read.
func (in *instance) notUsed(src Source, reason, target, onHost string) {
	a := args{"reason": reason, "file": cleanName(src.Name), "target": cleanName(target)}
	severity := probe.SeverityError
	switch reason {
	case "format":
		a["format"] = "wk.yaml (YAML)"
		if in.cat.v3 {
			a["format"] = "wukongim.toml (TOML)"
		}
	case "no-config-argument":
	case "other-file":
		severity, a["instead"] = probe.SeverityWarning, cleanName(onHost)
	case "second-file", "":
		severity, a["reason"] = probe.SeverityInfo, "second-file"
	default:
		in.notMounted(src, a)
	}
	is := in.found(CodeFileNotUsed, severity, spot{source: src.Name}, a)
	if target != "" && severity != probe.SeverityInfo && reason != "format" {
		in.composeFix(is, "volumes:", "  - ./"+strings.TrimPrefix(strings.TrimPrefix(slashes(cleanName(src.Name)), "./"), "/")+":"+cleanName(target))
		if path.IsAbs(slashes(src.Name)) {
			in.composeFix(is, "volumes:", "  - "+slashes(cleanName(src.Name))+":"+cleanName(target))
		}
	}
}

// notMounted says where the service puts a file, if not where the server reads it.
func (in *instance) notMounted(src Source, a args) {
	for _, v := range in.svc.volumes {
		if v.source != "" && !v.named && samePath(v.source, src.Name) {
			a["reason"], a["mounted_at"] = "wrong-target", cleanName(v.target)
			return
		}
	}
}

// notPassed lists the assignments of .env files that no service uses.
func (d *deployment) notPassed(cf *composeFile) []envLine {
	var out []envLine
	for _, e := range d.envs {
		for _, l := range readDotenv(e.Name, e.Data) {
			if !cf.usedVars[l.name] {
				out = append(out, l)
			}
		}
	}
	return out
}
