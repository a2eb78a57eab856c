package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wkctl/wkctl/report/text"
)

// quoting lists the files that must quote old words.
func quoting() []string { return []string{"cmd/wkctl/oldwords_test.go"} }

// matcher finds all of a list in text of lower case.
type matcher struct {
	expr  *regexp.Regexp
	parts []string // one of them is in every text that expr matches: looking for them first takes a tenth of the time
}

func newMatcher(words []oldWord) *matcher {
	var list []string
	for _, w := range words {
		p := w.pattern
		if !strings.ContainsFunc(p, func(r rune) bool { return r >= utf8.RuneSelf || r == '`' }) {
			p = `\b(?:` + p + `)\b`
		}
		list = append(list, p)
	}
	pattern := lowered(strings.Join(list, "|"))
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		panic(err)
	}
	return &matcher{expr: regexp.MustCompile(pattern), parts: needed(tree)}
}

func (m *matcher) find(text string) [][]int {
	text = lowered(text)
	if !slices.ContainsFunc(m.parts, func(part string) bool { return strings.Contains(text, part) }) {
		return nil
	}
	return m.expr.FindAllStringIndex(text, -1)
}

// needed lists strings of which every match of an expression holds one; none where
// nothing can be said, which is an empty string.
func needed(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{string(re.Rune)}
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpConcat:
		best := []string{""}
		for _, sub := range re.Sub {
			if list := needed(sub); shortest(list) > shortest(best) {
				best = list
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			all = append(all, needed(sub)...)
		}
		return all
	}
	return []string{""}
}

func shortest(list []string) int {
	n := len(list[0])
	for _, s := range list {
		n = min(n, len(s))
	}
	return n
}

// lowered is strings.ToLower but for what a backslash escapes, and for letters whose
// lower case has another length, so that places in the text stay what they are.
func lowered(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' && (i == 0 || b[i-1] != '\\') {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func TestOldWordsAreFound(t *testing.T) {
	t.Parallel()
	for _, list := range [][]oldWord{oldEnglish(), oldChinese()} {
		for _, w := range list {
			if len(newMatcher([]oldWord{w}).find(flow(w.example))) == 0 || len(newMatcher(list).find(flow(w.example))) == 0 {
				t.Errorf("%q is not found in %q", w.pattern, w.example)
			}
		}
	}
	for _, good := range []string{"a token for every flag", "the spender amends it", "连接会被断开：原因", "ends the run, then v2", "0 to v2.2.5"} {
		if m := newMatcher(slices.Concat(oldEnglish(), oldChinese())).find(flow(good)); len(m) > 0 {
			t.Errorf("%q is found in %q", good[m[0][0]:m[0][1]], good)
		}
	}
}

// flow joins the lines of a text, as a reader does: with a blank, and without one
// after Chinese. Marks of comments and quotes at the start of a line go.
func flow(s string) string {
	var b strings.Builder
	latin := false
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "#>/*│|"))
		if line != "" && latin {
			b.WriteByte(' ')
		}
		b.WriteString(line)
		last, _ := utf8.DecodeLastRuneInString(line)
		latin = last < utf8.RuneSelf
	}
	return b.String()
}

// passage is a piece of text to be read for old words.
type passage struct {
	where, text string
}

// TestWords: nothing that a person reads, and no comment, has an old word in it.
func TestWords(t *testing.T) {
	t.Parallel()
	find := newMatcher(slices.Concat(oldEnglish(), oldChinese()))
	read := map[string]int{}
	report := func(p passage) {
		text := flow(p.text)
		for _, at := range find.find(text) {
			t.Errorf("%s: %q in …%s…", p.where, text[at[0]:at[1]], strings.ToValidUTF8(text[max(0, at[0]-40):min(len(text), at[1]+30)], ""))
		}
	}
	root := "../.."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		name = filepath.ToSlash(name)
		if err != nil || d.IsDir() {
			if slices.Contains([]string{".git", "node_modules", "testdata/golden"}, name) || d.IsDir() && d.Name() == "node_modules" {
				return fs.SkipDir
			}
			return err
		}
		if slices.Contains(quoting(), name) {
			return nil
		}
		passages, err := passagesOf(path, name)
		for _, p := range passages {
			read[filepath.Ext(name)]++
			report(p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, ext := range []string{".go", ".yaml", ".md", ".txtar", ".json"} {
		if read[ext] == 0 {
			t.Errorf("no %s file was read", ext)
		}
	}
}

// passagesOf gives the comments and strings of a Go file, and the paragraphs of
// files that are written for people. Captured logs, frames and other data are none.
func passagesOf(path, name string) ([]passage, error) {
	switch ext := filepath.Ext(name); {
	case ext == ".go":
		return goPassages(path, name)
	case ext == ".md", ext == ".txtar", name == ".ci/run", name == ".goreleaser.yaml", name == "probe/sdk/catalogue.json",
		strings.HasPrefix(name, "report/text/") && ext == ".yaml", strings.HasPrefix(name, "testdata/cases/") && ext == ".yaml":
		data, err := os.ReadFile(path)
		var list []passage
		line := 1
		for para := range strings.SplitSeq(string(data), "\n\n") {
			list = append(list, passage{fmt.Sprintf("%s, from line %d", name, line), para})
			line += strings.Count(para, "\n") + 2
		}
		return list, err
	}
	return nil, nil
}

func goPassages(path, name string) ([]passage, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var list []passage
	add := func(at token.Pos, text string) {
		list = append(list, passage{fmt.Sprintf("%s:%d", name, fset.Position(at).Line), text})
	}
	for _, group := range file.Comments {
		add(group.Pos(), group.Text())
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				add(lit.Pos(), s)
			}
		}
		return true
	})
	return list, nil
}

// TestWordsInHelp: the help of every command, and the manual page, in both
// languages; WuKongIM is named as its users name it.
func TestWordsInHelp(t *testing.T) {
	t.Parallel()
	find := newMatcher(slices.Concat(oldEnglish(), oldChinese()))
	for _, lang := range text.Langs() {
		first := helpOf(t, lang)
		title, _, _ := strings.Cut(first, "\n\n")
		if lang == text.Chinese && !strings.Contains(flow(title), "悟空IM（WuKongIM）") {
			t.Errorf("the Chinese help does not begin with the name: %s", first)
		}
		pages := map[string]string{"help": first, "man": pageOf(t, lang, "man")}
		for _, command := range regexp.MustCompile(`(?m)^  ([a-z]+)  `).FindAllStringSubmatch(first, -1) {
			pages[command[1]] = helpOf(t, lang, command[1])
		}
		if len(pages) < 12 {
			t.Errorf("%s: only %d pages", lang, len(pages))
		}
		for name, page := range pages {
			if m := find.find(flow(page)); len(m) > 0 {
				t.Errorf("%s, %s: %q", name, lang, flow(page)[m[0][0]:m[0][1]])
			}
		}
	}
}

// pageOf gives what a command prints on a terminal of 80 columns.
func pageOf(t *testing.T, lang text.Lang, args ...string) string {
	t.Helper()
	f := &terminal{width: 80, env: map[string]string{"WKCTL_LANG": string(lang)}}
	if code := f.run(t, args...); code != exitOK {
		t.Errorf("%v: exit code %d: %s", args, code, &f.stderr)
	}
	return f.stdout.String()
}

func helpOf(t *testing.T, lang text.Lang, command ...string) string {
	t.Helper()
	return pageOf(t, lang, append(slices.Clone(command), "--help")...)
}

// TestOneLabel: the label before a fix is the same word in every report.
func TestOneLabel(t *testing.T) {
	t.Parallel()
	for lang, want := range map[text.Lang]string{text.English: "fix", text.Chinese: "解决方法"} {
		say := text.New(lang)
		for _, id := range []string{"table.fix", "markdown.fix", "explain.fix", "logreport.change"} {
			if got := strings.ToLower(say.Text(id)); got != want {
				t.Errorf("%s in %s: got %q, want %q", id, lang, got, want)
			}
		}
	}
}
