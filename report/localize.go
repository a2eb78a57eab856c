package report

import (
	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// Localize fills title, cause and fix of every finding in the printer's
// language, from the messages <code>.title, <code>.cause and <code>.fix. An
// argument "variant" chooses <code>.<variant>.cause and so on where there is
// such a message. A text without a message, or without all that its message shows,
// is left as it is, so that a diagnosis saved by another version keeps the texts
// it came with.
func Localize(d *probe.Diagnosis, p *text.Printer) {
	for i := range d.Findings {
		f := &d.Findings[i]
		args := nested(p, f.Args)
		fill(&f.Title, p, f, "title", args)
		fill(&f.Cause, p, f, "cause", args)
		addSees(f, p, args)
		fill(&f.Fix.Text, p, f, "fix", args)
	}
}

func fill(dst *string, p *text.Printer, f *probe.Finding, part string, args text.Args) {
	id := f.Code + "." + part
	if v := args["variant"]; v != "" && p.Has(f.Code+"."+v+"."+part) {
		id = f.Code + "." + v + "." + part
	}
	if p.Has(id) && (*dst == "" || p.Complete(id, args)) {
		*dst = p.Text(id, args)
	}
}
