package main

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// app is what all commands of one process share.
type app struct {
	*world
	say  *text.Printer
	args []string // the command line, the program's name first

	rules   map[cli.Flag][]flagRule      // of the flags of all commands
	formats map[cli.Flag][]report.Format // that --format and --output of a command take

	quiet         bool            // nothing is said but errors
	ended         <-chan struct{} // closed when the process was told to end
	allowCommands bool            // scenarios may run commands of the shell and write files
}

// run runs one command line and gives the exit code. It is the only place that
// decides it.
func run(ctx context.Context, w *world, args []string) int {
	w = w.interruptible(ctx)
	a := &app{world: w, say: w.printer(language(w, args)), args: args, ended: ctx.Done()}
	if a.inActions() {
		a.world = w.inert()
	}
	app := a.cliApp()
	err := app.RunContext(ctx, flagsFirst(app, args))
	if ctx.Err() != nil {
		err = stopped(err)
	}
	return a.asPlugin(err, finish(a.stderr, a.say, err))
}

// language has to be known before the first help text is built, so --lang is
// looked for by hand.
func language(w *world, args []string) text.Lang {
	return text.Detect(byHand(w, args, "lang"), w.locale)
}

// byHand looks for the value of a flag without the parser: what is typed, the last
// of several, else its variable, else "".
func byHand(w *world, args []string, flag string) string {
	found := w.getenv(env(flag)[0])
	for i, a := range args {
		name, value, joined := strings.Cut(a, "=")
		if name != "--"+flag && name != "-"+flag {
			continue
		}
		if joined {
			found = value
		} else if i+1 < len(args) {
			found = args[i+1]
		}
	}
	return found
}

func (a *app) cliApp() *cli.App {
	app := &cli.App{
		Name:            "wkctl",
		Usage:           a.say.Text("app.usage"),
		Description:     a.say.Text("app.description"),
		Version:         toolVersion(),
		HideVersion:     true,
		HideHelpCommand: true,
		HideHelp:        true,
		Flags:           []cli.Flag{&cli.BoolFlag{Name: "version", Hidden: true}, helpFlag()},
		Writer:          a.stdout,
		ErrWriter:       a.stderr,
		// The library would end the process from within Run.
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   a.onUsageError,
		Commands: []*cli.Command{
			a.diagnoseCommand(), a.registerCommand(), a.tokenCommand(), a.connectCommand(),
			a.sdksCommand(), a.explainCommand(),
			a.sandboxCommand(), a.reportCommand(), a.versionCommand(),
		},
	}
	app.Commands = append(app.Commands, a.completionCommand(), a.manCommand(app), a.completeCommand(app))
	app.Action = func(c *cli.Context) error { return a.noCommand(c, app) }
	for _, c := range app.Commands {
		c.OnUsageError = a.onUsageError
		c.HideHelpCommand = true
		c.HideHelp = true
	}
	if a.asksHelp() {
		app.CustomAppHelpTemplate = a.appHelp(app.Commands)
	}
	for _, c := range app.Commands {
		if !c.SkipFlagParsing {
			c.Flags = append(c.Flags, helpFlag())
		}
	}
	return app
}

// helpFlag stands in for the library's own, which is one variable that every run
// writes to.
func helpFlag() cli.Flag {
	return &cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Hidden: true, DisableDefaultText: true}
}

// asksHelp says whether the command line may come to a page of help. Laying all of
// them out takes longer than everything else before a run.
func (a *app) asksHelp() bool {
	return slices.ContainsFunc(a.args, func(arg string) bool {
		word, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		return word == "help" || word == "h"
	})
}

// noCommand answers a command line without a command that exists. "help" and
// "--version" are what people type first.
func (a *app) noCommand(c *cli.Context, app *cli.App) error {
	word, topic := c.Args().Get(0), c.Args().Get(1)
	switch {
	case c.Bool("version"):
		return app.RunContext(c.Context, []string{a.args[0], "version"})
	case word == "", word == "help" && topic == "":
		app.CustomAppHelpTemplate = a.appHelp(app.Commands)
		return cli.ShowAppHelp(c)
	case word == "help" && app.Command(topic) != nil:
		return app.RunContext(c.Context, []string{a.args[0], topic, "--help"})
	case word == "help":
		return unknownCommand(app, topic)
	}
	return unknownCommand(app, word)
}

// command fills in what every command has: texts by its name, our help layout, the
// rules of its flags, and no arguments unless its usage names some.
func (a *app) command(c *cli.Command) *cli.Command {
	c.Usage = a.say.Text("command." + c.Name)
	if id := "command." + c.Name + ".description"; a.say.Has(id) {
		c.Description = a.say.Text(id)
	}
	if a.asksHelp() {
		c.CustomHelpTemplate = a.commandHelp(c)
	}
	action, words := c.Action, c.ArgsUsage != ""
	c.Action = func(ctx *cli.Context) error {
		if err := noArguments(ctx); err != nil && !words {
			return err
		}
		if err := a.checkFlags(ctx, c.Flags); err != nil {
			return err
		}
		return action(ctx)
	}
	return c
}
