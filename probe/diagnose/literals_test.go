package diagnose

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// aCode is a whole code, or the beginning of a family of them.
var aCode = regexp.MustCompile(`^"WK\d{1,3}"$`)

// TestCodesStandOnce: a code is written once in the program, in its row of the
// catalogue or as a constant. What is to be known of it elsewhere is a field of
// its row, so that a new cause is forgotten nowhere.
func TestCodesStandOnce(t *testing.T) {
	t.Parallel()
	at := map[string]string{}
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		homes := homesOf(file)
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || !aCode.MatchString(lit.Value) {
				return true
			}
			place := files.Position(lit.Pos()).String()
			switch {
			case !homes[lit]:
				t.Errorf("%s: %s is neither a row of the catalogue nor a constant: its row holds what is known of a cause", place, lit.Value)
			case at[lit.Value] != "":
				t.Errorf("%s: %s stands in %s already", place, lit.Value, at[lit.Value])
			}
			at[lit.Value] = place
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range Catalogue() {
		if at[`"`+c.Code+`"`] == "" {
			t.Errorf("%s was not seen: this test looks in the wrong place", c.Code)
		}
	}
}

// homesOf lists the literals of a file that may be codes: values of constants,
// and of the field Code of a row.
func homesOf(file *ast.File) map[*ast.BasicLit]bool {
	homes := map[*ast.BasicLit]bool{}
	add := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok {
			homes[lit] = true
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GenDecl:
			for _, s := range n.Specs {
				if v, ok := s.(*ast.ValueSpec); ok && n.Tok == token.CONST {
					for _, e := range v.Values {
						add(e)
					}
				}
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" && file.Name.Name == "diagnose" {
				add(n.Value)
			}
		}
		return true
	})
	return homes
}
