package serverconf

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// Inspect reads the sources together, as one deployment. It never fails: a source
// that cannot be read becomes an issue or a source of kind "unknown". Without a
// source that says something there is no Route and there are no Values.
func Inspect(sources []Source, o Options) *probe.ConfigFacts {
	r := read(sources, o)
	return r.facts()
}

func read(sources []Source, o Options) (r reading) {
	d := deployment{sources: sources, opts: o}
	d.sort()
	r.sources = d.infos
	if len(d.configs)+len(d.envs)+len(d.compose) == 0 {
		return r
	}
	for _, in := range d.instances() {
		in.resolveConfig()
		in.check()
		if len(r.config.values) == 0 {
			r.config = in.config.shown()
		}
		for _, is := range in.issues {
			r.issues = append(r.issues, *is)
		}
	}
	r.issues = finish(r.issues)
	return r
}

// deployment is the sources by kind.
type deployment struct {
	sources []Source
	opts    Options
	infos   []probe.ConfigSource
	configs []Source // YAML and TOML, in order
	kinds   []string // of configs
	envs    []Source
	compose []Source
}

func (d *deployment) sort() {
	for _, s := range d.sources {
		k := kindOf(s)
		d.infos = append(d.infos, probe.ConfigSource{Name: cleanName(s.Name), Kind: k})
		switch k {
		case kindYAML, kindTOML:
			d.configs, d.kinds = append(d.configs, s), append(d.kinds, k)
		case kindEnv:
			d.envs = append(d.envs, s)
		case kindCompose:
			d.compose = append(d.compose, s)
		}
	}
}

// kindOf tells by content first: a compose file has "services:" at the left edge,
// TOML has [tables] and "=", a .env file only assignments.
func kindOf(s Source) string {
	base := strings.ToLower(path.Base(strings.ReplaceAll(s.Name, `\`, "/")))
	tables, assigns, keys, services := 0, 0, 0, false
	for line := range bytes.Lines(s.Data[:min(len(s.Data), maxSource)]) {
		text := strings.TrimRight(string(line), "\r\n \t")
		body := strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
		if body == "" || body[0] == '#' {
			continue
		}
		key, rest := splitKey(strings.TrimPrefix(body, "export "))
		switch {
		case strings.HasPrefix(body, "[") && strings.Contains(body, "]"):
			tables++
		case key == "services" && rest == ":" && !strings.HasPrefix(text, " "):
			services = true
		case key != "" && strings.HasPrefix(strings.TrimSpace(rest), "="):
			assigns++
		case key != "" && strings.HasPrefix(rest, ":"):
			keys++
		}
	}
	switch {
	case services || strings.Contains(base, "compose") && strings.Contains(base, ".y"):
		return kindCompose
	case strings.HasSuffix(base, ".toml") || tables > 0 && assigns > 0 && keys == 0:
		return kindTOML
	case strings.HasSuffix(base, ".env") || strings.HasPrefix(base, ".env") || strings.HasSuffix(base, ".conf") || assigns > keys:
		return kindEnv
	case strings.HasSuffix(base, ".yaml") || strings.HasSuffix(base, ".yml") || keys > 0:
		return kindYAML
	default:
		return kindUnknown
	}
}

// instances pairs each server with its file and environment.
func (d *deployment) instances() []*instance {
	var out []*instance
	for _, c := range d.compose {
		file := d.readCompose(c)
		if len(file.services) == 0 {
			out = append(out, d.withoutService(c, file))
		}
		for _, svc := range file.services {
			out = append(out, d.ofService(file, svc))
		}
	}
	if len(d.compose) == 0 {
		out = append(out, d.bare())
	}
	for _, in := range out {
		in.issues = slices.DeleteFunc(in.issues, func(is *probe.ConfigIssue) bool {
			return is.Args["reason"] == "other-file" && usedBySome(out, is.Args["file"])
		})
	}
	return out
}

// usedBySome: in a cluster each node has a file of its own.
func usedBySome(all []*instance, name string) bool {
	return slices.ContainsFunc(all, func(in *instance) bool { return in.file != nil && cleanName(in.file.name) == name })
}

// shown is the config as it may leave the package: texts bounded, without control
// characters and user information.
func (c config) shown() config {
	c.service = cleanName(c.service)
	for i := range c.values {
		v := &c.values[i]
		v.from.source = cleanName(v.from.source)
		if addressKey(v.Key) {
			v.Text = cleanAddress(v.Text)
		}
		v.Text = cleanName(v.Text)
	}
	return c
}

// bare is a server without a compose file: what a .env file holds is its environment.
func (d *deployment) bare() *instance {
	in := d.newInstance(nil, nil)
	in.envSources = d.envs
	in.emptyFeeds(d.envs)
	for _, s := range d.envs {
		for _, l := range readDotenv(s.Name, s.Data) {
			v := envVar{envLine: l}
			v.missing = l.bare
			v.use.unknown = l.bare || !l.literal && strings.Contains(l.value, "$")
			in.env = append(in.env, v)
		}
	}
	if i := d.firstConfig(in.cat.v3); i >= 0 {
		in.file = d.readConfig(i)
	}
	d.unused(in)
	return in
}

// firstConfig is the file that counts: a server reads one (--config).
func (d *deployment) firstConfig(v3 bool) int {
	want := kindYAML
	if v3 {
		want = kindTOML
	}
	return slices.Index(d.kinds, want)
}

func (d *deployment) readConfig(i int) *file {
	if d.kinds[i] == kindTOML {
		return readTOMLFile(d.configs[i])
	}
	return readYAMLFile(d.configs[i])
}

// newInstance settles the generation: as given, else by the image, else by the kind
// of file.
func (d *deployment) newInstance(file *composeFile, svc *service) *instance {
	rel, known := spanOf(d.opts.Generation)
	if svc != nil {
		if image, ok := svc.imageSpan(); ok && (!known || image.within(rel)) {
			rel, known = image, true
		}
	}
	if !known && !slices.Contains(d.kinds, kindYAML) && slices.Contains(d.kinds, kindTOML) {
		rel, _ = spanOf("v3")
	}
	v3 := rel.lo >= firstV3
	return &instance{svc: svc, compose: file, rel: rel, gen: generationOf(rel), cat: newCatalogue(v3)}
}
