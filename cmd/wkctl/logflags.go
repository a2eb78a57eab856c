package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/input"
	"github.com/wkctl/wkctl/probe/logwatch"
	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/report/text"
)

// logFlags say where the server's own log is.
func (a *app) logFlags() []cli.Flag {
	return []cli.Flag{
		a.ruled(a.text("evidence", "server-log", ""), flagRule{against: []string{"server-log-command"}}),
		a.text("evidence", "server-log-command", ""),
		a.list("evidence", "server-config"),
	}
}

// watchLog starts to read the log that the flags name, nil where they name none.
// It fails where the file or the command cannot be used, before anything is
// sent to the server.
func (a *app) watchLog(c *cli.Context, p *measure.Prober) (*logwatch.Watch, error) {
	path, command := c.String("server-log"), c.String("server-log-command")
	switch {
	case path == "" && command == "":
		return nil, nil
	case path == "-" && c.Bool("token-stdin"):
		return nil, usage("contradiction", "one", "--server-log -", "other", "--token-stdin")
	}
	w, err := logwatch.Start(c.Context, logwatch.Options{
		Path: path, Command: command, Stdin: a.stdin, Env: othersOnly(os.Environ()), Vault: p.Vault,
	})
	var started *logwatch.CommandError
	if errors.As(err, &started) {
		return nil, usage("log-command", "command", command, "why", input.Reason(started.Err))
	}
	return w, inputError("server-log", path, err)
}

// attachLog gives the diagnosis the lines of the log, and warns where it ended
// before the run did.
func (a *app) attachLog(ctx context.Context, w *logwatch.Watch, d *probe.Diagnosis, bar *progress) {
	w.Attach(ctx, d, func() { bar.update(measure.Progress{Stage: "server-log"}) })
	bar.clear()
	if d.Log != nil && d.Log.Ended != "" {
		a.warn("warning.log-ended", text.Args{"source": d.Log.Source, "why": d.Log.Ended})
	}
}

// othersOnly drops the variables of ours: two hold tokens, and a WebSocket URL may
// hold one. docker and kubectl have no use for them, and may pass them on.
func othersOnly(environ []string) []string {
	return slices.DeleteFunc(environ, func(kv string) bool {
		return strings.HasPrefix(strings.ToUpper(kv), envPrefix) // Windows knows no case
	})
}
