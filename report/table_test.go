package report

import (
	"regexp"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// view is one way to look at a sample.
type view struct {
	sample string
	format Format
	lang   text.Lang
	color  bool
	ascii  bool
	width  int
}

func (v view) style() Style {
	return Style{Width: v.width, Color: v.color, ASCII: v.ascii, Text: printer(v.lang)}
}

func (v view) diagnosis(t *testing.T) *probe.Diagnosis {
	t.Helper()
	for _, s := range samples() {
		if s.name == v.sample {
			return s.make(v.lang)
		}
	}
	t.Fatalf("no sample %q", v.sample)
	return nil
}

// tables are the golden tables: every pair of case, language, colour and width
// stands somewhere, not the whole product.
func tables() map[string]view {
	return map[string]view{
		"v1.txt":                 {"v1", Table, text.English, false, false, 80},
		"v1.zh.color.60.txt":     {"v1", Table, text.Chinese, true, false, 60},
		"v2.color.txt":           {"v2", Table, text.English, true, false, 80},
		"v2.zh.120.txt":          {"v2", Table, text.Chinese, false, false, 120},
		"v2-beta.60.txt":         {"v2-beta", Table, text.English, false, false, 60},
		"v2-beta.zh.color.txt":   {"v2-beta", Table, text.Chinese, true, false, 80},
		"v3.color.120.txt":       {"v3", Table, text.English, true, false, 120},
		"v3.zh.txt":              {"v3", Table, text.Chinese, false, false, 80},
		"setup-v1.color.60.txt":  {"setup-v1", Table, text.English, true, false, 60},
		"setup-v1.zh.txt":        {"setup-v1", Table, text.Chinese, false, false, 80},
		"setup-v2.txt":           {"setup-v2", Table, text.English, false, false, 80},
		"setup-v2.zh.color.txt":  {"setup-v2", Table, text.Chinese, true, false, 80},
		"user.120.txt":           {"user", Table, text.English, false, false, 120},
		"user.zh.color.txt":      {"user", Table, text.Chinese, true, false, 80},
		"unreachable.txt":        {"unreachable", Table, text.English, false, false, 80},
		"unreachable.zh.60.txt":  {"unreachable", Table, text.Chinese, false, false, 60},
		"interrupted.color.txt":  {"interrupted", Table, text.English, true, false, 80},
		"interrupted.zh.120.txt": {"interrupted", Table, text.Chinese, false, false, 120},
		"accepted.ascii.txt":     {"accepted", Table, text.English, false, true, 80},
		"accepted.color.txt":     {"accepted", Table, text.English, true, false, 80},
		"range.txt":              {"range", Table, text.English, false, false, 80},
		"range.zh.ascii.txt":     {"range", Table, text.Chinese, false, true, 60},
	}
}

func TestTableGolden(t *testing.T) {
	t.Parallel()
	for name, v := range tables() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, "table/"+name, rendered(t, v.diagnosis(t), v.format, v.style()))
		})
	}
}

var escape = regexp.MustCompile("\x1b\\[[0-9;]*m")

// reset ends a colour or bold type.
var reset = regexp.MustCompile("^\x1b\\[(0|22|0;22|0;0;22)m$")

// TestTableFits: no line is wider than the terminal, apart from commands and
// from words that are longer than a line, which must stay whole.
func TestTableFits(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		for _, width := range []int{60, 80, 120} {
			for _, lang := range text.Langs() {
				out := string(rendered(t, s.make(lang), Table, Style{Width: width, Text: printer(lang)}))
				for l := range strings.Lines(out) {
					l = strings.TrimRight(l, "\n")
					if strings.Contains(l, "curl ") {
						continue
					}
					if columns(l) > width {
						t.Errorf("%s %s %d: %d columns: %q", s.name, lang, width, columns(l), l)
					}
					if strings.TrimRight(l, " ") != l {
						t.Errorf("%s: blanks at the end of %q", s.name, l)
					}
				}
			}
		}
	}
}

// TestColourAddsNothing: without its colours the text is the same, colours are
// closed on their line, and only the 16 are used.
func TestColourAddsNothing(t *testing.T) {
	t.Parallel()
	allowed := regexp.MustCompile("^\x1b\\[(0|1|2|22|0;22|0;0;22|3[0-7]|9[0-7]|4[0-7]|[34][0-7];1|9[0-7];41;1)m$")
	for _, s := range samples() {
		d := s.make(text.English)
		plain := string(rendered(t, d, Table, Style{}))
		coloured := string(rendered(t, d, Table, Style{Color: true}))
		if got := escape.ReplaceAllString(coloured, ""); got != plain {
			t.Errorf("%s: colour changes the text:\n%s", s.name, got)
		}
		for l := range strings.Lines(coloured) {
			codes := escape.FindAllString(l, -1)
			for _, c := range codes {
				if !allowed.MatchString(c) {
					t.Errorf("%s: colour %q", s.name, c)
				}
			}
			if n := len(codes); n > 0 && !reset.MatchString(codes[n-1]) {
				t.Errorf("%s: colour left open in %q", s.name, l)
			}
		}
	}
}

func TestASCIIIsASCII(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		d := s.make(text.English)
		for i := range d.Findings {
			d.Findings[i].Fix.Commands = nil // they are given as they are
		}
		out := rendered(t, d, Table, Style{ASCII: true, Verbose: true})
		for _, b := range out {
			if b >= 0x80 {
				t.Fatalf("%s: not ASCII:\n%s", s.name, out)
			}
		}
	}
}

// TestLoudestIsLoud: what was accepted although it should be refused is marked
// as nothing else is; a refusal that should happen is not coloured as a whole.
func TestLoudestIsLoud(t *testing.T) {
	t.Parallel()
	out := string(rendered(t, wronglyAccepted(text.English), Table, Style{Color: true}))
	if !strings.Contains(out, "\x1b[97;41;1m✗ accepted\x1b[0") {
		t.Errorf("the wrong acceptance is not the loudest:\n%q", out)
	}
	if !strings.Contains(out, "\x1b[2m· \x1b[22mrefused (2)") {
		t.Error("a refusal by design is not quiet")
	}
	open := string(rendered(t, openV3(text.English), Table, Style{Color: true}))
	if !strings.Contains(open, "\x1b[2m? accepted\x1b[22m") {
		t.Error("without token auth the table is not grey")
	}
}

// pasted is what a shell reads of a command on several lines: a line break behind
// a backslash is nothing, one inside the JSON of the command a blank.
func pasted(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\\\n", " ")), " ")
}

func TestCommandsAreWhole(t *testing.T) {
	t.Parallel()
	d := setupV1(text.English)
	for _, width := range []int{40, 60, 80} {
		out := string(rendered(t, d, Table, Style{Width: width}))
		if _, from, found := strings.Cut(out, "\n    curl "); !found || !strings.HasPrefix(pasted("curl "+from), d.Findings[0].Fix.Commands[0]+" ") {
			t.Errorf("width %d: the command cannot be pasted:\n%s", width, out)
		}
	}
}

func TestCompactGroups(t *testing.T) {
	t.Parallel()
	d := base(probe.GenV1, "1.2.6", 3)
	d.Pairings = wholeRange(text.English).Pairings
	odd := &d.Pairings[7]
	odd.Result, odd.Verdict = acceptance(), probe.OutcomeFail
	out := string(rendered(t, d, Table, Style{}))
	for _, want := range []string{"7 → 1 WEB             ✗ accepted", "0, 2-6, 8-255 → 1 WEB  · refused (2)", "1 WEB → 1 WEB         ✓ accepted"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("expected %q in\n%s", want, out)
		}
	}
	if n := strings.Count(out, "\n"); n > 30 {
		t.Errorf("256 pairings took %d lines", n)
	}
}

func TestSquareRangeIsTwoGroups(t *testing.T) {
	t.Parallel()
	d := base(probe.GenV1, "1.2.6", 3)
	some := flags(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)
	d.Pairings = square(some, some, refusal(), probe.FromRegistering)
	out := string(rendered(t, d, Table, Style{}))
	if !strings.Contains(out, "0-17 → the same flag     ✓ accepted\n") || !strings.Contains(out, "0-17 → every other flag  · refused (2)\n") {
		t.Errorf("expected two groups:\n%s", out)
	}
}
