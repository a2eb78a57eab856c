package measure

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wkctl/wkctl/probe"
)

// quotes are the marks that end up around a token when a JSON or shell string is
// passed on whole.
const quotes = "\"'`\u201c\u201d\u2018\u2019"

// invisible are characters that nobody sees: byte order mark, zero width, soft
// hyphen, NUL.
const invisible = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u00ad\x00"

// words are what HTTP clients and copied examples put before a token, in lower
// case and without what parts them from it.
func words() []struct {
	text string
	is   probe.TokenExtra
} {
	return []struct {
		text string
		is   probe.TokenExtra
	}{{"bearer", probe.ExtraBearer}, {"token", probe.ExtraToken}, {"jwt", probe.ExtraJWT}}
}

// peeled is a token without what it has too much.
type peeled struct {
	clean string
	off   map[probe.TokenExtra]string // what was taken off, as it stood there
}

// peel takes off what a token has too much, and undoes encodings where decode
// says so: a token may have a percent sign or a backslash of its own.
func peel(token string, decode bool) peeled {
	p := peeled{clean: token, off: map[probe.TokenExtra]string{}}
	for {
		before := p.clean
		p.unseen()
		p.trim(probe.ExtraBlanks, strings.TrimSpace)
		p.trim(probe.ExtraQuotes, func(s string) string { return strings.Trim(s, quotes) })
		p.prefix(decode)
		if decode {
			p.decode()
		}
		if p.clean == before {
			return p
		}
	}
}

// trim takes something off both ends.
func (p *peeled) trim(is probe.TokenExtra, cut func(string) string) {
	if clean := cut(p.clean); clean != p.clean {
		p.off[is] += strings.Replace(p.clean, clean, "|", 1)
		p.clean = clean
	}
}

// unseen takes invisible characters off, wherever they stand.
func (p *peeled) unseen() {
	p.clean = strings.Map(func(r rune) rune {
		if r != utf8.RuneError && strings.ContainsRune(invisible, r) {
			p.off[probe.ExtraInvisible] += string(r)
			return -1
		}
		return r
	}, p.clean)
}

// prefix takes a word off the front, with the blanks behind it; encoded for a
// URL, a blank may be a plus sign.
func (p *peeled) prefix(decode bool) {
	between := " \t"
	if decode {
		between += "+"
	}
	for _, w := range words() {
		if len(p.clean) <= len(w.text) || !strings.EqualFold(p.clean[:len(w.text)], w.text) {
			continue
		}
		is, rest := w.is, p.clean[len(w.text):]
		clean := strings.TrimLeft(rest, between)
		if after, ok := strings.CutPrefix(rest, "="); ok && w.is == probe.ExtraToken {
			is, clean = probe.ExtraAssign, after
		}
		if clean != rest && clean != "" {
			p.off[is] += strings.TrimSuffix(p.clean, clean)
			p.clean = clean
			return
		}
	}
}

// decode undoes URL encoding and JSON escapes.
func (p *peeled) decode() {
	if plain, err := url.PathUnescape(p.clean); err == nil && plain != p.clean && utf8.ValidString(plain) {
		p.off[probe.ExtraPercent] += p.clean
		p.clean = plain
	}
	var plain string
	if strings.Contains(p.clean, `\`) && json.Unmarshal([]byte(`"`+p.clean+`"`), &plain) == nil && plain != p.clean {
		p.off[probe.ExtraEscapes] += p.clean
		p.clean = plain
	}
}

// extras lists what was taken off, without what the other has just so.
func (p *peeled) extras(other *peeled) (list []probe.TokenExtra) {
	for _, is := range probe.TokenExtras() {
		literal, has := p.off[is]
		if theirs, both := other.off[is]; has && !(both && theirs == literal) {
			list = append(list, is)
		}
	}
	return list
}

// all lists what was taken off.
func (p *peeled) all() []probe.TokenExtra { return p.extras(&peeled{}) }

// difference is all in which two tokens differ.
type difference struct {
	defect       probe.TokenDefect // "" = they have nothing to do with each other
	sent, stored []probe.TokenExtra
}

// differ says in what alone two tokens differ: cleaned, they are the same. The
// server compares them byte by byte (all releases).
func differ(sent, stored string) difference {
	if sent == "" || stored == "" || sent == stored {
		return difference{}
	}
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold, plusAlike} {
		for _, decode := range []bool{false, true} {
			a, b := peel(sent, decode), peel(stored, decode)
			if a.clean == "" || !same(a.clean, b.clean) {
				continue
			}
			a.plus(&b)
			b.plus(&a)
			return named(&a, &b)
		}
	}
	return difference{}
}

// plusAlike says whether two tokens are the same but for blanks where the other
// has plus signs, as decoding a query leaves them.
func plusAlike(a, b string) bool {
	return strings.ReplaceAll(a, " ", "+") == strings.ReplaceAll(b, " ", "+")
}

func (p *peeled) plus(other *peeled) {
	if p.clean != other.clean && strings.Contains(p.clean, " ") && plusAlike(p.clean, other.clean) {
		p.off[probe.ExtraPlus] = p.clean
	}
}

// named names the difference of two tokens that are the same when cleaned.
func named(a, b *peeled) difference {
	d := difference{sent: a.extras(b), stored: b.extras(a)}
	if len(d.sent)+len(d.stored) == 0 { // both have the same, in another order
		d.sent, d.stored = a.all(), b.all()
	}
	if a.clean != b.clean && !plusAlike(a.clean, b.clean) {
		switch {
		case len(d.sent)+len(d.stored) == 0:
			return difference{defect: probe.DefectCase}
		case len(d.stored) == 0:
			d.sent = append(d.sent, probe.ExtraCase)
		default:
			d.stored = append(d.stored, probe.ExtraCase)
		}
	}
	switch {
	case len(d.sent) == 1 && len(d.stored) == 0:
		d.defect = oneSided("sent", d.sent[0])
	case len(d.stored) == 1 && len(d.sent) == 0:
		d.defect = oneSided("stored", d.stored[0])
	default:
		d.defect = probe.DefectSeveral
	}
	return d
}

// oneSided names the defect of a side that has one thing too much.
func oneSided(side string, is probe.TokenExtra) probe.TokenDefect {
	if is.Word() != "" && is != probe.ExtraBearer {
		return probe.TokenDefect(side + "-prefix")
	}
	return probe.TokenDefect(side + "-" + string(is))
}

// tidied is a token without what it has too much.
type tidied struct {
	token  string
	defect probe.TokenDefect
	extra  []probe.TokenExtra
}

// tidy lists what may have been meant with a token: without what stands around it,
// and decoded besides. Nothing where the token has nothing too much.
func tidy(token string) (list []tidied) {
	for _, decode := range []bool{false, true} {
		p := peel(token, decode)
		if p.clean == token || p.clean == "" || slices.ContainsFunc(list, func(t tidied) bool { return t.token == p.clean }) {
			continue
		}
		list = append(list, tidied{p.clean, named(&p, &peeled{clean: p.clean}).defect, p.all()})
	}
	return list
}
