package main

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// TestHelpOrder: what is asked most comes first, in both languages.
func TestHelpOrder(t *testing.T) {
	t.Parallel()
	for lang, titles := range map[text.Lang][]string{
		text.English: {"EXAMPLES", "USAGE", "MY SET-UP", "MY USER", "TABLE", "SERVER", "EVIDENCE FROM THE SERVER", "OUTPUT", "EXIT CODES"},
		text.Chinese: {"示例", "用法", "我的配置", "我的用户", "组合", "服务端", "来自服务端的证据", "输出", "退出码"},
	} {
		page := helpOf(t, lang, "diagnose")
		var got []string
		for _, line := range strings.Split(page, "\n") {
			if slices.Contains(titles, line) {
				got = append(got, line)
			}
			if n := report.Columns(line); n > 80 {
				t.Errorf("%s: %d columns: %s", lang, n, line)
			}
		}
		if !slices.Equal(got, titles) {
			t.Errorf("%s: got %v, want %v", lang, got, titles)
		}
		_, examples, _ := strings.Cut(page, titles[0]+"\n")
		examples, _, _ = strings.Cut(examples, "\n\n")
		if n := strings.Count(examples, "wkctl diagnose"); n != 4 || strings.Count(examples, "\n") != 3 {
			t.Errorf("%s: %d examples:\n%s", lang, n, examples)
		}
	}
}

// TestHelpNamesItsOwnFlags: the variable that help explains is of a flag that the
// command has, and a command that only prints has none to explain.
func TestHelpNamesItsOwnFlags(t *testing.T) {
	t.Parallel()
	for command, variable := range map[string]string{
		"diagnose": "WKCTL_TOKEN_FLAG", "register": "WKCTL_UID", "connect": "WKCTL_UID", "sdks": "WKCTL_NAME", "explain": "WKCTL_LOG",
		"sandbox": "WKCTL_GENERATION", "report": "WKCTL_EXPLAIN", "version": "", "man": "", "completion": "",
	} {
		page := helpOf(t, text.English, command)
		got := regexp.MustCompile(`(--\S+) as\s+(WKCTL_\w+)`).FindStringSubmatch(page)
		switch {
		case variable == "" && got == nil:
		case got == nil || got[2] != variable || strings.Count(page, got[1]) < 2:
			t.Errorf("%s: got %v, want %s", command, got, variable)
		}
	}
	if page := helpOf(t, text.English, "version"); strings.Contains(page, "--verbose") || strings.Contains(page, "--lang") {
		t.Errorf("version offers what it does not do: %s", page)
	}
	if page := helpOf(t, text.English, "diagnose"); strings.Contains(page, "random when not given") {
		t.Error("the help of diagnose speaks of register")
	}
}

// TestRejoined: lines are joined with a blank where words meet, and without one
// where Chinese or its punctuation does.
func TestRejoined(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\nb": "a b", "T1 …\nunless": "T1 … unless", "端必须把\ntoken 注册": "端必须把 token 注册", "登录，\nJS SDK": "登录，JS SDK", "业务\n后端": "业务后端",
		"token\n（可选）": "token（可选）", "代号……\n其余": "代号……其余", "one": "one", "。\n“发送”": "。“发送”",
	} {
		if got := rejoined(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestManual: the page says what help says, the common flags once, in both
// languages.
func TestManual(t *testing.T) {
	t.Parallel()
	for _, lang := range text.Langs() {
		say := text.New(lang)
		page := pageOf(t, lang, "man")
		if !strings.HasPrefix(page, ".nh\n.TH \"WKCTL\" \"1\" \"") {
			t.Errorf("%s: got %.80s", lang, page)
		}
		for _, id := range []string{
			"man.name", "man.synopsis", "man.description", "help.examples", "help.commands", "man.common", "help.exit-codes", "man.environment", "man.files", "man.see-also",
		} {
			if title := ".SH " + say.Text(id) + "\n"; strings.Count(page, title) != 1 {
				t.Errorf("%s: no section %s", lang, title)
			}
		}
		for _, once := range []string{`\fB\-\-api\fP`, `\fB\-\-timeout\fP`, `\fB\-\-output\fP`, `\fB\-\-color\fP`, `\fB\-\-verbose\fP`, `\fB\-\-token\-flag\fP`} {
			if n := strings.Count(page, once); n != 1 {
				t.Errorf("%s: %s is explained %d times", lang, once, n)
			}
		}
		if bad := regexp.MustCompile(`=""|OPTIONS\]|\n\n|\[man|<no value>`).FindString(page); bad != "" {
			t.Errorf("%s: %q", lang, bad)
		}
		if _, err := exec.LookPath("groff"); err == nil {
			cmd := exec.Command("groff", "-K", "utf8", "-man", "-ww", "-Tutf8")
			cmd.Stdin = strings.NewReader(page)
			var stderr strings.Builder
			cmd.Stderr = &stderr
			if err := cmd.Run(); err != nil || stderr.Len() > 0 {
				t.Errorf("%s: groff says %v: %s", lang, err, stderr.String())
			}
		}
	}
}

// TestShortVersion: what stands in the footer of the page.
func TestShortVersion(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"v0.0.0-20261122185117-1040baaa82b3": "v0.0.0-1040baa", "v1.0.1-0.20261122185117-1040baaa82b3+dirty": "v1.0.1-0-1040baa", "v1.2.3": "v1.2.3", "dev": "dev",
	} {
		if got := shortVersion(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
