package report

import (
	"strconv"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/report/text"
)

// TestSamplesAreExplained: the golden reports show what each measurement is there
// to show; a change of what causes mean is seen here, not only in their texts.
func TestSamplesAreExplained(t *testing.T) {
	t.Parallel()
	wants := map[string]string{
		"v1": "0", "v2": "0", "v2-beta": "0 WK508", "v3": "1 WK507",
		"setup-v1": "1 WK501", "setup-v2": "1 WK501 WK510", "user": "1 WK503", "unreachable": "3 WK201",
		"interrupted": "130", "accepted": "1 WK406 WK509 WK603", "range": "0",
	}
	for _, s := range samples() {
		d := s.make(text.English)
		got := []string{strconv.Itoa(d.Verdict.ExitCode)}
		for i := range d.Findings {
			got = append(got, d.Findings[i].Code)
		}
		if want := wants[s.name]; strings.Join(got, " ") != want {
			t.Errorf("%s: exit code and findings %q, want %q", s.name, got, want)
		}
	}
}
