package report

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
	"github.com/wkctl/wkctl/report/text"
)

// TestEveryKindHasWords: a kind of line or a caveat of package serverlog without
// a sentence fails here.
func TestEveryKindHasWords(t *testing.T) {
	t.Parallel()
	caveats := []serverlog.Misleading{
		serverlog.MisleadPooledConn, serverlog.MisleadNoUID, serverlog.MisleadNoFlag, serverlog.MisleadUnsetOrCleared,
		serverlog.MisleadFlagZeroOnly, serverlog.MisleadOneTokenPerUID, serverlog.MisleadOtherUsersToken, serverlog.MisleadNoZone,
		serverlog.MisleadBanPerUser, serverlog.MisleadNoEndpoint, serverlog.MisleadQuitNotConnect, serverlog.MisleadAnyFrame,
		serverlog.MisleadZombieOrGone, serverlog.MisleadAfterRefusal, serverlog.MisleadInterleaved, serverlog.MisleadSecondLine, serverlog.MisleadCut,
	}
	for _, lang := range text.Langs() {
		p := printer(lang)
		for _, k := range serverlog.Kinds() {
			for _, part := range []string{"title", "meaning", "change"} {
				if !p.Has("log." + string(k) + "." + part) {
					t.Errorf("%s: no message log.%s.%s", lang, k, part)
				}
			}
		}
		for _, m := range caveats {
			if !p.Has("misleads." + string(m)) {
				t.Errorf("%s: no message misleads.%s", lang, m)
			}
		}
	}
}

func logReport() *probe.LogReport {
	at := func(h, m int) *time.Time { v := time.Date(2026, 11, 22, h, m, 0, 0, time.UTC); return &v }
	one := 1
	return &probe.LogReport{
		Schema: probe.LogSchema, Tool: probe.Tool{Name: "wkctl", Version: "0.1.0"}, Source: "error.log", Complete: true,
		Bytes: 1_234_567, Lines: 98_765, First: at(8, 0), Last: at(9, 30), Generations: []string{"v2"}, Refused: 12_345,
		Causes: []probe.LogCause{
			{Kind: "device-not-found", Refusal: true, Codes: []string{"WK501", "WK502"}, Count: 12_345, First: at(8, 0), Last: at(9, 30), Ungrouped: 5,
				Groups: []probe.LogGroup{
					{UID: "alice", Flag: &one, Count: 12_000, First: at(8, 0), Last: at(9, 30)},
					{UID: "a-uid-that-is-much-longer-than-a-column-may-be", Count: 340, First: at(8, 1), Last: at(8, 2)},
				},
				Misleading: []probe.LogCaveat{{ID: "flag-not-logged"}, {ID: "of-a-later-version"}}, SampleLine: 7, Sample: `{"level":"error","uid":"alice"}`},
			{Kind: "kicked", Count: 1, Groups: []probe.LogGroup{{Count: 1}}},
			{Kind: "of-a-later-version", Count: 2},
		},
		Other: 80_000, Trace: 1, UnknownAll: 4, Unknown: []probe.LogUnknown{{Message: "nobody knows this", Module: "x", Count: 3, Line: 9}},
		Verdict: probe.Verdict{Outcome: probe.OutcomeFail, ExitCode: 1},
	}
}

func TestLogSummary(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		lang  text.Lang
		wants []string
	}{
		{text.English, []string{
			"98,765 lines, 1.2 MB", "2026-11-22 08:00:00 to 2026-11-22 09:30:00", "written by WuKongIM v2",
			"✗ 12,345 times  no token was ever registered as that device flag", "alice                     1     12,000  08:00:00  09:30:00",
			"a-uid-that-is-much-long…", "5 more, of users beyond the first 10,000", `line 7  {"level":"error", "uid":"alice"}`, "wkctl explain WK501 · WK502",
			"! 1 time  a login with master level has kicked another one", "- 2 times  of-a-later-version", "? 4 times  error lines that wkctl does not know", "x nobody knows this", "… and 1 more line",
			"✗ 12,345 refusals, 1 cause.", "80,000 about something else, 1 from a stack trace", "exit 1",
		}},
		{text.Chinese, []string{"✗ 12,345 次  该设备标识下从未注册过 token", "80,000 行与登录无关，1 行是堆栈", "✗ 12,345 次拒绝，1 种原因。", "退出码 1"}},
	} {
		var b strings.Builder
		if err := LogSummary(&b, logReport(), Table, Style{Text: printer(tc.lang)}); err != nil {
			t.Fatal(err)
		}
		for _, want := range tc.wants {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: %q is missing in\n%s", tc.lang, want, &b)
			}
		}
		for _, line := range strings.Split(b.String(), "\n") {
			if columns(line) > 80 {
				t.Errorf("%d columns: %q", columns(line), line)
			}
		}
	}
}

// TestLogSummaryHostile: nothing foreign moves the cursor or forges Markdown, in
// whatever field it stands.
func TestLogSummaryHostile(t *testing.T) {
	t.Parallel()
	english := printer(text.English)
	for _, a := range attacks() {
		r := logReport()
		c := &r.Causes[0]
		c.Groups[0].UID, c.Sample, c.Groups[0].ActTokens = a, a, []string{a}
		r.Source, r.Unknown[0].Message, r.Unknown[0].Text = a, a, a
		for _, f := range []Format{Table, Markdown, JSON} {
			var b strings.Builder
			if err := LogSummary(&b, r, f, Style{Color: true, Verbose: true, Text: english}); err != nil {
				t.Fatal(err)
			}
			out := string(escape.ReplaceAll([]byte(b.String()), nil))
			if i := strings.IndexFunc(out, forbidden); i >= 0 {
				t.Errorf("%s: forbidden byte at %d of %q", f, i, out)
			}
			if f == JSON && !json.Valid([]byte(out)) {
				t.Errorf("not JSON: %s", out)
			}
		}
	}
	if LogSummary(&strings.Builder{}, logReport(), HTML, Style{}) == nil {
		t.Error("a log as HTML: expected an error")
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 999_499: "999 kB", 999_500: "1.0 MB", 1_073_832_030: "1.1 GB", 123_400_000: "123 MB"} {
		if got := Size(n); got != want {
			t.Errorf("%d bytes: got %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

// TestServerLogText: the report says how much of the run the log has confirmed.
func TestServerLogText(t *testing.T) {
	t.Parallel()
	d := setupV1(text.English)
	w := newWords(Style{}.spoken())
	if said, hint := w.serverLogText(d); said != "" || hint != "" {
		t.Errorf("without a log: %q %q", said, hint)
	}
	for name, tc := range map[string]struct {
		log        probe.LogFacts
		said, hint string
	}{
		"found":    {probe.LogFacts{Entries: []probe.LogLine{{Pairing: "0->1"}}}, "the refusal of this run is in it", ""},
		"before":   {probe.LogFacts{Entries: []probe.LogLine{{Pairing: "0->1", Before: true}}}, "is not in it", "logs/error.log"},
		"nameless": {probe.LogFacts{Nameless: 3}, "is not in it", "3 refusals were logged meanwhile"},
	} {
		d.Log = &tc.log
		if said, hint := w.serverLogText(d); !strings.Contains(said, tc.said) || !strings.Contains(hint, tc.hint) || (hint == "") != (tc.hint == "") {
			t.Errorf("%s: %q, %q", name, said, hint)
		}
	}
	d = healthyV1(text.English)
	d.Log = &probe.LogFacts{}
	d.Pairings = d.Pairings[:1]
	if said, _ := w.serverLogText(d); !strings.Contains(said, "nothing was refused") {
		t.Errorf("nothing refused: %q", said)
	}
}
