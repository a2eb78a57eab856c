package serverconf

import "strings"

// usage is what interpolating one text met.
type usage struct {
	names      []string // every variable asked for
	unset      []string // asked for, without a default, and certainly not set
	unknown    bool     // the result hangs on a variable that was not shown
	emptied    string   // this variable is set but empty, and its ${V-default} is therefore lost
	lost       string   // that default
	defaulted  string   // this variable is set but empty, and ${V:-default} replaced it
	blankSaved bool     // the text asks for an empty default: ${V:-}
}

// variables answers for ${…}. complete says that a name it does not know is
// certainly not set.
type variables struct {
	lookup   func(name string) (string, bool)
	complete bool
}

const maxNesting = 12

// maxExpanded is how long a text may become by its variables, in bytes; no setting
// is as long.
const maxExpanded = 4 << 10

// interpolate replaces $V, ${V}, ${V-d}, ${V:-d}, ${V+r}, ${V:+r}, ${V?e}, ${V:?e}
// and $$ as the Compose specification says ("Interpolation").
func (v variables) interpolate(s string, use *usage, depth int) string {
	if !strings.Contains(s, "$") || depth > maxNesting {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if b.Len() > maxExpanded {
			return b.String() // each variable may stand for a whole file
		}
		if s[i] != '$' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		switch next := s[i+1]; {
		case next == '$':
			b.WriteByte('$')
			i++
		case next == '{':
			end := closing(s[i+2:])
			if end < 0 {
				b.WriteString(s[i:])
				return b.String()
			}
			b.WriteString(v.expand(s[i+2:i+2+end], use, depth))
			i += end + 2
		default:
			name := variableName(s[i+1:])
			if name == "" {
				b.WriteByte('$')
				continue
			}
			b.WriteString(v.expand(name, use, depth))
			i += len(name)
		}
	}
	return b.String()
}

// closing finds the "}" that ends what begins inside a "${".
func closing(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '}' && depth == 0:
			return i
		case s[i] == '}':
			depth--
		case s[i] == '{' && i > 0 && s[i-1] == '$':
			depth++
		}
	}
	return -1
}

func variableName(s string) string {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return s[:i]
		}
	}
	return s
}

func (v variables) expand(expr string, use *usage, depth int) string {
	name := variableName(expr)
	op, word := operator(expr[len(name):])
	use.names = append(use.names, name)
	value, set := "", false
	if v.lookup != nil {
		value, set = v.lookup(name)
		value = value[:min(len(value), maxExpanded)]
	}
	if !set && !v.complete {
		use.unknown = true
	}
	has := set && (value != "" || !strings.HasPrefix(op, ":"))
	switch strings.TrimPrefix(op, ":") {
	case "-":
		if has {
			if value == "" && word != "" {
				use.emptied, use.lost = name, v.interpolate(word, &usage{}, depth+1)
			}
			return value
		}
		if set {
			use.defaulted = name
		}
		use.blankSaved = use.blankSaved || word == ""
		return v.interpolate(word, use, depth+1)
	case "+":
		if has {
			return v.interpolate(word, use, depth+1)
		}
		return ""
	}
	if !set && v.complete {
		use.unset = append(use.unset, name)
	}
	return value
}

// operator splits ":-default" into ":-" and "default".
func operator(s string) (op, word string) {
	for _, o := range []string{":-", ":+", ":?", "-", "+", "?"} {
		if rest, ok := strings.CutPrefix(s, o); ok {
			return o, rest
		}
	}
	return "", ""
}
