package secret

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

// Find gives every place in b where a known value stands, in any of the ways that
// Redact replaces, in order and apart from each other.
func (v *Vault) Find(b []byte) (list []Span) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known == nil {
		return nil
	}
	known, _ := v.index()
	for _, h := range known.run(string(b)).hits {
		list = append(list, Span{h.start, h.end - h.start})
	}
	return list
}
