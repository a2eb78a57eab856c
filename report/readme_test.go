package report_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe/diagnose"
	"github.com/wkctl/wkctl/report"
)

// section is what README.md says under a heading.
func section(t *testing.T, heading string) string {
	t.Helper()
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, page, found := strings.Cut(string(b), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("README.md has no %q", heading)
	}
	page, _, _ = strings.Cut(page, "\n## ")
	return page
}

// TestReadmeTableOfCodes: each row of README.md names as many ids as codes, and
// together the rows are the catalogue, in its order of codes. The family WK7xx,
// the settings in a server's own files, is one row.
func TestReadmeTableOfCodes(t *testing.T) {
	t.Parallel()
	row := regexp.MustCompile(`(?m)^\| (WK\d{3}(?:, WK\d{3})*) \| ([a-z0-9-]+(?:, [a-z0-9-]+)*)\b.*\|$`)
	named, last := map[string]string{}, ""
	for _, m := range row.FindAllStringSubmatch(section(t, "Findings"), -1) {
		codes, ids := strings.Split(m[1], ", "), strings.Split(m[2], ", ")
		if len(codes) != len(ids) {
			t.Errorf("%d codes, %d ids: %s", len(codes), len(ids), m[0])
			continue
		}
		for i, code := range codes {
			if code <= last {
				t.Errorf("%s stands behind %s", code, last)
			}
			named[code], last = ids[i], code
		}
	}
	for _, cause := range diagnose.Catalogue() {
		if strings.HasPrefix(cause.Code, "WK7") {
			continue
		}
		if named[cause.Code] != cause.ID {
			t.Errorf("%s is %q, README.md says %q", cause.Code, cause.ID, named[cause.Code])
		}
		delete(named, cause.Code)
	}
	for code, id := range named {
		t.Errorf("README.md names %s, %s, which is no finding", code, id)
	}
}

// TestReadmeNamesFormats: README.md has a row for each format.
func TestReadmeNamesFormats(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Formats() {
		if !strings.Contains(string(b), "\n| `"+string(f)+"` |") {
			t.Errorf("README.md has no row for the format %s", f)
		}
	}
}

// TestReadmeScreen: the screen that README.md shows is the one that a reader gets.
func TestReadmeScreen(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	screen, err := os.ReadFile("../testdata/golden/table/setup-v2.txt")
	if err != nil {
		t.Fatal(err)
	}
	if want := "$ wkctl diagnose --token-flag 0 --sdk js\n" + string(screen) + "```\n"; !strings.Contains(string(readme), want) {
		t.Errorf("README.md does not hold\n%s", want)
	}
}
