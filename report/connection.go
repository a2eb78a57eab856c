package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// Connection prints one login, each step timed, as Table or JSON.
func Connection(w io.Writer, c *probe.Connection, f Format, s Style) error {
	c = cleaned(c)
	setDefault(&c.Observed, probe.NotRun)
	setDefault(&c.Verdict.Outcome, probe.OutcomeUnknown)
	return writeAs(w, "printing a connection", f,
		writer{Table, func(buf *bytes.Buffer) error { return writeConnection(buf, c, s) }},
		writer{JSON, func(buf *bytes.Buffer) error { return encode(buf, c) }},
	)
}

func writeConnection(buf *bytes.Buffer, c *probe.Connection, s Style) error {
	p := newPage(s)
	alias := c.Token.String()
	if alias == "" {
		alias = p.say("connection.no-token")
	}
	p.join(0, []string{
		p.ink.head.paint(c.UID), p.say("connection.token", text.Args{"alias": alias}),
		p.say("connection.as", text.Args{"flag": flagName(c.ConnectFlag)}), c.SDK,
	})
	p.address("ws", c.Target.WS, c.Target.WSSource)
	if s := p.unchecked(&c.Target); s != "" {
		p.para("", s, p.ink.warn)
	}
	p.blank()
	p.steps(c.Steps)
	p.frames(c.Frames)
	p.answer(c)
	buf.WriteString(p.out.String())
	return nil
}

// barWidth is the width of the bar of the longest step.
const barWidth = 24

// steps writes one line per step with a bar, so that the slow one is seen.
func (p *page) steps(list []probe.Step) {
	if len(list) == 0 {
		return
	}
	most, name := 0.0, 0
	for _, s := range list {
		most = math.Max(most, s.ElapsedMS)
		name = max(name, columns(p.word("step.", string(s.Name))))
	}
	mark := "━"
	if p.sign.ascii {
		mark = "="
	}
	for _, s := range list {
		n := 1
		if most > 0 {
			n = max(1, int(math.Round(s.ElapsedMS/most*barWidth)))
		}
		p.line("  " + pad(p.word("step.", string(s.Name)), name) + fmt.Sprintf("  %7s  ", millis(s.ElapsedMS)) +
			p.ink.code.paint(strings.Repeat(mark, n)))
	}
	p.blank()
}

// frames writes the bytes that crossed the wire, with their direction.
func (p *page) frames(list []probe.FrameDump) {
	for _, f := range list {
		way, colour := "<-", p.ink.note
		if f.Sent {
			way, colour = "->", p.ink.good
		}
		if !p.sign.ascii {
			way = strings.NewReplacer("->", "→", "<-", "←").Replace(way)
		}
		p.line("  " + colour.paint(way+" "+f.Name) + "  " + p.ink.dim.paint(fmt.Sprintf("+%s", millis(f.AtMS))))
		for _, l := range hexLines(f.Hex, p.width-6) {
			p.line("      " + l)
		}
	}
	if len(list) > 0 {
		p.blank()
	}
}

// hexLines groups hex digits by bytes, 16 or 8 to a line. Dots and stars that
// stand for blanked bytes stay pairs as well.
func hexLines(hex string, room int) []string {
	per := 16
	if room < 16*3-1 {
		per = 8
	}
	var lines []string
	var b strings.Builder
	digits := strings.ReplaceAll(hex, " ", "")
	for i := 0; i < len(digits); i += 2 {
		switch {
		case i == 0:
		case i/2%per == 0:
			lines = append(lines, b.String())
			b.Reset()
		default:
			b.WriteByte(' ')
		}
		b.WriteString(digits[i:min(i+2, len(digits))])
	}
	return append(lines, b.String())
}

// answer writes, last, what the login came to.
func (p *page) answer(c *probe.Connection) {
	sign, colour := p.verdict(c.Verdict.Outcome)
	word := p.observed(&c.Result)
	p.para(colour.paint(sign)+" ", word, p.bold(c.Verdict.Outcome))
	lead := strings.Repeat(" ", columns(sign)+1)
	p.para(lead, p.result(&c.Result), ink{})
	if c.Disconnect != nil {
		p.para(lead, p.disconnect(c.Disconnect), ink{})
	}
	p.sightLine(lead, c.SDK, c.Observed)
	var parts []string
	if c.ServerVersion != 0 {
		parts = append(parts, p.say("table.protocol", text.Args{"n": strconv.Itoa(int(c.ServerVersion))}))
	}
	if c.Attempts > 1 {
		parts = append(parts, p.count("result.tries", c.Attempts))
	}
	parts = append(parts, millis(c.ElapsedMS), p.exit(c.Verdict))
	for i := range parts {
		parts[i] = p.ink.dim.paint(parts[i])
	}
	p.join(columns(sign)+1, parts)
}

func (p *page) disconnect(d *probe.Disconnect) string {
	s := p.say("result.disconnect", text.Args{
		"code": strconv.Itoa(int(d.ReasonCode)), "reason": d.Reason, "after": millis(d.AfterMS),
	})
	if d.Text != "" {
		s = p.colon(s, d.Text)
	}
	return s
}
