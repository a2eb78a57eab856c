package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/report/text"
)

func TestBlocks(t *testing.T) {
	t.Parallel()
	got := blocks("One sentence\nand more:\n  cmd one\n    indented\nBehind.\n")
	if len(got) != 3 || got[0].code || !got[1].code || got[2].code {
		t.Fatalf("got %+v", got)
	}
	if !slices.Equal(got[0].lines, []string{"One sentence", "and more:"}) || !slices.Equal(got[1].lines, []string{"cmd one", "  indented"}) || got[2].lines[0] != "Behind." {
		t.Errorf("got %+v", got)
	}
	if blocks("") != nil {
		t.Error("an empty text has no blocks")
	}
}

// TestExplainCopies: commands stand alone on their lines, in full, in both
// languages and in Markdown, too.
func TestExplainCopies(t *testing.T) {
	t.Parallel()
	page := CodePage{Code: "WK501", ID: "token-under-other-flag", Links: []string{"https://github.com/WuKongIM/WuKongIM/issues/138"}}
	const command = "wkctl diagnose --token-flag 0 --sdk js\n"
	for _, lang := range text.Langs() {
		var table, markdown, doc strings.Builder
		style := Style{Width: 40, Text: printer(lang)}
		for w, f := range map[*strings.Builder]Format{&table: Table, &markdown: Markdown, &doc: JSON} {
			if err := Explain(w, page, f, style); err != nil {
				t.Fatal(err)
			}
		}
		if !strings.Contains(table.String(), "\n    "+command) || !strings.Contains(table.String(), page.Links[0]+"\n") {
			t.Errorf("%s: the command or the link is not whole:\n%s", lang, &table)
		}
		if !strings.Contains(markdown.String(), "\n"+command) || !strings.Contains(markdown.String(), "<"+page.Links[0]+">") {
			t.Errorf("%s: Markdown:\n%s", lang, &markdown)
		}
		if !strings.Contains(doc.String(), `"schema": "wkctl.explain/v1"`) || !strings.Contains(doc.String(), `"id": "token-under-other-flag"`) {
			t.Errorf("%s: JSON:\n%s", lang, &doc)
		}
	}
	if Explain(&strings.Builder{}, page, JUnit, Style{}) == nil {
		t.Error("a page as JUnit: expected an error")
	}
}
