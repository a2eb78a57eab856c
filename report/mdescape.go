package report

import (
	"regexp"
	"strings"
)

// Escaping for GitHub Flavored Markdown. Foreign text stands in code spans,
// where nothing is interpreted; sentences are escaped, and words in them that a
// site would turn into a link or a mention become code spans as well, because
// no backslash stops that.

// special are the characters that a backslash makes literal. "$" starts a
// formula on GitHub.
const special = "\\`*_[]<>|~#&$"

var (
	linkish   = regexp.MustCompile(`[^\s|\p{Han}，。：；、（）“”]*(?:://|www\.|@|#\d|\bGH-\d)[^\s|\p{Han}，。：；、（）“”]*`)
	listStart = regexp.MustCompile(`^(?:[-+=]|\d+[.)])`)
)

// mdText escapes a sentence. Its line breaks stay; the indentation of its lines
// does not, which could make a code block.
func mdText(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = mdLine(strings.TrimSpace(l))
	}
	return strings.Join(lines, "\n")
}

func mdLine(s string) string {
	var b strings.Builder
	if m := listStart.FindString(s); m != "" {
		b.WriteString(m[:len(m)-1] + "\\" + m[len(m)-1:])
		s = s[len(m):]
	}
	last := 0
	for _, at := range linkish.FindAllStringIndex(s, -1) {
		b.WriteString(mdEscape(s[last:at[0]]))
		b.WriteString(mdCode(s[at[0]:at[1]]))
		last = at[1]
	}
	b.WriteString(mdEscape(s[last:]))
	return b.String()
}

func mdEscape(s string) string {
	var b strings.Builder
	for i, r := range s {
		if strings.ContainsRune(special, r) && !(r == '_' && insideWord(s, i)) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// insideWord says whether s[i] stands between ASCII letters or digits, as in
// "device_flag": an underscore there never starts emphasis.
func insideWord(s string, i int) bool {
	return i > 0 && i+1 < len(s) && wordByte(s[i-1]) && wordByte(s[i+1])
}

func wordByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// mdCode puts s into a code span, between more backticks than it holds.
func mdCode(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\n", " "))
	if s == "" {
		return ""
	}
	tick := strings.Repeat("`", longestRun(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return tick + s + tick
}

// mdCell is a code span for a table cell, where a pipe ends the cell even in
// code. The table takes one backslash away again, whatever stands before it.
// (Outside code a pipe is escaped already.)
func mdCell(s string) string {
	return strings.ReplaceAll(mdCode(s), "|", `\|`)
}

// mdFence puts s into a fenced block.
func mdFence(info, s string) string {
	fence := strings.Repeat("`", max(3, longestRun(s)+1))
	return fence + info + "\n" + strings.TrimRight(s, "\n") + "\n" + fence + "\n"
}

func longestRun(s string) int {
	longest, run := 0, 0
	for _, r := range s {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

var address = regexp.MustCompile(`^https?://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~/%?=&#+-]*)?$`)

// mdLink makes a link of a plain web address, and a code span of anything else.
func mdLink(s string) string {
	if address.MatchString(s) {
		return "<" + s + ">"
	}
	return mdCode(s)
}
