package serverlog

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// scanAll gives the entries of a log by line, and its counts.
func scanAll(t testing.TB, s *Scanner, log string) ([]Entry, Stats) {
	t.Helper()
	var list []Entry
	stats, err := s.Scan(context.Background(), strings.NewReader(log), func(e Entry) error {
		list = append(list, e)
		return nil
	})
	if err != nil {
		t.Fatalf("scanning: %v", err)
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Line < list[j].Line })
	return list, stats
}

// wanted is one row of expected.tsv: what a captured log must give.
type wanted struct {
	line, kind, uid, flag, expect, act, gen string
}

// loadWanted reads expected.tsv, written from the facts and not from what the
// scanner gives.
func loadWanted(t *testing.T) map[string][]wanted {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(logDir, "expected.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]wanted{}
	for _, ln := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		if strings.HasPrefix(ln, "#") {
			continue
		}
		f := strings.Split(ln, "\t")
		if len(f) != 8 {
			t.Fatalf("expected 8 columns, got %d: %q", len(f), ln)
		}
		if f[2] == "none" {
			want[f[0]] = []wanted{}
			continue
		}
		want[f[0]] = append(want[f[0]], wanted{f[1], f[2], f[3], f[4], f[5], f[6], f[7]})
	}
	return want
}

// TestCapturedLogs scans every real log and compares kind, user, flag, tokens and
// generation of each entry.
func TestCapturedLogs(t *testing.T) {
	t.Parallel()
	want := loadWanted(t)
	for _, name := range logNames(t) {
		rows, ok := want[name]
		if !ok {
			t.Errorf("%s: has no row in expected.tsv", name)
			continue
		}
		list, stats := scanAll(t, &Scanner{}, string(readLog(t, name)))
		if len(list) != len(rows) {
			t.Errorf("%s: expected %d entries, got %d: %v", name, len(rows), len(list), kindsOf(list))
			continue
		}
		for i, w := range rows {
			compare(t, fmt.Sprintf("%s entry %d", name, i), w, &list[i])
		}
		checkStats(t, name, list, stats)
	}
}

func compare(t *testing.T, where string, w wanted, e *Entry) {
	t.Helper()
	flag := "-"
	if e.Flag != nil {
		flag = fmt.Sprint(*e.Flag)
	}
	got := wanted{fmt.Sprint(e.Line), string(e.Kind), e.UID, flag, tokenText(e.ExpectToken, w.expect), tokenText(e.ActToken, w.act), w.gen}
	if got != w {
		t.Errorf("%s: expected %+v, got %+v", where, w, got)
	}
	if !e.Generations.Has(w.gen) {
		t.Errorf("%s: expected generation %s among %q", where, w.gen, e.Generations)
	}
	if e.Time.IsZero() {
		t.Errorf("%s: expected a time", where)
	}
	for _, raw := range []string{w.expect, w.act} {
		if len(raw) > 2 && strings.Contains(fmt.Sprintf("%+v %#v", *e, *e), raw) {
			t.Errorf("%s: the entry shows the token %q", where, raw)
		}
	}
}

// tokenText gives the wanted text if the token is that one, else what it is.
func tokenText(tok Token, want string) string {
	switch {
	case !tok.Present():
		return "-"
	case tok.Empty():
		return `""`
	case tok.Is(want):
		return want
	}
	return "another token"
}

func kindsOf(list []Entry) []Kind {
	kinds := make([]Kind, 0, len(list))
	for _, e := range list {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// checkStats says whether every line is accounted for.
func checkStats(t *testing.T, name string, list []Entry, s Stats) {
	t.Helper()
	raw := readLog(t, name)
	if s.Lines != int64(bytes.Count(raw, []byte("\n"))) || s.Bytes != int64(len(raw)) {
		t.Errorf("%s: expected %d lines in %d bytes, got %d in %d", name, bytes.Count(raw, []byte("\n")), len(raw), s.Lines, s.Bytes)
	}
	if s.Plain != 0 || s.Cut != 0 || len(s.Unknown) != 0 || s.Levels[""] != 0 || s.Unterminated {
		t.Errorf("%s: expected every line to be understood, got %+v", name, s)
	}
	other := int64(0)
	for _, n := range s.Other {
		other += n
	}
	if s.Entries != int64(len(list)) || s.Entries+s.Folded+other != s.Lines {
		t.Errorf("%s: expected entries+folded+other = lines, got %+v", name, s)
	}
}
