package secret

import "strings"

// Set blanks values in a text as a Vault does, under names of the caller's. It is
// for few values that are known for one text only. The zero value is ready; it is
// for one caller at a time.
type Set struct {
	known *automaton
	names []string
}

// Add names a value. One of fewer than four bytes is not looked for.
func (s *Set) Add(raw, name string) {
	if len(raw) < shortest {
		return
	}
	if s.known == nil {
		s.known = newAutomaton(fewStartBits, fewGramBits)
	}
	s.known.add(raw, int32(len(s.names)))
	s.names = append(s.names, name)
}

// Redact replaces every value in the text, see Vault.Redact.
func (s *Set) Redact(text string) string {
	if s.known == nil {
		return text
	}
	return s.known.run(text).replace(func(owner int32) string { return s.names[owner] })
}

// Escaped says whether a text has characters that open an escape. Without any, all
// that is in it stands for itself, or is in hex or base64.
func Escaped(text string) bool { return strings.ContainsAny(text, `\%&`) }
