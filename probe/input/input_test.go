package input

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		path string
		max  int64
		want string
		err  error
	}{
		"just fits":      {path, 5, "12345", nil},
		"too long":       {path, 4, "", TooLong(4)},
		"stdin":          {"-", 5, "piped", nil},
		"stdin too long": {"-", 4, "", TooLong(4)},
		"folder":         {dir, 5, "", Folder},
		"nothing":        {filepath.Join(dir, "none"), 5, "", os.ErrNotExist},
	} {
		got, err := Read(t.Context(), strings.NewReader("piped"), tc.path, tc.max)
		if string(got) != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("%s: got %q, %v; want %q, %v", name, got, err, tc.want, tc.err)
		}
	}
	if _, err := ReadNamed(dir, 5); !errors.Is(err, Folder) {
		t.Errorf("a folder that a file names: %v", err)
	}
}

// TestAwaitEnds: a call that never comes back is given up with its context.
func TestAwaitEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	stuck := make(chan struct{})
	defer close(stuck)
	_, err := Await(ctx, func() (int, error) { cancel(); <-stuck; return 1, nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
