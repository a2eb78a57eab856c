package logwatch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/wkctl/wkctl/probe/input"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// tail reads what is written to a file from now on, also where the file is
// truncated or replaced by a new one (the servers' own rotation does that).
type tail struct {
	path  string
	start int64 // length of the file at the beginning
	enc   serverlog.Encoding

	file *os.File
	at   int64
	stop atomic.Bool
}

// pollTail is how often a file is asked for more.
const pollTail = 20 * time.Millisecond

var errIsFolder = errors.New("it is a folder, expected a file such as error.log in it")

// Open opens a log file or a pipe, as [input.Open] does; of a folder it says what
// was expected in it.
func Open(ctx context.Context, path string) (*os.File, error) {
	f, err := input.Open(ctx, path)
	if errors.Is(err, input.Folder) {
		err = errIsFolder
	}
	return f, err
}

func openTail(ctx context.Context, path string) (*tail, error) {
	f, err := Open(ctx, path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	at, enc := int64(0), serverlog.Encoding("")
	if err == nil && info.Mode().IsRegular() {
		if enc, err = encodingOf(f); err == nil {
			at, err = f.Seek(0, io.SeekEnd)
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &tail{path: path, start: at, enc: enc, file: f, at: at}, nil
}

// encodingOf looks at the start of a file: what comes behind its end later has no
// byte order mark of its own. An empty file may become anything.
func encodingOf(f *os.File) (serverlog.Encoding, error) {
	head := make([]byte, 512)
	n, err := f.ReadAt(head, 0)
	if n == 0 {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return "", err
	}
	enc, _ := serverlog.Sniff(head[:n])
	if form := serverlog.FormOf(head[:n]); enc != serverlog.EncodingGzip && form.Packed() {
		return "", fmt.Errorf("it is packed with %s, expected text or gzip", form)
	}
	return enc, nil
}

// past gives what was in the file before, as text, at most its last part. A
// packed file can only be read from its beginning.
func (t *tail) past(f *os.File) io.Reader {
	if t.enc == serverlog.EncodingGzip {
		packed := io.NewSectionReader(f, 0, min(t.start, maxBefore))
		return io.LimitReader(serverlog.NewReader(packed, ""), 4*maxBefore)
	}
	from := max(0, t.start-maxBefore)
	from -= from % 2 // the bytes of a character in UTF-16 stay together
	enc := t.enc
	if from == 0 {
		enc = "" // there may be a byte order mark
	}
	return serverlog.NewReader(io.NewSectionReader(f, from, t.start-from), enc)
}

// Read waits for more until finish is called, and then reads to the end.
func (t *tail) Read(b []byte) (int, error) {
	for {
		stopped := t.stop.Load()
		n, err := t.file.Read(b)
		t.at += int64(n)
		if n > 0 || err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
		if t.replaced() {
			continue
		}
		if stopped {
			_ = t.file.Close()
			return 0, io.EOF
		}
		time.Sleep(pollTail)
	}
}

// replaced goes on in the new file where the path names another one now, or at
// the start where the file has become shorter.
func (t *tail) replaced() bool {
	old, errOld := t.file.Stat()
	now, errNow := os.Stat(t.path)
	switch {
	case errOld != nil || errNow != nil || !now.Mode().IsRegular():
		return false
	case os.SameFile(old, now) && now.Size() >= t.at:
		return false
	}
	f, err := os.Open(t.path)
	if err != nil {
		return false
	}
	_ = t.file.Close()
	t.file, t.at = f, 0
	return true
}

func (t *tail) finish() { t.stop.Store(true) }

func (t *tail) close() error {
	t.stop.Store(true)
	return nil
}
