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
	table := ""
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
		for depth := brackets(body); depth > 0 && i+1 < len(lines); depth = brackets(body) {
			i++
			body += "\n" + strings.TrimSpace(lines[i])
		}
		s, reason := tomlSetting(body)
		if reason != "" {
			f.problem = &yamlProblem{reason: reason, line: first + 1, col: 1 + indentOf(lines[first])}
			return f
		}
		s.line, s.col = first+1, 1+indentOf(lines[first])
		if table != "" {
			s.path = table + "." + s.path
		}
		if f.find(s.path, true) != nil {
			f.problem = &yamlProblem{reason: "duplicate-key", line: s.line, col: s.col}
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

// brackets counts what is still open at the end of the text, outside of quotes and
// comments.
func brackets(s string) int {
	depth, quote, comment := 0, byte(0), false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case comment:
			comment = c != '\n'
		case quote != 0:
			if c == '\\' && quote == '"' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '#':
			comment = true
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		}
	}
	return depth
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
