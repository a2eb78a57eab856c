package diagnose

import (
	"slices"

	"github.com/wkctl/wkctl/probe"
)

// facts is a Diagnosis with what the causes ask of it again and again.
type facts struct {
	*probe.Diagnosis
	api, register, ws, right *probe.Check // nil: not part of this run
	control                  *probe.Check // the login that shows whether the client port works at all; nil: none was made

	causes []Cause
	looked map[string]*finding // by code, of the causes that were looked for; nil = not found
}

func factsOf(d *probe.Diagnosis) *facts {
	f := &facts{
		Diagnosis: d,
		api:       d.Check(probe.CheckAPI), register: d.Check(probe.CheckRegister),
		ws: d.Check(probe.CheckWS), right: d.Check(probe.CheckRightToken),
		causes: Catalogue(), looked: map[string]*finding{},
	}
	if f.control = f.right; f.control == nil {
		f.control = d.Check(probe.CheckUnknownUser)
	}
	return f
}

// Explain judges the pairings of d, replaces its findings and sets its verdict.
// It is the only function here that writes into d, and what an earlier
// explanation wrote counts for nothing.
func Explain(d *probe.Diagnosis) {
	forget(d)
	f := factsOf(d)
	for i := range d.Pairings {
		judge(f, &d.Pairings[i])
	}
	judgeSDKs(f)
	f.look(0)
	f.look(residual)
	for id, code := range f.explained("") {
		d.Check(id).Code = code
	}
	f.weigh()
	f.order()
	f.rootConfig()
	f.rootLate()
	f.addSeen()
	f.rootHealth()
	mark(d)
	f.depend()
	d.Verdict = f.verdict()
}

// forget takes out of a saved diagnosis what it was explained with.
func forget(d *probe.Diagnosis) {
	d.Findings, d.Verdict = []probe.Finding{}, probe.Verdict{}
	for i := range d.Checks {
		d.Checks[i].Code = ""
	}
	for i := range d.Pairings {
		p := &d.Pairings[i]
		p.Code, p.Expected, p.Verdict = "", "", ""
	}
	for i := range d.SDKs {
		for j := range d.SDKs[i].TokenFlags {
			c := &d.SDKs[i].TokenFlags[j]
			c.Code, c.Expected, c.Verdict = "", "", ""
		}
	}
}

// cause gives the row of a code, nil where the catalogue has none.
func (f *facts) cause(code string) *Cause {
	at := slices.IndexFunc(f.causes, func(c Cause) bool { return c.Code == code })
	if at < 0 {
		return nil
	}
	return &f.causes[at]
}

// found gives the finding of a cause, nil where the facts do not show it. Each
// is looked for once, when it is first asked for. A cause that asks for itself,
// through others, is told nil.
func (f *facts) found(code string) *finding {
	if found, done := f.looked[code]; done {
		return found
	}
	f.looked[code] = nil
	f.looked[code] = f.lookFor(f.cause(code))
	return f.looked[code]
}

func (f *facts) lookFor(c *Cause) *finding {
	if slices.ContainsFunc(c.unless, func(other string) bool { return f.found(other) != nil }) {
		return nil
	}
	found := c.find(f)
	if found != nil && found.Severity == "" {
		found.Severity = c.severity
	}
	return found
}

// foundAny says whether a cause with a trait is found.
func (f *facts) foundAny(t trait) bool {
	return slices.ContainsFunc(f.causes, func(c Cause) bool { return c.has(t) && f.found(c.Code) != nil })
}

// look states the findings of the causes that are looked for first, or last.
func (f *facts) look(turn trait) {
	for i := range f.causes {
		c := &f.causes[i]
		if c.is&residual != turn {
			continue
		}
		if found := f.found(c.Code); found != nil {
			if found.DependsOn == "" {
				found.DependsOn = f.rootOf(c, false)
			}
			f.quoteLog(c, found)
			f.Findings = append(f.Findings, stated(c, found))
		}
	}
}

// rootOf gives the code of the finding that explains one of c, "" where there is
// none.
func (f *facts) rootOf(c *Cause, late bool) string {
	for _, r := range c.dependsOn {
		if r.late != late {
			continue
		}
		if found := f.found(r.code); found != nil && (r.when == nil || r.when(f, found)) {
			return r.code
		}
	}
	return ""
}

// explained settles which finding explains which check: the earliest cause that
// lays claim to it, of those in front of the one named ("" = of all).
func (f *facts) explained(before string) map[probe.CheckID]string {
	by := map[probe.CheckID]string{}
	for i := range f.causes {
		c := &f.causes[i]
		if c.Code == before || c.has(residual) {
			break // residual causes name logins, never checks
		}
		found := f.found(c.Code)
		if found == nil {
			continue
		}
		for _, id := range found.each {
			by[id] = c.Code
		}
		for _, id := range found.first {
			if check := f.Check(id); check != nil && check.Fault != nil && by[id] == "" {
				by[id] = c.Code
				break
			}
		}
	}
	return by
}

// depend ties a symptom to the cause that its first pairing is marked with.
func (f *facts) depend() {
	for i := range f.causes {
		c := &f.causes[i]
		found := f.Finding(c.Code)
		if !c.has(symptom) || found == nil || len(found.Pairings) == 0 {
			continue
		}
		for j := range f.Pairings {
			if p := &f.Pairings[j]; p.ID == found.Pairings[0] && p.Code != c.Code {
				found.DependsOn = p.Code
			}
		}
	}
}

// mark writes on each pairing the code of the first finding that names it.
func mark(d *probe.Diagnosis) {
	code := make(map[probe.PairingID]string)
	for _, f := range d.Findings {
		for _, id := range f.Pairings {
			if code[id] == "" {
				code[id] = f.Code
			}
		}
	}
	for i := range d.Pairings {
		d.Pairings[i].Code = code[d.Pairings[i].ID]
	}
}
