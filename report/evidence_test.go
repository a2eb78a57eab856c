package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// TestEverySentenceHasAMessage reads the proofs that are sentences from the source:
// each has a message, in English the very sentence, and no message is left over.
func TestEverySentenceHasAMessage(t *testing.T) {
	t.Parallel()
	english, said := printer(text.English), sayings(t)
	for id, sentence := range said {
		args := map[string]string{}
		for rest := sentence; ; {
			_, after, found := strings.Cut(rest, "{{.")
			if !found {
				break
			}
			name, tail, _ := strings.Cut(after, "}}")
			args[name], rest = "<"+name+">", tail
		}
		want := sentence
		for name, value := range args {
			want = strings.ReplaceAll(want, "{{."+name+"}}", value)
		}
		if got := english.Text("evidence."+id, args); got != want {
			t.Errorf("evidence.%s: got %q, want %q as in the source", id, got, want)
		}
		if chinese := printer(text.Chinese); !chinese.Complete("evidence."+id, args) || !chinese.Has("evidence."+id) {
			t.Errorf("evidence.%s: no Chinese message, or one that shows more than the sentence", id)
		}
	}
	source, err := os.ReadFile("text/en/evidence.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^evidence\.([a-z-]+):`).FindAllStringSubmatch(string(source), -1) {
		if id := m[1]; said[id] == "" && !strings.HasPrefix(id, "observed-") && !strings.HasPrefix(id, "phase-") {
			t.Errorf("evidence.%s is said nowhere", id)
		}
	}
}

// sayings gives the English of every call of probe.Say, by id.
func sayings(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir("../probe", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !isSay(call.Fun) {
				return true
			}
			id, sentence := literal(call.Args[0]), literal(call.Args[1])
			if id == "" || sentence == "" || all[id] != "" && all[id] != sentence {
				t.Errorf("%s: %q is no id and sentence in the source, or says two things", name, id)
			}
			all[id] = sentence
			return true
		})
		return nil
	})
	if err != nil || len(all) < 50 {
		t.Fatalf("%d sentences, %v", len(all), err)
	}
	return all
}

func isSay(fun ast.Expr) bool {
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name == "Say"
	case *ast.SelectorExpr:
		return fun.Sel.Name == "Say"
	}
	return false
}

func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, _ := strconv.Unquote(lit.Value)
	return s
}

// TestPhrase: what has no message here, or lacks what that shows, stays English;
// what stands within is told too, and no argument can put a field into a sentence.
func TestPhrase(t *testing.T) {
	t.Parallel()
	fault := (&probe.Fault{Phase: probe.PhaseDNS, Kind: probe.FaultDNS, Address: "im.example.com", Text: "no such host"}).Phrase()
	login := probe.Say("connect", "CONNECT uid={{.uid}} device_flag={{.flag}}: {{.saw}}", map[string]any{"uid": "{{.saw}}", "flag": 1, "saw": fault})
	deep := probe.Say("tidied", "with the token tidied up ({{.changed}}): {{.login}}", map[string]any{"changed": "blanks", "login": login}).By("connect")
	const english = "with the token tidied up (blanks): CONNECT uid={{.saw}} device_flag=1: dns im.example.com: name does not resolve: no such host"
	rows := []struct {
		name string
		in   probe.Evidence
		want string
	}{
		{"all of it", deep, "整理 token（blanks）之后：CONNECT uid={{.saw}} device_flag=1：域名解析 im.example.com：域名无法解析：no such host"},
		{"protocol terms", probe.Evidence{Text: "GET /route: 200"}, "GET /route: 200"},
		{"a later version's", probe.Evidence{Text: "so it is", ID: "no-such"}, "so it is"},
		{"an argument is missing", probe.Evidence{Text: "so it is", ID: "connect", Args: map[string]string{"uid": "a", "flag": "1"}}, "so it is"},
		{"a later version's within", probe.Evidence{Text: "so it is", ID: "sent-last", Args: map[string]string{"last_id": "no-such"}}, "so it is"},
		{"itself within", probe.Evidence{Text: "so it is", ID: "sent-last", Args: map[string]string{"last_id": "sent-last"}}, "so it is"},
		{"line breaks", probe.Evidence{Text: "x", ID: "version", Args: map[string]string{"version": "1\n✗ WK999"}}, "版本 1 ✗ WK999"},
	}
	w := newWords(Style{Text: printer(text.Chinese)})
	for _, row := range rows {
		if got := w.evidence([]probe.Evidence{row.in})[0].Text; got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
	if deep.Text != english {
		t.Errorf("got %q, want %q", deep.Text, english)
	}
	if got := newWords(Style{}.spoken()).evidence([]probe.Evidence{deep})[0].Text; got != english {
		t.Errorf("in English: got %q, want %q", got, english)
	}
}
