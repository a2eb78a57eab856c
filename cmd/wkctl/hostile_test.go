package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	gmtext "github.com/yuin/goldmark/text"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/report"
)

// attacks are what a server could send to take over who reads the report: a
// terminal, a CI log, a ticket, a browser, a scraper, a parser.
func attacks() map[string]string {
	return map[string]string{
		"escape sequences": "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\\x1b[31;1mred\u009b31m\x1bc\x08\x7f\x00\x0c",
		"bidi":             "\u202egnp.exe\u2066x\u2069\u200b\u200f\ufeff\U000e0041",
		"workflow":         "x\n::error::pwned\n  ::add-mask::a\r\n::stop-commands::t\n##[error]x ##[add-path]/evil\n::set-output name=verdict::pass %0A::error::x",
		"table":            "a|b\\|c`|``` |\n|---|---|\n| # h\n- [x] l\n\n    code\n<details><summary>x</summary>\n[l](javascript:alert(1)) ![i](http://evil.example/i.png) @admin #1 https://evil.example",
		"HTML":             `</code></pre></details><script>alert(1)</script><img src=x onerror=alert(1)>"'><svg/onload=alert(1)><!-- -->]]><x/>&lt;`,
		"metrics":          "\"} 1\nfake_metric{a=\"b\\\\\"} 2\n# HELP x y\\n",
		"huge":             strings.Repeat("words and 长字 without end ", 40_000),
		"not UTF-8":        "\xff\xfe\xc3(\xed\xa0\x80\xf5 end",
	}
}

// TestHostileServer lets a server say each of the attacks wherever a server can
// say something. Every report must parse as what it is, and hold no byte that
// could be taken for anything but text.
func TestHostileServer(t *testing.T) {
	t.Parallel()
	for name, attack := range attacks() {
		modes := []string{"", "route", "refuse", "page", "upgrade", "socket", "moved"}
		if name == "escape sequences" {
			modes = append(modes, "header")
		}
		for _, mode := range modes {
			t.Run(name+" "+mode, func(t *testing.T) {
				t.Parallel()
				dir, steps := t.TempDir(), t.TempDir()
				bubble(t, func(t *testing.T, n *memnet.Network) {
					r := rogueOn(t, n, mode, func([]string) string { return attack })
					hostileRun(t, n, r, dir)
					if slices.Contains([]string{"", "route", "refuse"}, mode) {
						hostileSteps(t, n, r, steps)
					}
				})
			})
		}
	}
}

// hostileRun diagnoses such a server and writes everything that can be written.
func hostileRun(t *testing.T, n *memnet.Network, r *rogue, dir string) {
	t.Helper()
	f := &terminal{net: n, env: map[string]string{"GITHUB_OUTPUT": filepath.Join(dir, "step-output"), "GITHUB_STEP_SUMMARY": filepath.Join(dir, "step-summary"), "GITHUB_ACTIONS": "true"}}
	args := append([]string{"diagnose", "--api", r.api.URL, "--flags", "0,1", "--format", "table", "--color", "always", "--verbose", "--lang", "zh"}, everyOutput(dir)...)
	if code := f.run(t, args...); code == exitUsage {
		t.Fatalf("exit code %d: %s", code, &f.stderr)
	}
	onlyText(t, "stdout", escape.ReplaceAll(f.stdout.Bytes(), nil))
	onlyText(t, "stderr", f.stderr.Bytes())
	noCommands(t, "table in a step", escape.ReplaceAll(f.stdout.Bytes(), nil))
	for _, format := range append(report.Formats(), "step-output", "step-summary") {
		checkFormat(t, format, filepath.Join(dir, string(format)))
	}
}

// hostileSteps is about the commands beside diagnose.
func hostileSteps(t *testing.T, n *memnet.Network, r *rogue, dir string) {
	t.Helper()
	for _, args := range [][]string{
		{"register", "--uid", "u", "--flags", "1"}, {"token", "--uid", "u", "--list"}, {"connect", "--uid", "u", "--token", "secret", "--ws", r.wsURL(), "--hex", "--verbose"},
	} {
		file := filepath.Join(dir, args[0])
		f := &terminal{net: n, env: map[string]string{"GITHUB_ACTIONS": "true"}}
		f.run(t, append(args, "--api", r.api.URL, "--color", "always", "--output", "json="+file)...)
		onlyText(t, args[0]+" stdout", escape.ReplaceAll(f.stdout.Bytes(), nil))
		onlyText(t, args[0]+" stderr", f.stderr.Bytes())
		noCommands(t, args[0], append(escape.ReplaceAll(f.stdout.Bytes(), nil), f.stderr.Bytes()...))
		if _, err := os.Stat(file); err == nil {
			checkFormat(t, report.JSON, file)
		}
	}
}

// onlyText fails where b holds what is no text: control and format characters
// other than line ends, and what is not UTF-8.
func onlyText(t *testing.T, where string, b []byte) {
	t.Helper()
	if !utf8.Valid(b) {
		t.Errorf("%s is not UTF-8", where)
	}
	bad := func(r rune) bool { return r != '\n' && (unicode.Is(unicode.C, r) || r == '\u2028' || r == '\u2029') }
	if i := bytes.IndexFunc(b, bad); i >= 0 {
		t.Errorf("%s holds %q in %q", where, b[i:min(len(b), i+8)], b[max(0, i-60):i])
	}
	if len(b) > 400_000 {
		t.Errorf("%s has %d bytes: a server's text is bounded", where, len(b))
	}
}

// noCommands fails where a runner of GitHub Actions would read a command.
func noCommands(t *testing.T, where string, b []byte) {
	t.Helper()
	if got := commandsIn(b); len(got) > 0 {
		t.Errorf("%s: the runner reads %q", where, got)
	}
}

// commandsIn lists the workflow commands of a log as the runner finds them: it
// looks for the old form where a line is not in the new one.
func commandsIn(b []byte) (list []string) {
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "::"); ok {
			name, _, _ = strings.Cut(name, "::")
			name, _, _ = strings.Cut(name, " ")
			list = append(list, name)
		} else if strings.Contains(line, "##[") {
			list = append(list, "##")
		}
	}
	return list
}

// checkFormat parses a report as its readers do.
func checkFormat(t *testing.T, format report.Format, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	onlyText(t, string(format), b)
	switch format {
	case report.Table: // text as it is
	case report.JSON:
		var doc map[string]any
		err = json.Unmarshal(b, &doc)
	case report.JUnit:
		err = parseXML(b, "testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "skipped", "system-out")
	case report.Prometheus:
		err = parseMetrics(b)
	case report.Markdown, "step-summary":
		err = parseTicket(b)
	case report.HTML:
		err = parsePage(b)
	case report.GitHub:
		for _, c := range commandsIn(b) {
			if !slices.Contains([]string{"group", "endgroup", "error", "warning", "notice"}, c) {
				err = errors.Join(err, fmt.Errorf("the runner reads %q", c))
			}
		}
	case report.Short:
		if n := bytes.Count(b, []byte("\n")); n > 15 {
			err = fmt.Errorf("%d lines", n)
		}
	case report.Nagios:
		if !pluginLine().Match(b) {
			err = fmt.Errorf("expected a line of a plugin, got %q", b)
		}
	case "step-output":
		if got := regexp.MustCompile(`(?m)^([a-z_]+)=.*$`).FindAllString(string(b), -1); len(got) != 5 || bytes.Count(b, []byte("\n")) != 5 {
			err = fmt.Errorf("expected 5 lines name=value, got %q", b)
		}
	default:
		err = errors.New("no reader of it is known here")
	}
	if err != nil {
		t.Errorf("%s: %v", format, err)
	}
}

// pluginLine is what a monitoring reads of a plugin that it runs: one line, and one
// bar, behind which the performance data stand.
func pluginLine() *regexp.Regexp {
	return regexp.MustCompile(`^WKCTL (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+ \| accepted=(\d+|U) refused=(\d+|U) time=\d+\.\d{3}s;;;0\n$`)
}

// parseXML allows the elements that we write, and no others.
func parseXML(b []byte, names ...string) error {
	for dec := xml.NewDecoder(bytes.NewReader(b)); ; {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if !slices.Contains(names, tok.Name.Local) {
				return fmt.Errorf("element %q", tok.Name.Local)
			}
		case xml.Comment, xml.Directive:
			return fmt.Errorf("%T %q", tok, tok)
		}
	}
}

func parseMetrics(b []byte) error {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(b))
	for name := range families {
		if !strings.HasPrefix(name, "wkctl_") {
			err = errors.Join(err, fmt.Errorf("metric %q", name))
		}
	}
	return err
}

// parseTicket allows no image, no link but to tickets of the catalogue, and no
// HTML but what folds the details.
func parseTicket(src []byte) (err error) {
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(gmtext.NewReader(src))
	link := regexp.MustCompile(`^https://(github\.com|gitee\.com)/`)
	folds := regexp.MustCompile(`^(<details>|</details>|<summary>.*</summary>|<details><summary>.*</summary>|<br>|\s)*$`)
	walkErr := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		html, href := "", ""
		switch n := n.(type) {
		case *ast.Image:
			err = fmt.Errorf("an image %q", n.Destination)
		case *ast.Link:
			href = string(n.Destination)
		case *ast.AutoLink:
			href = string(n.URL(src))
		case *ast.RawHTML:
			html = string(n.Segments.Value(src))
		case *ast.HTMLBlock:
			html = string(n.Lines().Value(src))
		}
		if href != "" && !link.MatchString(href) {
			err = fmt.Errorf("a link to %q", href)
		}
		if !folds.MatchString(html) || strings.Contains(html, "script") {
			err = fmt.Errorf("HTML %q", html)
		}
		return ast.WalkContinue, nil
	})
	return errors.Join(err, walkErr)
}

// parsePage reads the page as XML, which ours is but for the void elements, and
// allows no script, no handler, nothing from elsewhere.
func parsePage(b []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(b))
	dec.Strict, dec.AutoClose, dec.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		el, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if name := strings.ToLower(el.Name.Local); slices.Contains([]string{"script", "img", "iframe", "object", "embed", "link", "form", "base", "image", "foreignobject"}, name) {
			return fmt.Errorf("element %q", name)
		}
		for _, a := range el.Attr {
			name, value := strings.ToLower(a.Name.Local), strings.ToLower(a.Value)
			if strings.HasPrefix(name, "on") || name == "src" || name == "href" && !strings.HasPrefix(value, "https://") && !strings.HasPrefix(value, "#") {
				return fmt.Errorf("attribute %s=%q", a.Name.Local, a.Value)
			}
		}
	}
}

// TestCheckersBite: each of the readers above finds what it looks for.
func TestCheckersBite(t *testing.T) {
	t.Parallel()
	for _, src := range []string{"![x](http://e/x.png)", "[x](javascript:alert(1))", "<img src=x>", "<script>x</script>", "https://evil.example"} {
		if parseTicket([]byte(src)) == nil {
			t.Errorf("ticket: %q passed", src)
		}
	}
	for _, src := range []string{"<script>x</script>", "<p onclick=x>", `<a href="javascript:x">`, `<svg><image href="https://e"/></svg>`} {
		if parsePage([]byte(src)) == nil {
			t.Errorf("page: %q passed", src)
		}
	}
	if parseXML([]byte("<testsuites><x/></testsuites>"), "testsuites") == nil || parseMetrics([]byte("fake 1\n")) == nil || parseMetrics([]byte("wkctl_x{a=\"b} 1\n")) == nil {
		t.Error("XML or metrics passed")
	}
	if got := commandsIn([]byte("a\n ::error file=x::y\nb ##[add-mask]c\n")); !slices.Equal(got, []string{"error", "##"}) {
		t.Errorf("commands: %q", got)
	}
	for line, want := range map[string]string{
		"::error::x\n": ": :error::x\n", "   ::group::y": "   : :group::y", "a ::b:: ##[c]\n": "a ::b:: # #[c]\n", "plain\nlines\n": "plain\nlines\n", "": "",
	} {
		if got := string(inert([]byte(line))); got != want {
			t.Errorf("inert(%q) = %q, want %q", line, got, want)
		}
	}
}
