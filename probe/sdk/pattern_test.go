package sdk

import (
	"fmt"
	"regexp"
	"strings"
)

// patternOf gives what may stand in a place.
func patternOf(name string) (pattern string, ok bool) {
	pattern, ok = map[string]string{
		"hex8": `[0-9a-f]{8}`, "hex32": `[0-9a-f]{32}`,
		"uuid":   `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`,
		"UUID":   `[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}`,
		"uuid32": `[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}`,
		"UUID32": `[0-9A-F]{12}4[0-9A-F]{3}[89AB][0-9A-F]{15}`,
		"uuid16": `[0-9a-f]{12}4[0-9a-f]{3}`,
		"ms":     `[0-9]{13,}`,
		"n":      `[0-9]+`,
	}[name]
	return pattern, ok
}

// Pattern gives the regular expression that matches every id of this shape,
// anchored at both ends.
func (s Shape) Pattern() (*regexp.Regexp, error) {
	var b strings.Builder
	b.WriteString("^")
	err := s.walk(func(t string) { b.WriteString(regexp.QuoteMeta(t)) }, func(name string) error {
		pattern, ok := patternOf(name)
		if !ok {
			return fmt.Errorf("matching shape %q: unknown place %q", string(s), name)
		}
		b.WriteString(pattern)
		return nil
	})
	if err != nil {
		return nil, err
	}
	b.WriteString("$")
	return regexp.Compile(b.String())
}
