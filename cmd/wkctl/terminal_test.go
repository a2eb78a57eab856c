package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// locked is a buffer that is read while it is written.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestSaysSomethingFirst: on a terminal something stands there before the server
// is asked, however long it may think.
func TestSaysSomethingFirst(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"diagnose"}, {"diagnose", "--uid", "u", "--token", "secret"}, {"register"}, {"register", "--uid", "u", "--remove"},
		{"token", "--uid", "u"}, {"token", "--uid", "u", "--list"}, {"connect", "--uid", "u", "--token", "secret"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, n *memnet.Network) { saysSomethingFirst(t, n, args) })
		})
	}
}

func saysSomethingFirst(t *testing.T, n *memnet.Network, args []string) {
	t.Helper()
	stderr := &locked{}
	var once sync.Once
	seen := ""
	api := webServer(t, n, func(w http.ResponseWriter, _ *http.Request) {
		once.Do(func() { seen = stderr.String() })
		http.Error(w, "not now", http.StatusServiceUnavailable)
	})
	defer api.Close()
	w := &world{
		stdin: strings.NewReader(""), getenv: func(string) string { return "" }, texts: sharedTexts(), network: network{dial: n.Dial, listen: n.Listen},
		stdout: stream{Writer: io.Discard}, stderr: stream{Writer: stderr, tty: true, width: 80},
	}
	if code := run(context.Background(), w, append([]string{"wkctl"}, append(args, "--api", api.URL)...)); code == exitOK || code == exitUsage {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if !strings.HasPrefix(seen, "\r\x1b[K") && !strings.Contains(seen, "\n\r\x1b[K") {
		t.Errorf("when the first request came stderr held %q", seen)
	}
	if rest := stderr.String(); strings.Count(rest, "\r\x1b[K") < 2 || strings.LastIndex(rest, "\r\x1b[K") < strings.LastIndex(rest, "…") {
		t.Errorf("the line was not taken away: %q", rest)
	}
}

// progressOn gives a progress line on a stream, and what it has written.
func progressOn(tty bool, width int, lang text.Lang, env map[string]string, args ...string) (*progress, *locked) {
	out := &locked{}
	a := &app{say: sharedTexts()(lang), args: args, world: &world{
		getenv: func(name string) string { return env[name] }, stderr: stream{Writer: out, tty: tty, width: width},
	}}
	return a.progress(), out
}

// TestProgressLine: what runs, how far, how long it has been waiting and how
// long it may; never wider than the terminal.
func TestProgressLine(t *testing.T) {
	t.Parallel()
	bar, out := progressOn(true, 80, text.English, nil)
	bar.update(measure.Progress{Stage: "pairings", Done: 3, Total: 12, Limit: 7 * time.Second})
	bar.mu.Lock()
	bar.draw(1250 * time.Millisecond)
	bar.mu.Unlock()
	bar.clear()
	bar.clear()
	if got, want := out.String(), "\r\x1b[K[3/12] connecting (each at most 7s)\r\x1b[K[3/12] connecting (each at most 7s)  1.2 s\r\x1b[K"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, lang := range text.Langs() {
		for _, width := range []int{20, 40} {
			bar, out := progressOn(true, width, lang, nil)
			bar.update(measure.Progress{Stage: "again", Done: 3, Total: 12, Limit: 7 * time.Second})
			bar.clear()
			for _, line := range strings.Split(out.String(), "\r\x1b[K") {
				if n := report.Columns(line); n >= width || strings.ContainsRune(line, unicode.ReplacementChar) {
					t.Errorf("%s on %d columns: %d in %q", lang, width, n, line)
				}
			}
		}
	}
}

// TestProgressElsewhere: nothing moves where nobody watches, in CI or on a dumb
// terminal; plain lines where they are of use.
func TestProgressElsewhere(t *testing.T) {
	t.Parallel()
	plain := "wkctl: asking the API\nwkctl: connecting (each at most 7s)\n"
	for name, tc := range map[string]struct {
		tty  bool
		env  map[string]string
		args []string
		want string
	}{
		"pipe":                       {},
		"pipe, verbose":              {args: []string{"--verbose"}, want: plain},
		"pipe, verbose by variable":  {env: map[string]string{"WKCTL_VERBOSE": "true"}, want: plain},
		"CI with a terminal":         {tty: true, env: map[string]string{"CI": "true"}},
		"CI with a terminal,verbose": {tty: true, env: map[string]string{"CI": "1"}, args: []string{"--verbose"}, want: plain},
		"dumb terminal":              {tty: true, env: map[string]string{"TERM": "dumb"}, want: plain},
		"dumb terminal in CI":        {tty: true, env: map[string]string{"TERM": "dumb", "CI": "true"}},
		"no CI":                      {tty: true, env: map[string]string{"CI": "false"}, want: "\r\x1b[K"},
	} {
		bar, out := progressOn(tc.tty, 80, text.English, tc.env, tc.args...)
		bar.update(measure.Progress{Stage: "api"})
		for done := range 3 {
			bar.update(measure.Progress{Stage: "pairings", Done: done, Total: 3, Limit: 7 * time.Second})
		}
		bar.clear()
		if got := out.String(); got != tc.want && (tc.want != "\r\x1b[K" || !strings.HasPrefix(got, tc.want)) {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

// TestStreamsApart: each stream is coloured for what it is itself, and messages
// hold no escape sequence in a file.
func TestStreamsApart(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		out, err bool // terminals
		env      map[string]string
		colour   bool
		moving   bool
	}{
		"terminal":       {true, true, nil, true, true},
		"report in file": {false, true, nil, false, true},
		"errors in file": {true, false, nil, true, false},
		"both in files":  {false, false, nil, false, false},
		"forced":         {false, false, map[string]string{"FORCE_COLOR": "1"}, true, false},
		"dumb":           {true, true, map[string]string{"TERM": "dumb"}, false, false},
		"in CI":          {true, true, map[string]string{"CI": "true"}, true, false},
	} {
		var out, err bytes.Buffer
		w := &world{
			stdin: strings.NewReader(""), getenv: func(name string) string { return tc.env[name] }, texts: sharedTexts(),
			stdout: stream{Writer: &out, tty: tc.out, width: 80}, stderr: stream{Writer: &err, tty: tc.err, width: 80},
		}
		if code := run(context.Background(), w, []string{"wkctl", "diagnose", "--api", "http://127.0.0.1:1", "--output", "json=/no/such/folder/x"}); code != exitNoDiagnosis {
			t.Errorf("%s: exit code %d", name, code)
		}
		if got := bytes.ContainsRune(out.Bytes(), '\x1b'); got != tc.colour {
			t.Errorf("%s: colour on stdout: %v", name, got)
		}
		if got := bytes.ContainsRune(err.Bytes(), '\x1b'); got != tc.moving {
			t.Errorf("%s: escape sequences on stderr: %v in %q", name, got, &err)
		}
		if !bytes.Contains(err.Bytes(), []byte("wkctl: cannot write /no/such/folder/x: ")) {
			t.Errorf("%s: no error on stderr: %q", name, &err)
		}
	}
}

// TestASCII: by flag or by locale, and by itself only where the locale says so.
func TestASCII(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		env   map[string]string
		args  []string
		ascii bool
	}{
		{nil, nil, false},
		{nil, []string{"--ascii"}, true},
		{map[string]string{"LANG": "C"}, nil, true},
		{map[string]string{"LANG": "en_US.ISO-8859-1"}, nil, true},
		{map[string]string{"LANG": "C.UTF-8"}, nil, false},
		{map[string]string{"LANG": "C", "LC_CTYPE": "en_US.utf8"}, nil, false},
		{map[string]string{"LANG": "C.UTF-8", "LC_ALL": "POSIX"}, nil, true},
	} {
		f := &terminal{width: 80, env: tc.env}
		f.run(t, append([]string{"report", "../../testdata/golden/accepted.json", "--verbose"}, tc.args...)...)
		other := strings.IndexFunc(f.stdout.String(), func(r rune) bool { return r > unicode.MaxASCII })
		if (other < 0) != tc.ascii {
			t.Errorf("%v %v: ASCII only: %v\n%s", tc.env, tc.args, other < 0, &f.stdout)
		}
		if tc.ascii && !strings.Contains(f.stdout.String(), "[FAIL]") {
			t.Errorf("%v %v: no word for the verdict", tc.env, tc.args)
		}
	}
}

// TestNarrowTerminal: words are wrapped, borders never; what is wider is one
// word, or a command to copy.
func TestNarrowTerminal(t *testing.T) {
	t.Parallel()
	border := regexp.MustCompile(`^ *[╭├╰│].*[╮┤╯│]$`)
	for _, name := range []string{"v1", "v2", "v2-beta", "accepted", "setup-v2", "user", "unreachable", "interrupted"} {
		for _, lang := range spoken() {
			for _, width := range []int{40, 60, 80, 120} {
				f := &terminal{width: width}
				f.run(t, "report", "../../testdata/golden/"+name+".json", "--lang", lang)
				for _, line := range strings.Split(escape.ReplaceAllString(f.stdout.String(), ""), "\n") {
					if strings.ContainsAny(line, "╭├╰│") && !border.MatchString(line) {
						t.Errorf("%s %s at %d columns: a torn border %q", name, lang, width, line)
					}
					words := strings.Fields(line)
					copied := strings.HasPrefix(line, "      ") && len(words) > 1
					if n := report.Columns(line); n > width && len(words) > 2 && !copied {
						t.Errorf("%s %s at %d columns: %d in %q", name, lang, width, n, line)
					}
				}
			}
		}
	}
}

// TestHelpSpeaksChinese: every command, every flag and every heading.
func TestHelpSpeaksChinese(t *testing.T) {
	t.Parallel()
	han := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	}
	a := &app{say: text.New(text.Chinese), world: &world{getenv: func(string) string { return "" }}}
	for _, c := range a.cliApp().Commands {
		if c.Hidden {
			continue
		}
		if !han(c.Usage) {
			t.Errorf("%s: usage %q", c.Name, c.Usage)
		}
		for _, flag := range c.Flags {
			if flag.Names()[0] == "help" {
				continue
			}
			if meaning := a.flagMeaning(flag); !han(meaning) || strings.HasPrefix(meaning, "[") || !han(categoryOf(flag)) {
				t.Errorf("%s --%s: %q in section %q", c.Name, flag.Names()[0], meaning, categoryOf(flag))
			}
		}
		for _, line := range strings.Split(a.commandHelp(c), "\n") {
			heading := line != "" && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "wkctl ")
			if heading && !han(line) && !strings.Contains(line, "`") {
				t.Errorf("%s: line %q", c.Name, line)
			}
		}
	}
}
