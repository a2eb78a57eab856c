package main

import (
	"context"
	"errors"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// tail reads what is written to a file from now on, also where the file is
// truncated or replaced by a new one (the servers' own rotation does that).
type tail struct {
	path  string
	start int64 // length of the file at the beginning

	file *os.File
	at   int64
	stop atomic.Bool
}

// pollTail is how often a file is asked for more.
const pollTail = 20 * time.Millisecond

var errIsFolder = errors.New("it is a folder, expected a file such as error.log in it")

func openTail(ctx context.Context, path string) (*tail, error) {
	f, err := openInput(ctx, path)
	if errors.Is(err, aFolder) {
		err = errIsFolder
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	at := int64(0)
	if err == nil && info.Mode().IsRegular() {
		at, err = f.Seek(0, io.SeekEnd)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &tail{path: path, start: at, file: f, at: at}, nil
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
