package text

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// messages reads all messages of a language, by id.
func messages(t *testing.T, lang Lang) map[string]*i18n.Message {
	t.Helper()
	files, err := fs.Glob(catalogues, string(lang)+"/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*i18n.Message{}
	for _, file := range files {
		data, err := catalogues.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		list, err := i18n.ParseMessageBytes(data, func(b []byte, v any) error { return yaml.Unmarshal(b, v) })
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, m := range list {
			if all[m.ID] != nil {
				t.Errorf("%s: message %q stands in two files", file, m.ID)
			}
			all[m.ID] = m
		}
	}
	return all
}

var field = regexp.MustCompile(`\.[a-z][A-Za-z0-9_]*`)

// fields lists the {{.name}} fields of all forms of a message.
func fields(m *i18n.Message) []string {
	var list []string
	for _, form := range []string{m.One, m.Other} {
		for _, action := range regexp.MustCompile(`\{\{[^}]*\}\}`).FindAllString(form, -1) {
			list = append(list, field.FindAllString(action, -1)...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// TestEveryFolderIsALanguage: a folder of texts that Langs does not list would be
// carried along unread, a language without a folder would show ids.
func TestEveryFolderIsALanguage(t *testing.T) {
	t.Parallel()
	folders, err := fs.Glob(catalogues, "*")
	if err != nil {
		t.Fatal(err)
	}
	var langs []string
	for _, lang := range Langs() {
		langs = append(langs, string(lang))
	}
	slices.Sort(langs)
	if !slices.Equal(folders, langs) {
		t.Errorf("folders %v, languages %v", folders, langs)
	}
}

func TestLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	en := messages(t, English)
	for _, lang := range Langs() {
		others := messages(t, lang)
		for id, m := range en {
			other := others[id]
			switch {
			case other == nil:
				t.Errorf("%q is missing in %s", id, lang)
			case strings.TrimSpace(other.Other) == "":
				t.Errorf("%q is empty in %s", id, lang)
			case !slices.Equal(fields(m), fields(other)):
				t.Errorf("%q: en uses %v, %s uses %v", id, fields(m), lang, fields(other))
			}
		}
		for id := range others {
			if en[id] == nil {
				t.Errorf("%q of %s is missing in en", id, lang)
			}
		}
	}
}

// TestFindingsAreComplete: what report.Localize asks for must be there.
func TestFindingsAreComplete(t *testing.T) {
	t.Parallel()
	en := messages(t, English)
	for id := range en {
		code, _, _ := strings.Cut(id, ".")
		if !findingCode.MatchString(code) {
			continue
		}
		for _, part := range []string{"title", "cause", "fix"} {
			if en[code+"."+part] == nil {
				t.Errorf("%s has no %s", code, part)
			}
		}
	}
}

var findingCode = regexp.MustCompile(`^WK\d{3}$`)

// used is what the sources of the module say about message ids.
type used struct {
	literals map[string]bool     // every string literal
	prefixes map[string]bool     // literals ending in "." that something is appended to
	asked    map[string][]string // ids passed to Text or Count, with their places
}

func scan(t *testing.T) used {
	t.Helper()
	u := used{map[string]bool{}, map[string]bool{}, map[string][]string{}}
	fset := token.NewFileSet()
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2) {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, path, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool { u.note(n, path); return true })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (u *used) note(n ast.Node, path string) {
	switch n := n.(type) {
	case *ast.BasicLit:
		if s, ok := literal(n); ok {
			u.literals[s] = true
		}
	case *ast.BinaryExpr:
		if s, ok := literal(n.X); ok && strings.HasSuffix(s, ".") {
			u.prefixes[s] = true
		}
	case *ast.CallExpr:
		name := ""
		switch fun := n.Fun.(type) {
		case *ast.SelectorExpr:
			name = fun.Sel.Name
		case *ast.Ident:
			name = fun.Name
		}
		if len(n.Args) > 0 && (name == "word" || name == "Word") {
			if s, ok := literal(n.Args[0]); ok && strings.HasSuffix(s, ".") {
				u.prefixes[s] = true
			}
		}
		if !slices.Contains([]string{"Text", "Count", "say", "count"}, name) || len(n.Args) == 0 {
			return
		}
		if s, ok := literal(n.Args[0]); ok {
			u.asked[s] = append(u.asked[s], path)
		}
	}
}

func literal(e ast.Node) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

func TestMessagesAreUsedAndExist(t *testing.T) {
	t.Parallel()
	en, u := messages(t, English), scan(t)
	for id, places := range u.asked {
		if en[id] == nil {
			t.Errorf("%v asks for the unknown message %q", places, id)
		}
	}
	for id := range en {
		code, _, _ := strings.Cut(id, ".")
		if u.literals[id] || findingCode.MatchString(code) {
			continue
		}
		if !slices.ContainsFunc(prefixesOf(id), func(p string) bool { return u.prefixes[p] }) {
			t.Errorf("message %q is used nowhere", id)
		}
	}
}

// prefixesOf gives "a." and "a.b." for "a.b.c".
func prefixesOf(id string) []string {
	var list []string
	for i, r := range id {
		if r == '.' {
			list = append(list, id[:i+1])
		}
	}
	return list
}
