package serverconf

import "strings"

// setting is one leaf, or one block, of a configuration file.
type setting struct {
	path      string // as written, dotted
	value     resolved
	raw       string // as written; for lists and blocks ""
	plain     bool
	line, col int
	block     bool   // it has keys below it
	depth     int    // number of blocks around it; a dotted key adds none
	after     string // path of the empty block that stands before it on the same level, with only keys of that block between; ""
}

// file is a configuration file of the server, flattened.
type file struct {
	name     string
	kind     string
	settings []setting
	problem  *yamlProblem // it does not parse: nothing of it is in force
	cutLine  int          // from this line on it is not read; 0 = it is read whole
	data     []byte
	unknown  bool // what stands at this place is not shown (a volume)
}

// find gives the setting that a server sees under a path, ignoring case as viper
// does. A dotted key counts like blocks, and wins over them.
func (f *file) find(path string, sameCase bool) *setting {
	var found *setting
	for i := range f.settings {
		s := &f.settings[i]
		if (s.path == path || !sameCase && strings.EqualFold(s.path, path)) && (found == nil || s.depth <= found.depth) {
			found = s
		}
	}
	return found
}

func readYAMLFile(src Source) *file {
	f := &file{name: src.Name, kind: kindYAML, data: src.Data}
	head, cut := cutShort(src.Data)
	root, problem := parseYAML(head)
	if problem == nil && cut > 0 {
		problem = tailSlip(src.Data, cut)
	}
	switch {
	case problem != nil:
		f.problem = problem
	case root != nil && root.kind == nodeMapping:
		f.cutLine = cut
		f.flatten("", root, 0)
	case root != nil && root.kind != nodeNull:
		f.problem = notAMapping(root, head)
	}
	return f
}

// notAMapping explains a file whose whole content is one text or list, which viper
// cannot take; "tokenAuthOn:true" alone is such a text.
func notAMapping(root *node, data []byte) *yamlProblem {
	p := &yamlProblem{reason: "not-a-mapping", line: root.line, col: root.col}
	p.locate(strings.Split(string(data), "\n"))
	return p
}

func (f *file) flatten(prefix string, n *node, depth int) {
	empty := ""
	for _, p := range n.pairs {
		path := p.key
		if prefix != "" {
			path = prefix + "." + p.key
		}
		s := setting{path: path, line: p.line, col: p.col, value: resolve(p.value), after: empty, depth: depth}
		if p.value != nil && p.value.kind == nodeScalar {
			s.raw, s.plain = p.value.text, p.value.plain
		}
		if p.value != nil && p.value.kind == nodeMapping {
			s.block = true
		}
		if s.value.typ == typeNull {
			empty = path
		} else if s.block {
			empty = ""
		}
		f.settings = append(f.settings, s)
		if s.block {
			f.flatten(path, p.value, depth+1)
		}
	}
}

// tailSlip: yaml.v3 looks one step beyond the place where it stops, so a slip in
// the first line there, with more behind it, makes the whole file fail.
func tailSlip(data []byte, cut int) *yamlProblem {
	lines := strings.Split(string(data), "\n")
	first := lines[cut-1]
	reason := lineSlip(first)
	if strings.HasPrefix(first, "\t") {
		reason = "tab"
	}
	more := strings.TrimSpace(strings.Join(lines[cut:], "\n")) != ""
	if reason == "" || !more && reason != "tab" {
		return nil
	}
	return &yamlProblem{reason: reason, line: cut, col: 1 + indentOf(first)}
}
