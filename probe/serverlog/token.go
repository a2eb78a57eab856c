package serverlog

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"log/slog"
	"strconv"
	"sync"
)

// Token is a token found in a log line. It holds a salted hash, not the token,
// so that nothing can print it; it shows as an alias (T0, T1 …). The zero value
// says that the line has no such field.
type Token struct {
	alias string
	sum   uint64
	size  int
	state tokenState
	seed  maphash.Seed
}

type tokenState uint8

const (
	tokenAbsent tokenState = iota
	tokenEmpty
	tokenSet
)

// Present says whether the line has the field, empty or not.
func (t Token) Present() bool { return t.state != tokenAbsent }

// Empty says whether the line has the field and it is empty.
func (t Token) Empty() bool { return t.state == tokenEmpty }

// Is says whether the line has this very token.
func (t Token) Is(raw string) bool {
	switch t.state {
	case tokenEmpty:
		return raw == ""
	case tokenSet:
		return len(raw) == t.size && maphash.String(t.seed, raw) == t.sum
	default:
		return false
	}
}

// Equal says whether two tokens of the same Aliases are the same.
func (t Token) Equal(u Token) bool { return t == u }

// String gives the alias, "empty" for an empty token, "" for none.
func (t Token) String() string {
	if t.state == tokenEmpty {
		return "empty"
	}
	return t.alias
}

// GoString gives what String gives, quoted.
func (t Token) GoString() string { return strconv.Quote(t.String()) }

// Format gives what String gives whatever the verb, quoted for %q and %#v.
func (t Token) Format(f fmt.State, verb rune) {
	if verb == 'q' || f.Flag('#') {
		_, _ = f.Write([]byte(t.GoString()))
		return
	}
	_, _ = f.Write([]byte(t.String()))
}

// MarshalJSON gives the alias, "" for an empty token, null for none.
func (t Token) MarshalJSON() ([]byte, error) {
	if t.state == tokenAbsent {
		return []byte("null"), nil
	}
	return json.Marshal(t.alias)
}

// MarshalText gives what String gives.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// LogValue gives what String gives.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// maxAliases bounds how many tokens an Aliases tells apart (about 4 MB). A log
// of an attack may hold millions of different ones.
const maxAliases = 1 << 16

// Aliases gives equal tokens equal names. It keeps hashes only. The zero value
// is ready; it is safe for concurrent use.
type Aliases struct {
	// Prefix starts the names given out; "" means "T". Another one keeps names
	// found in a log apart from names the caller gives.
	Prefix string

	mu     sync.Mutex
	ready  bool
	seed   maphash.Seed
	byHash map[uint64]string
	taken  map[string]bool // names given by Add
	next   int
}

// Add names a token before the scan. An empty raw token has no name.
func (a *Aliases) Add(raw, alias string) {
	if raw == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.prepare()
	a.byHash[maphash.String(a.seed, raw)] = alias
	a.taken[alias] = true
}

func (a *Aliases) prepare() {
	if a.ready {
		return
	}
	a.ready = true
	a.seed = maphash.MakeSeed()
	a.byHash = make(map[uint64]string)
	a.taken = make(map[string]bool)
}

func (a *Aliases) token(raw []byte) Token {
	if len(raw) == 0 {
		return Token{state: tokenEmpty}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.prepare()
	sum := maphash.Bytes(a.seed, raw)
	alias, known := a.byHash[sum]
	if !known {
		alias = a.name()
		if len(a.byHash) < maxAliases {
			a.byHash[sum] = alias
		}
	}
	return Token{alias: alias, sum: sum, size: len(raw), state: tokenSet, seed: a.seed}
}

// name gives the next free name, "T+" for all once there are too many.
func (a *Aliases) name() string {
	prefix := a.Prefix
	if prefix == "" {
		prefix = "T"
	}
	if len(a.byHash) >= maxAliases {
		return prefix + "+"
	}
	for {
		alias := prefix + strconv.Itoa(a.next)
		a.next++
		if !a.taken[alias] {
			return alias
		}
	}
}
