package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// Longest file and function, in lines. What does not fit holds two things.
const (
	longestFile     = 400
	longestFunction = 60
)

// TestSizes measures every file, and every function outside of tests: their tables
// may be long.
func TestSizes(t *testing.T) {
	t.Parallel()
	files := 0
	sources(t, func(name string, content []byte) {
		if !strings.HasSuffix(name, ".go") {
			return
		}
		files++
		if n := bytes.Count(content, []byte("\n")); n > longestFile {
			t.Errorf("%s has %d lines, expected at most %d", name, n, longestFile)
		}
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		for function, n := range functions(t, name, content) {
			if n > longestFunction {
				t.Errorf("%s: %s has %d lines, expected at most %d", name, function, n, longestFunction)
			}
		}
	})
	if files < 100 {
		t.Errorf("%d files were found only", files)
	}
}

// functions gives the length of each function in lines, from its name to its brace;
// of methods with one name that of the longest.
func functions(t *testing.T, name string, content []byte) map[string]int {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, content, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]int{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			lines[f.Name.Name] = max(lines[f.Name.Name], set.Position(f.End()).Line-set.Position(f.Pos()).Line+1)
		}
	}
	return lines
}

// TestFunctions shows that the measure is right.
func TestFunctions(t *testing.T) {
	t.Parallel()
	got := functions(t, "x.go", []byte("package x\n\n// f does\n// nothing.\nfunc f() {\n\n}\n\nfunc g() {}\n"))
	if got["f"] != 3 || got["g"] != 1 || len(got) != 2 {
		t.Errorf("got %v", got)
	}
}
