package report

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// The states of a monitoring plugin, which are its exit codes (Monitoring Plugins
// Development Guidelines, "Plugin Return Codes").
const (
	pluginOK = iota
	pluginWarning
	pluginCritical
	pluginUnknown
)

// writeNagios writes the line of a monitoring plugin: the state, the verdict, what
// it points at, and behind a bar the performance data, 'label'=value[unit];warn;crit;min.
// What has no value is U there: 0 accepted logins would be a measurement.
func writeNagios(buf *bytes.Buffer, d *probe.Diagnosis, s Style) error {
	w := newWords(s)
	said := verdictText(d, w.text)
	if f := d.Finding(pointsAt(d)); f != nil {
		said += w.say("nagios.finding", text.Args{"code": f.Code, "title": f.Title})
	}
	if waited := w.waited(d.Wait); waited != "" {
		said += " (" + waited + ")"
	}
	accepted, refused := "U", "U"
	if n := tallied(d.Pairings); n.tested > 0 {
		accepted = strconv.Itoa(n.observed[probe.Accepted])
		refused = strconv.Itoa(n.observed[probe.Refused] + n.observed[probe.Silent] + n.observed[probe.Closed])
	}
	fmt.Fprintf(buf, "%s| accepted=%s refused=%s time=%ss;;;0\n", pluginLine(pluginState(d), w.sign.plain(said)), accepted, refused, seconds(d.ElapsedMS))
	return nil
}

// pointsAt is the finding that the state is about, "" where there is none.
func pointsAt(d *probe.Diagnosis) string {
	switch {
	case d.Verdict.Code != "":
		return d.Verdict.Code
	case d.Verdict.ExitCode != probe.ExitOK:
		return worst(d)
	}
	return ""
}

// pluginLine is what stands before the performance data. The bar begins them, so
// that no text may hold one.
func pluginLine(state int, said string) string {
	return "WKCTL " + []string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}[state] + " - " +
		clean(strings.ReplaceAll(said, "|", "/"), lineLimit) + " "
}

// PluginUnknown is the line of a plugin that came to no diagnosis, and why.
func PluginUnknown(why string) string {
	return strings.TrimRight(pluginLine(pluginUnknown, why), " ") + "\n"
}

// pluginExit gives the exit code of a plugin; d is nil where there is no diagnosis.
func pluginExit(d *probe.Diagnosis) int {
	if d == nil {
		return pluginUnknown
	}
	return pluginState(prepared(d))
}

// pluginState maps the verdict. A server that does not answer is critical, not
// unknown: the guidelines keep that for wrong usage and for what the plugin itself
// could not do ("Higher-level errors (such as name resolution errors, socket
// timeouts, etc) … should generally NOT be reported as UNKNOWN states").
func pluginState(d *probe.Diagnosis) int {
	v := &d.Verdict
	warns := v.Outcome == probe.OutcomeWarn
	switch {
	case v.ExitCode == probe.ExitOK && !warns:
		return pluginOK
	case warns && (v.ExitCode == probe.ExitOK || v.ExitCode == probe.ExitFinding):
		return pluginWarning
	case v.ExitCode == probe.ExitFinding, d.Complete && away(d):
		return pluginCritical
	}
	return pluginUnknown
}

// away says that the server was asked and did not answer, or was not up to it.
func away(d *probe.Diagnosis) bool {
	if d.Health != nil && d.Health.Gone != "" {
		return true
	}
	for _, id := range []probe.CheckID{probe.CheckAPI, probe.CheckRegister, probe.CheckWS} {
		c := d.Check(id)
		if c == nil || c.Outcome != probe.OutcomeFail || c.Fault == nil {
			continue
		}
		switch c.Fault.Kind {
		case probe.FaultDNS, probe.FaultRefused, probe.FaultTimeout, probe.FaultNoRoute, probe.FaultReset, probe.FaultEOF:
			return true
		}
		if c.Fault.Status >= 500 && c.Fault.Kind != probe.FaultProxy {
			return true
		}
	}
	return false
}
