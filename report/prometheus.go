package report

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// writePrometheus writes the text exposition format, version 0.0.4. Names and
// labels are stable and in English. What could not be tested has no sample: a
// missing series is not a false one.
func writePrometheus(buf *bytes.Buffer, d *probe.Diagnosis, _ Style) error {
	x := exposition{buf, map[string]bool{}}
	x.family("wkctl_info", "What was measured with what; always 1.")
	x.sample("wkctl_info", 1, "version", d.Tool.Version, "api", d.Target.API, "ws", d.Target.WS, "mode", string(d.Mode),
		"generation", string(d.Server.Generation), "server_version", d.Server.Version)
	x.single("wkctl_success", "Whether the run ended with exit code 0.", truth(d.Verdict.ExitCode == 0))
	x.single("wkctl_exit_code", "Exit code: 0 no problem found, 1 an error was found, 3 could not diagnose, 130 interrupted.", float64(d.Verdict.ExitCode))
	x.single("wkctl_complete", "Whether the run was not cut short.", truth(d.Complete))
	x.single("wkctl_duration_seconds", "Duration of the run.", inSeconds(d.ElapsedMS))
	if d.Wait != nil {
		x.single("wkctl_wait_seconds", "How long the server was waited for before the run.", inSeconds(d.Wait.ElapsedMS))
	}
	if !d.StartedAt.IsZero() {
		x.single("wkctl_start_timestamp_seconds", "Unix time at which the run started.", float64(d.StartedAt.UnixMilli())/1000)
	}
	if d.Server.TokenAuth == probe.AuthOn || d.Server.TokenAuth == probe.AuthOff {
		x.single("wkctl_token_auth", "Whether the server checks tokens.", truth(d.Server.TokenAuth == probe.AuthOn))
	}
	x.checks(d)
	x.addresses(d)
	x.pairings(d)
	x.findings(d)
	return nil
}

// exposition is the text so far, and the series in it: a report that was put
// together by somebody else may name a check or a pairing twice, and a second
// sample makes a collector throw all of them away.
type exposition struct {
	*bytes.Buffer
	seen map[string]bool
}

func (x exposition) family(name, help string) {
	fmt.Fprintf(x, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
}

func (x exposition) single(name, help string, v float64) {
	x.family(name, help)
	x.sample(name, v)
}

// sample writes one line; labels are names and values in turn.
func (x exposition) sample(name string, v float64, labels ...string) {
	var series strings.Builder
	series.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		series.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
		fmt.Fprintf(&series, `%s="%s"`, labels[i], promEscape(labels[i+1]))
	}
	if len(labels) > 0 {
		series.WriteByte('}')
	}
	if x.seen[series.String()] {
		return
	}
	x.seen[series.String()] = true
	x.WriteString(series.String() + " " + strconv.FormatFloat(v, 'f', -1, 64) + "\n")
}

// promEscape escapes a label value.
func promEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s)
}

// inSeconds converts, to the microsecond.
func inSeconds(ms float64) float64 { return math.Round(ms*1000) / 1e6 }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// tested says whether an outcome is an answer to the question.
func tested(o probe.Outcome) bool {
	return o == probe.OutcomePass || o == probe.OutcomeWarn || o == probe.OutcomeFail
}

func (x exposition) checks(d *probe.Diagnosis) {
	x.family("wkctl_check_ok", "Whether a set-up step or control came out as it should.")
	for i := range d.Checks {
		if c := &d.Checks[i]; tested(c.Outcome) {
			x.sample("wkctl_check_ok", truth(c.Outcome != probe.OutcomeFail), "check", string(c.ID))
		}
	}
	x.family("wkctl_check_duration_seconds", "Duration of a set-up step or control.")
	for i := range d.Checks {
		if c := &d.Checks[i]; tested(c.Outcome) {
			x.sample("wkctl_check_duration_seconds", inSeconds(c.ElapsedMS), "check", string(c.ID))
		}
	}
}

func (x exposition) addresses(d *probe.Diagnosis) {
	if len(d.Addresses) == 0 {
		return
	}
	x.family("wkctl_address_ok", "Whether an address that /route advertises answers from here.")
	for i := range d.Addresses {
		if a := &d.Addresses[i]; tested(a.Outcome) {
			x.sample("wkctl_address_ok", truth(a.Outcome != probe.OutcomeFail), "role", string(a.Role), "class", string(a.Class))
		}
	}
}

func (x exposition) pairings(d *probe.Diagnosis) {
	labels := func(p *probe.Pairing) []string {
		return []string{"token_flag", strconv.Itoa(int(p.TokenFlag)), "connect_flag", strconv.Itoa(int(p.ConnectFlag))}
	}
	x.family("wkctl_pairing_ok", "Whether a token registered as token_flag behaved as expected when connecting with connect_flag.")
	for i := range d.Pairings {
		if p := &d.Pairings[i]; tested(p.Verdict) {
			x.sample("wkctl_pairing_ok", truth(p.Verdict != probe.OutcomeFail), append(labels(p), "expected", string(p.Expected))...)
		}
	}
	x.family("wkctl_pairing_accepted", "Whether the server accepted the connection of a pairing.")
	for i := range d.Pairings {
		if p := &d.Pairings[i]; p.Observed == probe.Accepted || p.Observed == probe.Refused || p.Observed == probe.Silent {
			x.sample("wkctl_pairing_accepted", truth(p.Observed == probe.Accepted), labels(p)...)
		}
	}
	x.family("wkctl_pairing_duration_seconds", "Time from dial to verdict of a pairing.")
	for i := range d.Pairings {
		if p := &d.Pairings[i]; p.ElapsedMS > 0 {
			x.sample("wkctl_pairing_duration_seconds", inSeconds(p.ElapsedMS), labels(p)...)
		}
	}
}

func (x exposition) findings(d *probe.Diagnosis) {
	if len(d.Findings) == 0 {
		return
	}
	x.family("wkctl_finding", "A named cause that was found; always 1.")
	seen := map[string]bool{}
	for i := range d.Findings {
		f := &d.Findings[i]
		if !seen[f.Code] {
			seen[f.Code] = true
			x.sample("wkctl_finding", 1, "code", f.Code, "id", f.ID, "severity", string(f.Severity))
		}
	}
}
