package report

import (
	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// user writes what the server has stored for an existing user, row by row, where
// no picture of the login shows it.
func (p *page) user(d *probe.Diagnosis) {
	u := d.User
	if u == nil {
		return
	}
	if pictured(d) {
		p.online(u)
		return
	}
	p.part()
	p.para("  ", p.say("user.head", text.Args{"uid": u.UID}), p.ink.head)
	switch {
	case !u.StoreKnown:
		p.para("    ", p.say("user.unknown"), p.ink.dim)
	case len(u.Stored) == 0:
		p.para("    ", p.say("user.nothing"), p.ink.warn)
	default:
		p.stored(u)
	}
	p.online(u)
	p.blank()
}

// online says where the user is logged in already.
func (p *page) online(u *probe.User) {
	for _, o := range u.Online {
		p.para(p.lead(p.sign.warn, p.ink.warn), p.say("user.online", text.Args{"flag": flagName(o.DeviceFlag)}), p.ink.warn)
	}
}

// storedWidth is the narrowest page that has room for the rows as a table.
const storedWidth = 60

// stored writes the rows, on a narrow page each on two lines.
func (p *page) stored(u *probe.User) {
	rows := [][]string{{p.say("credentials.flag"), p.say("credentials.level"), p.say("user.state")}}
	for _, s := range u.Stored {
		state := p.word("stored.", string(s.State))
		if s.State == probe.TokenMatch {
			state = p.ink.good.paint(state)
		}
		if s.DeviceFlag == u.ConnectFlag {
			state += "  " + p.ink.note.paint(p.sign.arrowBack+" "+p.say("user.here"))
		}
		rows = append(rows, []string{flagName(s.DeviceFlag), p.level(s.DeviceLevel), state})
	}
	if p.width >= storedWidth {
		p.columns("  ", rows)
		return
	}
	for _, row := range rows[1:] {
		p.line("    " + row[0] + "  " + row[1])
		p.line("      " + row[2])
	}
}
