package main

import (
	"context"
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/wkctl/wkctl/probe/input"
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

// readInput reads the file or the pipe that a flag names, whole, or standard input
// for "-". It is the one way by which a command reads such a file: at most max
// bytes, nothing that has no end, and never longer than ctx lasts.
func (a *app) readInput(ctx context.Context, flag, path string, max int64) ([]byte, error) {
	b, err := input.Read(ctx, a.stdin, path, max) // stdin ends with the process, see interruptible
	if path == "-" {
		path = "stdin"
	}
	return b, inputError(flag, path, err)
}

// inputError puts a failure to read into words; nil stays nil. Each input.Kind has a
// text "error.file-<kind>".
func inputError(flag, path string, err error) error {
	var kind input.Kind
	var long input.TooLong
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
	return usage("file", "flag", flag, "file", path, "why", input.Reason(err))
}

// inUTF8 refuses what is not valid UTF-8. JSON cannot carry other bytes: a uid typed
// in a GBK terminal was registered as U+FFFD and then looked for in vain.
func inUTF8(flag, value string) error {
	if utf8.ValidString(value) {
		return nil
	}
	return usage("not-utf8", "flag", flag)
}
