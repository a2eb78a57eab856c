//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOutputLinks: a link stays a link, and what it leads to holds the report, also
// where that was not there before.
func TestOutputLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "deep", "er"), 0o700); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"dangling": "new.json", "chain": "dangling2", "dangling2": filepath.Join(dir, "new2.json"), "to": "deep/er", "up": "to/../new3.json", "loop": "loop", "nowhere": "no/such/x.json",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for link, want := range map[string]string{"dangling": "new.json", "chain": "new2.json", "up": "deep/new3.json", "loop": "", "nowhere": ""} {
		for range 2 { // the second time it is there
			f := &terminal{}
			code := f.run(t, "version", "--output", "json="+filepath.Join(dir, link))
			if info, err := os.Lstat(filepath.Join(dir, link)); err != nil || info.Mode()&os.ModeSymlink == 0 {
				t.Errorf("%s is no link any more: %v", link, err)
			}
			if want == "" {
				if code != exitNoDiagnosis || f.stderr.Len() == 0 {
					t.Errorf("%s: exit code %d, stderr %q", link, code, &f.stderr)
				}
				continue
			}
			info, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(want)))
			if code != exitOK || err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
				t.Errorf("%s: exit code %d, %v, stderr %q", link, code, err, &f.stderr)
			}
		}
	}
}
