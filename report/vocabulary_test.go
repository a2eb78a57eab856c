package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/report/text"
)

// TestEveryValueHasAWord reads the values of package probe from its source, so
// that a new check or observation without a message fails here.
func TestEveryValueHasAWord(t *testing.T) {
	t.Parallel()
	prefixes := map[string][]string{
		"CheckID": {"check.", "need."}, "Observed": {"observed.", "evidence.observed-"}, "Phase": {"evidence.phase-"}, "Outcome": {"outcome."},
		"TokenAuth": {"auth."}, "ExpectToken": {"expect."}, "ExpectTokenSource": {"expect-source."},
		"Severity": {"severity."}, "Mode": {"mode."}, "StepName": {"step."}, "AddressClass": {"address."},
	}
	values := constants(t)
	for _, lang := range text.Langs() {
		p := printer(lang)
		for typ, list := range prefixes {
			if len(values[typ]) == 0 {
				t.Fatalf("found no values of type %s", typ)
			}
			for _, prefix := range list {
				for _, v := range values[typ] {
					if !p.Has(prefix + v) {
						t.Errorf("%s: no message %q", lang, prefix+v)
					}
				}
			}
		}
	}
}

// constants reads the string constants of package probe, by their type.
func constants(t *testing.T) map[string][]string {
	t.Helper()
	values := map[string][]string{}
	for _, file := range probeFiles(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			name, isIdent := spec.Type.(*ast.Ident)
			lit, isLit := spec.Values[0].(*ast.BasicLit)
			if isIdent && isLit {
				s, _ := strconv.Unquote(lit.Value)
				values[name.Name] = append(values[name.Name], s)
			}
			return true
		})
	}
	return values
}

// probeFiles parses the sources of package probe, its tests aside.
func probeFiles(t *testing.T) []*ast.File {
	t.Helper()
	names, err := filepath.Glob("../probe/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}
