package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/diagnose"
	"github.com/wkctl/wkctl/probe/serverconf"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// TestEveryCodeHasAPage: a finding that the reader cannot look up is a dead end.
func TestEveryCodeHasAPage(t *testing.T) {
	t.Parallel()
	codes := map[string]bool{}
	for _, c := range diagnose.Catalogue() {
		codes[c.Code] = true
	}
	for _, c := range serverconf.Codes() {
		if !codes[c.Code] {
			t.Errorf("%s is not in the catalogue", c.Code)
		}
	}
	for _, lang := range text.Langs() {
		p := text.New(lang)
		for code := range codes {
			for _, part := range []string{"problem", "how", "confirm", "fix"} {
				if !p.Has("explain." + code + "." + part) {
					t.Errorf("%s: no message explain.%s.%s", lang, code, part)
				}
			}
		}
	}
}

// TestExplainPages: no page lacks a sentence, and each fits the terminal but for
// its commands.
func TestExplainPages(t *testing.T) {
	t.Parallel()
	for _, lang := range text.Langs() {
		style := report.Style{Width: 80, Text: text.New(lang)}
		for _, page := range codePages() {
			var buf bytes.Buffer
			if err := report.Explain(&buf, page, report.Table, style); err != nil {
				t.Fatal(err)
			}
			out := buf.String()
			if strings.Contains(out, "[explain.") || strings.Contains(out, "<no value>") || !strings.Contains(out, page.ID) {
				t.Errorf("%s in %s: a text is missing:\n%s", page.Code, lang, out)
			}
			for _, line := range strings.Split(out, "\n") {
				if report.Columns(line) > 80 && !strings.HasPrefix(line, "    ") && !strings.Contains(line, "https://") {
					t.Errorf("%s in %s: a line of %d columns: %q", page.Code, lang, report.Columns(line), line)
				}
			}
		}
	}
}

// TestExplainNames: a page is found by code, by id, in small letters, and by its
// number; what does not exist is answered with what is near.
func TestExplainNames(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"WK501"}, {"wk501"}, {"501"}, {"token-under-other-flag"}, {"Token-Under-Other-Flag"},
		{"WK501", "--ascii"}, {"--ascii", "WK501"}, {"--ascii", "WK501", "--color", "never"},
	} {
		f := &terminal{}
		if code := f.run(t, append([]string{"explain"}, args...)...); code != exitOK || !strings.HasPrefix(f.stdout.String(), "WK501  ") {
			t.Errorf("%v: exit code %d, %q, %s", args, code, f.stdout.String(), &f.stderr)
		}
	}
	for word, want := range map[string]string{
		"WK500": "did you mean WK501, WK502, WK503, WK504?", "token-undr-other-flag": "did you mean token-under-other-flag?",
		"overwritten": "did you mean token-overwritten?", "xyz": "hint: `wkctl explain` lists all codes", "WK9999": "hint:",
	} {
		f := &terminal{}
		if code := f.run(t, "explain", word); code != exitUsage || f.stdout.Len() > 0 || !strings.Contains(f.stderr.String(), want) {
			t.Errorf("%s: exit code %d, %q", word, code, &f.stderr)
		}
	}
	for _, args := range [][]string{{"WK501", "WK502"}, {"WK501", "--lang", "zh", "more"}, {"WK501", "--nonsense"}, {"WK501", "--log", "x"}, {"--log", "x", "WK501"}} {
		f := &terminal{}
		if code := f.run(t, append([]string{"explain"}, args...)...); code != exitUsage || f.stdout.Len() > 0 {
			t.Errorf("%v: exit code %d, %q", args, code, &f.stdout)
		}
	}
}

func TestExplainList(t *testing.T) {
	t.Parallel()
	f := &terminal{}
	if code := f.run(t, "explain", "--format", "json"); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &f.stderr)
	}
	var doc struct {
		Schema   string
		Findings []struct{ Code, ID, Title string }
	}
	if err := json.Unmarshal(f.stdout.Bytes(), &doc); err != nil || doc.Schema != report.ExplainSchema || len(doc.Findings) != len(codePages()) {
		t.Fatalf("%v, %s with %d findings", err, doc.Schema, len(doc.Findings))
	}
	lines := &terminal{width: 200}
	lines.run(t, "explain")
	for _, c := range doc.Findings {
		if c.Title == "" || !strings.Contains(escape.ReplaceAllString(lines.stdout.String(), ""), c.Code+"  "+c.Title+"\n") {
			t.Errorf("%s %q has no line of its own", c.Code, c.Title)
		}
	}
}

// piped is a world without a terminal, with something on standard input.
func piped(f *terminal, stdin io.Reader) *world {
	f.stdin, f.width = stdin, 0
	return f.world()
}

// explainLog runs explain on a log and decodes its JSON.
func explainLog(t *testing.T, log string) (probe.LogReport, int) {
	t.Helper()
	f := &terminal{}
	w := piped(f, strings.NewReader(log))
	code := run(context.Background(), w, []string{"wkctl", "explain", "--log", "-", "--format", "json"})
	var r probe.LogReport
	if err := json.Unmarshal(f.stdout.Bytes(), &r); err != nil {
		t.Fatalf("%v: %s", err, &f.stdout)
	}
	return r, code
}

// TestExplainCapturedLogs: what real servers wrote leads to the finding that
// stands for what was done to them.
func TestExplainCapturedLogs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		kind, code string
		exit       int
	}{
		"v1.2.6-wrong-flag-unregistered": {"token-unset", "WK501", 1},
		"v1.2.6-stale-token":             {"token-mismatch", "WK503", 1},
		"v1.2.6-empty-token":             {"token-missing", "WK505", 1},
		"v1.2.6-banned":                  {"banned", "WK206", 1},
		"v2.0.7-after-device-quit":       {"token-cleared", "WK504", 1},
		"v2.2.5-wrong-flag-unregistered": {"device-not-found", "WK501", 1},
		"v2.2.5-stale-token":             {"token-mismatch", "WK503", 1},
		"v2.2.5-banned":                  {"banned", "WK206", 1},
		"v2.2.5-ok":                      {"", "", 0},
		"v1.2.6-ok":                      {"", "", 0},
	} {
		log, err := os.ReadFile(filepath.Join("../../testdata/logs", name+".log"))
		if err != nil {
			t.Fatal(err)
		}
		r, exit := explainLog(t, string(log))
		if exit != want.exit || r.Verdict.ExitCode != exit || !r.Complete || r.Lines == 0 {
			t.Errorf("%s: exit code %d, report %+v", name, exit, r.Verdict)
		}
		if want.kind == "" {
			if r.Refused != 0 {
				t.Errorf("%s: %d refusals", name, r.Refused)
			}
			continue
		}
		if len(r.Causes) == 0 || r.Causes[0].Kind != want.kind || len(r.Causes[0].Codes) == 0 || r.Causes[0].Codes[0] != want.code {
			t.Errorf("%s: got %+v, want %s and %s", name, r.Causes, want.kind, want.code)
		}
	}
}

// TestExplainEveryCapturedLog: in every format and language, no token of a real
// log is shown, no text is missing, and on a terminal nothing sticks out.
func TestExplainEveryCapturedLog(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/logs/*.log")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d logs, %v", len(files), err)
	}
	var all bytes.Buffer
	for _, file := range files {
		log, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(log)
	}
	all.WriteString("not a line of a server\n{\"level\":\"error\",\"msg\":\"【x】nobody knows this\",\"token\":\"good-lc-unknown\"}\n")
	path := filepath.Join(t.TempDir(), "all.log")
	if err := os.WriteFile(path, all.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"table", "markdown", "json"} {
		for _, lang := range spoken() {
			f := &terminal{width: 80}
			if code := f.run(t, "explain", "--log", path, "--format", format, "--lang", lang, "--verbose"); code != exitFinding {
				t.Fatalf("%s: exit code %d: %s", format, code, &f.stderr)
			}
			out := escape.ReplaceAllString(f.stdout.String(), "")
			for _, bad := range []string{"good-lc", "bad-lc", "any-lc", "new-lc", "[log", "[misleads", "<no value>"} {
				if at := strings.Index(out, bad); at >= 0 {
					t.Errorf("%s in %s shows %q: %q", format, lang, bad, out[at:min(len(out), at+60)])
				}
			}
			if !strings.Contains(out, "nobody knows this") {
				t.Errorf("%s in %s hides the unknown error", format, lang)
			}
		}
	}
}

// TestExplainLogTerminal: plain and in colour the summary fits 80 columns.
func TestExplainLogTerminal(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"v1.2.6-stale-token", "v2.2.5-master-kick", "v2.0.0-beta-unknown-uid", "v2.2.5-http-token-errors"} {
		for _, args := range [][]string{{"--lang", "en"}, {"--lang", "zh"}, {"--ascii"}, {"--color", "always"}} {
			f := &terminal{width: 80}
			f.run(t, append([]string{"explain", "--log", "../../testdata/logs/" + name + ".log"}, args...)...)
			for _, line := range strings.Split(escape.ReplaceAllString(f.stdout.String(), ""), "\n") {
				if n := report.Columns(line); n > 80 {
					t.Errorf("%s %v: %d columns: %q", name, args, n, line)
				}
			}
		}
	}
}

func TestExplainBadLogs(t *testing.T) {
	t.Parallel()
	for _, path := range []string{filepath.Join(t.TempDir(), "none.log"), t.TempDir()} {
		f := &terminal{}
		if code := f.run(t, "explain", "--log", path); code != exitUsage || f.stdout.Len() > 0 {
			t.Errorf("%s: exit code %d, %q", path, code, &f.stdout)
		}
	}
}

// TestExplainNoLog: of what is no log nothing is said but that, and never that
// nothing was found.
func TestExplainNoLog(t *testing.T) {
	t.Parallel()
	for log, want := range map[string]string{
		"":                                      "? This file is empty",
		"\xff\xfe":                              "? This file is empty",
		"\r\n\r\n":                              "? This does not look like the log",
		"GET / 200\nGET /x 404\n":               "? This does not look like the log",
		"<html><body>502</body></html>":         "? This is an HTML",
		"{\"level\":\"error\",\"msg\":\"x\"}\n": "? This is JSON from something else",
		"\x7fELF\x02\x01\x01\x00\x00\x00":       "? This is binary data",
		"\x28\xb5\x2f\xfd\x04\x00abcdefgh":      "zstd -dc FILE | wkctl explain --log -",
	} {
		for _, lang := range spoken() {
			for _, format := range []string{"table", "markdown", "json"} {
				f := &terminal{width: 80}
				w := piped(f, strings.NewReader(log))
				code := run(context.Background(), w, []string{"wkctl", "explain", "--log", "-", "--lang", lang, "--format", format})
				out := f.stdout.String()
				if code != exitNoDiagnosis || strings.Contains(out, "✓") || strings.Contains(out, "✅") || strings.Contains(out, "[notlog") {
					t.Errorf("%q as %s: exit code %d, %q", log, format, code, out)
				}
				if lang == "en" && format == "table" && !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
					t.Errorf("%q: %q is missing in %s", log, want, out)
				}
				if format == "json" && !strings.Contains(out, `"looks_like"`) {
					t.Errorf("%q: %s", log, out)
				}
			}
		}
	}
}

// TestExplainPackedLog: PowerShell's UTF-16, a byte order mark and gzip change
// nothing but the word for it.
func TestExplainPackedLog(t *testing.T) {
	t.Parallel()
	log, err := os.ReadFile("../../testdata/logs/v2.2.5-wrong-token.log")
	if err != nil {
		t.Fatal(err)
	}
	plain, code := explainLog(t, string(log))
	if code != exitFinding {
		t.Fatalf("exit code %d", code)
	}
	for name, packed := range packedLogs(t, log) {
		r, code := explainLog(t, string(packed))
		if r.Encoding != name {
			t.Errorf("read as %q, want %q", r.Encoding, name)
		}
		r.Encoding = ""
		if code != exitFinding || !reflect.DeepEqual(r, plain) {
			t.Errorf("%s: exit code %d, %+v, want %+v", name, code, r, plain)
		}
	}
}

// packedLogs gives a log in the encodings that are read, by their names.
func packedLogs(t *testing.T, log []byte) map[string][]byte {
	t.Helper()
	packed := map[string][]byte{"": append([]byte("\xef\xbb\xbf"), log...)}
	for name, order := range map[string]unicode.Endianness{"utf-16le": unicode.LittleEndian, "utf-16be": unicode.BigEndian} {
		b, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().Bytes(log)
		if err != nil {
			t.Fatal(err)
		}
		packed[name] = b
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(log)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	packed["gzip"] = z.Bytes()
	return packed
}

// TestExplainPrintedLines: what a server prints beside its log is about clients.
func TestExplainPrintedLines(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`[GIN] 2026/11/28 - 15:14:42 | 401 |  1µs | 127.0.0.1 | POST     "/user/token"`:                                                                                    "token-call-unauthorized WK203",
		`[GIN] 2026/11/28 - 15:14:42 | 400 |  1µs | 127.0.0.1 | POST     "/user/token"`:                                                                                    "token-call-refused WK205",
		`[GIN] 2026/11/28 - 15:14:42 | 502 |  1µs | 127.0.0.1 | POST     "/user/token"`:                                                                                    "token-call-failed WK207",
		"remote error: tls: unknown certificate":                                                                                                                           "certificate-refused WK304",
		"-->握手失败！--> tls: first record does not look like a TLS handshake handshakeStatusUnknown":                                                                          "plain-to-tls WK306",
		"panic: runtime error: invalid memory address or nil pointer dereference\n\ngoroutine 59 [running]:\ngithub.com/WuKongIM/crypto/tls.(*Conn).readClientHello(0x3a)": "tls-panic WK715",
	} {
		r, code := explainLog(t, line+"\n")
		if len(r.Causes) != 1 || code != exitFinding || r.Plain != 0 {
			t.Errorf("%s: exit code %d, %+v", line, code, r)
			continue
		}
		kind, id, _ := strings.Cut(want, " ")
		if c := &r.Causes[0]; c.Kind != kind || !slices.Contains(c.Codes, id) || c.Title == "" || c.Meaning == "" || c.Change == "" {
			t.Errorf("%s: %+v, want %s", line, c, want)
		}
	}
}

// TestExplainPrintedFiles: every line beside the log has words in both languages
// that fit the terminal, and is never called nothing about logins.
func TestExplainPrintedFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/logs/printed/*.log")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d logs, %v", len(files), err)
	}
	for _, file := range files {
		for _, lang := range spoken() {
			f := &terminal{width: 80}
			f.run(t, "explain", "--log", file, "--lang", lang, "--verbose")
			out := escape.ReplaceAllString(f.stdout.String(), "")
			for _, bad := range []string{"[log", "[misleads", "<no value>", text.New(text.Lang(lang)).Text("logreport.pass-empty"), text.New(text.Lang(lang)).Text("notlog.text")} {
				if strings.Contains(out, bad) {
					t.Errorf("%s in %s: %q in\n%s", file, lang, bad, out)
				}
			}
			for _, line := range strings.Split(out, "\n") {
				if n := report.Columns(line); n > 80 && !strings.Contains(line, "../../testdata") {
					t.Errorf("%s in %s: %d columns: %q", file, lang, n, line)
				}
			}
		}
	}
}

// brokenReader fails in the middle of a log.
type brokenReader struct{ left *strings.Reader }

func (b brokenReader) Read(p []byte) (int, error) {
	if b.left.Len() == 0 {
		return 0, fmt.Errorf("input/output error")
	}
	return b.left.Read(p)
}

// TestExplainCutLog: what was read is shown, and marked as not all.
func TestExplainCutLog(t *testing.T) {
	t.Parallel()
	f := &terminal{}
	w := piped(f, brokenReader{strings.NewReader(`{"level":"error","time":"2026-11-22 13:51:46","msg":"【Processor】token is empty"}` + "\n")})
	code := run(context.Background(), w, []string{"wkctl", "explain", "--log", "-"})
	if code != exitUsage || !strings.Contains(f.stdout.String(), "INCOMPLETE") || !strings.Contains(f.stdout.String(), "1 time ") || !strings.Contains(f.stderr.String(), "input/output error") {
		t.Errorf("exit code %d\n%s\n%s", code, &f.stdout, &f.stderr)
	}
}
