package main

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/report/text"
)

// TestSchemeIsAdded: an address may be given as people type it.
func TestSchemeIsAdded(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"localhost:5001": "http://localhost:5001", "127.0.0.1:5001": "http://127.0.0.1:5001", "im.example.com": "http://im.example.com",
		"ws:5001": "http://ws:5001", "::1": "http://[::1]", "[::1]:5001": "http://[::1]:5001", "host/wk": "http://host/wk",
		"https://host": "https://host", "http:/host": "http:/host", "https:": "https:", "": "", "//host": "//host",
	} {
		if got := withScheme(in, "http"); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got, err := address("ws", "host:5200", "ws", "wss", "tcp"); err != nil || got != "ws://host:5200" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestSuggestions: what other programs call so, and what is spelt nearly so, is
// answered with what to type here.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"diagnose -v":                       "unknown flag -v, did you mean --verbose?",
		"diagnose --json":                   "unknown flag --json, did you mean --format json?",
		"diagnose --md":                     "did you mean --format markdown?",
		"diagnose --no-color":               "did you mean --color never?",
		"diagnose --zh":                     "did you mean --lang zh?",
		"diagnose -k":                       "unknown flag -k, did you mean --insecure?",
		"diagnose --flgs 1":                 "unknown flag --flgs, did you mean --flags?",
		"connect --html":                    "unknown flag --html\n",
		"sandbox -q":                        "unknown flag -q\n",
		"diagnose --sdk javascript":         `--sdk "javascript": no such SDK, did you mean js?`,
		"diagnose --sdk C++":                `did you mean easycpp?`,
		"connect --sdk React-Native":        `did you mean rn-demo?`,
		"diagnose --sdk js@9":               `--sdk "js@9": js has no version "9" that is known here, expected one in 1.0.0-`,
		"sdks --name qqqqq":                 `--name "qqqqq": no such SDK, expected one of android,`,
		"diagnose --sdk js@9 --lang zh":     `js 没有已知的版本 "9"`,
		"diagnose --sdk qqqqq --lang zh":    "没有这个 SDK，可用的有 android,",
		"diagnose --verbos --lang zh":       "未知选项 --verbos，是不是 --verbose？",
		"diagnose --token-flag tablet":      "app, web or pc (desktop)",
		"diagnose --flags tablet --lang=zh": "app、web、pc（desktop）",
	} {
		f := &terminal{}
		if code := f.run(t, strings.Fields(line)...); code != exitUsage {
			t.Errorf("%s: exit code %d", line, code)
		}
		if got := f.stderr.String(); !strings.Contains(got, want) || strings.Contains(got, "finding SDK") {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

// TestSuggestedFlagsExist: each word of another program leads to a flag of ours.
func TestSuggestedFlagsExist(t *testing.T) {
	t.Parallel()
	w := &world{getenv: func(string) string { return "" }}
	a := &app{world: w, say: text.New(text.English)}
	c := a.cliApp().Command("diagnose")
	for word, want := range elsewhere() {
		flag, _, _ := strings.Cut(want, " ")
		if flag == "quiet" {
			continue // only where a command has it
		}
		if got := a.meant(c, word); got != dashed(want) {
			t.Errorf("%s: got %q, want %q", word, got, dashed(want))
		}
	}
}
