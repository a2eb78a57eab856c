// Package secret keeps tokens out of everything that is printed. A Token shows
// an alias (T0, T1 …) in every format and every error; the raw value leaves it
// only through Reveal, at the place where it becomes HTTP or CONNECT bytes.
package secret

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// Token is a user or manager token. The zero value is "no token". Tokens are
// made by a Vault, which gives equal values equal aliases.
type Token struct {
	alias string
	// raw is behind a pointer because package fmt calls no method of a value
	// that it meets in an unexported field, or under %p: it would print the
	// value itself. Of a pointer it prints the address.
	raw *string
}

// Empty says whether there is no token, or one of length 0.
func (t Token) Empty() bool { return t.raw == nil }

// Reveal gives the raw value. Call it only where the bytes leave for the
// server, or where a person asked for them (--show-tokens).
func (t Token) Reveal() string {
	if t.raw == nil {
		return ""
	}
	return *t.raw
}

// Equal says whether both hold the same value.
func (t Token) Equal(u Token) bool { return t.Reveal() == u.Reveal() }

// String gives the alias, and "" for an empty token.
func (t Token) String() string { return t.alias }

// Format gives the alias whatever the verb.
func (t Token) Format(f fmt.State, verb rune) {
	if verb == 'q' {
		_, _ = f.Write([]byte(strconv.Quote(t.alias)))
		return
	}
	_, _ = f.Write([]byte(t.alias))
}

// MarshalJSON gives the alias.
func (t Token) MarshalJSON() ([]byte, error) { return json.Marshal(t.alias) }

// MarshalText gives the alias.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.alias), nil }

// LogValue gives the alias.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.alias) }

// A Vault names tokens and blanks them in foreign text. It is safe for
// concurrent use; its zero value is ready.
type Vault struct {
	mu    sync.Mutex
	users int
	// These three are behind functions because package fmt prints every map and
	// struct that it reaches, under a verb that does not fit even through
	// pointers, and calls no method in an unexported field. Of a function it
	// prints the address.
	known func() map[string]Token // by raw value; nil = none yet
	forms func() []string         // old, new, old, new …; nil: not listed since the last token came
	blank func(string) string     // nil: not built since then
}

// Format says how many tokens there are, whatever the verb.
func (v *Vault) Format(f fmt.State, _ rune) {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, _ = fmt.Fprintf(f, "vault of %d tokens", len(v.all()))
}

// all gives the tokens by raw value. The caller holds the lock.
func (v *Vault) all() map[string]Token {
	if v.known == nil {
		return nil
	}
	return v.known()
}

// User gives the token for a raw user token, named T0, T1 … in order of first
// appearance.
func (v *Vault) User(raw string) Token {
	return v.add(raw, func() string { v.users++; return "T" + strconv.Itoa(v.users-1) })
}

// Manager gives the token for a raw manager token, named MANAGER.
func (v *Vault) Manager(raw string) Token {
	return v.add(raw, func() string { return managerAlias })
}

const managerAlias = "MANAGER"

// IsManager says whether it is the manager token, which nothing shows, not even
// where a user has the same one and user tokens are to be shown.
func (t Token) IsManager() bool { return t.alias == managerAlias }

func (v *Vault) add(raw string, name func() string) Token {
	if raw == "" {
		return Token{}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if t, ok := v.all()[raw]; ok {
		return t
	}
	t := Token{alias: name(), raw: &raw}
	if v.known == nil {
		m := make(map[string]Token)
		v.known = func() map[string]Token { return m }
	}
	v.known()[raw] = t
	v.forms, v.blank = nil, nil
	return t
}

// Known gives the token of a raw value that the vault has seen.
func (v *Vault) Known(raw string) (Token, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t, ok := v.all()[raw]
	return t, ok
}

// shortest is the length in bytes from which Redact replaces a token. A shorter
// one ("1", "abc") would tear ordinary words and numbers apart without being
// hidden by it.
const shortest = 4

// Redact replaces every known raw value in s by its alias, also where a server
// echoed it escaped for JSON, for a URL or for HTML. One pass, longest first, so
// that a token inside another token is blanked whole.
func (v *Vault) Redact(s string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.blank == nil {
		v.blank = strings.NewReplacer(v.pairs()...).Replace
	}
	return v.blank(s)
}

// pairs lists old, new, old, new …, longest first. The caller holds the lock.
func (v *Vault) pairs() []string {
	if v.forms == nil {
		list := v.listForms()
		v.forms = func() []string { return list }
	}
	return v.forms()
}

func (v *Vault) listForms() []string {
	var forms [][2]string
	for raw, t := range v.all() {
		if len(raw) < shortest {
			continue
		}
		seen := map[string]bool{}
		for _, form := range escaped(raw) {
			if !seen[form] {
				seen[form] = true
				forms = append(forms, [2]string{form, t.alias})
			}
		}
	}
	sort.Slice(forms, func(i, j int) bool {
		if len(forms[i][0]) != len(forms[j][0]) {
			return len(forms[i][0]) > len(forms[j][0])
		}
		return forms[i][0] < forms[j][0]
	})
	var list []string
	for _, f := range forms {
		list = append(list, f[0], f[1])
	}
	return list
}

// escaped gives raw as it is, as in a JSON string (with and without HTML
// escapes, and in JSON inside JSON, where a server quotes a request), as in a Go
// string, as in a web page, as in a URL's query and path, whose hex digits some
// servers write small, in hex, and in base64.
func escaped(raw string) []string {
	quoted := strconv.Quote(raw)
	query, path := url.QueryEscape(raw), url.PathEscape(raw)
	forms := []string{raw, quoted[1 : len(quoted)-1], html.EscapeString(raw), query, path, smallHex(query), smallHex(path)}
	for _, htmlToo := range []bool{true, false} {
		once := jsonString(raw, htmlToo)
		forms = append(forms, once, jsonString(once, true), jsonString(once, false))
	}
	digits := hex.EncodeToString([]byte(raw))
	return append(append(forms, digits, strings.ToUpper(digits)), base64Forms(raw)...)
}

// base64Forms gives raw as it stands in the base64 of a longer text, of which it
// may begin at any of three bits: those characters that it alone decides.
func base64Forms(raw string) (forms []string) {
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 {
			b := enc.EncodeToString([]byte("  "[:shift] + raw))
			from, to := (shift*8+5)/6, (shift+len(raw))*8/6
			forms = append(forms, b[from:to])
		}
	}
	return forms
}

// jsonString gives s as it stands between the quotes of a JSON string.
func jsonString(s string, escapeHTML bool) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(escapeHTML)
	_ = enc.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String()[1:], "\"\n")
}

// smallHex turns %2F into %2f.
func smallHex(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(s[i+1:i+3]))
			i += 2
		}
	}
	return string(b)
}
