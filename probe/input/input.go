// Package input reads what a person named: a file, a pipe or standard input. A
// read is bounded in length, ends with its context, and refuses what has no end.
package input

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
)

// Kind says what a path names that is neither a file nor a pipe.
type Kind string

func (k Kind) Error() string { return "it is a " + string(k) }

// The kinds.
const (
	Folder Kind = "folder"
	Device Kind = "device"
	Socket Kind = "socket"
	Pipe   Kind = "pipe" // where only a file will do
)

// TooLong says that an input is longer than so many bytes.
type TooLong int64

func (e TooLong) Error() string {
	return "expected at most " + strconv.FormatInt(int64(e), 10) + " bytes"
}

// usable says whether what a path names can be read to an end. A pipe is only for
// what a person names: a file that names another one could name a pipe that
// nobody writes to.
func usable(mode fs.FileMode, pipes bool) error {
	switch {
	case mode.IsRegular(), pipes && mode&fs.ModeNamedPipe != 0:
		return nil
	case mode.IsDir():
		return Folder
	case mode&fs.ModeNamedPipe != 0:
		return Pipe
	case mode&fs.ModeSocket != 0:
		return Socket
	}
	return Device
}

// Open opens a file or a pipe. Opening a pipe waits for somebody who writes to it,
// which ends with ctx, too. It fails with a [Kind] where the path names neither.
func Open(ctx context.Context, path string) (*os.File, error) {
	// Asked before it is opened: opening some devices does something.
	info, err := Await(ctx, func() (fs.FileInfo, error) { return os.Stat(path) })
	if err == nil {
		err = usable(info.Mode(), true)
	}
	if err != nil {
		return nil, err
	}
	f, err := Await(ctx, func() (*os.File, error) { return os.Open(path) })
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = usable(info.Mode(), true)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// Read reads a file or a pipe, whole, or stdin for "-": at most max bytes
// ([TooLong] otherwise), nothing that has no end, and never longer than ctx lasts.
// That a read of stdin ends is the business of who hands it in.
func Read(ctx context.Context, stdin io.Reader, path string, max int64) ([]byte, error) {
	if path == "-" {
		return atMost(stdin, max)
	}
	f, err := Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return Await(ctx, func() ([]byte, error) { return atMost(f, max) })
}

// ReadNamed reads a file that another file names, which must be a regular one.
func ReadNamed(path string, max int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil {
		err = usable(info.Mode(), false)
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return atMost(f, max)
}

func atMost(r io.Reader, max int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, max+1))
	if err == nil && int64(len(b)) > max {
		return nil, TooLong(max)
	}
	return b, err
}

// Result is what a call came to.
type Result[T any] struct {
	Value T
	Err   error
}

// Begin calls f on the side. The channel holds what it comes to, also where nobody
// waits for it any more.
func Begin[T any](f func() (T, error)) <-chan Result[T] {
	c := make(chan Result[T], 1)
	go func() {
		value, err := f()
		c <- Result[T]{value, err}
	}()
	return c
}

// Await calls f, which may block in the operating system, and gives up on it when
// ctx ends.
func Await[T any](ctx context.Context, f func() (T, error)) (value T, err error) {
	if err := ctx.Err(); err != nil {
		return value, err
	}
	select {
	case r := <-Begin(f):
		return r.Value, r.Err
	case <-ctx.Done():
		return value, ctx.Err()
	}
}

// Reason drops the operation and the path of a file error, for a message that
// names them already.
func Reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
