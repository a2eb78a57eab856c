package report

import (
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// The words for what a check or an address came to.

// seen says what a check that did not pass met.
func (w words) seen(c *probe.Check) string {
	if part := w.partly(c); part != "" {
		return strings.Join(append([]string{part}, w.faults(c)...), w.say("tally.semicolon"))
	}
	switch {
	case c.Fault != nil:
		return w.fault(c.Fault)
	case c.Text != "":
		return c.Text
	case c.Result != nil:
		return w.result(c.Result)
	}
	return w.word("outcome.", string(c.Outcome))
}

// faults lists in which ways a check failed for some of its users.
func (w words) faults(c *probe.Check) (list []string) {
	if c.Fault != nil {
		list = append(list, w.fault(c.Fault))
	}
	for i := range c.Faults {
		list = append(list, w.fault(&c.Faults[i]))
	}
	return list
}

// skipped says why a check was left out.
func (w words) skipped(c *probe.Check) string {
	if c.Needs == "" {
		return w.say("outcome.skip")
	}
	return w.say("check.needs", text.Args{"check": w.word("need.", string(c.Needs))})
}

// amount says with how much a check worked, where that is worth a word. With
// fewer test users than were wanted it passes as well, but says so.
func (w words) amount(c *probe.Check) string {
	if c.Failed > 0 {
		return w.partly(c)
	}
	id := "amount." + string(c.ID)
	if c.Count <= 0 || !w.text.Has(id) {
		return ""
	}
	return w.count(id, c.Count)
}

// partly says how many of the test users could be registered, "" where all could.
func (w words) partly(c *probe.Check) string {
	all := c.Count + c.Failed
	if c.ID != probe.CheckRegister || c.Failed <= 0 || c.Count < 0 {
		return ""
	}
	return w.count("amount.partly", all, text.Args{"done": strconv.Itoa(c.Count)})
}

// addressNote says what was met, and for whom the address can work.
func (w words) addressNote(a *probe.Address) string {
	note := w.word("address.", string(a.Class))
	if a.OnlyTCP && a.Fault == nil {
		note = strings.TrimPrefix(note+w.say("tally.comma")+w.say("address.only-tcp"), w.say("tally.comma"))
	}
	switch {
	case a.Fault != nil:
		if note == "" {
			return w.fault(a.Fault)
		}
		return w.colon(note, w.fault(a.Fault))
	case a.Outcome == probe.OutcomeSkip:
		return note
	case a.ElapsedMS > 0:
		return note + "  " + millis(a.ElapsedMS)
	}
	return note
}
