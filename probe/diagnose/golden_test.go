package diagnose

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

var update = flag.Bool("update", false, "rewrite the golden reports")

// TestGoldenReports renders one report for every code, from the first
// row of facts that shows it, in both languages: all that is told of it when details are asked for.
func TestGoldenReports(t *testing.T) {
	t.Parallel()
	done, languages := map[string]bool{}, printers()
	for _, row := range causeRows() {
		if row.absent || done[row.code] {
			continue
		}
		done[row.code] = true
		Explain(row.d)
		for _, say := range languages {
			report.Localize(row.d, say)
			var buf bytes.Buffer
			if err := report.Write(&buf, row.d, report.Table, report.Style{Text: say, Verbose: true}); err != nil {
				t.Fatalf("%s: %v", row.code, err)
			}
			compareGolden(t, row.code, say.Lang(), buf.Bytes())
		}
	}
}

func compareGolden(t *testing.T, code string, lang text.Lang, got []byte) {
	t.Helper()
	file := filepath.Join(goldenReports(), code+"."+string(lang)+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%s in %s has no golden report: %v", code, lang, err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s in %s:\n--- got\n%s--- want\n%s", code, lang, got, want)
	}
}
