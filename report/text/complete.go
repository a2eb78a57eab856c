package text

import (
	"regexp"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// Complete says whether args fill every field that a message shows. A field that
// the message also asks about ({{if .x}}) may be missing.
func (p *Printer) Complete(id string, args Args) bool {
	src, err := p.localizer.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateParser: source("")})
	if err != nil {
		return false
	}
	for _, m := range regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`).FindAllStringSubmatch(src, -1) {
		if _, filled := args[m[1]]; !filled && !strings.Contains(src, "{{if ."+m[1]) {
			return false
		}
	}
	return true
}

// source is a parser whose templates give their own text.
type source string

// Parse keeps the text.
func (source) Parse(src, _, _ string) (template.ParsedTemplate, error) { return source(src), nil }

// Cacheable is false: the printer's own parser must not get one of these.
func (source) Cacheable() bool { return false }

// Execute gives the text.
func (s source) Execute(any) (string, error) { return string(s), nil }
