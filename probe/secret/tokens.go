package secret

import "strings"

// Tokens lists the tokens that the vault has given out, in no order. It is for
// giving their aliases to another reader of foreign text.
func (v *Vault) Tokens() []Token {
	v.mu.Lock()
	defer v.mu.Unlock()
	list := make([]Token, 0, len(v.all()))
	for _, t := range v.all() {
		list = append(list, t)
	}
	return list
}

// Span is a stretch of bytes: where it starts and how long it is.
type Span struct{ Start, Len int }

// Find gives every place in b where a known value stands, in any of the forms
// that Redact replaces. Places may overlap.
func (v *Vault) Find(b []byte) (list []Span) {
	v.mu.Lock()
	defer v.mu.Unlock()
	forms, text := v.pairs(), string(b)
	for i := 0; i < len(forms); i += 2 {
		form := forms[i]
		for from := 0; ; {
			at := strings.Index(text[from:], form)
			if at < 0 {
				break
			}
			list = append(list, Span{from + at, len(form)})
			from += at + 1
		}
	}
	return list
}
