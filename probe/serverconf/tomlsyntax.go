package serverconf

import (
	"errors"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// tomlProblem turns the decoder's error into one of our reasons, at the line that a
// person has to change. The message itself is not shown: it quotes the file. next is
// the line behind the last expression that parses.
func tomlProblem(data []byte, err error, next int) *yamlProblem {
	if err == nil {
		return nil
	}
	p := &yamlProblem{reason: "other"}
	var e *toml.DecodeError
	if !errors.As(err, &e) {
		return p
	}
	p.line, p.col = e.Position()
	lines := strings.Split(string(data), "\n")
	p.reason = tomlReason(e.Error(), lines, p)
	// What is never closed breaks where the file ends, or at the next key; it is to be
	// mended where it begins.
	if p.reason == "open-bracket" || p.reason == "open-quote" && strings.Contains(e.Error(), "not terminated") {
		for next < p.line && blankLine(lines[next-1]) {
			next++
		}
		p.line, p.col = next, 1
	}
	return p
}

func blankLine(line string) bool {
	body := strings.TrimSpace(line)
	return body == "" || body[0] == '#'
}

// tomlReason knows the messages of go-toml v2.4.3 (unstable/parser.go, decode.go,
// internal/tracker/seen.go).
func tomlReason(message string, lines []string, p *yamlProblem) string {
	has := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(message, part) {
				return true
			}
		}
		return false
	}
	line := ""
	if p.line >= 1 && p.line <= len(lines) {
		line = lines[p.line-1]
	}
	switch {
	case has("already exists", "already defined"):
		return "duplicate-key"
	case has("terminated", "cannot have new lines"):
		return "open-quote"
	case has("escape", "need a character after"):
		return "escape"
	case has("control characters", "carriage return"):
		return "control-character"
	case has("nested more than"):
		return "too-deep"
	case has("array is incomplete", "table is incomplete", "to close"):
		return "open-bracket"
	case has("expected ','", "start of value", "keyword") && beginsSetting(line, p.col):
		return "open-bracket"
	case has("expected ','"):
		return "missing-comma"
	case has("after key") && colonForEquals(line):
		return "colon-for-equals"
	case bareText(line, p.col, message):
		return "text-without-quotes"
	}
	return "other"
}

// beginsSetting says whether a list goes on with the next setting.
func beginsSetting(line string, col int) bool {
	key, rest := splitKey(strings.TrimSpace(line))
	return key != "" && strings.HasPrefix(strings.TrimSpace(rest), "=") && col <= strings.IndexByte(line, '=')
}

func colonForEquals(line string) bool {
	key, rest := splitKey(strings.TrimSpace(line))
	return key != "" && strings.HasPrefix(strings.TrimSpace(rest), ":")
}

// bareText says whether the parser stopped in a text that lacks its quotes: at its
// first letter, or, as of 0.0.0.0:5001, behind what still was a number.
func bareText(line string, col int, message string) bool {
	if col < 1 || col > len(line) {
		return false
	}
	letter := func(c byte) bool { return c >= 0x80 || c == '/' || isKeyRune(rune(c)) }
	switch {
	case strings.Contains(message, "start of value"), strings.Contains(message, "keyword"), strings.Contains(message, "must be quoted"):
		return letter(line[col-1])
	case strings.Contains(message, "expected newline"):
		return col > 1 && letter(line[col-2]) && line[col-1] > ' ' && line[col-1] != '#'
	}
	return false
}
