package main

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe/casebook"
)

// TestCasesBegin: a file says in its first line what it replays.
func TestCasesBegin(t *testing.T) {
	t.Parallel()
	files, err := scenarioFiles([]string{casesDir})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		comment, _, _ := strings.Cut(string(b), "\nticket: ")
		if !strings.HasPrefix(comment, "# ") || len(comment) < 70 {
			t.Errorf("%s: begins without the symptom and why this is its replay", filepath.Base(file))
		}
	}
}

// madeFor is how the ticket of a scenario begins that replays none.
const madeFor = "none: made for "

// ticketRow is a line of the first table in testdata/cases/README.md, madeRow of
// the second.
var (
	ticketRow  = regexp.MustCompile(`(?m)^\| \[(\S+)\]\(\S+\) \| (yes|–) \| (.*?) \| (.*?) ?\|$`)
	caseOfRow  = regexp.MustCompile(`\[(\S+?)\]\((\S+?\.yaml)\): (WK\d{3}|none)`)
	madeRow    = regexp.MustCompile(`(?m)^\| \[(\S+)\]\((\S+\.yaml)\) \| (WK\d{3}|none) \| \S.* \|$`)
	namedInAll = regexp.MustCompile(`(\d+) of 38 settled tickets`)
)

// TestCasebookCount: the table lists all tickets and files, and the number that
// the README states is the one that is played.
func TestCasebookCount(t *testing.T) {
	t.Parallel()
	cases := readCases(t)
	table, err := os.ReadFile(filepath.Join(casesDir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := ticketRow.FindAllStringSubmatch(string(table), -1)
	settled, named := 0, 0
	listed := map[string]bool{}
	for _, row := range rows {
		ticket, files, why := row[1], caseOfRow.FindAllStringSubmatch(row[3], -1), row[4]
		hit := false
		for _, f := range files {
			sc := cases[f[2]]
			if sc == nil || sc.Ticket != ticket {
				t.Errorf("%s: %s is not its replay", ticket, f[2])
				continue
			}
			listed[f[2]] = true
			first := firstExpected(sc)
			hit = hit || strings.HasPrefix(first, "WK")
			if first != f[3] {
				t.Errorf("%s: the table says %s, the file %s", f[2], f[3], first)
			}
		}
		if len(files) == 0 && why == "" {
			t.Errorf("%s: neither a replay nor a reason", ticket)
		}
		if row[2] == "yes" {
			settled++
			if hit {
				named++
			}
		}
	}
	if len(rows) != 66 || settled != 38 || named < 32 {
		t.Errorf("%d tickets, %d settled, %d of them named; want 66, 38, at least 32", len(rows), settled, named)
	}
	for _, name := range madeRows(t, string(table), cases) {
		listed[name] = true
	}
	for name := range cases {
		if !listed[name] {
			t.Errorf("%s is not in the table", name)
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if m := namedInAll.FindStringSubmatch(string(readme)); m == nil || m[1] != strconv.Itoa(named) {
		t.Errorf("README.md says %q, %d of 38 are named", m, named)
	}
}

// madeRows gives the files of the second table.
func madeRows(t *testing.T, table string, cases map[string]*casebook.Scenario) (names []string) {
	t.Helper()
	for _, row := range madeRow.FindAllStringSubmatch(table, -1) {
		sc := cases[row[2]]
		if sc == nil || replaysTicket(sc) || row[1]+".yaml" != row[2] {
			t.Errorf("%s is no scenario beside the tickets", row[2])
			continue
		}
		names = append(names, row[2])
		if first := firstExpected(sc); first != row[3] {
			t.Errorf("%s: the table says %s, the file %s", row[2], row[3], first)
		}
	}
	return names
}

// unregistered fails where users were registered although the client's own address
// may crash the server: nobody can clear them on one that is gone.
func unregistered(t *testing.T, p played) {
	t.Helper()
	if !p.Server.Died() {
		return
	}
	for _, r := range p.Server.Requests() {
		if r.Method != "GET" {
			t.Errorf("%s %s was sent to a server that a ClientHello crashed", r.Method, r.Path)
		}
	}
}

// firstExpected is how the tables write the first finding of a scenario.
func firstExpected(sc *casebook.Scenario) string {
	if sc.Expect.First == nil {
		return "none"
	}
	return cmp.Or(*sc.Expect.First, "none")
}

// replaysTicket says whether a scenario replays a ticket.
func replaysTicket(sc *casebook.Scenario) bool { return !strings.HasPrefix(sc.Ticket, madeFor) }

// greets says whether the client's own address is the wss port, to which a client
// sends a TLS ClientHello with every connection.
func greets(sc *casebook.Scenario) bool {
	i := slices.Index(sc.Run, "--ws")
	return i >= 0 && i+1 < len(sc.Run) && sc.Run[i+1] == "{wss}"
}
