package report

import (
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// Proofs stay English in the document, and are told in the reader's language where
// they are sentences.

// deepest is how many phrases stand within each other in the deepest sentence: the
// token tidied up, the login, its fault, what happened, and of which kind.
const deepest = 5

// nested adds to the arguments what the phrases named by x_id say for x. One of a
// later version, or without all that it shows, is left out.
func nested(p *text.Printer, args map[string]string) text.Args {
	all := make(text.Args, len(args))
	inner := map[string]string{}
	for name, value := range args {
		all[name] = clean(value, lineLimit) // the sentence they enter may hold line breaks, they may not
		if told, isPhrase := strings.CutSuffix(name, "_id"); isPhrase && p.Has("evidence."+value) {
			inner[told] = "evidence." + value
		}
	}
	for range deepest {
		for told, id := range inner {
			if p.Complete(id, all) {
				all[told] = clean(p.Text(id, all), lineLimit)
			}
		}
	}
	return all
}

// phrase tells a sentence in the reader's language, or says it in English where
// there is no message for it.
func (w words) phrase(english, id string, args map[string]string) string {
	id = "evidence." + id
	if !w.text.Has(id) {
		return english
	}
	all := nested(w.text, args)
	if !w.text.Complete(id, all) {
		return english
	}
	return clean(w.text.Text(id, all), lineLimit)
}

func (w words) fault(f *probe.Fault) string {
	p := f.Phrase()
	return w.phrase(p.Text, p.ID, p.Args)
}

// evidence gives the proofs with their sentences in the reader's language.
func (w words) evidence(list []probe.Evidence) []probe.Evidence {
	told := make([]probe.Evidence, len(list))
	for i, e := range list {
		told[i] = probe.Evidence{Source: e.Source, Text: w.phrase(e.Text, e.ID, e.Args)}
	}
	return told
}

// colon joins what something is called with what is said of it.
func (w words) colon(name, said string) string { return name + w.say("tally.colon") + said }

// aside is what stands in brackets behind something.
func (w words) aside(what string) string { return w.say("tally.aside", text.Args{"what": what}) }

// bold is a label of Markdown. The blank after it ends the bold part, behind a
// full-width colon too.
func (w words) bold(label string) string {
	return "**" + strings.TrimSpace(w.colon(label, "")) + "**"
}
