package report

import "strings"

// commandWidth is where a command is broken on a terminal of any width, its indent
// included: what is copied goes on to a ticket or a chat.
const commandWidth = 80

// command breaks a command of a shell so that its lines fit into width columns and
// it can still be pasted: between arguments behind a backslash, and behind a comma
// inside the quoted JSON of an argument, where a line break is a blank. What cannot
// be broken so stays whole.
func command(s string, width int) []string {
	if columns(s) <= width || strings.ContainsAny(s, "\n\\") {
		return strings.Split(s, "\n")
	}
	args, whole := shellArgs(s)
	if !whole {
		return []string{s}
	}
	lines, line := []string{}, ""
	for i, arg := range args {
		end := ""
		if i+1 < len(args) {
			end = ` \`
		}
		all := strings.Join(arg, " ")
		if line != "" && columns(line)+1+columns(all+end) <= width {
			line += " " + all
			continue
		}
		switch {
		case line == "":
		case columns("  "+all+end) > width && columns(line)+1+columns(arg[0]) <= width:
			line += " " // it is broken anyway
		default:
			lines = append(lines, line+` \`)
			line = "  "
		}
		for j, piece := range arg {
			switch {
			case j == 0:
				line += piece
			case columns(line)+1+columns(piece+end) <= width:
				line += " " + piece
			default:
				lines, line = append(lines, line), "    "+piece
			}
		}
	}
	return append(lines, line)
}

// shellArgs cuts a command at its blanks, an option together with its value, and
// each of these into the pieces between which its quoted JSON may be broken. whole
// is false where a quote is left open.
func shellArgs(s string) (args [][]string, whole bool) {
	var quote byte
	var arg []string
	json, str := false, false
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, str = c, false
			json = c == '\'' && i+1 < len(s) && s[i+1] == '{'
		case quote != 0 && json && c == '"':
			str = !str
		case c == ' ' && quote == 0 && !isOption(s[start:i]):
			args, arg = append(args, append(arg, s[start:i])), nil
			start = i + 1
		case c == ' ' && quote != 0 && json && !str && s[i-1] == ',':
			arg = append(arg, s[start:i])
			start = i + 1
		}
	}
	return append(args, append(arg, s[start:])), quote == 0
}

// isOption says whether a value follows: "-H", "--uid".
func isOption(s string) bool { return strings.HasPrefix(s, "-") && !strings.ContainsAny(s, " =") }
