package serverconf

import (
	"strconv"
	"strings"
)

// readTOMLFile reads as much TOML as a wukongim.toml holds: tables, dotted keys,
// strings, numbers, booleans, arrays and inline tables, the last two also over
// several lines. Their content is kept as text. Anything else is a problem with
// its line.
func readTOMLFile(src Source) *file {
	f := &file{name: src.Name, kind: KindTOML, data: src.Data}
	if len(src.Data) > maxSource {
		f.problem = &yamlProblem{reason: "too-large"}
		return f
	}
	lines := strings.Split(strings.TrimPrefix(string(src.Data), "\ufeff"), "\n")
	table, seen := "", map[string]bool{}
	for i := 0; i < len(lines); i++ {
		body := strings.TrimSpace(lines[i])
		if body == "" || body[0] == '#' {
			continue
		}
		if body[0] == '[' {
			name, ok := tableName(body)
			if !ok {
				f.problem = &yamlProblem{reason: "open-bracket", line: i + 1, col: 1}
				return f
			}
			table = name
			continue
		}
		first := i
		body, i = tomlValue(lines, i)
		s, reason := tomlSetting(body)
		if reason != "" {
			f.problem = &yamlProblem{reason: reason, line: first + 1, col: 1 + indentOf(lines[first])}
			return f
		}
		s.line, s.col = first+1, 1+indentOf(lines[first])
		if table != "" {
			s.path = table + "." + s.path
		}
		if seen[s.path] {
			f.problem = &yamlProblem{reason: "duplicate-key", line: s.line, col: s.col}
			return f
		}
		if seen[s.path] = true; len(seen) > maxNodes {
			f.problem = &yamlProblem{reason: "too-large", line: s.line, col: s.col}
			return f
		}
		f.settings = append(f.settings, s)
	}
	return f
}

func tableName(body string) (string, bool) {
	body, _, _ = strings.Cut(body, "#")
	body = strings.TrimSpace(body)
	inner, ok := strings.CutPrefix(strings.TrimPrefix(body, "["), "[")
	if !ok {
		inner = strings.TrimPrefix(body, "[")
	}
	end := strings.IndexByte(inner, ']')
	if end < 1 {
		return "", false
	}
	return strings.Trim(inner[:end], " \t\"'"), true
}

// tomlValue gives the setting that begins in a line, over the lines to which its
// brackets are open, and the last of them.
func tomlValue(lines []string, i int) (string, int) {
	var open openness
	var b strings.Builder
	for {
		body := strings.TrimSpace(lines[i])
		open.add(body)
		b.WriteString(body)
		if open.depth <= 0 || i+1 == len(lines) {
			return b.String(), i
		}
		open.add("\n")
		b.WriteByte('\n')
		i++
	}
}

// brackets counts what is still open at the end of the text, outside of quotes and
// comments.
func brackets(s string) int {
	var open openness
	open.add(s)
	return open.depth
}

// openness is what is open in a text so far.
type openness struct {
	depth   int
	quote   byte
	comment bool
}

func (o *openness) add(s string) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case o.comment:
			o.comment = c != '\n'
		case o.quote != 0:
			if c == '\\' && o.quote == '"' {
				i++
			} else if c == o.quote {
				o.quote = 0
			}
		case c == '"' || c == '\'':
			o.quote = c
		case c == '#':
			o.comment = true
		case c == '[' || c == '{':
			o.depth++
		case c == ']' || c == '}':
			o.depth--
		}
	}
}

// tomlSetting reads "key = value"; reason is "" or a reason of WK709.
func tomlSetting(body string) (setting, string) {
	key, rest, found := strings.Cut(body, "=")
	key = strings.Trim(strings.TrimSpace(key), `"'`)
	if !found || key == "" || strings.ContainsAny(key, " \t:") {
		if k, r := splitKey(body); k != "" && strings.HasPrefix(strings.TrimSpace(r), ":") {
			return setting{}, "colon-for-equals"
		}
		return setting{}, "other"
	}
	s := setting{path: key}
	value := strings.TrimSpace(rest)
	switch {
	case value == "" || value[0] == '#':
		return s, "other"
	case value[0] == '"' || value[0] == '\'':
		return tomlString(s, value)
	case value[0] == '[' || value[0] == '{':
		if brackets(value) != 0 {
			return s, "open-bracket"
		}
		s.value, s.raw = resolved{typ: typeOther, text: value}, value
		return s, ""
	}
	value, _, _ = strings.Cut(value, "#")
	value = strings.TrimSpace(value)
	s.raw, s.plain = value, true
	s.value = resolve(&node{kind: nodeScalar, text: value, plain: true})
	if s.value.typ == typeText || s.value.typ == typeNull || strings.ContainsAny(value[:1], "TFN") {
		return s, "text-without-quotes"
	}
	return s, ""
}

func tomlString(s setting, value string) (setting, string) {
	quote := value[:1]
	end := strings.Index(value[1:], quote)
	if quote == `"` {
		for end > 0 && value[end] == '\\' {
			next := strings.Index(value[end+2:], quote)
			if next < 0 {
				return s, "open-quote"
			}
			end += next + 1
		}
	}
	if end < 0 {
		return s, "open-quote"
	}
	inner := value[1 : end+1]
	if tail := strings.TrimSpace(value[end+2:]); tail != "" && tail[0] != '#' {
		return s, "other"
	}
	if quote == `"` {
		if u, err := strconv.Unquote(`"` + inner + `"`); err == nil {
			inner = u
		}
	}
	s.raw = inner
	s.value = resolved{typeText, inner}
	return s, ""
}
