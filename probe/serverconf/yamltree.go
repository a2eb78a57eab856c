package serverconf

import (
	"bytes"
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/wkctl/wkctl/probe/nesting"
)

// Bounds on foreign YAML. A configuration has a few hundred nodes; a file of
// aliases to aliases would have billions.
const (
	maxSource = 1 << 20 // bytes
	maxNodes  = 8_000
	maxDepth  = 40
)

type nodeKind int

const (
	nodeNull nodeKind = iota
	nodeScalar
	nodeSequence
	nodeMapping
)

// node is a YAML value with anchors, aliases and merge keys resolved.
type node struct {
	kind      nodeKind
	text      string // of a scalar, as written (plain) or as meant (quoted)
	plain     bool   // without quotes: YAML decides its type
	line, col int
	items     []*node
	pairs     []pair
}

type pair struct {
	key       string
	line, col int
	value     *node
}

// get finds a key of a mapping; nil where there is none.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for i := len(n.pairs) - 1; i >= 0; i-- {
		if n.pairs[i].key == key {
			return n.pairs[i].value
		}
	}
	return nil
}

// yamlProblem says why a source does not parse. reason is one of the reasons of
// WK709; line and col may be 0.
type yamlProblem struct {
	reason    string
	line, col int
}

// parseYAML reads the first document, as yaml.v3 in viper does. A nil node with a
// nil problem is an empty document.
func parseYAML(data []byte) (root *node, problem *yamlProblem) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // yaml.v3 drops it
	if len(data) > maxSource {
		return nil, &yamlProblem{reason: "too-large"}
	}
	if i := bytes.IndexFunc(data, isForbiddenControl); i >= 0 {
		return nil, &yamlProblem{reason: "control-character", line: 1 + bytes.Count(data[:i], []byte("\n"))}
	}
	defer func() {
		// The parser is foreign and has panicked on malformed input before; a
		// broken file must not end a diagnosis.
		if recover() != nil {
			root, problem = nil, &yamlProblem{reason: "other"}
		}
	}()
	if line := tabbedKey(data); line > 0 {
		return nil, &yamlProblem{reason: "tab", line: line, col: 1}
	}
	if _, err := nesting.Check(data); err != nil {
		return nil, costly(err)
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, problemOf(err, data)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, nil
	}
	b := builder{anchors: map[string]*node{}}
	root = b.build(file.Docs[0].Body, 0)
	if b.problem != nil && b.problem.reason == "other" {
		b.problem.locate(strings.Split(string(data), "\n"))
	}
	return root, b.problem
}

// costly puts the refusal of a file that its parser would choke on into a reason.
func costly(err error) *yamlProblem {
	p := &yamlProblem{reason: "too-large", col: 1}
	var e *nesting.Error
	if errors.As(err, &e) {
		p.line = e.Line
		switch e.Limit {
		case nesting.Depth:
			p.reason = "too-deep"
		case nesting.Garbage:
			p.reason = "other"
		}
	}
	return p
}

// isForbiddenControl finds what yaml.v3 calls control characters.
func isForbiddenControl(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f
}

func problemOf(err error, data []byte) *yamlProblem {
	var at *token.Token
	message := ""
	if syntax := (*yaml.SyntaxError)(nil); errors.As(err, &syntax) {
		at, message = syntax.Token, syntax.Message
	}
	p := &yamlProblem{reason: "other"}
	if at != nil && at.Position != nil {
		p.line, p.col = at.Position.Line, at.Position.Column
	}
	p.refine(message, data)
	return p
}

type builder struct {
	anchors map[string]*node
	nodes   int
	problem *yamlProblem
}

func (b *builder) fail(reason string, n ast.Node) *node {
	if b.problem == nil {
		b.problem = &yamlProblem{reason: reason}
		b.problem.line, b.problem.col = position(n)
	}
	return &node{}
}

func position(n ast.Node) (line, col int) {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line, t.Position.Column
	}
	return 0, 0
}

func (b *builder) build(from ast.Node, depth int) *node {
	if b.nodes++; b.nodes > maxNodes || depth > maxDepth {
		return b.fail("too-large", from)
	}
	n := &node{}
	n.line, n.col = position(from)
	switch t := from.(type) {
	case nil:
	case *ast.NullNode:
	case *ast.MappingNode:
		n.kind = nodeMapping
		b.fill(n, t.Values, depth)
	case *ast.MappingValueNode:
		n.kind = nodeMapping
		b.fill(n, []*ast.MappingValueNode{t}, depth)
	case *ast.SequenceNode:
		n.kind = nodeSequence
		for _, v := range t.Values {
			n.items = append(n.items, b.build(v, depth+1))
		}
	case *ast.AnchorNode:
		n = b.build(t.Value, depth+1)
		b.anchors[t.Name.GetToken().Value] = n
	case *ast.AliasNode:
		known, ok := b.anchors[t.Value.GetToken().Value]
		if !ok {
			return b.fail("unknown-alias", from)
		}
		return b.copyOf(known, from)
	case *ast.TagNode:
		n = b.build(t.Value, depth+1)
		n.plain = n.plain && t.GetToken().Value != "!!str"
	case *ast.LiteralNode:
		n.kind, n.text = nodeScalar, t.Value.Value
	default:
		b.scalar(n, from)
	}
	return n
}

// copyOf counts what an alias stands for, so that aliases of aliases stay bounded.
func (b *builder) copyOf(known *node, at ast.Node) *node {
	if b.nodes > maxNodes {
		return b.fail("too-large", at)
	}
	b.nodes += size(known)
	if b.nodes > maxNodes {
		return b.fail("too-large", at)
	}
	return known
}

func size(n *node) int {
	total := 1
	for _, i := range n.items {
		total += size(i)
	}
	for _, p := range n.pairs {
		total += size(p.value)
	}
	return total
}

func (b *builder) scalar(n *node, from ast.Node) {
	t := from.GetToken()
	if t == nil {
		return
	}
	n.kind, n.text = nodeScalar, t.Value
	n.plain = t.Type != token.SingleQuoteType && t.Type != token.DoubleQuoteType
	if n.plain && (strings.Contains(n.text, ": ") || strings.HasSuffix(n.text, ":")) {
		b.fail("other", from) // a key swallowed as the next line of a text: yaml.v3 refuses it
	}
}

func (b *builder) fill(n *node, values []*ast.MappingValueNode, depth int) {
	for _, v := range values {
		value := b.build(v.Value, depth+1)
		if v.Key.IsMergeKey() {
			b.merge(n, value)
			continue
		}
		p := pair{value: value}
		p.line, p.col = position(v.Key)
		if t := v.Key.GetToken(); t != nil {
			p.key = t.Value
		}
		if v.Start != nil && v.Start.Position != nil && p.line > 0 && v.Start.Position.Line > p.line {
			b.fail("other", v.Key) // "a:b" and the next line's key taken for one: yaml.v3 refuses it
		}
		if value.kind == nodeScalar && value.line > p.line && p.line > 0 && value.col <= p.col {
			b.fail("other", v.Value) // the value would have to stand further right
		}
		if k, ok := v.Key.(*ast.MappingKeyNode); ok && k.Value != nil && k.Value.GetToken() != nil {
			p.key = k.Value.GetToken().Value
		}
		n.pairs = append(n.pairs, p)
	}
}

// merge adds the pairs of "<<"; keys written beside it win, so they must be found
// later in the list: get searches from the end.
func (b *builder) merge(n, from *node) {
	sources := []*node{from}
	if from.kind == nodeSequence {
		sources = from.items
	}
	for _, s := range sources {
		var added []pair
		for _, p := range s.pairs {
			if n.get(p.key) == nil {
				added = append(added, p)
			}
		}
		n.pairs = append(added, n.pairs...)
	}
}
