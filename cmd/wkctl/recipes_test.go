package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// recipePlaces is in how many places each recipe of CONTRIBUTING.md may ask for a
// change.
func recipePlaces() map[string]int {
	return map[string]int{
		"A cause": 5, "A version of an SDK": 2, "A generation of the server": 6, "A format of the report": 2,
		"A language": 2, "A flag of the command line": 3, "A setting of the server": 2, "A scenario": 2,
	}
}

// TestRecipes: the files and tests that CONTRIBUTING.md names exist, and no recipe
// has grown.
func TestRecipes(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	tests := map[string]bool{}
	sources(t, func(name string, content []byte) {
		if strings.HasSuffix(name, "_test.go") {
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(content, -1) {
				tests[string(m[1])] = true
			}
		}
	})
	for _, m := range regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(text, -1) {
		if m != "TestLive" && !tests[m] {
			t.Errorf("CONTRIBUTING.md names %s: there is no such test", m)
		}
	}
	paths := regexp.MustCompile("`((?:\\.?[a-z0-9_]+/)[\\w./-]+|[A-Z]+\\.md)`").FindAllStringSubmatch(text, -1)
	if len(paths) < 30 {
		t.Errorf("%d paths are named, expected 30", len(paths))
	}
	for _, m := range paths {
		if _, err := os.Stat(filepath.Join("../..", filepath.FromSlash(m[1]))); err != nil {
			t.Errorf("CONTRIBUTING.md names %s: %v", m[1], err)
		}
	}
	step := regexp.MustCompile(`(?m)^\d+\. `)
	for name, most := range recipePlaces() {
		_, recipe, found := strings.Cut(text, "\n### "+name+"\n")
		recipe, _, _ = strings.Cut(recipe, "\n##")
		if n := len(step.FindAllString(recipe, -1)); !found || n == 0 || n > most {
			t.Errorf("%q: %d places, expected 1 to %d", name, n, most)
		}
	}
}

// TestGenerationPlaces: every place that has to know a generation does.
func TestGenerationPlaces(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	logged := serverlog.GenV10 | serverlog.GenV1 | serverlog.GenV2Beta | serverlog.GenV20 | serverlog.GenV2 | serverlog.GenV3
	if n := len(sandbox.Generations()); n != len(probe.Generations()) {
		t.Errorf("the stand-in plays %d generations, expected %d", n, len(probe.Generations()))
	}
	before := probe.Release(0)
	for _, g := range probe.Generations() {
		first, last, ok := g.Releases()
		if of, _ := probe.GenerationOf(first); !ok || first <= before || last < first || of != g {
			t.Errorf("%s: releases %s to %s, of which the first is of %q", g, first, last, of)
		}
		before = last
		if _, err := sandbox.ParseGeneration(string(g)); err != nil {
			t.Errorf("%s: %v", g, err)
		}
		if !logged.Has(string(g)) {
			t.Errorf("%s: no bit in package serverlog", g)
		}
		if !strings.Contains(string(readme), "\n| `"+string(g)+"` | ") {
			t.Errorf("%s: no row in the README", g)
		}
		t.Run(string(g), func(t *testing.T) { recognised(t, g) })
	}
}

// recognised: the stand-in of a generation is taken for what it plays.
func recognised(t *testing.T, g probe.Generation) {
	bubble(t, func(t *testing.T, n *memnet.Network) {
		f := &terminal{net: n}
		f.run(t, "diagnose", "--sandbox", string(g), "--format", "json")
		var d probe.Diagnosis
		if err := json.Unmarshal(f.stdout.Bytes(), &d); err != nil {
			t.Fatalf("%v\n%s", err, &f.stderr)
		}
		if d.Server.Generation != g {
			t.Errorf("the stand-in of %s was taken for %s", g, d.Server.Generation)
		}
	})
}
