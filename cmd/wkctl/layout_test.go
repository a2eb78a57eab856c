package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTopLevel: no folder beyond those that have a job, and each Go package in
// one of them.
func TestTopLevel(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains([]string{"cmd", "probe", "report", "testdata"}, e.Name()) {
			t.Errorf("folder %q: expected cmd, probe, report and testdata only", e.Name())
		}
		if strings.HasSuffix(e.Name(), ".go") {
			t.Errorf("%s: no Go file lies at the top", e.Name())
		}
	}
	for _, p := range packages(t) {
		if p.ImportPath != module+"/cmd/wkctl" && strings.Contains(p.ImportPath, "/cmd/") {
			t.Errorf("%s: there is one program", p.ImportPath)
		}
		if base := path.Base(p.ImportPath); strings.ContainsAny(base, "_-") || base == "util" || base == "common" {
			t.Errorf("%s: expected one word that says what it is for", p.ImportPath)
		}
	}
}

// sources calls f for each file that is part of the project.
func sources(t *testing.T, f func(name string, content []byte)) {
	t.Helper()
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			if err == nil && d.IsDir() && slices.Contains([]string{".git", "dist", "node_modules"}, d.Name()) {
				return filepath.SkipDir
			}
			return err
		}
		b, err := os.ReadFile(name)
		if err == nil {
			f(filepath.ToSlash(strings.TrimPrefix(name, "../../")), b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOnlyMainExits: an exit from depth skips the clean-up of the test users.
func TestOnlyMainExits(t *testing.T) {
	t.Parallel()
	exits := regexp.MustCompile(`\b(os\.Exit|log\.Fatal\w*|runtime\.Goexit|syscall\.Exit)\(`)
	found := 0
	sources(t, func(name string, content []byte) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return
		}
		for _, m := range exits.FindAll(content, -1) {
			if name == "cmd/wkctl/main.go" {
				found++
			} else {
				t.Errorf("%s calls %s): only main may", name, m)
			}
		}
	})
	if found != 1 {
		t.Errorf("main.go exits in %d places, expected one", found)
	}
}

// TestNoRegistryHosts: the project names no host of a package registry. Where
// packages come from is the business of who builds it.
func TestNoRegistryHosts(t *testing.T) {
	t.Parallel()
	// Put together, so that this file does not name them itself.
	hosts := regexp.MustCompile(`(?i)\b(` + strings.Join([]string{
		`proxy\.golang` + `\.org`, `sum\.golang` + `\.org`, `goproxy` + `\.(cn|io)`, `registry\.npmjs` + `\.org`, `npmjs` + `\.com`,
		`registry\.npmmirror` + `\.com`, `pypi` + `\.org`, `files\.pythonhosted` + `\.org`, `crates` + `\.io`, `rubygems` + `\.org`,
		`repo\d?\.maven` + `\.org`, `ghcr` + `\.io`, `docker` + `\.io`, `hub\.docker` + `\.com`, `quay` + `\.io`,
		`registry[\w.-]*\.aliyuncs` + `\.com`, `jsdelivr` + `\.net`, `unpkg` + `\.com`,
	}, "|") + `)\b`)
	for text, want := range map[string]bool{"https://proxy.golang" + ".org,direct": true, "registry.cn-shanghai.aliyuncs" + ".com/x": true, "golang.org/x/term": false, "pkg.go.dev": false} {
		if hosts.MatchString(text) != want {
			t.Fatalf("the pattern on %q: want %v", text, want)
		}
	}
	sources(t, func(name string, content []byte) {
		if m := hosts.Find(content); m != nil {
			t.Errorf("%s names the package registry %s", name, m)
		}
	})
}
