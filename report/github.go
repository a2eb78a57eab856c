package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// GitHub shows 10 annotations of a kind per step, and a step summary of up to
// 1 MiB (docs.github.com, workflow commands for GitHub Actions).
const (
	maxAnnotations = 10
	summaryLimit   = 900_000
)

// writeGitHub writes the log of a GitHub Actions step: the table and the verdict
// in sight, everything else in groups that can be folded, and an annotation per
// finding.
func writeGitHub(buf *bytes.Buffer, d *probe.Diagnosis, s Style) error {
	p := newPage(s)
	p.verbose = true // most of it is folded
	p.header(d)
	p.checks(d)
	p.addresses(d)
	p.user(d)
	ghGroup(buf, p, p.say("markdown.checks"))
	if err := p.pairings(d); err != nil {
		return err
	}
	ghLines(buf, p)
	p.why(d)
	p.findings(d)
	ghGroup(buf, p, p.say("github.details"))
	for _, f := range annotated(d) {
		fmt.Fprintf(buf, "::%s title=%s::%s\n", ghLevel(f.Severity), ghProperty(f.Code+" "+f.Title), ghData(annotation(f)))
	}
	p.verdictLine(d)
	ghLines(buf, p)
	return nil
}

// ghGroup moves what p holds into a group.
func ghGroup(buf *bytes.Buffer, p *page, title string) {
	if p.out.Len() == 0 {
		return
	}
	fmt.Fprintf(buf, "::group::%s\n", ghData(title))
	ghLines(buf, p)
	buf.WriteString("::endgroup::\n")
}

// ghLines moves what p holds into ordinary lines.
func ghLines(buf *bytes.Buffer, p *page) {
	for l := range strings.Lines(p.out.String()) {
		buf.WriteString(ghLine(strings.TrimRight(l, "\n")) + "\n")
	}
	p.out.Reset()
}

// annotated gives the findings that get an annotation: each code once, the
// worst first, ten at most.
func annotated(d *probe.Diagnosis) []*probe.Finding {
	var list []*probe.Finding
	seen := map[string]bool{}
	for _, severity := range []probe.Severity{probe.SeverityError, probe.SeverityWarning, probe.SeverityInfo} {
		for i := range d.Findings {
			f := &d.Findings[i]
			if f.Severity == severity && !seen[f.Code] && len(list) < maxAnnotations {
				seen[f.Code] = true
				list = append(list, f)
			}
		}
	}
	return list
}

func annotation(f *probe.Finding) string {
	parts := []string{f.Cause, f.Fix.Text}
	parts = append(parts, f.Fix.Commands...)
	return strings.TrimSpace(strings.Join(parts, "\n"))
}

func ghLevel(s probe.Severity) string {
	switch s {
	case probe.SeverityError:
		return "error"
	case probe.SeverityWarning:
		return "warning"
	}
	return "notice"
}

// ghData escapes the message of a workflow command.
func ghData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// ghProperty escapes a property of a workflow command.
func ghProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

// ghLine keeps an ordinary line from being read as a workflow command. The
// runner looks for "::" behind leading blanks, and for its old form "##["
// anywhere in the line (actions/runner, ActionCommand.cs).
func ghLine(s string) string {
	s = strings.ReplaceAll(s, "##[", "# #[")
	trimmed := strings.TrimLeft(ansi.ReplaceAllString(s, ""), " ")
	if strings.HasPrefix(trimmed, "::") {
		s = strings.Replace(s, "::", ": :", 1)
	}
	return s
}

// StepSummary gives the content for the file that GITHUB_STEP_SUMMARY names: the
// Markdown report, without its raw JSON where that would be too long.
func StepSummary(d *probe.Diagnosis, s Style) ([]byte, error) {
	var buf bytes.Buffer
	if err := writeMarkdown(&buf, prepared(d), s); err != nil {
		return nil, err
	}
	if buf.Len() > summaryLimit {
		return nil, fmt.Errorf("writing step summary: expected at most %d bytes, got %d", summaryLimit, buf.Len())
	}
	return buf.Bytes(), nil
}

// StepOutputs gives the lines for the file that GITHUB_OUTPUT names: verdict,
// exit_code, failed (pairings), codes (of findings, with commas), generation.
func StepOutputs(d *probe.Diagnosis) []byte {
	d = prepared(d)
	var codes []string
	for _, f := range annotated(d) {
		codes = append(codes, f.Code)
	}
	var buf bytes.Buffer
	fmt.Fprintf(&buf, "verdict=%s\nexit_code=%d\nfailed=%d\ncodes=%s\ngeneration=%s\n",
		d.Verdict.Outcome, d.Verdict.ExitCode, tallied(d.Pairings).verdict[probe.OutcomeFail], strings.Join(codes, ","), d.Server.Generation)
	return buf.Bytes()
}
