package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	gmtext "github.com/yuin/goldmark/text"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

func TestMarkdownGolden(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]view{
		"v1.zh.md": {"v1", Markdown, text.Chinese, false, false, 0}, "v2.md": {"v2", Markdown, text.English, false, false, 0},
		"v2-beta.zh.md": {"v2-beta", Markdown, text.Chinese, false, false, 0}, "v3.md": {"v3", Markdown, text.English, false, false, 0},
		"setup-v1.md": {"setup-v1", Markdown, text.English, true, false, 60}, "setup-v2.zh.md": {"setup-v2", Markdown, text.Chinese, false, true, 120},
		"user.md": {"user", Markdown, text.English, false, false, 0}, "unreachable.md": {"unreachable", Markdown, text.English, false, false, 0},
		"interrupted.zh.md": {"interrupted", Markdown, text.Chinese, false, false, 0}, "accepted.md": {"accepted", Markdown, text.English, false, false, 0},
		"range.md": {"range", Markdown, text.English, false, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, "markdown/"+name, rendered(t, v.diagnosis(t), v.format, v.style()))
		})
	}
}

// parsed is what a Markdown reader makes of a report.
type parsed struct {
	links, html, headings []string
	tables, rows          int
	spans                 []string
	code, prose           strings.Builder
}

func parseMarkdown(src []byte) *parsed {
	p := &parsed{}
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(gmtext.NewReader(src))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			p.links = append(p.links, string(n.Destination))
		case *ast.Image:
			p.links = append(p.links, string(n.Destination))
		case *ast.AutoLink:
			p.links = append(p.links, string(n.URL(src)))
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				s := n.Segments.At(i)
				p.html = append(p.html, string(s.Value(src)))
			}
		case *ast.HTMLBlock:
			p.html = append(p.html, strings.TrimSpace(string(n.Lines().Value(src))))
		case *ast.Heading:
			p.headings = append(p.headings, string(n.Lines().Value(src)))
		case *extast.Table:
			p.tables++
		case *extast.TableRow:
			p.rows++
		case *ast.CodeSpan:
			var span strings.Builder
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				if t, ok := c.(*ast.Text); ok {
					span.Write(t.Segment.Value(src))
				}
			}
			p.spans = append(p.spans, span.String())
			p.code.WriteString(span.String() + "\n")
			return ast.WalkSkipChildren, nil
		case *ast.FencedCodeBlock:
			p.code.Write(n.Lines().Value(src))
		case *ast.Text:
			p.prose.Write(n.Segment.Value(src))
			p.prose.WriteByte('\n')
		}
		return ast.WalkContinue, nil
	})
	return p
}

func TestMarkdownStructure(t *testing.T) {
	t.Parallel()
	out := rendered(t, setupV2(text.English), Markdown, Style{})
	if !bytes.HasPrefix(out, []byte("### ❌ It will not log in")) {
		t.Errorf("the verdict is not first:\n%s", out)
	}
	p := parseMarkdown(out)
	if p.tables != 3 { // pairings, checks, environment
		t.Errorf("expected 3 tables, got %d", p.tables)
	}
	if len(p.headings) != 3 || len(p.links) == 0 || p.links[0] != "https://github.com/WuKongIM/WuKongIM/issues/138" {
		t.Errorf("headings %q, links %q", p.headings, p.links)
	}
	for _, want := range []string{"curl -X POST 'http://127.0.0.1:5001/user/token'", `"schema": "wkctl.diagnosis/v1"`, `CONNECT uid="wkctl-5e1f-0-1" device_flag=1: no CONNACK for 250 ms, then closed on PING`} {
		if !strings.Contains(p.code.String(), want) {
			t.Errorf("expected %q in a code block", want)
		}
	}
}

func TestMarkdownFitsATicket(t *testing.T) {
	t.Parallel()
	out := rendered(t, wholeRange(text.English), Markdown, Style{})
	if len(out) > ticketLimit || bytes.Contains(out, []byte("```json")) {
		t.Errorf("%d bytes, the raw JSON among them", len(out))
	}
}

// hostile fills every foreign field of a diagnosis with s.
func hostile(s string) *probe.Diagnosis {
	d := setupV1(text.English)
	d.Tool.Version, d.Server.Version, d.Target.API, d.Target.WS = s, s, "cell"+s, s
	d.Target.Advertised = &probe.Advertised{TCP: s, WS: s, WSS: s}
	d.Server.Evidence = []probe.Evidence{{Source: s, Text: s}}
	d.Checks[0].Outcome, d.Checks[0].Code = probe.OutcomeFail, "WK202"
	d.Checks[0].Fault = &probe.Fault{Phase: probe.PhaseRequest, Kind: probe.FaultStatus, Address: s, Location: s, Server: s, Body: s, Text: s}
	d.Checks[1].Outcome, d.Checks[1].Text = probe.OutcomeWarn, s
	p := &d.Pairings[0]
	p.UID, p.SDK, p.Token, p.Reason = s, s, s, s
	p.Disconnect = &probe.Disconnect{ReasonCode: 12, Reason: s, Text: s}
	p.Lost = []string{s}
	f := &d.Findings[0]
	f.Title, f.Cause, f.Fix.Text, f.DependsOn = s, "cause "+s, s, s
	f.Evidence = []probe.Evidence{{Source: s, Text: s}, {Source: "api", Text: "item" + s}}
	f.Fix.Commands, f.Links = []string{"command" + s}, []string{s}
	f.Args = map[string]string{"text": s}
	d.Addresses = []probe.Address{{
		Role: probe.RoleWS, URL: s, Class: probe.ClassName, Outcome: probe.OutcomeFail,
		Fault: &probe.Fault{Phase: probe.PhaseDial, Kind: probe.FaultOther, Address: s, Text: s + "end-of-cell"},
	}}
	d.User = &probe.User{UID: s, StoreKnown: true, Stored: []probe.StoredState{{State: probe.TokenOther}}}
	return d
}

// attacks are what a server could send to take a report over.
func attacks() []string {
	return []string{
		"</code></details><script>alert(1)</script>", "[click](javascript:alert(1))", "![x](http://evil/x.png)",
		"a|b|c\n|d|e|", "\n# heading\n- list\n```\ncode\n```\n", "`` ` ```", "<!-- --><img src=x onerror=alert(1)>", "\\|\\`", "|`", "`|",
		"http://evil.example/ @admin #1 www.evil.example me@evil.example", "\n::error::pwned\n::add-mask::x", "##[error]x", "x\n\n    code", "&lt;script&gt;",
		"\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "]]><x/>", "\"} 1\nfake_metric 1", "{{.}}", "$E=mc^2$", "a\\", "1. one\n2) two\n+ three\n=== \n---",
		"_a_ *b* ~~c~~", "[x]: http://evil", "\u202etxt.exe", "%0A::error::x", "{\"a\":1}", "\xff\xfe", "xn--80ak6aa92e.com https://evil.example/?a=1|2",
	}
}

// checkMarkdown fails where the foreign text s became anything but itself.
func checkMarkdown(t *testing.T, src []byte, s string) {
	t.Helper()
	p := parseMarkdown(src)
	for _, place := range []string{"cell", "item"} {
		if want := strings.TrimSpace(clean(place+s, lineLimit)); !slices.Contains(p.spans, want) {
			t.Fatalf("no code span %q in\n%s", want, src)
		}
	}
	if cell := clean(s+"end-of-cell", lineLimit); strings.HasSuffix(cell, "end-of-cell") && !strings.Contains(p.prose.String()+strings.Join(p.spans, "\n"), "end-of-cell") {
		t.Fatalf("a cell was cut short in\n%s", src)
	}
	if want := strings.TrimRight(clean("command"+s, textLimit), "\n"); !strings.Contains(p.code.String(), want) {
		t.Fatalf("the command %q was torn apart in\n%s", want, src)
	}
	for _, l := range p.links {
		if !address.MatchString(l) {
			t.Fatalf("link %q in\n%s", l, src)
		}
	}
	for _, h := range p.html {
		for _, tag := range strings.Split(h, "\n") {
			if tag != "</details>" && tag != "<br>" && !strings.HasPrefix(tag, "<details><summary>") {
				t.Fatalf("HTML %q in\n%s", tag, src)
			}
		}
	}
	rows := 24
	if strings.TrimSpace(clean(s, lineLimit)) == "" {
		rows = p.rows // the environment leaves out what is not known
	}
	if p.tables != 4 || p.rows != rows || len(p.headings) != 2 {
		t.Fatalf("%d tables, %d rows, headings %q in\n%s", p.tables, p.rows, p.headings, src)
	}
	for _, word := range []string{"://", "www.", "@"} {
		if strings.Contains(p.prose.String(), word) {
			t.Fatalf("%q is not in a code span:\n%s", word, src)
		}
	}
}

func TestMarkdownIsNotTakenOver(t *testing.T) {
	t.Parallel()
	for _, a := range attacks() {
		d := hostile(a)
		d.Findings[0].Links = nil
		checkMarkdown(t, rendered(t, d, Markdown, Style{}), a)
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, a := range attacks() {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := hostile(s)
		d.Findings[0].Links = nil
		out := rendered(t, d, Markdown, Style{})
		if i := bytes.IndexFunc(out, forbidden); i >= 0 {
			t.Fatalf("forbidden byte at %d", i)
		}
		checkMarkdown(t, out, s)
	})
}
