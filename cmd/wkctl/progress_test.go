package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/wkctl/wkctl/report/text"
)

// TestProgressTexts: every stage that a run can be in has words, in every
// language; a terminal would show the name of the missing message.
func TestProgressTexts(t *testing.T) {
	t.Parallel()
	stage := regexp.MustCompile(`(?:progress\(|together\(ctx, |Stage: +)"([a-z-]+)"`)
	stages := map[string]bool{}
	for _, dir := range []string{".", "../../probe/measure"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range stage.FindAllSubmatch(source, -1) {
				stages[string(m[1])] = true
			}
		}
	}
	if len(stages) < 10 || !stages["back"] || !stages["pairings"] {
		t.Fatalf("only %v", stages)
	}
	for _, lang := range text.Langs() {
		say := text.New(lang)
		for name := range stages {
			if !say.Has("progress." + name) {
				t.Errorf("%s: no progress.%s", lang, name)
			}
		}
	}
}
