package serverlog

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestPrintedFiles: what a server prints beside its log gives the entries that
// printed/expected.tsv names, and every line of it is accounted for.
func TestPrintedFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(logDir, "printed")
	table, err := os.ReadFile(filepath.Join(dir, "expected.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for _, row := range strings.Split(strings.TrimSpace(string(table)), "\n") {
		if name, rest, ok := strings.Cut(row, "\t"); ok && !strings.HasPrefix(row, "#") {
			want[name] = append(want[name], rest)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d files, %d in the table, %v", len(files), len(want), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for name, log := range posted(string(raw)) {
			list, stats := scanAll(t, &Scanner{}, log)
			var got []string
			for i := range list {
				got = append(got, rowOf(&list[i]))
			}
			if base := filepath.Base(file); strings.Join(got, "\n") != strings.Join(want[base], "\n") || stats.Plain != 0 {
				t.Errorf("%s %s: expected\n%s\ngot\n%s\n%+v", base, name, strings.Join(want[base], "\n"), strings.Join(got, "\n"), stats)
			}
		}
	}
}

func rowOf(e *Entry) string {
	status, path := "-", "-"
	if e.Status != 0 {
		status = strconv.Itoa(e.Status)
	}
	if e.Path != "" {
		path = e.Path
	}
	return fmt.Sprintf("%d\t%s\t%s\t%s", e.Line, e.Kind, status, path)
}

// posted gives a log as tools that keep its lines hand it on.
func posted(log string) map[string]string {
	lines := strings.Split(strings.TrimSuffix(log, "\n"), "\n")
	each := func(change func(i int, line string) string) string {
		out := make([]string, len(lines))
		for i, line := range lines {
			out[i] = change(i, line)
		}
		return strings.Join(out, "\n") + "\n"
	}
	before := func(prefix string) string { return each(func(_ int, line string) string { return prefix + line }) }
	return map[string]string{
		"as it is":          log,
		"docker logs -t":    before("2026-11-23T10:00:00.600000000Z "),
		"compose":           before("wukongim-1  | "),
		"container runtime": before("2026-11-23T10:00:00.600000000+00:00 stdout F "),
		"kubectl":           before("[pod/wukongim-0/wukongim] "),
		"kubectl times":     before("[pod/wukongim-0/wukongim] 2026-11-23T10:00:00.6Z "),
		"journal":           before("Nov 23 10:00:00 host wukongim[812]: "),
		"syslog":            before("<30>1 2026-11-23T10:00:00.6Z host wukongim 812 - - "),
		"quotation":         before("> "),
		"line numbers":      each(func(i int, line string) string { return fmt.Sprintf("%4d\t%s", i+1, line) }),
		"json-file": each(func(_ int, line string) string {
			return wrapJSON(map[string]string{"log": line + "\n", "stream": "stdout", "time": "2026-11-23T10:00:00.6Z"})
		}),
		"shipper": each(func(_ int, line string) string {
			return wrapJSON(map[string]string{"message": line, "@timestamp": "2026-11-23T10:00:00.6Z"})
		}),
	}
}

func wrapJSON(of map[string]string) string {
	b, err := json.Marshal(of)
	if err != nil {
		panic(err)
	}
	return string(b)
}

const (
	ginLine = `[GIN] 2026/11/23 - 10:00:00 | 401 |     129.583µs |       127.0.0.1 | POST     "/user/token"`
	// ginColours is gin's line on a terminal.
	ginColours = "[GIN] 2026/11/23 - 10:00:00 |\x1b[90;43m 401 \x1b[0m|     129.583µs |       127.0.0.1 |\x1b[97;46m POST    \x1b[0m \"/user/token\""
)

// TestReshaped: a line that went through a viewer, a chat or an issue tracker is
// still the same line.
func TestReshaped(t *testing.T) {
	t.Parallel()
	for kind, line := range map[Kind]string{
		KindTokenCallUnauthorized: ginLine, KindTokenMismatch: mismatchLine, KindUnsupportedFrame: consoleLine,
	} {
		for name, text := range reshapedLine(line) {
			list, stats := scanAll(t, &Scanner{}, text+"\n")
			if len(list) != 1 || list[0].Kind != kind || stats.Plain != 0 {
				t.Errorf("%s %s: %v, %+v\n%s", kind, name, kindsOf(list), stats, text)
				continue
			}
			if strings.Contains(list[0].Text, "stored-secret") || strings.Contains(list[0].Text, "sent-secret") {
				t.Errorf("%s %s: the text shows a token: %s", kind, name, list[0].Text)
			}
			if kind == KindTokenMismatch && (!list[0].ActToken.Is("sent-secret") || list[0].UID != "alice") {
				t.Errorf("%s: %+v", name, list[0])
			}
		}
	}
}

func reshapedLine(line string) map[string]string {
	quoted := wrapJSON(map[string]string{"k": line})
	quoted = quoted[len(`{"k":`) : len(quoted)-1]
	return map[string]string{
		"code":             "`" + line + "`",
		"fence":            "```log\n" + line + "\n```",
		"quoted code":      "> `" + line + "`",
		"bullet":           "- " + line,
		"indented":         "    " + line,
		"twice quoted":     "> > " + line,
		"grep":             "logs/error.log:12:" + line,
		"colon number":     "12: " + line,
		"bar number":       "  12 | " + line,
		"stern":            "wukongim-0 wukongim " + line,
		"in quotes":        quoted,
		"escaped":          strings.Trim(quoted, `"`),
		"entities":         html.EscapeString(line),
		"page":             "<pre>" + html.EscapeString(line) + "</pre>",
		"CSV":              `2026-11-22 13:51:50,"` + strings.ReplaceAll(line, `"`, `""`) + `"`,
		"typographic":      strings.ReplaceAll(line, `"`, "“"),
		"hard blanks":      strings.ReplaceAll(line, " ", "\u00a0"),
		"elastic":          `{"_index":"logs","_source":{"message":` + quoted + `,"@timestamp":"2026-11-22T13:51:50Z"}}`,
		"shipped as error": `{"level":"error","pod":"im-0","message":` + quoted + `}`,
	}
}

// TestAccessShapes: gin's line without its colours' escape characters, its mark,
// its padding, its quotes or its line end.
func TestAccessShapes(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"colours":       ginColours,
		"lost escapes":  strings.ReplaceAll(ginColours, "\x1b", ""),
		"carets":        strings.ReplaceAll(ginColours, "\x1b", "^["),
		"spelt escapes": strings.ReplaceAll(ginColours, "\x1b", `\u001b`),
		"squeezed":      strings.Join(strings.Fields(ginLine), " "),
		"no quotes":     strings.ReplaceAll(ginLine, `"`, ""),
		"no mark":       strings.TrimPrefix(ginLine, "[GIN] "),
		"table row":     "| " + ginLine + " |",
		"query":         strings.Replace(ginLine, `/user/token`, `/user/token?token=sent-secret`, 1),
		"wrapped":       strings.Replace(ginLine, " POST", "\nPOST", 1),
		"proxy":         `10.0.0.7 - - [23/Nov/2026:10:00:00 +0000] "POST /user/token HTTP/1.1" 401 0 "-" "okhttp/4"`,
	} {
		list, stats := scanAll(t, &Scanner{}, line+"\n")
		if len(list) != 1 || list[0].Kind != KindTokenCallUnauthorized || list[0].Status != 401 || list[0].Path != pathToken || stats.Plain != 0 {
			t.Errorf("%s: %+v, %+v", name, list, stats)
			continue
		}
		if e := &list[0]; e.Time.Hour() != 10 || e.Time.Day() != 23 || strings.Contains(e.Text+e.Path, "sent-secret") {
			t.Errorf("%s: %+v", name, e)
		}
	}
	for _, line := range []string{
		`[GIN] 2026/11/23 - 10:00:00 | 401 | 1µs | 127.0.0.1 | GET "/api/other-program"`,
		`[GIN] 2026/11/23 - 10:00:00 | 777 | 1µs | 127.0.0.1 | POST "/user/token"`,
		`10.0.0.7 - - [23/Nov/2026:10:00:00 +0000] "POST /user/login HTTP/1.1" 401 0 "-" "okhttp/4"`,
		`our own line: POST /user/token gave 401`,
	} {
		if list, stats := scanAll(t, &Scanner{}, line); len(list) != 0 || stats.Known != 0 {
			t.Errorf("%s: %v, %+v", line, kindsOf(list), stats)
		}
	}
}

// TestJoined: a record that was wrapped, or printed by jq, is one record with the
// number of its first line, and one whose end never comes hides nothing.
func TestJoined(t *testing.T) {
	t.Parallel()
	var fields map[string]any
	if err := json.Unmarshal([]byte(mismatchLine), &fields); err != nil {
		t.Fatal(err)
	}
	pretty, err := json.MarshalIndent(fields, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	cut := mismatchLine[:120]
	wrapped := cut + "\n" + mismatchLine[120:170] + "\n" + mismatchLine[170:]
	before, fieldLines := int64(strings.Count(ordinary, "\n")), int64(strings.Count(string(pretty), "\n")+1)
	for name, tc := range map[string]struct {
		log   string
		lines []int64
		uids  []string
	}{
		"wrapped":         {ordinary + wrapped + "\n" + mismatchLine, []int64{before + 1, before + 4}, []string{"alice", "alice"}},
		"compose":         {"im-1  | " + strings.ReplaceAll(wrapped, "\n", "\nim-1  | "), []int64{1}, []string{"alice"}},
		"quoted":          {"> " + strings.ReplaceAll(wrapped, "\n", "\n> "), []int64{1}, []string{"alice"}},
		"runtime's parts": {"2026-11-22T13:51:50Z stdout P " + cut + "\n2026-11-22T13:51:50Z stdout F " + mismatchLine[120:], []int64{1}, []string{"alice"}},
		"jq":              {string(pretty) + "\n" + string(pretty), []int64{1, fieldLines + 1}, []string{"alice", "alice"}},
		"no end":          {cut + "\n" + mismatchLine, []int64{1, 2}, []string{"alice", "alice"}},
		"no end, call":    {cut + "\n" + ginLine, []int64{1, 2}, []string{"alice", ""}},
		"no end, text":    {cut + "\n" + strings.Repeat("text\n", maxJoined+3) + ginLine, []int64{1, maxJoined + 5}, []string{"alice", ""}},
		"no end, ended":   {cut, []int64{1}, []string{"alice"}},
	} {
		list, _ := scanAll(t, &Scanner{}, tc.log)
		var lines []int64
		var uids []string
		for _, e := range list {
			lines, uids = append(lines, e.Line), append(uids, e.UID)
		}
		if fmt.Sprint(lines) != fmt.Sprint(tc.lines) || fmt.Sprint(uids) != fmt.Sprint(tc.uids) {
			t.Errorf("%s: expected %v %q, got %v %q %v", name, tc.lines, tc.uids, lines, uids, kindsOf(list))
		}
	}
}
