package report

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// screens are the most lines that a report may take on a terminal of 80 columns,
// which has 24: nothing that matters may scroll away.
func screens() map[string]int {
	return map[string]int{
		"setup-v1": 24, "setup-v2": 24, "user": 24, "unreachable": 24, "v3": 24,
		"v1": 16, "v2": 16,
	}
}

func TestScreens(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		most, ok := screens()[s.name]
		if !ok {
			continue
		}
		for _, lang := range text.Langs() {
			d := s.make(lang)
			if d.Server.Generation != probe.GenUnknown {
				d.Addresses = advertised() // as every run has them
			}
			for _, ascii := range []bool{false, true} {
				out := string(rendered(t, d, Table, Style{ASCII: ascii, Text: printer(lang)}))
				if n := strings.Count(out, "\n"); n > most {
					t.Errorf("%s in %s: %d lines, want at most %d:\n%s", s.name, lang, n, most, out)
				}
				for l := range strings.Lines(out) {
					if n := columns(strings.TrimRight(l, "\n")); n > 80 {
						t.Errorf("%s in %s: %d columns: %s", s.name, lang, n, l)
					}
				}
			}
		}
	}
}
