// Package text holds every sentence that wkctl says to a person, in English and
// Chinese. The sentences live in en/*.yaml and zh/*.yaml, one file per topic,
// one message per id; codes, ids, JSON keys and JUnit names are never
// translated and are not here.
package text

import (
	"embed"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

//go:embed */*.yaml
var catalogues embed.FS

// Lang is a language that wkctl speaks.
type Lang string

// The languages. A new one is a line here, one in Langs, and a folder of texts.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// Auto stands for the language of the locale.
const Auto = "auto"

// Langs lists the languages, the default first.
func Langs() []Lang { return []Lang{English, Chinese} }

// Detect chooses the language: explicit where it names one ("en", "zh", also
// "zh_CN"), otherwise the first of LC_ALL, LC_MESSAGES and LANG that is set, in
// the order POSIX gives them. What wkctl does not speak is English.
func Detect(explicit string, getenv func(string) string) Lang {
	if explicit != "" && explicit != Auto {
		return parse(explicit)
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			return parse(v)
		}
	}
	return English
}

func parse(locale string) Lang {
	for _, lang := range Langs() {
		if strings.HasPrefix(strings.ToLower(locale), string(lang)) {
			return lang
		}
	}
	return English
}

// Args fills the {{.name}} fields of a message.
type Args map[string]string

// Printer gives the messages of one language. It is safe for concurrent use.
type Printer struct {
	lang      Lang
	localizer *i18n.Localizer
	parser    template.Parser
}

// New gives the printer of a language; an unknown one speaks English.
func New(lang Lang) *Printer {
	if !slices.Contains(Langs(), lang) {
		lang = English
	}
	// The catalogues are part of the binary and a test loads each of them, so
	// an error cannot appear later; without a catalogue the ids would be shown.
	bundle, _ := load(catalogues, lang)
	return newPrinter(lang, bundle)
}

func newPrinter(lang Lang, bundle *i18n.Bundle) *Printer {
	return &Printer{
		lang:      lang,
		localizer: i18n.NewLocalizer(bundle, string(lang)),
		parser:    &template.TextParser{Option: "missingkey=zero"},
	}
}

// load reads the catalogues of one language only: parsing both would double
// the time before the first line of output.
func load(fsys fs.FS, lang Lang) (*i18n.Bundle, error) {
	bundle := i18n.NewBundle(language.Make(string(lang)))
	bundle.RegisterUnmarshalFunc("yaml", func(data []byte, v any) error { return yaml.Unmarshal(data, v) })
	names, err := fs.Glob(fsys, string(lang)+"/*.yaml")
	if err != nil {
		return bundle, err
	}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return bundle, err
		}
		// go-i18n reads the language from the file name, "<lang>.yaml".
		if _, err := bundle.ParseMessageFileBytes(data, string(lang)+".yaml"); err != nil {
			return bundle, err
		}
	}
	return bundle, nil
}

// Lang gives the printer's language.
func (p *Printer) Lang() Lang { return p.lang }

// Text gives the message with that id, its fields filled from args (later ones
// win). A message that does not exist gives its id in brackets.
func (p *Printer) Text(id string, args ...Args) string {
	s, err := p.localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: merge(args)})
	if err != nil {
		return "[" + id + "]"
	}
	return s
}

// Word gives the message prefix+id, such as "check.api", or the id itself where
// there is none: it is of a later version, or of nobody.
func (p *Printer) Word(prefix, id string, args ...Args) string {
	if !p.Has(prefix + id) {
		return id
	}
	return p.Text(prefix+id, args...)
}

// Count gives the form of a message that fits the number n, which fills {{.n}}.
func (p *Printer) Count(id string, n int, args ...Args) string {
	fields := merge(args)
	fields["n"] = strconv.Itoa(n)
	s, err := p.localize(&i18n.LocalizeConfig{MessageID: id, PluralCount: n, TemplateData: fields})
	if err != nil {
		return "[" + id + "]"
	}
	return s
}

// Has says whether there is a message with that id.
func (p *Printer) Has(id string) bool {
	_, err := p.localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: map[string]string{}})
	return err == nil
}

func (p *Printer) localize(lc *i18n.LocalizeConfig) (string, error) {
	lc.TemplateParser = p.parser
	s, err := p.localizer.Localize(lc)
	return strings.TrimRight(s, "\n"), err
}

func merge(args []Args) map[string]string {
	fields := make(map[string]string)
	for _, a := range args {
		for k, v := range a {
			fields[k] = v
		}
	}
	return fields
}
