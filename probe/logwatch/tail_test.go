package logwatch

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"
)

// TestTailRotated: a log that is replaced while the run lasts is read on.
func TestTailRotated(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "error.log")
	if err := os.WriteFile(path, []byte("old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tl, err := openTail(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		b, _ := io.ReadAll(tl)
		read <- string(b)
	}()
	grow(t, path, "first\n")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	grow(t, path, "second\n")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * pollTail) // an empty file shows that it was truncated
	grow(t, path, "third\n")
	tl.finish()
	if got := <-read; got != "first\nsecond\nthird\n" && got != "first\nthird\n" {
		t.Errorf("read %q", got)
	}
}

// grow writes and gives a reader that polls the time to see it.
func grow(t *testing.T, path, line string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(line)
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	time.Sleep(3 * pollTail)
}

// TestTailPast: of a file that was there before, packed or not, what is
// about the user counts.
func TestTailPast(t *testing.T) {
	t.Parallel()
	line := `{"level":"error","time":"2026-11-28T10:00:00+08:00","msg":"【handler】device is ban","uid":"alice"}` + "\n"
	for name, b := range packedForms(t, line) {
		path := filepath.Join(t.TempDir(), "error.log")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		tail, err := openTail(t.Context(), path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(tail.past(f))
		_, _ = f.Close(), tail.file.Close()
		if err != nil || string(text) != line {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

// packedForms gives a line as files hold it: plain, in both kinds of UTF-16, and
// packed.
func packedForms(t *testing.T, line string) map[string][]byte {
	t.Helper()
	forms := map[string][]byte{"plain": []byte(line), "utf-8 with a mark": []byte("\xef\xbb\xbf" + line)}
	for name, order := range map[string]unicode.Endianness{"utf-16le": unicode.LittleEndian, "utf-16be": unicode.BigEndian} {
		b, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().Bytes([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		forms[name] = b
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write([]byte(line))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	forms["gzip"] = z.Bytes()
	return forms
}

// TestOpenFolder: of a folder it is said what was expected in it.
func TestOpenFolder(t *testing.T) {
	t.Parallel()
	if _, err := Open(t.Context(), t.TempDir()); !errors.Is(err, errIsFolder) {
		t.Errorf("got %v", err)
	}
}
