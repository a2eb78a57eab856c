package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/casebook"
	"github.com/wkctl/wkctl/probe/input"
	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/report/text"
)

// scenarios plays what --scenario names: one until Ctrl-C, or with --check all
// of them, one after the other.
func (a *app) scenarios(c *cli.Context) error {
	named := c.StringSlice("scenario")
	a.allowCommands = c.Bool("allow-commands")
	files, err := scenarioFiles(named)
	switch {
	case err != nil:
		return err
	case c.Bool("check"):
		return a.checkScenarios(c.Context, files)
	case len(files) != 1:
		return usage("scenario-one")
	}
	st, err := a.openStage(c.Context, files[0])
	if err != nil {
		return err
	}
	defer st.Close()
	if err := a.tell("scenario.running", text.Args{
		"ticket": st.Scenario.Ticket, "generation": string(st.Server.Generation()), "command": shellLine(st.Args()),
	}); err != nil {
		return err
	}
	<-c.Context.Done()
	return nil
}

// tell prints a line of the command's own on stdout.
func (a *app) tell(id string, args text.Args) error {
	if _, err := fmt.Fprintln(a.stdout, a.say.Text(id, printable(args))); err != nil {
		return trouble("write", "file", "stdout", "why", input.Reason(err))
	}
	return nil
}

// scenarioFiles lists the files to play.
func scenarioFiles(named []string) ([]string, error) {
	files, err := casebook.Files(named)
	var folder casebook.FolderError
	var file *fs.PathError
	switch {
	case errors.As(err, &folder):
		return nil, usage("scenario-folder", "file", string(folder))
	case errors.As(err, &file):
		return nil, usage("file", "flag", "scenario", "file", file.Path, "why", input.Reason(err))
	}
	return files, err
}

// readScenario reads a file, and refuses one that reaches out of its own folder.
func (a *app) readScenario(ctx context.Context, path string) (*casebook.Scenario, error) {
	b, err := a.readInput(ctx, "scenario", path, maxScenario)
	if err != nil {
		return nil, err
	}
	sc, err := casebook.Parse(b)
	if err != nil {
		return nil, badScenario(path, err)
	}
	if flag := sc.ReachesOut(); flag != "" && !a.allowCommands {
		return nil, usage("scenario-reaches-out", "file", path, "flag", flag)
	}
	return sc, nil
}

// badScenario puts into words what is wrong with a file.
func badScenario(path string, err error) error {
	said, _, _ := strings.Cut(err.Error(), "\n")
	return usage("scenario", "file", path, "why", said)
}

// openStage reads a file and sets its stage. What cannot be started is wrong
// input: the file says what to start.
func (a *app) openStage(ctx context.Context, file string) (*casebook.Stage, error) {
	sc, err := a.readScenario(ctx, file)
	if err != nil {
		return nil, err
	}
	st, err := sc.Start(ctx, casebook.Network{Listen: a.network.listen, Dial: a.network.dial})
	if err != nil {
		return nil, badScenario(file, err)
	}
	return st, nil
}

// checkScenarios runs every scenario's command and says what differs from what
// was expected; it reads all files before it starts the first.
func (a *app) checkScenarios(ctx context.Context, files []string) error {
	for _, file := range files {
		if _, err := a.readScenario(ctx, file); err != nil {
			return err
		}
	}
	failed := false
	for _, file := range files {
		differs, err := a.checkScenario(ctx, file)
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return exitError(exitInterrupted)
		}
		failed = failed || differs
	}
	if failed {
		return exitError(exitFinding)
	}
	return nil
}

func (a *app) checkScenario(ctx context.Context, file string) (differs bool, err error) {
	timed, end := measure.Within(ctx, casebook.MaxTime)
	defer end()
	st, err := a.openStage(timed, file)
	if err != nil {
		return false, err
	}
	defer st.Close()
	out, err := st.Run(timed, a.inProcess)
	if err != nil {
		return false, trouble("other", "said", err.Error())
	}
	list := st.Scenario.Expect.Differences(out)
	if ctx.Err() != nil {
		return false, nil
	}
	if limit, up := measure.TimeUp(timed); up {
		list = []string{"time: expected an end within " + seconds(limit)}
	}
	for _, d := range list {
		if err := a.tell("scenario.differs", text.Args{"file": file, "difference": d}); err != nil {
			return false, err
		}
	}
	if len(list) > 0 {
		_, _ = fmt.Fprint(a.stderr, out.Stderr) // an error message explains most differences
		return true, nil
	}
	first := out.First()
	if first == "" {
		first = a.say.Text("scenario.none")
	}
	return false, a.tell("scenario.ok", text.Args{"file": file, "first": first, "exit": strconv.Itoa(out.Exit)})
}

// inProcess runs a scenario's command in this process, a [casebook.Program]. The
// environment variables of this program do not reach it.
func (w *world) inProcess(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	inner := *w
	inner.stdin, inner.stdout, inner.stderr = stdin, stream{Writer: stdout}, stream{Writer: stderr}
	inner.getenv = func(name string) string {
		if strings.HasPrefix(name, envPrefix) {
			return ""
		}
		return w.getenv(name)
	}
	return run(ctx, &inner, args)
}

// shellLine writes a command so that it can be pasted into a POSIX shell.
func shellLine(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = inShell(a)
	}
	return strings.Join(quoted, " ")
}
