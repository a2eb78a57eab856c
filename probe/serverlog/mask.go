package serverlog

import (
	"bytes"
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe/secret"
)

// hidden stands for a secret that is not a token: session keys, raw frames,
// passwords.
const hidden = "[hidden]"

// shortestLoose is the length in bytes from which a token of the line is also
// replaced where it stands outside its own field. A shorter one would tear
// ordinary words and numbers apart.
const shortestLoose = 4

// maxLoose is how many tokens of one line are also looked for outside their
// fields, so that a line made of tokens does not take quadratic time.
const maxLoose = 32

// maxKey is the length of the longest key that is looked at, in bytes.
const maxKey = 32

// secretKind says what the value of a key is: nothing secret, a token, or
// something to hide. Of raw frames (data) v2.2.0+ logs the first one of a
// connection, which holds uid and token (internal/server/proto.go); AesKey and
// AesIV are in "close old conn" lines.
func secretKind(key []byte) (token, secret bool) {
	if key == nil {
		return false, false
	}
	var lower [maxKey]byte
	n := copy(lower[:], key)
	for i, c := range lower[:n] {
		if c >= 'A' && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	switch string(lower[:n]) {
	case "expecttoken", "acttoken", "token", "managertoken", "oldtoken", "newtoken", "access_token":
		return true, true
	case "data", "payload", "aeskey", "aesiv", "salt", "password", "authorization", "authuserstr", "clientkey", "secret":
		return false, true
	}
	return false, false
}

// masker makes the quotable text of a line.
type masker struct {
	aliases *Aliases
	out     []byte
	forms   []looseForm // what to replace outside the fields, too
	escaped *secret.Set // the same for texts with escapes; nil: not needed yet
}

// looseForm is a token as it may appear elsewhere in the line.
type looseForm struct {
	raw   []byte
	alias string
}

// text gives the line without its secrets, fit for a terminal and at most max
// bytes. It also finds the tokens that scrub needs.
func (m *masker) text(line []byte, max int) string {
	m.out, m.forms, m.escaped = m.out[:0], m.forms[:0], nil
	m.fields(line)
	m.assignments()
	// The longest first: one token may contain another.
	if len(m.forms) > 1 {
		slices.SortFunc(m.forms, func(a, b looseForm) int { return len(b.raw) - len(a.raw) })
	}
	out := m.scrub(string(sanitise(m.out)))
	// Bounded only after the last replacement, so that no token is cut in two and
	// shows its front.
	return bound(out, max)
}

// scrub replaces the line's tokens in a text of the line.
func (m *masker) scrub(s string) string {
	if s == "" || len(m.forms) == 0 {
		return s
	}
	for _, f := range m.forms {
		s = strings.ReplaceAll(s, string(f.raw), f.alias)
	}
	if !secret.Escaped(s) { // as it is in nearly all lines, of which a log has millions
		return s
	}
	if m.escaped == nil {
		m.escaped = &secret.Set{}
		for _, f := range m.forms {
			m.escaped.Add(string(f.raw), f.alias)
		}
	}
	return m.escaped.Redact(s)
}

// fields copies the line and replaces the values of secret keys. It looks for
// "key": by itself and not for JSON, so that it also works on cut lines, nested
// objects and JSON inside a string; and for a secret's name without quotes, as
// "AesKey:…," in the text of a connection or "Token:…" in a printed struct.
func (m *masker) fields(b []byte) {
	for {
		i := bytes.IndexByte(b, ':')
		if i < 0 {
			m.out = append(m.out, b...)
			return
		}
		key, slashed := keyBefore(b[:i])
		m.out = append(m.out, b[:i+1]...)
		if key == nil && looseName(b[:i]) {
			b = m.word(b[i+1:])
			continue
		}
		b = b[i+1:]
		if token, secret := secretKind(key); secret {
			b = m.value(b, slashed, token)
		}
	}
}

// looseName says whether b ends with the name of a secret.
func looseName(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	switch b[len(b)-1] {
	case 'n', 'y', 'V', 'd', 'N', 'Y', 'D':
	default:
		return false
	}
	for _, name := range []string{"oken", "OKEN", "AesKey", "AesIV", "assword", "ASSWORD"} {
		if len(b) >= len(name) && string(b[len(b)-len(name):]) == name {
			return true
		}
	}
	return false
}

// word copies what stands for the word that b starts with, behind blanks and
// quotes, and gives what follows it.
func (m *masker) word(b []byte) []byte {
	start := len(b) - len(bytes.TrimLeft(b, ` "'\`))
	m.out = append(m.out, b[:start]...)
	b = b[start:]
	end := 0
	for end < len(b) && !endsWord(b[end:]) {
		end++
	}
	m.replace(b[:end], false, true)
	return b[end:]
}

// endsWord says whether b starts with what ends a word. A backslash does, for the
// quote that it is in front of, unless it escapes a character of the word.
func endsWord(b []byte) bool {
	if b[0] == '\\' {
		return len(b) < 2 || b[1] != '/' && b[1] != 'u'
	}
	return bytes.IndexByte([]byte(", \t\"'&;}])"), b[0]) >= 0
}

// assignments hides what follows a secret's name and an equals sign: "token=…"
// in an address.
func (m *masker) assignments() {
	if !hasAssignment(m.out) {
		return
	}
	text := append([]byte(nil), m.out...)
	m.out = m.out[:0]
	for {
		i := bytes.IndexByte(text, '=')
		if i < 0 {
			m.out = append(m.out, text...)
			return
		}
		name := looseName(text[:i])
		m.out = append(m.out, text[:i+1]...)
		if text = text[i+1:]; name {
			text = m.word(text)
		}
	}
}

func hasAssignment(b []byte) bool {
	for {
		i := bytes.IndexByte(b, '=')
		if i < 0 {
			return false
		}
		if looseName(b[:i]) {
			return true
		}
		b = b[i+1:]
	}
}

// keyBefore gives the quoted key that b ends with, nil if there is none; slashed:
// its quotes are escaped.
func keyBefore(b []byte) (key []byte, slashed bool) {
	b = bytes.TrimRight(b, " ")
	if !bytes.HasSuffix(b, []byte(`"`)) {
		return nil, false
	}
	b = b[:len(b)-1]
	if bytes.HasSuffix(b, []byte(`\`)) {
		slashed = true
		b = bytes.TrimRight(b, `\`)
	}
	i := bytes.LastIndexByte(b, '"')
	if i < 0 || len(b)-i > maxKey {
		return nil, false
	}
	return b[i+1:], slashed
}

// value copies a replacement for the secret value that b starts with and gives
// what follows it.
func (m *masker) value(b []byte, slashed, token bool) []byte {
	start := len(b) - len(bytes.TrimLeft(b, " "))
	m.out = append(m.out, b[:start]...)
	b = b[start:]
	quote := []byte(`"`)
	if slashed {
		quote = b[:len(b)-len(bytes.TrimLeft(b, `\`))]
		quote = append(append([]byte{}, quote...), '"')
	}
	if !bytes.HasPrefix(b, quote) {
		return m.bare(b, token)
	}
	m.out = append(m.out, quote...)
	b = b[len(quote):]
	end, rest := len(b), []byte(nil)
	if slashed {
		if i := bytes.Index(b, quote); i >= 0 {
			end, rest = i, b[i:]
		}
	} else if i := stringEnd(b, 0); i >= 0 {
		end, rest = i, b[i:]
	}
	m.replace(b[:end], token, rest != nil)
	return rest
}

// bare replaces a value without quotes: a number, or what a text format writes.
func (m *masker) bare(b []byte, token bool) []byte {
	if len(b) > 0 && (b[0] == '{' || b[0] == '[') {
		return b // its own keys are looked at
	}
	end := bytes.IndexAny(b, `,} "`)
	if end < 0 {
		end = len(b)
	}
	m.replace(b[:end], token, true)
	return b[end:]
}

// replace writes what stands for the secret. whole: its end was found; else what
// is there may be part of a token and gets no alias.
func (m *masker) replace(raw []byte, token, whole bool) {
	switch {
	case len(raw) == 0:
	case !token || !whole:
		m.out = append(m.out, hidden...)
	default:
		alias := m.alias(raw)
		m.out = append(m.out, alias...)
		m.loose(raw, alias)
	}
}

func (m *masker) alias(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return m.aliases.token(raw).alias
	}
	text := unescape(nil, raw)
	alias := m.aliases.token(text).alias
	m.loose(text, alias)
	return alias
}

// loose notes a token for scrub, in the form that sanitise gives it.
func (m *masker) loose(raw []byte, alias string) {
	if len(raw) >= shortestLoose && len(m.forms) < maxLoose {
		m.forms = append(m.forms, looseForm{sanitise(raw), alias})
	}
}
