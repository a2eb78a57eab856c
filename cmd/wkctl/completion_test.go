package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/report/text"
)

// completes asks as the scripts do: the words, without descriptions, and the
// directive.
func completes(t *testing.T, words ...string) ([]string, string) {
	t.Helper()
	f := &terminal{}
	if code := f.run(t, append([]string{"__complete", "--"}, words...)...); code != exitOK || f.stderr.Len() > 0 {
		t.Fatalf("%q: exit code %d, %s", words, code, &f.stderr)
	}
	lines := strings.Split(strings.TrimSuffix(f.stdout.String(), "\n"), "\n")
	last := len(lines) - 1
	for i := range lines[:last] {
		lines[i], _, _ = strings.Cut(lines[i], "\t")
	}
	return lines[:last], lines[last]
}

// TestComplete: what is offered, and what goes with it. The words are parted by
// blanks, and the last one may be empty.
func TestComplete(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"dia":                            "diagnose :4",
		"help exp":                       "explain :4",
		"frobnicate ":                    ":4",
		"explain WK52":                   "WK520 WK521 WK522 WK523 :4",
		"explain wk501":                  "wk501 :4",
		"diagnose --format j":            "json junit :4",
		"diagnose --format=j":            "--format=json --format=junit :4",
		"connect --format=":              "--format=table --format=json :4",
		"diagnose --output js":           "json= :6",
		"diagnose --output=js":           "--output=json= :6",
		"diagnose --output json=":        ":0",
		"diagnose --output=json=":        ":0",
		"sdks --name easyc":              "easycpp easycsharp :4",
		"sdks --name js,easyc":           "js,easycpp js,easycsharp :4",
		"sdks --flag ":                   "0 1 2 :4",
		"sandbox --fault no-":            "no-upgrade no-connack no-pong :4",
		"sandbox --fault drop":           "drop-after: :6",
		"sandbox --fault mute":           "mute mute-after: :4",
		"sandbox --generation v2":        "v2-beta v2.0 v2 :4",
		"diagnose --sdk al":              "all :4",
		"connect --sdk al":               ":4",
		"sdks --name al":                 ":4",
		"diagnose --sdk js,easyjs@1.":    "js,easyjs@1.0.6 js,easyjs@1.0.13 :4",
		"diagnose --sdk=js@1.3":          "--sdk=js@1.3.1 --sdk=js@1.3.5 :4",
		"connect --sdk js,":              ":4",
		"diagnose --sdk android,go,harm": "android,go,harmony :4",
		"diagnose --sdk go,g":            ":4",
		"diagnose --flags 0,":            "0,1 0,2 :4",
		"diagnose --token-flag ":         "0 1 2 :4",
		"diagnose --lang=z":              "--lang=zh :4",
		"diagnose --color n":             "never :4",
		"register --level ":              "0 1 :4",
		"diagnose --token-file ":         ":0",
		"diagnose --token-file=x":        ":0",
		"sandbox --scenario ":            ":0",
		"explain --log ":                 ":0",
		"report ":                        ":0",
		"diagnose --timeout ":            ":4",
		"diagnose --timeout --":          ":4",
		"diagnose --uid-prefix ":         ":4",
		"diagnose --uid-p":               "--uid-prefix :4",
		"diagnose --nothing=":            ":4",
		"diagnose --keep --allow":        "--allow-no-auth :4",
		"completion z":                   "zsh :4",
	} {
		got, then := completes(t, strings.Split(line, " ")...)
		if have := strings.TrimSpace(strings.Join(got, " ") + " " + then); have != want {
			t.Errorf("%q: got %s, want %s", line, have, want)
		}
	}
	if got, _ := completes(t, "register", ""); !slices.Contains(got, "--uid") || !slices.Contains(got, "--api") {
		t.Errorf("a command without words: got %v", got)
	}
}

// TestCompleteIsSound: each candidate of each flag is a word that goes on where the
// unfinished one stopped, in both languages.
func TestCompleteIsSound(t *testing.T) {
	t.Parallel()
	for _, lang := range text.Langs() {
		a := &app{world: &world{getenv: func(string) string { return "" }}, say: text.New(lang)}
		app := a.cliApp()
		for _, c := range app.Commands {
			for _, f := range c.Flags {
				for _, start := range []string{"", "j", "0", "js@", "al"} {
					for _, words := range [][]string{{c.Name, "--" + f.Names()[0], start}, {c.Name, "--" + f.Names()[0] + "=" + start}} {
						for _, w := range a.complete(app, words).words {
							if !strings.HasPrefix(w, words[len(words)-1]) && takesValue(c, "--"+f.Names()[0]) || strings.Contains(w, "\n") {
								t.Errorf("%v: got %q", words, w)
							}
						}
					}
				}
			}
		}
	}
}

// completedBy runs a script with a file of the name report.json beside it; the test is
// skipped where the shell is not installed.
func completedBy(t *testing.T, shell, script string) string {
	t.Helper()
	if _, err := exec.LookPath(shell); err != nil {
		t.Skip(shell + " is not installed")
	}
	dir := t.TempDir()
	for _, name := range []string{"report.json", "other.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(shell, "-c", script)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir, "GORACE="+quickRace, "WKCTL_LANG=en")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// TestBashCompletion: the script puts together what bash has parted, and obeys the
// directive. Each try has the line, and the words as bash hands them over.
func TestBashCompletion(t *testing.T) {
	t.Parallel()
	const script = `source <(wkctl completion bash)
try() { COMP_LINE=$1; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wkctl 2>/dev/null; echo "${COMPREPLY[*]};"; }
try 'wkctl explain WK52' wkctl explain WK52
try 'wkctl diagnose --format=j' wkctl diagnose --format = j
try 'wkctl diagnose --output js' wkctl diagnose --output js
try 'wkctl diagnose --output json=re' wkctl diagnose --output json = re
try 'wkctl diagnose --sdk js,easyjs@1.0.1' wkctl diagnose --sdk js,easyjs @ 1.0.1
try 'wkctl diagnose --token-file oth' wkctl diagnose --token-file oth
try 'wkctl diagnose --timeout ' wkctl diagnose --timeout ''
try 'wkctl   report  re' wkctl report re`
	want := "WK520 WK521 WK522 WK523; json junit; json=; report.json; 1.0.13; other.txt; ; report.json;"
	if got := completedBy(t, "bash", script); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestFishCompletion: fish says itself what it would offer.
func TestFishCompletion(t *testing.T) {
	t.Parallel()
	const script = `wkctl completion fish | source
for line in 'wkctl explain WK52' 'wkctl diagnose --format=j' 'wkctl diagnose --output json=re' 'wkctl diagnose --output=json=re' 'wkctl diagnose --sdk js,easyjs@1.0.1' 'wkctl diagnose --timeout ' 'wkctl report re'
  complete -C $line | string replace -r '\t.*' ''
  echo ';'
end`
	want := "WK520 WK521 WK522 WK523 ; --format=json --format=junit ; json=report.json ; --output=json=report.json ; js,easyjs@1.0.13 ; ; report.json ;"
	if got := completedBy(t, "fish", script); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestScriptsParse: the shells that are installed take the scripts as they are.
func TestScriptsParse(t *testing.T) {
	t.Parallel()
	for shell, ending := range map[string]string{"bash": "bash", "zsh": "zsh", "fish": "fish"} {
		if _, err := exec.LookPath(shell); err != nil {
			continue
		}
		if out, err := exec.Command(shell, "-n", "completion/wkctl."+ending).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v: %s", shell, err, out)
		}
	}
	for _, ending := range shells() {
		script, err := completionScripts.ReadFile("completion/wkctl." + ending)
		if err != nil || !strings.Contains(string(script), "wkctl __complete -- ") {
			t.Errorf("%s: %v", ending, err)
		}
	}
}
