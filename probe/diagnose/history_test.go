package diagnose

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/report/text"
)

// histories are phrases that tell what happened while nobody was looking.
func histories() map[text.Lang][]string {
	return map[text.Lang][]string{
		text.English: {
			"never registered", "was never", "no token was ever", "ever registered", "replaced since", "has been replaced", "has replaced",
			"registered again since", "logged out", "has logged", "was lost", "has been cleared", "has cleared", "was cleared",
			"was emptied", "has emptied", "is gone", "since then", "was not registered", "has never",
		},
		text.Chinese: {"从未", "从来", "后来被", "后来重新", "已经登出", "已登出", "曾经登出", "被清空了", "丢失了", "没有了", "被替换"},
	}
}

// alternatives show that a sentence tells what may have happened, not what did.
func alternatives() map[text.Lang]*regexp.Regexp {
	return map[text.Lang]*regexp.Regexp{
		text.English: regexp.MustCompile(`(?i)\beither\b|\bor\b|\bif\b|\bmay\b|\bwhether\b`),
		text.Chinese: regexp.MustCompile(`要么|或|如果|可能|是否`),
	}
}

// witnessed are the texts that tell what this run, a time stamp or a line of the
// log has shown, each with the reason.
func witnessed() map[string]string {
	return map[string]string{
		"WK209": "this run was answered 200 and 401",
		"WK213": "this run looked before and after",
		"WK308": "the log's panic, or this run's own greeting",
		"WK214": "the run's own users",
		"WK523": "the run registered the user itself",
	}
}

// TestNoHistoryThatNobodySaw: a text says what is, or what may have happened; what
// did happen needs a witness.
func TestNoHistoryThatNobodySaw(t *testing.T) {
	t.Parallel()
	sentence := regexp.MustCompile(`[.。；;] ?`)
	for lang, phrases := range histories() {
		found := 0
		for _, l := range linesAboutCauses(t, lang) {
			for _, s := range sentence.Split(l.text, -1) {
				at := slices.IndexFunc(phrases, func(h string) bool { return strings.Contains(strings.ToLower(s), h) })
				if at < 0 {
					continue
				}
				found++
				if !alternatives()[lang].MatchString(s) {
					t.Errorf("%s in %s tells what nobody saw (%q): %s", l.id, lang, phrases[at], s)
				}
			}
		}
		if found == 0 {
			t.Errorf("%s: no such phrase in any text: nothing was looked at", lang)
		}
	}
}

type textLine struct{ id, text string }

// linesAboutCauses gives the lines of all texts about causes that nobody has
// witnessed, with the id that they stand under.
func linesAboutCauses(t *testing.T, lang text.Lang) (list []textLine) {
	t.Helper()
	for _, file := range []string{"findings", "explain", "serverlog", "serverconf", "sdks"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "report", "text", string(lang), file+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		id := ""
		for line := range strings.Lines(string(b)) {
			if head, _, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, " ") {
				id = strings.TrimPrefix(head, "explain.")
			}
			if strings.HasPrefix(id, "WK") && witnessed()[id[:min(5, len(id))]] == "" {
				list = append(list, textLine{id, line})
			}
		}
	}
	return list
}
