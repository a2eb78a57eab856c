// Package secret keeps tokens out of everything that is printed. A Token shows
// an alias (T0, T1 …) in every format and every error; the raw value leaves it
// only through Reveal, at the place where it becomes HTTP or CONNECT bytes.
package secret

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
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
	known   func() map[string]Token       // by raw value; nil = none yet
	added   func() []Token                // since the last search; nil = none
	indexed func() (*automaton, []string) // the other ones, and their aliases; nil = no search yet
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
	list := append(v.fresh(), t)
	v.added = func() []Token { return list }
	return t
}

// Known gives the token of a raw value that the vault has seen.
func (v *Vault) Known(raw string) (Token, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t, ok := v.all()[raw]
	return t, ok
}

// Redact replaces every known raw value in s by its alias, in whatever way a
// server wrote it: as it is; with any of its characters escaped for JSON, a URL,
// HTML or a program's source, up to three escapings deep; in hex or base64; or cut
// to a piece at its start or end, which gets an ellipsis beside the alias. Text
// without known values comes back as it is. Values of fewer than four bytes stay.
func (v *Vault) Redact(s string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known == nil {
		return s
	}
	known, names := v.index()
	return known.run(s).replace(func(owner int32) string { return names[owner] })
}

// index gives the automaton of all tokens so far that can be blanked, and their
// aliases. The caller holds the lock.
func (v *Vault) index() (known *automaton, names []string) {
	if v.indexed != nil {
		known, names = v.indexed()
	} else {
		known = newAutomaton(startBits, gramBits)
	}
	for _, t := range v.fresh() {
		if raw := t.Reveal(); len(raw) >= shortest {
			known.add(raw, int32(len(names)))
			names = append(names, t.alias)
		}
	}
	v.added = nil
	v.indexed = func() (*automaton, []string) { return known, names }
	return known, names
}

// fresh lists the tokens that are not in the index. The caller holds the lock.
func (v *Vault) fresh() []Token {
	if v.added == nil {
		return nil
	}
	return v.added()
}
