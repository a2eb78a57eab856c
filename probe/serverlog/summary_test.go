package serverlog

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestSummary groups by kind, user and flag.
func TestSummary(t *testing.T) {
	t.Parallel()
	at := func(sec int, uid, flag string) string {
		return fmt.Sprintf(`{"level":"error","time":"2026-11-22T13:51:%02d+00:00","msg":"【handler】get device token err","error":"not found","uid":%q,"deviceFlag":%q,"sourceNodeId":1}`+"\n", sec, uid, flag)
	}
	log := at(9, "alice", "WEB") + at(3, "alice", "WEB") + at(5, "alice", "APP") + at(7, "bob", "WEB") + mismatchLine + "\n" + mismatchLine + "\n" + mismatchLine
	sum, stats, err := (&Scanner{}).Summarise(context.Background(), strings.NewReader(log))
	if err != nil || stats.Entries != 7 || sum.Entries != 7 || sum.Overflow != 0 {
		t.Fatalf("expected 7 entries, got %+v %+v (%v)", sum, stats, err)
	}
	var got []string
	for _, g := range sum.Groups() {
		flag := "-"
		if g.Flag != nil {
			flag = fmt.Sprint(*g.Flag)
		}
		got = append(got, fmt.Sprintf("%s %s %s %d %d-%d %v %v", g.Kind, g.UID, flag, g.Count, g.FirstLine, g.LastLine, g.ExpectTokens, g.ActTokens))
	}
	want := []string{
		"token-mismatch alice - 3 5-7 [T0] [T1]",
		"device-not-found alice 1 2 1-2 [] []",
		"device-not-found alice 0 1 3-3 [] []",
		"device-not-found bob 1 1 4-4 [] []",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("expected\n%s\ngot\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
	g := sum.Groups()[1]
	base := time.Date(2026, 11, 22, 13, 51, 0, 0, time.UTC)
	if !g.First.Equal(base.Add(3*time.Second)) || !g.Last.Equal(base.Add(9*time.Second)) || g.Generations != GenV2 || g.Sample == "" || g.Error != "not found" {
		t.Errorf("expected times, generation and sample, got %+v", g)
	}
}

// TestSummaryIsBounded: users too many are counted, not kept.
func TestSummaryIsBounded(t *testing.T) {
	t.Parallel()
	const users, rounds = maxGroups + 90, maxTokens + 1
	sum := &Summary{}
	for i := range users * rounds {
		var a Aliases
		sum.Add(Entry{Kind: KindTokenMismatch, UID: fmt.Sprint("u", i%users), ActToken: a.token(fmt.Append(nil, i))})
	}
	groups := sum.Groups()
	over := int64(90 * rounds)
	if len(groups) != maxGroups || sum.Overflow != over || sum.OverflowKinds[KindTokenMismatch] != over || sum.Entries != users*rounds {
		t.Errorf("expected %d groups and %d over, got %d and %d", maxGroups, over, len(groups), sum.Overflow)
	}
	if n := len(groups[0].ActTokens); n != maxTokens {
		t.Errorf("expected %d tokens, got %d", maxTokens, n)
	}
}

// TestEntryJSON is what reports are made of.
func TestEntryJSON(t *testing.T) {
	t.Parallel()
	list, _ := scanAll(t, &Scanner{}, strings.Replace(mismatchLine, "stored-secret", "", 1))
	js, err := json.Marshal(list[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"kind":"token-cleared"`, `"uid":"alice"`, `"expect_token":""`, `"act_token":"T0"`, `"generations":["v2"]`,
		`"misleading":["flag-not-logged"]`, `"line":1`, `"time":"2026-11-22T13:51:50.559034009Z"`,
	} {
		if !strings.Contains(string(js), want) {
			t.Errorf("expected %s in %s", want, js)
		}
	}
	if list[0].Generations.Has("v3") || !list[0].Generations.Has("v2") || list[0].Generations.Has("v9") || list[0].Generations.String() != "v2" {
		t.Errorf("expected v2 only, got %q", list[0].Generations)
	}
}
