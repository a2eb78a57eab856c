package serverconf

import (
	"strings"
)

// envLine is one assignment of a .env file or of a service's environment.
type envLine struct {
	name      string
	value     string
	source    string
	line, col int
	bare      bool // a name without "=": the value comes from where compose runs
	literal   bool // ${…} in it is not replaced
	malformed bool // something stands between the name and the "="
}

// maxVariables bounds a .env file; each variable is looked for among all others.
const maxVariables = 2000

// readDotenv reads a .env file the way Docker Compose does: NAME=value or
// NAME: value, "export" allowed, quotes around a value dropped, a comment after a
// blank cut off an unquoted value.
func readDotenv(name string, data []byte) []envLine {
	if len(data) > maxSource {
		return nil
	}
	var out []envLine
	text := strings.TrimPrefix(string(data), "\ufeff")
	for i, raw := range strings.Split(text, "\n") {
		if l, ok := dotenvLine(raw); ok && len(out) < maxVariables {
			l.source, l.line = name, i+1
			out = append(out, l)
		}
	}
	return out
}

func dotenvLine(raw string) (envLine, bool) {
	body := strings.TrimSpace(raw)
	if body == "" || body[0] == '#' {
		return envLine{}, false
	}
	col := 1 + indentOf(raw)
	body = strings.TrimPrefix(body, "export ")
	at := strings.IndexAny(body, "=:")
	if at < 0 {
		return envLine{name: strings.TrimSpace(body), bare: true, col: col}, true
	}
	name := strings.TrimSpace(body[:at])
	value := strings.TrimSpace(body[at+1:])
	l := envLine{name: name, col: col, malformed: strings.ContainsAny(name, " \t\"'")}
	switch {
	case strings.HasPrefix(value, "'"):
		l.value, l.literal = unquoteEnv(value, '\''), true
	case strings.HasPrefix(value, `"`):
		l.value = unquoteEnv(value, '"')
	default:
		l.value = cutComment(value)
	}
	return l, true
}

func unquoteEnv(value string, quote byte) string {
	if end := strings.IndexByte(value[1:], quote); end >= 0 {
		return value[1 : end+1]
	}
	return value
}

// cutComment drops " # …"; a value that begins with "#" is all comment.
func cutComment(value string) string {
	if strings.HasPrefix(value, "#") {
		return ""
	}
	for i := 1; i < len(value); i++ {
		if value[i] == '#' && (value[i-1] == ' ' || value[i-1] == '\t') {
			return strings.TrimSpace(value[:i])
		}
	}
	return value
}
