package serverconf

import (
	"bytes"
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/wkctl/wkctl/probe/nesting"
)

// readTOMLFile reads a wukongim.toml. An inline table counts like the [table] that
// it stands for; a list, and with it each [[table]], is one setting, whose content
// is kept as text.
func readTOMLFile(src Source) (f *file) {
	f = &file{name: src.Name, kind: kindTOML, data: src.Data}
	defer func() {
		if recover() != nil { // the parser is foreign, and the file may be hostile
			f.settings, f.problem = nil, &yamlProblem{reason: "other"}
		}
	}()
	data := bytes.TrimPrefix(src.Data, []byte("\ufeff"))
	if len(data) > maxSource {
		f.problem = &yamlProblem{reason: "too-large"}
		return f
	}
	if line := nesting.Crowded(data); line > 0 {
		f.problem = &yamlProblem{reason: "too-large", line: line}
		return f
	}
	r := tomlReader{lines: lineStarts(data), lists: map[string]bool{}}
	r.read(data)
	// The parser alone knows nothing of keys that stand twice, of impossible dates
	// and of numbers that are too large; decoding does. It compares each key with all
	// others, and so comes after they have been counted.
	if f.problem = r.problem; f.problem == nil {
		f.problem = tomlProblem(data, toml.Unmarshal(data, new(map[string]any)), r.next)
	}
	if f.problem == nil {
		f.settings = r.settings
	}
	return f
}

// tomlReader collects the settings of a document and refuses what would cost too
// much to decode.
type tomlReader struct {
	p        unstable.Parser
	lines    []int // offset of each line
	table    string
	opaque   bool // what stands below the table is not looked into
	lists    map[string]bool
	nodes    int
	next     int // the line behind the last expression that parses, from 1
	settings []setting
	problem  *yamlProblem
}

func (r *tomlReader) read(data []byte) {
	r.p.Reset(data)
	r.next = 1
	for r.p.NextExpression() && r.problem == nil {
		e := r.p.Expression()
		if r.weigh(e, 0); r.problem != nil {
			return
		}
		if e.Kind == unstable.KeyValue {
			if !r.opaque {
				r.keyValue(r.table, e)
			}
			r.next = 1 + r.line(int(e.Raw.Offset+e.Raw.Length))
			continue
		}
		path, at, end := r.key("", e)
		r.next = 1 + r.line(end)
		r.header(path, at, e.Kind == unstable.ArrayTable)
	}
}

// header enters a [table]. Below a list, or a secret, nothing is looked into: the
// list is a setting as a whole.
func (r *tomlReader) header(path string, at int, list bool) {
	r.table, r.opaque = path, false
	for head := range heads(path) {
		if r.lists[head] {
			r.opaque = true
			return
		}
	}
	if !list && !secretKey(path) {
		return
	}
	r.lists[path], r.opaque = true, true
	text := "[" + path + "]"
	if list {
		text = "[" + text + "]"
	}
	r.add(path, at, setting{raw: text, value: resolved{typ: typeOther, text: text}})
}

// heads gives a dotted path and all that it stands below.
func heads(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i, c := range path {
			if c == '.' && !yield(path[:i]) {
				return
			}
		}
		yield(path)
	}
}

// keyValue adds one assignment, or those of an inline table.
func (r *tomlReader) keyValue(prefix string, e *unstable.Node) {
	path, at, end := r.key(prefix, e)
	if r.problem != nil {
		return
	}
	v := e.Value()
	if v.Kind == unstable.InlineTable && v.Child() != nil && !secretKey(path) {
		for it := v.Children(); it.Next(); {
			r.keyValue(path, it.Node())
		}
		return
	}
	written := r.p.Raw(unstable.Range{Offset: uint32(end), Length: e.Raw.Offset + e.Raw.Length - uint32(end)})
	lines := strings.Split(strings.TrimLeft(string(written), " \t="), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	r.add(path, at, tomlValue(v, strings.Join(lines, "\n")))
}

func (r *tomlReader) add(path string, at int, s setting) {
	s.path, s.line = path, r.line(at)
	s.col = 1 + at - r.lines[s.line-1]
	r.settings = append(r.settings, s)
}

// key gives the path of a key below a prefix, and its first offset and the one
// behind it. A part that holds what no bare key can stays in quotes, so that its
// dots do not count.
func (r *tomlReader) key(prefix string, e *unstable.Node) (path string, at, end int) {
	at = -1
	for it := e.Key(); it.Next(); {
		n := it.Node()
		if at < 0 {
			at = int(n.Raw.Offset)
		}
		end = int(n.Raw.Offset + n.Raw.Length)
		part := string(n.Data)
		if strings.ContainsFunc(part, func(c rune) bool { return c == '.' || !isKeyRune(c) }) {
			part = strconv.Quote(part)
		}
		prefix = joinPath(prefix, part)
		if len(prefix) > nesting.MaxPath {
			r.refuse("too-large", at)
			return "", at, end
		}
	}
	return prefix, at, end
}

// weigh counts what a document is made of.
func (r *tomlReader) weigh(n *unstable.Node, depth int) {
	if n.Kind == unstable.Array || n.Kind == unstable.InlineTable {
		depth++
	}
	r.nodes++
	switch {
	case depth > maxDepth:
		r.refuse("too-deep", int(n.Raw.Offset))
	case r.nodes > maxNodes:
		r.refuse("too-large", int(n.Raw.Offset))
	}
	for it := n.Children(); it.Next() && r.problem == nil; {
		r.weigh(it.Node(), depth)
	}
}

func (r *tomlReader) refuse(reason string, at int) {
	if at == 0 { // a container has no place of its own
		r.problem = &yamlProblem{reason: reason, line: r.next, col: 1}
		return
	}
	r.problem = &yamlProblem{reason: reason, line: r.line(at), col: 1}
}

func (r *tomlReader) line(offset int) int {
	return sort.SearchInts(r.lines, offset+1)
}

func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, c := range data {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// tomlValue types a value; written is its text in the file.
func tomlValue(v *unstable.Node, written string) setting {
	s := setting{raw: written, plain: true, value: resolved{typ: typeOther, text: written}}
	switch v.Kind {
	case unstable.String:
		text := string(v.Data)
		return setting{raw: text, value: resolved{typeText, text}}
	case unstable.Bool:
		s.value.typ = typeBool
	case unstable.Integer:
		s.value = resolved{typeInt, written}
		if n, err := strconv.ParseInt(strings.ReplaceAll(written, "_", ""), 0, 64); err == nil {
			s.value.text = strconv.FormatInt(n, 10)
		}
	case unstable.Float:
		s.value.typ = typeFloat
	case unstable.LocalDate, unstable.LocalTime, unstable.LocalDateTime, unstable.DateTime:
		s.value.typ = typeTime
	default:
		s.plain = false
	}
	return s
}
