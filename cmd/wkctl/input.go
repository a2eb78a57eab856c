package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"unicode/utf8"
)

// How long an input may be, in bytes. What is longer is something else, and an
// endless one would take all memory.
const (
	maxToken    = 64 << 10 // file or stdin with one token; servers take some hundred bytes
	maxCA       = 1 << 20
	maxSettings = 1 << 20 // wk.yaml, TOML, .env, compose, env_file
	maxScenario = 1 << 20
	maxInput    = 1 << 20 // credentials
)

// kindError says what a path names that is neither a file nor a pipe.
type kindError string

func (e kindError) Error() string { return "it is a " + string(e) }

// The kinds, each with a text "error.file-<kind>".
const (
	aFolder kindError = "folder"
	aDevice kindError = "device"
	aSocket kindError = "socket"
	aPipe   kindError = "pipe" // where only a file will do
)

// longError says that an input is longer than so many bytes.
type longError int64

func (e longError) Error() string {
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
		return aFolder
	case mode&fs.ModeNamedPipe != 0:
		return aPipe
	case mode&fs.ModeSocket != 0:
		return aSocket
	}
	return aDevice
}

// openInput opens a file or a pipe. Opening a pipe waits for somebody who writes
// to it, which ends with ctx, too.
func openInput(ctx context.Context, path string) (*os.File, error) {
	// Asked before it is opened: opening some devices does something.
	info, err := await(ctx, func() (fs.FileInfo, error) { return os.Stat(path) })
	if err == nil {
		err = usable(info.Mode(), true)
	}
	if err != nil {
		return nil, err
	}
	f, err := await(ctx, func() (*os.File, error) { return os.Open(path) })
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

// readInput reads the file or the pipe that a flag names, whole, or standard input
// for "-". It is the one way by which a command reads such a file: at most max
// bytes, nothing that has no end, and never longer than ctx lasts.
func (sh *shell) readInput(ctx context.Context, flag, path string, max int64) ([]byte, error) {
	if path == "-" {
		b, err := atMost(sh.stdin, max) // it ends with the process, see interruptible
		return b, inputError(flag, "stdin", err)
	}
	f, err := openInput(ctx, path)
	if err != nil {
		return nil, inputError(flag, path, err)
	}
	defer func() { _ = f.Close() }()
	b, err := await(ctx, func() ([]byte, error) { return atMost(f, max) })
	return b, inputError(flag, path, err)
}

// readRegular reads a file that another file names.
func readRegular(path string, max int64) ([]byte, error) {
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
		return nil, longError(max)
	}
	return b, err
}

// inputError puts a failure to read into words; nil stays nil.
func inputError(flag, path string, err error) error {
	var kind kindError
	var long longError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return exitError(exitInterrupted)
	case errors.As(err, &kind):
		return usage("file-"+string(kind), "flag", flag, "file", path)
	case errors.As(err, &long):
		return usage("file-long", "flag", flag, "file", path, "max", strconv.FormatInt(int64(long)>>10, 10)+" KiB")
	}
	return usage("file", "flag", flag, "file", path, "why", reason(err))
}

// inUTF8 refuses what is not valid UTF-8. JSON cannot carry other bytes: a uid typed
// in a GBK terminal was registered as U+FFFD and then looked for in vain.
func inUTF8(flag, value string) error {
	if utf8.ValidString(value) {
		return nil
	}
	return usage("not-utf8", "flag", flag)
}
