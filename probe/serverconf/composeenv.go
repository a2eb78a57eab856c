package serverconf

import (
	"slices"
	"strings"
)

// environment reads both forms of a service's environment: a list of NAME=value and
// a mapping. It wins over env_file.
func (r *composeReader) environment(s *service, n *node) {
	if n == nil {
		return
	}
	for _, item := range n.items {
		if item.kind == nodeMapping { // "- NAME: value": compose refuses it
			for _, p := range item.pairs {
				r.file.broken = append(r.file.broken, envLine{name: p.key, source: r.file.name, line: p.line, col: p.col})
			}
			continue
		}
		name, value, eq := strings.Cut(item.text, "=")
		l := envLine{name: name, value: value, bare: !eq, source: r.file.name, line: item.line, col: item.col}
		l.malformed = strings.TrimSpace(name) != name
		r.put(s, l)
	}
	for _, p := range n.pairs {
		l := envLine{name: p.key, source: r.file.name, line: p.line, col: p.col}
		switch {
		case p.value.kind == nodeScalar:
			l.value = p.value.text
		case p.value.kind == nodeNull && (p.value.text == ""):
			l.bare = true
		}
		r.put(s, l)
	}
}

// put adds one variable, replacing ${…} in its value.
func (r *composeReader) put(s *service, l envLine) {
	v := envVar{envLine: l, raw: l.value}
	switch {
	case l.bare:
		r.file.usedVars[l.name] = true
		value, set := "", false
		if r.vars.lookup != nil {
			value, set = r.vars.lookup(l.name)
		}
		v.value, v.missing = value, !set
		v.use.unknown = !set && !r.vars.complete
	case !l.literal:
		v.value = r.expand(l.value, &v.use)
	}
	s.env = slices.DeleteFunc(s.env, func(e envVar) bool { return e.name == l.name })
	s.env = append(s.env, v)
}

// envFiles reads env_file: a path, a list of paths, or a list of {path: …}.
func (r *composeReader) envFiles(s *service, n *node) {
	if n == nil {
		return
	}
	items := n.items
	if n.kind == nodeScalar {
		items = []*node{n}
	}
	for _, item := range items {
		if item.kind == nodeMapping {
			item = item.get("path")
		}
		name := r.text(item)
		if name == "" {
			continue
		}
		data, source, ok := r.env(name)
		if !ok {
			s.unknownEnv = true
			continue
		}
		for _, l := range readDotenv(source, data) {
			r.file.usedVars[l.name] = true
			r.put(s, l)
		}
	}
}
