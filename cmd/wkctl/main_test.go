package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

// TestMain puts a wkctl on the PATH that is this very test binary running main,
// so that the transcripts and the tests with signals meet the whole program.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){"wkctl": main})
}

// leakChecked fails the tests when a goroutine of theirs is left: those that
// call run in this process would hide it otherwise.
type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int {
	debug.SetGCPercent(400) // thousands of short runs in one process: collecting between them is most of the cost
	code := l.m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "goroutines left:", err)
		return 1
	}
	return code
}
