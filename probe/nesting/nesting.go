// Package nesting refuses YAML that would cost its parser more than a file is
// worth. The parser writes the path of every node out, so that its memory grows
// with the depth times the number of nodes: 39 kB of "[" took 650 MB (goccy/go-yaml
// v1.19.2, parser/context.go, withChild).
package nesting

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Bounds on one file. A server's settings are three levels deep and have some
// hundred lines.
const (
	MaxDepth = 64     // blocks and brackets around a value
	MaxSigns = 30_000 // lines, brackets, quotes and other signs that begin something
	MaxPath  = 512    // bytes of all keys around a value together
	// maxCopied bounds what the parser copies of the keys of blocks, in pointers: it
	// puts each key before a copy of those that follow (parser.go, parseMap), so that
	// a block of 12,000 keys took 600 MB. It is met by a block of some 2,900 keys.
	maxCopied = 4 << 20
)

// Limit names the bound that was met.
type Limit string

// The bounds.
const (
	Depth   Limit = "depth"   // more than MaxDepth
	Signs   Limit = "signs"   // more than MaxSigns
	Path    Limit = "path"    // keys longer than MaxPath
	Garbage Limit = "garbage" // what no lexer can read
)

// Error says which bound a file breaks, and in which line.
type Error struct {
	Limit Limit
	Line  int // from 1; 0 = not known
}

func (e *Error) Error() string {
	said := map[Limit]string{
		Depth:   fmt.Sprintf("expected at most %d levels of nesting, there are more", MaxDepth),
		Signs:   fmt.Sprintf("expected at most %d lines, brackets and quotes, there are more", MaxSigns),
		Path:    fmt.Sprintf("expected keys of at most %d bytes together, they are longer", MaxPath),
		Garbage: "expected YAML",
	}[e.Limit]
	return fmt.Sprintf("line %d: %s", e.Line, said)
}

// Counts is what a file is made of.
type Counts struct {
	Depth  int // the deepest level
	Shared int // line of the first anchor or alias; 0 = there is none
}

// Check reads a file as the parser's own lexer does and counts; it takes time and
// memory in proportion to its length. The error is an *Error.
func Check(data []byte) (counts Counts, err error) {
	if line := Crowded(data); line > 0 {
		return counts, &Error{Signs, line}
	}
	defer func() {
		if recover() != nil { // the lexer is foreign, and the file hostile
			err = &Error{Limit: Garbage}
		}
	}()
	var w walk
	var before *token.Token
	for _, t := range lexer.Tokenize(string(data)) {
		w.take(t, before)
		depth := len(w.levels) + w.chain
		counts.Depth = max(counts.Depth, depth)
		if counts.Shared == 0 && (t.Type == token.AnchorType || t.Type == token.AliasType) {
			counts.Shared = t.Position.Line
		}
		switch {
		case depth > MaxDepth:
			return counts, &Error{Depth, t.Position.Line}
		case w.copied > maxCopied:
			return counts, &Error{Signs, t.Position.Line}
		case w.path > MaxPath:
			return counts, &Error{Path, t.Position.Line}
		}
		before = t
	}
	return counts, nil
}

// Crowded gives the line in which there are more than MaxSigns signs; 0 = there are
// not. It asks for no context, so that nothing can be hidden from it: a token of the
// YAML parser takes some 300 bytes, and a node as much again. The signs are those of
// YAML and of TOML.
func Crowded(data []byte) int {
	signs, line := 0, 1
	for i, c := range data {
		switch c {
		case '\n':
			line++
			signs++
		case '[', ']', '{', '}', ',', '"', '\'', '&', '*', '!', '|', '>', '%', '#', '@', '`':
			signs++
		case ':', '-', '?':
			if i+1 == len(data) || strings.IndexByte(" \t\r\n", data[i+1]) >= 0 {
				signs++
			}
		}
		if signs > MaxSigns {
			return line
		}
	}
	return 0
}

// level is one block or bracket that is open.
type level struct {
	column int
	kind   token.Type // SequenceEntry, MappingKey, MappingValue, or the start of a flow
	key    int        // length of the key that is read in it
	n      int        // entries so far
}

func (l level) flow() bool {
	return l.kind == token.SequenceStartType || l.kind == token.MappingStartType
}

// walk follows the levels from token to token.
type walk struct {
	levels []level
	chain  int // tags and anchors before a value, which nest as well
	path   int // bytes of the keys of all levels
	copied int
}

func (w *walk) take(t, before *token.Token) {
	switch {
	case t.Type == token.TagType || t.Type == token.AnchorType:
		w.chain++
	case before == nil || before.Type != token.AnchorType:
		w.chain = 0
	}
	column := t.Position.Column
	switch t.Type {
	case token.DocumentHeaderType, token.DocumentEndType:
		w.cut(0)
	case token.SequenceStartType, token.MappingStartType:
		w.push(level{column: column, kind: t.Type})
	case token.SequenceEndType, token.MappingEndType:
		w.close()
	case token.SequenceEntryType, token.MappingKeyType:
		w.block(level{column: column, kind: t.Type, key: len("[65535]")})
	case token.MappingValueType:
		key := 0
		if before != nil {
			column, key = before.Position.Column, len(before.Value)
		}
		if n := len(w.levels); n > 0 && w.levels[n-1].flow() {
			w.path += key - w.levels[n-1].key
			w.levels[n-1].key = key
			return
		}
		w.block(level{column: column, kind: t.Type, key: key})
	}
}

func (w *walk) push(l level) {
	w.levels = append(w.levels, l)
	w.path += l.key
}

// cut keeps so many levels.
func (w *walk) cut(n int) {
	for _, l := range w.levels[n:] {
		w.path -= l.key
	}
	w.levels = w.levels[:n]
}

// close ends the innermost flow.
func (w *walk) close() {
	for i := len(w.levels) - 1; i >= 0; i-- {
		if w.levels[i].flow() {
			w.cut(i)
			return
		}
	}
}

// block begins an entry at its column: what is indented more has ended, and so has
// the entry beside it. A list may stand right below its key, in the same column.
func (w *walk) block(l level) {
	n := len(w.levels)
	for n > 0 && !w.levels[n-1].flow() {
		last := w.levels[n-1]
		under := l.kind == token.SequenceEntryType && last.kind == token.MappingValueType
		if last.column < l.column || last.column == l.column && under {
			break
		}
		if last.column == l.column && last.kind == l.kind {
			l.n = last.n + 1
		}
		n--
	}
	if l.kind == token.MappingValueType {
		w.copied += l.n
	}
	w.cut(n)
	w.push(l)
}
