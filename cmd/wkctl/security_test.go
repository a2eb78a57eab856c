package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe/diagnose"
	"github.com/wkctl/wkctl/probe/serverconf"
)

// TestSecurityNamesHazards: SECURITY.md lists all that the stand-in takes for
// harmful, in its own words, so that neither grows without the other.
func TestSecurityNamesHazards(t *testing.T) {
	t.Parallel()
	page := readFile(t, "../../SECURITY.md")
	kinds := hazardKinds(t)
	if len(kinds) < 13 {
		t.Errorf("%d hazards were found in the source, expected 13 or more: %q", len(kinds), kinds)
	}
	for _, kind := range kinds {
		if !strings.Contains(page, "| "+kind+" |") {
			t.Errorf("SECURITY.md has no row %q", kind)
		}
	}
}

// hazardKinds reads what the stand-in notes from its source: what was sent, without
// what that does to servers.
func hazardKinds(t *testing.T) (kinds []string) {
	t.Helper()
	files, err := filepath.Glob("../../probe/sandbox/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if name, ok := call.Fun.(*ast.SelectorExpr); ok && name.Sel.Name == "hazard" && len(call.Args) > 0 {
				kinds = append(kinds, hazardKind(t, call.Args[0]))
			}
			return true
		})
	}
	return kinds
}

func hazardKind(t *testing.T, arg ast.Expr) string {
	t.Helper()
	lit, ok := arg.(*ast.BasicLit)
	if !ok {
		t.Fatalf("a hazard is noted without a text of its own: %T", arg)
	}
	said, err := strconv.Unquote(lit.Value)
	if err != nil {
		t.Fatal(err)
	}
	said, _, _ = strings.Cut(said, ": ")
	said, _, _ = strings.Cut(said, " (")
	said = strings.TrimSuffix(said, " for uid %q")
	return strings.Replace(said, "uid %q", "one uid", 1)
}

// TestReadmeNamesCodes: README.md lists every finding that `wkctl explain` knows.
func TestReadmeNamesCodes(t *testing.T) {
	t.Parallel()
	_, page, found := strings.Cut(readFile(t, "../../README.md"), "\n## Findings\n")
	if !found {
		t.Fatal("README.md has no findings")
	}
	page, _, _ = strings.Cut(page, "\n## ")
	last := "WK701"
	for _, c := range serverconf.Codes() {
		last = max(last, c.Code)
	}
	for _, cause := range diagnose.Catalogue() {
		if strings.HasPrefix(cause.Code, "WK7") {
			last = max(last, cause.Code)
			continue
		}
		if !strings.Contains(page, cause.Code) || !strings.Contains(page, cause.ID) {
			t.Errorf("README.md does not name %s, %s", cause.Code, cause.ID)
		}
	}
	if !strings.Contains(page, "| WK701 to "+last+" |") {
		t.Errorf("README.md does not end in WK701 to %s", last)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
