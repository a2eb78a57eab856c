package report

import (
	"strings"

	"github.com/fatih/color"

	"github.com/wkctl/wkctl/report/text"
)

// Style says how text for people looks. The zero value is English, 80 columns,
// without colour.
type Style struct {
	Width   int           // columns; 0 = 80
	Color   bool          // the 16 colours of the terminal's own palette
	ASCII   bool          // no character beyond ASCII in what wkctl itself draws and says in English
	Verbose bool          // steps, passed checks' texts, evidence of notes
	Text    *text.Printer // nil = English
}

// The widths a report is made for. Below the least nothing would be readable,
// so a still narrower terminal wraps by itself.
const (
	defaultWidth = 80
	leastWidth   = 40
	proseWidth   = 100 // longer lines are hard to read
)

func (s Style) width() int {
	switch {
	case s.Width == 0:
		return defaultWidth
	case s.Width < leastWidth:
		return leastWidth
	}
	return s.Width
}

func (s Style) printer() *text.Printer {
	if s.Text == nil {
		return text.New(text.English)
	}
	return s.Text
}

// palette gives each kind of text its colour. The objects are made per report
// and switched explicitly: the library's own switch looks at the process's
// stdout and at the environment, which is neither this writer nor this run.
type palette struct {
	good, proud, bad, loud, warn, note, dim, head, code ink
}

type ink struct{ c *color.Color }

func newPalette(on bool) palette {
	mix := func(a ...color.Attribute) ink {
		c := color.New(a...)
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return ink{c}
	}
	return palette{
		good:  mix(color.FgGreen),
		proud: mix(color.FgGreen, color.Bold),
		bad:   mix(color.FgRed, color.Bold),
		loud:  mix(color.FgHiWhite, color.BgRed, color.Bold),
		warn:  mix(color.FgYellow),
		note:  mix(color.FgBlue),
		dim:   mix(color.Faint), // bright black is the background of some palettes
		head:  mix(color.Bold),
		code:  mix(color.FgCyan),
	}
}

// paint colours s; the zero ink leaves it as it is.
func (i ink) paint(s string) string {
	if i.c == nil || s == "" {
		return s
	}
	return i.c.Sprint(s)
}

// glyphs are the signs of a report. Those of Unicode are one column wide in
// every locale (unlike "√", "×" and the emoji), and never stand without a word.
type glyphs struct {
	pass, fail, warn, skip, unknown string
	arrow, arrowBack, dot           string
	quiet, cannot                   string // a refusal that should happen; an SDK that cannot log in
	ascii                           bool
}

// widest is the widest sign of an outcome.
func (g glyphs) widest() string { return g.fail }

func newGlyphs(ascii bool) glyphs {
	if ascii {
		return glyphs{
			pass: "[ok]", fail: "[FAIL]", warn: "[warn]", skip: "[skip]", unknown: "[??]",
			arrow: "->", arrowBack: "<-", dot: "|", quiet: "-", cannot: "-", ascii: true,
		}
	}
	return glyphs{
		pass: "✓", fail: "✗", warn: "!", skip: "-", unknown: "?",
		arrow: "→", arrowBack: "←", dot: "·", quiet: "·", cannot: "–",
	}
}

// plain replaces the typographic characters that our own texts use.
func (g glyphs) plain(s string) string {
	if !g.ascii {
		return s
	}
	return strings.NewReplacer(
		"→", "->", "←", "<-", "↓", "/", "·", "|", "…", "...", "–", "-", "—", "-", "×", "x",
		"“", `"`, "”", `"`, "‘", "'", "’", "'", "≤", "<=", "≥", ">=",
	).Replace(s)
}
