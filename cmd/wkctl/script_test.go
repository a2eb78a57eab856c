package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wkctl/wkctl/probe/memnet"
)

// TestScripts runs the transcripts of testdata/script, each in a bubble: its
// stand-ins are on a network in memory, and "wkctl" is a whole command line in this
// process. Its working folder is that of the tests, so that a file of the
// transcript is named as $WORK/FILE, and it sees no variables WKCTL_*.
func TestScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/script/*.txtar")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, n *memnet.Network) {
				p := scriptParams(t, n)
				p.Files = []string{file}
				testscript.RunT(oneScript{t}, p)
			})
		})
	}
}

// TestProcessScripts runs those of testdata/script/process, which are about what
// only a process of its own has: variables, a working folder, standard streams.
func TestProcessScripts(t *testing.T) {
	t.Parallel()
	p := scriptParams(t, nil)
	p.Dir = "../../testdata/script/process"
	testscript.Run(t, p)
}

// oneScript runs a transcript where it is: a bubble has no subtests.
type oneScript struct{ *testing.T }

func (o oneScript) Run(_ string, f func(testscript.T)) { f(o) }
func (oneScript) Parallel()                            {}
func (oneScript) Verbose() bool                        { return testing.Verbose() }

// scriptParams are what transcripts have beside the commands of testscript; n is
// the network of those in a bubble, nil for processes.
//
//	exits CODE wkctl ARG...      run it, the exit code must be CODE
//	rejects wkctl ARG...         exit code 2, nothing on stdout, one line and its hints on stderr
//	input FILE                   give it to the next wkctl of a bubble, as stdin does to a process
//	json FILE PATH WANT          a value in a JSON document (see query)
//	lines FILE N                 FILE has N lines
//	narrow FILE N                no line of FILE has more than N characters
//	keep FILE NAME               copy stdout or stderr, which the next command overwrites
//	field FILE PATH NAME         set the environment variable NAME to a value of a JSON document
//	sandbox GEN [OPTION]...      start a stand-in in this process, set $API, $WS, $TCP, $APIHOST, $WSHOST
//	                             ($WSS, $WSSHOST and the file ca.pem with tls=...)
//	server WHAT WANT             what the stand-in has seen (see serverFact)
func scriptParams(t *testing.T, n *memnet.Network) testscript.Params {
	return testscript.Params{
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Values[stageKey{}] = &stage{t: t, net: n}
			e.Setenv("GORACE", quickRace)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   cmdExits,
			"rejects": cmdRejects,
			"input":   cmdInput,
			"json":    cmdJSON,
			"lines":   cmdLines,
			"narrow":  cmdNarrow,
			"keep":    cmdKeep,
			"field":   cmdField,
			"sandbox": cmdSandbox,
			"server":  cmdServer,
		},
	}
}

// quickRace keeps a binary with the race detector from sleeping for a second at
// its end.
const quickRace = "atexit_sleep_ms=0"

// want is the usage check of a command that knows no negation.
func want(ts *testscript.TestScript, neg, ok bool, usage string) {
	if neg || !ok {
		ts.Fatalf("usage: %s", usage)
	}
}

// runs runs wkctl and gives its exit code, stdout and stderr.
func runs(ts *testscript.TestScript, args []string) (code int, stdout, stderr string) {
	st := stageOf(ts)
	if st.net == nil {
		err := ts.Exec(args[0], args[1:]...)
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			ts.Fatalf("running it: %v", err)
		}
		if exit != nil {
			code = exit.ExitCode()
		}
		return code, ts.ReadFile("stdout"), ts.ReadFile("stderr")
	}
	f := &terminal{net: st.net, stdin: strings.NewReader(st.stdin)}
	st.stdin = ""
	w := f.world()
	w.getenv = ts.Getenv
	code = run(context.Background(), w, args)
	stdout, stderr = f.stdout.String(), f.stderr.String()
	_, _ = io.WriteString(ts.Stdout(), stdout)
	_, _ = io.WriteString(ts.Stderr(), stderr)
	return code, stdout, stderr
}

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) >= 2 && args[1] == "wkctl", "exits CODE wkctl [ARG...]")
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got, _, _ := runs(ts, args[1:]); got != code {
		ts.Fatalf("exit code %d, want %d", got, code)
	}
}

func cmdInput(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 1 && stageOf(ts).net != nil, "input FILE, in a bubble")
	stageOf(ts).stdin = ts.ReadFile(args[0])
}

func cmdRejects(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) >= 1 && args[0] == "wkctl", "rejects wkctl [ARG...]")
	got, stdout, stderr := runs(ts, args)
	if got != exitUsage {
		ts.Fatalf("exit code %d, want %d", got, exitUsage)
	}
	if stdout != "" {
		ts.Fatalf("stdout must be empty, got %q", stdout)
	}
	lines := linesOf(stderr)
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
