package diagnose

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// TestEveryDefectIsTold: each value of the contract has texts of its own in every
// language, which name what there is too much, and on which side.
func TestEveryDefectIsTold(t *testing.T) {
	t.Parallel()
	told := map[string]probe.TokenDefect{}
	for _, defect := range probe.TokenDefects() {
		d := user(stored(probe.TokenOther, quiet(), extra(defect, []probe.TokenExtra{probe.ExtraJWT}, probe.ExtraPercent)))
		Explain(d)
		found := d.Finding("WK503")
		if found == nil || found.Args["variant"] != string(defect) {
			t.Fatalf("%s: %v, %+v", defect, codesIn(d), found)
		}
		for _, say := range printers() {
			sayable(t, []*text.Printer{say}, found)
			for _, part := range []string{"title", "cause", "fix"} {
				if !say.Has("WK503." + string(defect) + "." + part) {
					t.Errorf("%s: %s has no %s of its own", say.Lang(), defect, part)
				}
			}
			report.Localize(d, say)
			said := d.Finding("WK503").Cause
			if other, twice := told[said]; twice {
				t.Errorf("%s: %s is told as %s is", say.Lang(), defect, other)
			}
			told[said] = defect
		}
	}
}

// TestBothSidesAreTold: what each side has too much stands in the sentence.
func TestBothSidesAreTold(t *testing.T) {
	t.Parallel()
	for _, say := range printers() {
		d := user(stored(probe.TokenOther, quiet(), extra(probe.DefectSeveral, []probe.TokenExtra{probe.ExtraBearer, probe.ExtraBlanks}, probe.ExtraQuotes, probe.ExtraEscapes)))
		Explain(d)
		report.Localize(d, say)
		cause := d.Finding("WK503").Cause
		for _, want := range map[string][]string{
			"en": {"the client's has the word Bearer before it, spaces or a line end around it; the stored one has quotation marks around it, JSON escapes"},
			"zh": {"客户端的多了前面的 Bearer、前后的空格或换行；存储的多了前后的引号、JSON 转义"},
		}[string(say.Lang())] {
			if !strings.Contains(cause, want) {
				t.Errorf("%s: %s", say.Lang(), cause)
			}
		}
	}
}
