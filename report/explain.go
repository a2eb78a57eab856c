package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/wkctl/wkctl/report/text"
)

// ExplainSchema names the JSON contract of a page, and of the list of pages.
const ExplainSchema = "wkctl.explain/v1"

// CodePage names the finding that a page is about. Its sentences are messages:
// <code>.title and explain.<code>.problem, .how, .confirm and .fix.
type CodePage struct {
	Code  string
	ID    string
	Links []string // tickets
}

// Explain writes the page of a finding as Table, Markdown or JSON.
func Explain(w io.Writer, c CodePage, f Format, s Style) error {
	doc := newPageDoc(c, s.printer())
	return writeAs(w, "explaining", f,
		writer{Table, func(buf *bytes.Buffer) error { return writeExplain(buf, doc, s) }},
		writer{Markdown, func(buf *bytes.Buffer) error { return writeExplainMarkdown(buf, doc, s) }},
		writer{JSON, func(buf *bytes.Buffer) error { return encode(buf, doc) }},
	)
}

// ExplainList writes the codes and titles of all findings.
func ExplainList(w io.Writer, list []CodePage, f Format, s Style) error {
	return writeAs(w, "listing findings", f,
		writer{Table, func(buf *bytes.Buffer) error { return writeList(buf, list, s) }},
		writer{Markdown, func(buf *bytes.Buffer) error { return writeListMarkdown(buf, list, s) }},
		writer{JSON, func(buf *bytes.Buffer) error { return encode(buf, newListDoc(list, s)) }},
	)
}

// listDoc is the list of pages in JSON.
type listDoc struct {
	Schema   string     `json:"schema"`
	Findings []codeLine `json:"findings"`
}

type codeLine struct {
	Code  string `json:"code"`
	ID    string `json:"id"`
	Title string `json:"title"`
}

func newListDoc(list []CodePage, s Style) listDoc {
	t, doc := s.printer(), listDoc{Schema: ExplainSchema, Findings: []codeLine{}}
	for _, c := range list {
		doc.Findings = append(doc.Findings, codeLine{c.Code, c.ID, t.Text(c.Code + ".title")})
	}
	return doc
}

func writeList(buf *bytes.Buffer, list []CodePage, s Style) error {
	p := newPage(s)
	for _, c := range list {
		p.para(p.ink.head.paint(c.Code)+"  ", p.say(c.Code+".title"), ink{})
		if p.verbose {
			p.line("       " + p.ink.dim.paint(c.ID))
		}
	}
	p.blank()
	p.para("", p.count("explain.list", len(list)), p.ink.dim)
	buf.WriteString(p.out.String())
	return nil
}

func writeListMarkdown(buf *bytes.Buffer, list []CodePage, s Style) error {
	t := s.printer()
	buf.WriteString("| | | |\n|---|---|---|\n")
	for _, c := range list {
		fmt.Fprintf(buf, "| %s | %s | %s |\n", c.Code, mdCode(c.ID), mdCell(mdText(t.Text(c.Code+".title"))))
	}
	return nil
}

// pageDoc is a page with its sentences.
type pageDoc struct {
	Schema  string   `json:"schema"`
	Code    string   `json:"code"`
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Problem string   `json:"problem"`
	How     string   `json:"how"`
	Confirm string   `json:"confirm"` // lines that begin with two blanks are to be typed
	Fix     string   `json:"fix"`
	Links   []string `json:"links"`
}

func newPageDoc(c CodePage, t *text.Printer) pageDoc {
	d := pageDoc{Schema: ExplainSchema, Code: c.Code, ID: c.ID, Title: t.Text(c.Code + ".title"), Links: c.Links}
	if d.Links == nil {
		d.Links = []string{}
	}
	d.Problem = t.Text("explain." + c.Code + ".problem")
	d.How = t.Text("explain." + c.Code + ".how")
	d.Confirm = t.Text("explain." + c.Code + ".confirm")
	d.Fix = t.Text("explain." + c.Code + ".fix")
	return d
}

// block is a part of a text: a paragraph, or lines to be typed.
type block struct {
	code  bool
	lines []string
}

// blocks cuts a text where it changes between sentences and lines to be typed.
func blocks(s string) (list []block) {
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\n")
		code := strings.HasPrefix(line, "  ")
		if len(list) == 0 || list[len(list)-1].code != code {
			list = append(list, block{code: code})
		}
		last := &list[len(list)-1]
		if code {
			line = line[2:]
		}
		last.lines = append(last.lines, line)
	}
	return list
}

func writeExplain(buf *bytes.Buffer, d pageDoc, s Style) error {
	p := newPage(s)
	p.para(p.ink.bad.paint(d.Code)+"  ", d.Title, p.ink.head)
	p.line("       " + p.ink.dim.paint(d.ID))
	p.blank()
	for _, part := range []struct{ id, text string }{
		{"explain.problem", d.Problem}, {"explain.how", d.How}, {"explain.confirm", d.Confirm}, {"explain.fix", d.Fix},
	} {
		p.line(p.ink.head.paint(p.say(part.id)))
		p.blocks(part.text)
		p.blank()
	}
	if len(d.Links) > 0 {
		p.line(p.ink.head.paint(p.say("explain.tickets")))
		for _, l := range d.Links {
			p.line("  " + l)
		}
		p.blank()
	}
	buf.WriteString(p.out.String())
	return nil
}

// blocks writes sentences wrapped, and lines to be typed as they are.
func (p *page) blocks(s string) {
	for i, b := range blocks(s) {
		if b.code {
			if i > 0 {
				p.blank()
			}
			for _, line := range b.lines {
				p.line("    " + p.ink.code.paint(line))
			}
			continue
		}
		if i > 0 {
			p.blank()
		}
		p.para("  ", strings.Join(b.lines, " "), ink{})
	}
}

func writeExplainMarkdown(buf *bytes.Buffer, d pageDoc, s Style) error {
	m := newDocument(s)
	m.line("### %s %s\n\n%s\n", d.Code, mdText(d.Title), mdCode(d.ID))
	for _, part := range []struct{ id, text string }{
		{"explain.problem", d.Problem}, {"explain.how", d.How}, {"explain.confirm", d.Confirm}, {"explain.fix", d.Fix},
	} {
		m.line("#### %s\n", mdText(m.say(part.id)))
		for _, b := range blocks(part.text) {
			if b.code {
				m.line("%s", mdFence("", strings.Join(b.lines, "\n")))
			} else {
				m.line("%s\n", mdText(strings.Join(b.lines, " ")))
			}
		}
	}
	if len(d.Links) > 0 {
		m.line("#### %s\n", mdText(m.say("explain.tickets")))
		for _, l := range d.Links {
			m.line("- %s", mdLink(l))
		}
	}
	buf.WriteString(m.String())
	return nil
}
