package diagnose

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// goldenReports is the folder with one report for each code.
func goldenReports() string { return filepath.Join("..", "..", "testdata", "golden", "findings") }

// TestCatalogueComplete fails for a code that lacks one of the places that a
// cause has: two rows of facts, from which it is found and not found; a report
// of it and its sentences in every language; a page for explain.
func TestCatalogueComplete(t *testing.T) {
	t.Parallel()
	shown, near := map[string]bool{}, map[string]bool{}
	for _, row := range causeRows() {
		shown[row.code] = shown[row.code] || !row.absent
		near[row.code] = near[row.code] || row.absent
	}
	codes, names, languages := map[string]bool{}, map[string]bool{}, printers()
	for _, c := range Catalogue() {
		if codes[c.Code] || names[c.ID] {
			t.Errorf("%s %s stands twice in the catalogue", c.Code, c.ID)
		}
		codes[c.Code], names[c.ID] = true, true
		if !shown[c.Code] || !near[c.Code] {
			t.Errorf("%s (%s): expected facts that show it and the nearest that do not in causeRows, got %v and %v", c.Code, c.ID, shown[c.Code], near[c.Code])
		}
		for _, say := range languages {
			if _, err := os.Stat(filepath.Join(goldenReports(), c.Code+"."+string(say.Lang())+".txt")); err != nil {
				t.Errorf("%s in %s has no golden report: %v", c.Code, say.Lang(), err)
			}
			for _, id := range []string{
				c.Code + ".title", c.Code + ".cause", c.Code + ".fix",
				"explain." + c.Code + ".problem", "explain." + c.Code + ".how", "explain." + c.Code + ".confirm", "explain." + c.Code + ".fix",
			} {
				if !say.Has(id) {
					t.Errorf("%s: no text %s", say.Lang(), id)
				}
			}
		}
	}
	for code := range shown {
		if !codes[code] {
			t.Errorf("%s is not in the catalogue", code)
		}
	}
	files, err := filepath.Glob(filepath.Join(goldenReports(), "*"))
	if err != nil || len(files) != len(languages)*len(codes) {
		t.Errorf("%d golden reports of %d codes in %d languages, %v", len(files), len(codes), len(languages), err)
	}
}

// TestRowsNameCauses: a row that names another cause names one that exists.
func TestRowsNameCauses(t *testing.T) {
	t.Parallel()
	f := factsOf(table())
	for _, c := range f.causes {
		named := slices.Clone(c.unless)
		for _, r := range c.dependsOn {
			named = append(named, r.code)
		}
		for _, code := range named {
			if f.cause(code) == nil || code == c.Code {
				t.Errorf("%s names %s, which is no other cause", c.Code, code)
			}
		}
	}
}

// TestLogKindPlaces: among the causes of one kind of log line each has a place
// of its own, but for lines that name a cause without a doubt there is one.
func TestLogKindPlaces(t *testing.T) {
	t.Parallel()
	places := map[serverlog.Kind][]int{}
	for _, c := range Catalogue() {
		for kind, place := range c.logKinds {
			if !slices.Contains(serverlog.Kinds(), kind) {
				t.Errorf("%s: no kind of log line is called %s", c.Code, kind)
			}
			places[kind] = append(places[kind], place)
		}
	}
	for kind, list := range places {
		slices.Sort(list)
		for i, place := range list {
			if i != place {
				t.Errorf("%s: places %v, expected 0 to %d", kind, list, len(list)-1)
				break
			}
		}
	}
}

// explainedRuns gives explained diagnoses of every kind: those that the causes
// are tested with, and the saved reports.
func explainedRuns(t *testing.T) map[string]*probe.Diagnosis {
	t.Helper()
	runs := map[string]*probe.Diagnosis{}
	for _, row := range causeRows() {
		Explain(row.d)
		runs[row.code+" "+row.name] = row.d
	}
	files, err := filepath.Glob("../../testdata/golden/*.json")
	if err != nil || len(files) < 8 {
		t.Fatalf("saved reports: %v, %v", files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := new(probe.Diagnosis)
		if err := json.Unmarshal(b, d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		runs[file] = d
	}
	return runs
}

// copied is a deep copy as JSON makes it.
func copied(t *testing.T, d *probe.Diagnosis) *probe.Diagnosis {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	out := new(probe.Diagnosis)
	if err := json.Unmarshal(b, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestFindingFunctionsOnlyLook: no finding function changes the diagnosis that
// it looks at, found or not. Explain alone writes.
func TestFindingFunctionsOnlyLook(t *testing.T) {
	t.Parallel()
	for name, d := range explainedRuns(t) {
		looked, untouched := copied(t, d), copied(t, d)
		f := factsOf(looked)
		for _, c := range f.causes {
			c.find(f)
		}
		if reflect.DeepEqual(looked, untouched) {
			continue
		}
		for _, c := range f.causes { // whose doing is it?
			looked = copied(t, d)
			c.find(factsOf(looked))
			if !reflect.DeepEqual(looked, untouched) {
				t.Errorf("%s: looking for %s changes the diagnosis", name, c.Code)
			}
		}
		t.Errorf("%s: a finding function changes the diagnosis", name)
	}
}

// TestExplainForgets: what an earlier explanation wrote, by whatever version,
// changes nothing in the next one.
func TestExplainForgets(t *testing.T) {
	t.Parallel()
	for name, d := range explainedRuns(t) {
		want, stale := copied(t, d), copied(t, d)
		for i := range stale.Checks {
			stale.Checks[i].Code = "WK999"
		}
		for i := range stale.Pairings {
			p := &stale.Pairings[i]
			p.Code, p.Expected, p.Verdict = "WK999", probe.Closed, probe.OutcomeWarn
		}
		for i := range stale.SDKs {
			for j := range stale.SDKs[i].TokenFlags {
				c := &stale.SDKs[i].TokenFlags[j]
				c.Code, c.Expected, c.Verdict = "WK999", probe.Closed, probe.OutcomeWarn
			}
		}
		stale.Findings = append(stale.Findings, probe.Finding{Code: "WK999", Severity: probe.SeverityError})
		stale.Verdict = probe.Verdict{ExitCode: 99}
		Explain(want)
		Explain(stale)
		if got, want := asJSON(t, stale), asJSON(t, want); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

func asJSON(t *testing.T, d *probe.Diagnosis) string {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "WK999") {
		t.Errorf("a stale code is left")
	}
	return string(b)
}
