package secret

import (
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// dice are where random choices come from: a generator, or the bytes of a fuzzer.
type dice func(n int) int

func generator(seed uint64) dice { return rand.New(rand.NewPCG(seed, 7)).IntN }

func fromBytes(b []byte) dice {
	return func(n int) int {
		if len(b) == 0 {
			return 0
		}
		c := int(b[0])
		b = b[1:]
		return c % n
	}
}

// anyCase gives hex digits in any case.
func (d dice) anyCase(s string) string {
	if d(2) == 0 {
		return strings.ToUpper(s)
	}
	return s
}

// bytewise writes every byte of a character.
func bytewise(c rune, one func(b byte) string) (s string) {
	for _, b := range []byte(string(c)) {
		s += one(b)
	}
	return s
}

// An escaping writes a character so that a reader of its kind gets it back.
type escaping struct {
	name  string
	must  string // what it cannot leave as it is
	write func(d dice, c rune) string
}

func escapings() []escaping {
	names := map[rune]string{
		'&': "amp", '<': "lt", '>': "gt", '"': "quot", '\'': "apos", '/': "sol", '+': "plus", '=': "equals", '%': "percnt",
		'\\': "bsol", '#': "num", ';': "semi", 'é': "eacute", 'ß': "szlig",
	}
	return []escaping{
		{"percent", "%+", func(d dice, c rune) string {
			return bytewise(c, func(b byte) string { return "%" + d.anyCase(fmt.Sprintf("%02x", b)) })
		}},
		{"JSON", `\"`, func(d dice, c rune) string {
			if strings.ContainsRune(`\"/`, c) && d(2) == 0 {
				return `\` + string(c)
			}
			var s string
			for _, unit := range utf16.Encode([]rune{c}) {
				s += `\u` + d.anyCase(fmt.Sprintf("%04x", unit))
			}
			return s
		}},
		{"HTML", "&", func(d dice, c rune) string {
			switch name := names[c]; d(3) {
			case 0:
				return "&#" + strings.Repeat("0", d(3)) + strconv.Itoa(int(c)) + ";"
			case 1:
				return "&#" + d.anyCase("x") + d.anyCase(strconv.FormatInt(int64(c), 16)) + ";"
			default:
				if name == "" {
					return html.EscapeString(string(c))
				}
				return "&" + name + ";"
			}
		}},
		{"Go", `\"`, func(d dice, c rune) string {
			switch {
			case strings.ContainsRune(`\"`, c) && d(2) == 0:
				return `\` + string(c)
			case d(3) == 0:
				return fmt.Sprintf(`\U%08x`, c)
			case d(2) == 0:
				return bytewise(c, func(b byte) string { return fmt.Sprintf(`\%03o`, b) })
			}
			return bytewise(c, func(b byte) string { return `\x` + d.anyCase(fmt.Sprintf("%02x", b)) })
		}},
	}
}

// all writes a text so, of what may stay as it is only some.
func (e escaping) all(d dice, s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case strings.ContainsRune(e.must, c):
			for {
				w := e.write(d, c)
				if w != string(c) {
					b.WriteString(w)
					break
				}
			}
		case e.name != "percent" && d(4) == 0, e.name == "percent" && d(2) == 0:
			b.WriteString(e.write(d, c))
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// mixed writes every character in a way of its own.
func mixed(d dice, s string) string {
	var b strings.Builder
	list := escapings()
	for _, c := range s {
		if i := d(len(list) + 1); i < len(list) {
			b.WriteString(list[i].write(d, c))
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

type readers map[string]func(string) string

// decoders take one escaping off, as the usual libraries do, or as somebody does
// who reads what no library takes.
func decoders() readers {
	unquoted := func(quoted string) string {
		var s string
		if json.Unmarshal([]byte(quoted), &s) == nil {
			return s
		}
		s, _ = strconv.Unquote(quoted)
		return s
	}
	replaced := func(pattern string, quote func(string) string) func(string) string {
		re := regexp.MustCompile(pattern)
		return func(s string) string {
			return re.ReplaceAllStringFunc(s, func(m string) string {
				if got := unquoted(quote(m)); got != "" {
					return got
				}
				return m
			})
		}
	}
	urlEscapes := regexp.MustCompile(`(%[0-9a-fA-F]{2})+`)
	return readers{
		"HTML":      html.UnescapeString,
		"path":      func(s string) string { s, _ = url.PathUnescape(s); return s },
		"query":     func(s string) string { s, _ = url.QueryUnescape(s); return s },
		"string":    func(s string) string { return unquoted(`"` + s + `"`) },
		"some JSON": replaced(`(\\u[0-9a-fA-F]{4})+|\\["/\\]`, func(m string) string { return `"` + m + `"` }),
		"some Go":   replaced(`(\\x[0-9a-fA-F]{2})+|(\\[0-3][0-7]{2})+|\\U[0-9a-fA-F]{8}`, func(m string) string { return `"` + m + `"` }),
		"some of a URL": func(s string) string {
			return urlEscapes.ReplaceAllStringFunc(s, func(m string) string { m, _ = url.PathUnescape(m); return m })
		},
	}
}

// decodable says by which readings, one after the other, a text shows a token.
func (r readers) decodable(s, token string, deep int) (how string, found bool) {
	if strings.Contains(s, token) {
		return "as it is", true
	}
	if deep == 0 {
		return "", false
	}
	for name, read := range r {
		if got := read(s); got != s && got != "" {
			if how, found := r.decodable(got, token, deep-1); found {
				return name + ", " + how, true
			}
		}
	}
	return "", false
}
