package main

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/cpuguy83/go-md2man/v2/md2man"
)

// manual collects the manual page in the Markdown that go-md2man reads: the title
// line of pandoc, and definition lists.
type manual struct{ b strings.Builder }

func (m *manual) title(name, date, source, book string) {
	fmt.Fprintf(&m.b, "%% %q \"1\" %q %q %q\n", strings.ToUpper(name), date, source, book)
}

func (m *manual) section(title string)    { fmt.Fprintf(&m.b, "\n# %s\n", marked(title)) }
func (m *manual) subsection(title string) { fmt.Fprintf(&m.b, "\n### %s\n", marked(title)) }
func (m *manual) para(s string)           { fmt.Fprintf(&m.b, "\n%s\n", marked(s)) }
func (m *manual) verbatim(s string)       { fmt.Fprintf(&m.b, "\n```\n%s\n```\n", s) }

// group writes a heading and its flags.
func (m *manual) group(g flagGroup) {
	if len(g.flags) > 0 {
		fmt.Fprintf(&m.b, "\n*%s*\n", marked(g.title))
		m.list(g.flags)
	}
}

func (m *manual) list(flags []flagLine) {
	for _, f := range flags {
		fmt.Fprintf(&m.b, "\n**%s**", marked(f.name))
		if f.placeholder != "" {
			fmt.Fprintf(&m.b, " *%s*", marked(f.placeholder))
		}
		fmt.Fprintf(&m.b, "\n: %s\n", marked(f.meaning))
	}
}

// marked escapes what Markdown would take for markup, except between backquotes,
// where it takes nothing so.
func marked(s string) string {
	parts := strings.Split(s, "`")
	escape := strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "]", `\]`)
	for i := 0; i < len(parts); i += 2 {
		parts[i] = escape.Replace(parts[i])
	}
	return strings.Join(parts, "`")
}

// roff turns the Markdown into a page for man: lists without blank lines between
// their entries, hyphens that stay hyphens so that flags can be pasted, and Chinese
// that can be broken between its characters.
func roff(markdown string) []byte {
	var b strings.Builder
	tight := false
	for _, line := range strings.Split(string(md2man.Render([]byte(markdown))), "\n") {
		macro := line
		if len(line) > 3 {
			macro = line[:3]
		}
		switch {
		case strings.TrimSpace(line) == "":
			continue
		case macro == ".TP" && !tight:
			b.WriteString(".PD 0\n")
			tight = true
		case tight && (macro == ".SH" || macro == ".SS" || macro == ".PP"):
			b.WriteString(".PD\n")
			tight = false
		case line[0] != '.':
			line = breakable(strings.ReplaceAll(strings.ReplaceAll(line, `\-`, "-"), "-", `\-`))
		}
		b.WriteString(line + "\n")
		if macro == ".TH" {
			b.WriteString(".ad l\n") // lines of even length would be torn apart, those of Chinese above all
		}
	}
	return []byte(b.String())
}

// breakable puts \:, where a line may end, between Chinese characters and behind
// Chinese punctuation: without it a paragraph is one word to roff.
func breakable(line string) string {
	var b strings.Builder
	var before rune
	for _, r := range line {
		if unicode.Is(unicode.Han, r) && (unicode.Is(unicode.Han, before) || strings.ContainsRune("，。、；：！？）”", before)) {
			b.WriteString(`\:`)
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}
