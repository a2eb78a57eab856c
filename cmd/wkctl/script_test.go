package main

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the transcripts of testdata/script. Beside the commands of
// testscript they have:
//
//	exits CODE wkctl ARG...      run it, the exit code must be CODE
//	rejects wkctl ARG...         exit code 2, nothing on stdout, one line and its hints on stderr
//	json FILE PATH WANT          a value in a JSON document (see query)
//	lines FILE N                 FILE has N lines
//	narrow FILE N                no line of FILE has more than N characters
//	keep FILE NAME               copy stdout or stderr, which the next command overwrites
//	field FILE PATH NAME         set the environment variable NAME to a value of a JSON document
//	sandbox GEN [OPTION]...      start a stand-in in this process, set $API, $WS, $TCP, $APIHOST, $WSHOST
//	                             ($WSS, $WSSHOST and the file ca.pem with tls=...)
//	server WHAT WANT             what the stand-in has seen (see serverFact)
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Values[serversKey{}] = &servers{}
			e.Setenv("GORACE", quickRace)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   cmdExits,
			"rejects": cmdRejects,
			"json":    cmdJSON,
			"lines":   cmdLines,
			"narrow":  cmdNarrow,
			"keep":    cmdKeep,
			"field":   cmdField,
			"sandbox": func(ts *testscript.TestScript, neg bool, args []string) { cmdSandbox(t, ts, neg, args) },
			"server":  cmdServer,
		},
	})
}

// quickRace keeps a binary with the race detector from sleeping for a second at
// its end: there are some 250 of them.
const quickRace = "atexit_sleep_ms=0"

// want is the usage check of a command that knows no negation.
func want(ts *testscript.TestScript, neg, ok bool, usage string) {
	if neg || !ok {
		ts.Fatalf("usage: %s", usage)
	}
}

func exitCode(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	ts.Fatalf("running it: %v", err)
	return -1
}

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) >= 2, "exits CODE PROGRAM [ARG...]")
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := exitCode(ts, ts.Exec(args[1], args[2:]...)); got != code {
		ts.Fatalf("exit code %d, want %d", got, code)
	}
}

func cmdRejects(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) >= 1, "rejects PROGRAM [ARG...]")
	if got := exitCode(ts, ts.Exec(args[0], args[1:]...)); got != exitUsage {
		ts.Fatalf("exit code %d, want %d", got, exitUsage)
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("stdout must be empty, got %q", out)
	}
	lines := linesOf(ts.ReadFile("stderr"))
	for i, line := range lines {
		hint := strings.HasPrefix(line, "wkctl: hint: ")
		if !strings.HasPrefix(line, "wkctl: ") || hint != (i > 0) {
			ts.Fatalf("want one line of error, then hints; line %d is %q", i+1, line)
		}
		if strings.ContainsAny(line, "[]\x1b") && strings.Contains(line, "[error.") {
			ts.Fatalf("a text is missing: %q", line)
		}
	}
	if len(lines) == 0 {
		ts.Fatalf("stderr is empty")
	}
}

func linesOf(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

func cmdLines(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 2, "lines FILE N")
	if got := strconv.Itoa(len(linesOf(ts.ReadFile(args[0])))); got != args[1] {
		ts.Fatalf("%s has %s lines, want %s", args[0], got, args[1])
	}
}

func cmdNarrow(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 2, "narrow FILE N")
	limit, err := strconv.Atoi(args[1])
	ts.Check(err)
	for i, line := range linesOf(ts.ReadFile(args[0])) {
		if n := len([]rune(line)); n > limit {
			ts.Fatalf("line %d of %s has %d characters: %q", i+1, args[0], n, line)
		}
	}
}

func cmdKeep(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 2, "keep FILE NAME")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(ts.ReadFile(args[0])), 0o600))
}
