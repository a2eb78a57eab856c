package report

import (
	"bytes"
	"io"
	"strings"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// CredentialsOptions says how credentials are printed.
type CredentialsOptions struct {
	Format        Format // Table or JSON; "" = Table
	Style         Style
	ShowTokens    bool   // raw tokens instead of their aliases
	RemoveCommand string // what takes these tokens away again; "" = not said
}

// Credentials prints a user's tokens: as a table for a person, or as the
// document wkctl.credentials/v1 that `wkctl connect --credentials` takes.
func Credentials(w io.Writer, c *probe.Credentials, o CredentialsOptions) error {
	return writeAs(w, "printing credentials", o.Format,
		writer{Table, func(buf *bytes.Buffer) error { return writeCredentials(buf, c, o) }},
		writer{JSON, func(buf *bytes.Buffer) error { return encode(buf, newCredentialsDoc(c, o.ShowTokens)) }},
	)
}

// credentialsDoc is probe.Credentials with its tokens as plain strings: the
// one document that may hold raw ones. It is not cleaned, because a program
// needs the exact values; JSON escapes what could harm a terminal.
type credentialsDoc struct {
	Schema string     `json:"schema"`
	API    string     `json:"api"`
	WS     string     `json:"ws,omitempty"`
	UID    string     `json:"uid"`
	Source string     `json:"source"`
	Tokens []tokenDoc `json:"tokens"`
}

type tokenDoc struct {
	DeviceFlag  wire.DeviceFlag  `json:"device_flag"`
	DeviceLevel wire.DeviceLevel `json:"device_level"`
	Token       string           `json:"token"`
	UpdatedAt   *time.Time       `json:"updated_at,omitempty"`
}

func newCredentialsDoc(c *probe.Credentials, show bool) credentialsDoc {
	doc := credentialsDoc{
		Schema: probe.CredentialsSchema, API: c.API, WS: c.WS, UID: c.UID, Source: c.Source,
		Tokens: make([]tokenDoc, 0, len(c.Tokens)),
	}
	for _, t := range c.Tokens {
		doc.Tokens = append(doc.Tokens, tokenDoc{t.DeviceFlag, t.DeviceLevel, shown(t, show), t.UpdatedAt})
	}
	return doc
}

func shown(t probe.StoredToken, show bool) string {
	if show && !t.Token.IsManager() {
		return t.Token.Reveal()
	}
	return t.Token.String()
}

func writeCredentials(buf *bytes.Buffer, c *probe.Credentials, o CredentialsOptions) error {
	safe := cleaned(c)
	p := newPage(o.Style)
	p.join(0, []string{p.ink.head.paint(safe.UID), p.source(c.Source)})
	p.address("api", safe.API, "")
	if safe.WS != "" {
		p.address("ws", safe.WS, "")
	}
	p.blank()
	p.tokens(safe.Tokens, o.ShowTokens)
	p.blank()
	if !o.ShowTokens && len(safe.Tokens) > 0 {
		p.para("", p.say("credentials.hidden"), p.ink.dim)
	}
	if o.RemoveCommand != "" {
		p.line(p.ink.dim.paint(p.say("credentials.remove")))
		p.blank()
		p.line("  " + p.ink.code.paint(clean(o.RemoveCommand, textLimit)))
	}
	buf.WriteString(p.out.String())
	return nil
}

func (p *page) source(s string) string {
	if s == string(probe.FromStore) {
		return p.say("credentials.from-store")
	}
	return p.say("credentials.registered")
}

// tokens writes one line per device flag. A token that is shown is the last on
// its line and never broken, so that it can be copied.
func (p *page) tokens(list []probe.StoredToken, show bool) {
	if len(list) == 0 {
		p.line("  " + p.say("credentials.none"))
		return
	}
	rows := [][]string{{p.say("credentials.flag"), p.say("credentials.level"), p.say("credentials.updated"), p.say("credentials.token")}}
	dated := false
	for _, t := range list {
		when := ""
		if t.UpdatedAt != nil {
			when, dated = t.UpdatedAt.UTC().Format(time.DateTime), true
		}
		rows = append(rows, []string{flagName(t.DeviceFlag), p.level(t.DeviceLevel), when, p.token(t, show)})
	}
	if !dated {
		for i := range rows {
			rows[i] = append(rows[i][:2:2], rows[i][3])
		}
	}
	p.columns("", rows)
}

func (p *page) token(t probe.StoredToken, show bool) string {
	if t.Token.Empty() {
		return p.ink.dim.paint(p.say("credentials.cleared"))
	}
	return p.ink.code.paint(clean(shown(t, show), textLimit))
}

// columns writes rows aligned behind lead, the first one as a heading.
func (p *page) columns(lead string, rows [][]string) {
	most := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, c := range r {
			most[i] = max(most[i], columns(c))
		}
	}
	for n, r := range rows {
		var b strings.Builder
		for i, c := range r {
			if n == 0 {
				c = p.ink.dim.paint(c)
			}
			b.WriteString("  " + pad(c, most[i]))
		}
		p.line(lead + b.String())
	}
}
