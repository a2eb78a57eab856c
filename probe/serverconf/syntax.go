package serverconf

import (
	"bytes"
	"strings"
)

// refine turns the parser's message into one of our reasons and moves the place
// to the line that a person has to change. The message itself is not shown: it
// quotes the file.
func (p *yamlProblem) refine(message string, data []byte) {
	lines := strings.Split(string(data), "\n")
	if line := tabIndent(lines); line > 0 && strings.Contains(message, "cannot start any token") {
		p.reason, p.line, p.col = "tab", line, 1
		return
	}
	switch {
	case strings.Contains(message, "already defined"):
		p.reason = "duplicate-key"
		return
	case strings.Contains(message, "quoted text"):
		p.reason = "open-quote"
		return
	case strings.Contains(message, "escape"):
		p.reason = "escape"
		return
	case strings.Contains(message, "must be specified"), strings.Contains(message, "flow"):
		p.reason = "open-bracket"
		return
	case strings.Contains(message, "reserved character"):
		p.reason = "reserved-character"
		return
	}
	p.locate(lines)
}

// tabIndent finds the first line that is indented with a tab; 0 = none.
func tabIndent(lines []string) int {
	for i, l := range lines {
		lead := l[:len(l)-len(strings.TrimLeft(l, " \t"))]
		if strings.Contains(lead, "\t") {
			return i + 1
		}
	}
	return 0
}

// tabbedKey finds a key line that is indented with a tab, which yaml.v3 refuses
// wherever it is not inside brackets or a block of text; 0 = none. The parser here
// lets some of them pass as the next line of a value.
func tabbedKey(data []byte) int {
	open := 0
	for i, l := range strings.Split(string(data), "\n") {
		body := strings.TrimSpace(l)
		if body == "" || body[0] == '#' {
			continue
		}
		lead := l[:len(l)-len(strings.TrimLeft(l, " \t"))]
		if open == 0 && strings.Contains(lead, "\t") && isKeyLine(body) {
			return i + 1
		}
		open += brackets(body)
		if end := strings.TrimRight(body, "+-0123456789"); strings.HasSuffix(end, "|") || strings.HasSuffix(end, ">") {
			return 0
		}
	}
	return 0
}

// locate looks at the lines around the parser's place for the usual slips:
// "key:value" without a space, a Chinese colon, a key indented unlike the keys
// beside it.
func (p *yamlProblem) locate(lines []string) {
	for _, at := range []int{p.line, p.line + 1, p.line - 1} {
		if at < 1 || at > len(lines) {
			continue
		}
		if reason := lineSlip(lines[at-1]); reason != "" {
			p.reason, p.line, p.col = reason, at, 1+indentOf(lines[at-1])
			return
		}
	}
	for _, at := range []int{p.line, p.line + 1} {
		if before := unevenWith(lines, at); before > 0 {
			p.reason, p.line, p.col = "uneven-indent", at, 1+indentOf(lines[at-1])
			return
		}
	}
}

// lineSlip names what is wrong with a line by itself; "" = nothing seen.
func lineSlip(line string) string {
	body := strings.TrimSpace(line)
	if body == "" || body[0] == '#' || body[0] == '-' {
		return ""
	}
	key, rest := splitKey(body)
	switch {
	case key == "":
		return ""
	case strings.HasPrefix(rest, "："):
		return "wide-colon"
	case strings.HasPrefix(rest, ":") && len(rest) > 1 && rest[1] != ' ' && rest[1] != '\t' && rest[1] != '\r':
		return "colon-without-space"
	case strings.HasPrefix(rest, "="):
		return "equals-sign"
	}
	return ""
}

// splitKey cuts a line after its leading letters, digits, "_", "-" and ".".
func splitKey(s string) (key, rest string) {
	for i, r := range s {
		if !isKeyRune(r) {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// isKeyLine says whether a line is "key:" or "key: value".
func isKeyLine(line string) bool {
	key, rest := splitKey(strings.TrimSpace(line))
	return key != "" && strings.HasPrefix(rest, ":") && (len(rest) == 1 || rest[1] == ' ' || rest[1] == '\t' || rest[1] == '\r')
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// contentBefore finds the nearest line before at that is neither blank nor a
// comment; 0 = none.
func contentBefore(lines []string, at int) int {
	for i := at - 1; i >= 1; i-- {
		if body := strings.TrimSpace(lines[i-1]); body != "" && body[0] != '#' {
			return i
		}
	}
	return 0
}

// unevenWith says which earlier line a key line is indented unlike: deeper than a
// key that already has a value, or between two levels. This is what becomes of the
// shipped wk.yaml when "#  wsAddr" (two spaces) is uncommented under " ip" (one).
func unevenWith(lines []string, at int) int {
	if at < 2 || at > len(lines) || !isKeyLine(lines[at-1]) {
		return 0
	}
	before := contentBefore(lines, at)
	if before == 0 || !isKeyLine(lines[before-1]) {
		return 0
	}
	here, there := indentOf(lines[at-1]), indentOf(lines[before-1])
	if here > there && hasValue(lines[before-1]) {
		return before
	}
	if here < there {
		for i := before; i > 0; i = contentBefore(lines, i) {
			if d := indentOf(lines[i-1]); d == here {
				return 0
			} else if d < here {
				return before
			}
		}
		return before
	}
	return 0
}

// hasValue says whether a key line has something behind its colon.
func hasValue(line string) bool {
	_, rest := splitKey(strings.TrimSpace(line))
	rest = strings.TrimSpace(strings.TrimPrefix(rest, ":"))
	return rest != "" && rest[0] != '#'
}

// cutShort finds the end of what yaml.v3 reads of a file whose first content line
// is indented: it stops, without an error, at the first line that is indented
// less. Measured with yaml.v3 3.0.1. The line is 0 where the whole file is read.
func cutShort(data []byte) (head []byte, line int) {
	first, offset := -1, 0
	for i, l := range bytes.SplitAfter(data, []byte("\n")) {
		body := bytes.TrimSpace(l)
		if len(body) > 0 && body[0] != '#' {
			d := len(l) - len(bytes.TrimLeft(l, " "))
			switch {
			case first < 0 && bytes.HasPrefix(body, []byte("---")):
				return data, 0
			case first < 0:
				first = d
			case d < first:
				return data[:offset], i + 1
			}
		}
		offset += len(l)
	}
	return data, 0
}

// blockAbove names the block that a line most likely belongs to: the nearest line
// above that is indented less and has nothing behind its colon; "" = none.
func blockAbove(lines []string, at int) string {
	here := len(lines[at-1]) - len(strings.TrimLeft(lines[at-1], " \t"))
	for i := contentBefore(lines, at); i > 0 && here > 0; i = contentBefore(lines, i) {
		l := lines[i-1]
		if indentOf(l) < here && isKeyLine(l) && !hasValue(l) {
			key, _ := splitKey(strings.TrimSpace(l))
			return key
		}
		if indentOf(l) == 0 {
			return ""
		}
	}
	return ""
}

// brackets counts what is still open at the end of the text, outside of quotes and
// comments.
func brackets(s string) int {
	depth, quote := 0, byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == '\\' && quote == '"' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '#':
			return depth
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		}
	}
	return depth
}
