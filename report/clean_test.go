package report

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wkctl/wkctl/probe"
)

func TestClean(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"plain", "uid不能为空！", "uid不能为空！"},
		{"colour", "a\x1b[31;1mred\x1b[0mb", "aredb"},
		{"title, BEL", "a\x1b]0;owned\x07b", "ab"},
		{"title, ST", "a\x1b]0;owned\x1b\\b", "ab"},
		{"link", "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", "click"},
		{"unfinished string", "a\x1b]0;rest", "a0;rest"},
		{"unfinished CSI", "a\x1b[31", "a"},
		{"8-bit CSI", "a\u009b31mb", "ab"},
		{"charset", "a\x1b(Bb", "ab"},
		{"nested", "a\x1b\x1b[31m[32mb", "a[32mb"},
		{"lone ESC", "a\x1b", "a"},
		{"controls", "a\x00\x08\x7f\u0085b", "ab"},
		{"line breaks", "a\r\nb\tc\u2028d", "a b c d"},
		{"bidi and zero width", "a\u202e\u2066\u200b\ufeffb", "ab"},
		{"no characters", "a\ufffe\uffff\ufdd0b", "ab"},
		{"invalid UTF-8", "a\xffb", "a\ufffdb"},
	}
	for _, tt := range tests {
		if got := clean(tt.in, lineLimit); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestCleanBounds(t *testing.T) {
	t.Parallel()
	if got := clean(strings.Repeat("长", lineLimit+1), lineLimit); utf8.RuneCountInString(got) != lineLimit+1 || !strings.HasSuffix(got, "长…") {
		t.Errorf("expected %d runes and an ellipsis, got %d", lineLimit, utf8.RuneCountInString(got))
	}
	if got := clean(strings.Repeat("a", lineLimit), lineLimit); strings.Contains(got, "…") {
		t.Error("a text of exactly the limit was cut")
	}
	if got := clean("two\nlines", textLimit); got != "two\nlines" {
		t.Errorf("our own long text lost its line break: %q", got)
	}
}

func TestCleanedReachesEveryString(t *testing.T) {
	t.Parallel()
	bad := "x\x1b[2J\ny"
	d := &probe.Diagnosis{
		Server:   probe.Server{Version: bad, Evidence: []probe.Evidence{{Source: bad, Text: bad}}},
		Target:   probe.Target{Advertised: &probe.Advertised{WS: bad}},
		Checks:   []probe.Check{{Fault: &probe.Fault{Body: bad, Cert: &probe.Cert{Names: []string{bad}, NotAfter: time.Unix(1, 0)}}}},
		Pairings: []probe.Pairing{{UID: bad, Result: probe.Result{Disconnect: &probe.Disconnect{Text: bad}, Lost: []string{bad}}}},
		Findings: []probe.Finding{{Args: map[string]string{bad: bad}, Evidence: []probe.Evidence{{Text: bad}}, Cause: bad}},
	}
	c := cleaned(d)
	if got := string(rendered(t, d, JSON, Style{})); strings.Contains(got, `\u001b`) || strings.Contains(got, "[2J") {
		t.Errorf("an escape sequence passed:\n%s", got)
	}
	if c.Pairings[0].UID != "x y" || c.Findings[0].Evidence[0].Text != "x y" || c.Findings[0].Args["x y"] != "x y" {
		t.Errorf("a foreign line break passed: %+v", c)
	}
	if c.Findings[0].Cause != "x\ny" {
		t.Errorf("cause: got %q", c.Findings[0].Cause)
	}
	if !c.Checks[0].Fault.Cert.NotAfter.Equal(time.Unix(1, 0)) {
		t.Error("a time was lost")
	}
	if d.Server.Version != bad {
		t.Error("the caller's diagnosis was changed")
	}
	if c.Pairings[0].Steps == nil || c.Findings[0].Links == nil {
		t.Error("a list is nil: JSON would say null")
	}
}

// forbidden says whether a byte must not appear in any report: everything that
// is not text, apart from the line break.
func forbidden(r rune) bool {
	return r != '\n' && r != utf8.RuneError && unicode.Is(unicode.C, r)
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "a\x1b[31mb", "\x1b]0;x\x07", "\xc2\x9b1m", "\u202e", "\x1b\x1b[", "長\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, limit := range []int{lineLimit, textLimit} {
			got := clean(s, limit)
			if i := strings.IndexFunc(got, forbidden); i >= 0 || !utf8.ValidString(got) {
				t.Fatalf("clean(%q) = %q", s, got)
			}
			if again := clean(got, limit); again != got && utf8.RuneCountInString(got) <= limit {
				t.Fatalf("clean is not stable: %q, then %q", got, again)
			}
		}
	})
}
