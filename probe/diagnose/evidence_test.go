package diagnose

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// aSentence is English that nobody but a reader of English can do with: three words
// in a row. Quotes, what stands in brackets and the detail of a fault are a system's
// or a server's own.
var (
	aSentence = regexp.MustCompile(`[a-z]{2,} [a-z]+ [a-z]{2,}`)
	foreign   = regexp.MustCompile(`"[^"]*"|（[^）]*）`)
)

// inMarkdown is the line of a proof, which stands there as code.
var inMarkdown = regexp.MustCompile("(?m)^- [a-z-]*(?:: |：)`+ ?(.*?) ?`+$")

// TestNoEnglishInChineseEvidence: every row of facts is told in Chinese, the proofs
// as well. The document keeps the English.
func TestNoEnglishInChineseEvidence(t *testing.T) {
	t.Parallel()
	english, chinese, told := text.New(text.English), text.New(text.Chinese), map[string]bool{}
	for _, row := range causeRows() {
		Explain(row.d)
		for _, f := range row.d.Findings {
			for _, e := range f.Evidence {
				told[e.ID] = true
				shown := shownIn(t, chinese, e)
				ours := strings.ReplaceAll(foreign.ReplaceAllString(shown, ""), e.Args["detail"], "")
				if e.Source != "server-log" && !strings.HasPrefix(ours, "body:") && aSentence.MatchString(ours) {
					t.Errorf("%s, %s: %q", row.code, e.ID, shown)
				}
				if shown := shownIn(t, english, e); shown != e.Text {
					t.Errorf("%s, %s: shown as %q, in the document %q", row.code, e.ID, shown, e.Text)
				}
			}
		}
	}
	if len(told) < 40 {
		t.Errorf("only %d sentences were told", len(told))
	}
}

// shownIn gives a proof as a report shows it.
func shownIn(t *testing.T, say *text.Printer, e probe.Evidence) string {
	t.Helper()
	d := &probe.Diagnosis{Findings: []probe.Finding{{Code: "WK000", Severity: probe.SeverityError, Evidence: []probe.Evidence{e}}}}
	var buf bytes.Buffer
	if err := report.Write(&buf, d, report.Markdown, report.Style{Text: say}); err != nil {
		t.Fatal(err)
	}
	line := inMarkdown.FindStringSubmatch(buf.String())
	if line == nil {
		t.Fatalf("no proof in %s", &buf)
	}
	return line[1]
}
