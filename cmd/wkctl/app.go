package main

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/report/text"
)

// shell is what all commands of one process share.
type shell struct {
	*world
	say  *text.Printer
	args []string // the command line, the program's name first

	ended         <-chan struct{} // closed when the process was told to end
	allowCommands bool            // scenarios may run commands of the shell and write files
}

// run runs one command line and gives the exit code. It is the only place that
// decides it.
func run(ctx context.Context, w *world, args []string) int {
	w = w.interruptible(ctx)
	sh := &shell{world: w, say: w.printer(language(w, args)), args: args, ended: ctx.Done()}
	if sh.inActions() {
		sh.world = w.inert()
	}
	app := sh.app()
	err := app.RunContext(ctx, flagsFirst(app, args))
	if ctx.Err() != nil {
		err = stopped(err)
	}
	return finish(sh.stderr, sh.say, err)
}

// language has to be known before the first help text is built, so --lang is
// looked for by hand.
func language(w *world, args []string) text.Lang {
	explicit := w.getenv(envPrefix + "LANG")
	for i, a := range args {
		name, value, joined := strings.Cut(a, "=")
		if name != "--lang" && name != "-lang" {
			continue
		}
		if joined {
			explicit = value
		} else if i+1 < len(args) {
			explicit = args[i+1]
		}
	}
	return text.Detect(explicit, w.locale)
}

func (sh *shell) app() *cli.App {
	app := &cli.App{
		Name:            "wkctl",
		Usage:           sh.say.Text("app.usage"),
		Description:     sh.say.Text("app.description"),
		Version:         toolVersion(),
		HideVersion:     true,
		HideHelpCommand: true,
		HideHelp:        true,
		Flags:           []cli.Flag{&cli.BoolFlag{Name: "version", Hidden: true}, helpFlag()},
		Writer:          sh.stdout,
		ErrWriter:       sh.stderr,
		// The library would end the process from within Run.
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   onUsageError,
		Commands: []*cli.Command{
			sh.diagnoseCommand(), sh.registerCommand(), sh.tokenCommand(), sh.connectCommand(),
			sh.sdksCommand(), sh.explainCommand(),
			sh.sandboxCommand(), sh.reportCommand(), sh.versionCommand(),
		},
	}
	app.Commands = append(app.Commands, sh.completionCommand(), sh.manCommand(app), sh.completeCommand(app))
	app.Action = func(c *cli.Context) error { return sh.noCommand(c, app) }
	for _, c := range app.Commands {
		c.OnUsageError = onUsageError
		c.HideHelpCommand = true
		c.HideHelp = true
	}
	if sh.asksHelp() {
		app.CustomAppHelpTemplate = sh.appHelp(app.Commands)
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
func (sh *shell) asksHelp() bool {
	return slices.ContainsFunc(sh.args, func(arg string) bool {
		word, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		return word == "help" || word == "h"
	})
}

// noCommand answers a command line without a command that exists. "help" and
// "--version" are what people type first.
func (sh *shell) noCommand(c *cli.Context, app *cli.App) error {
	word, topic := c.Args().Get(0), c.Args().Get(1)
	switch {
	case c.Bool("version"):
		return app.RunContext(c.Context, []string{sh.args[0], "version"})
	case word == "", word == "help" && topic == "":
		app.CustomAppHelpTemplate = sh.appHelp(app.Commands)
		return cli.ShowAppHelp(c)
	case word == "help" && app.Command(topic) != nil:
		return app.RunContext(c.Context, []string{sh.args[0], topic, "--help"})
	case word == "help":
		return unknownCommand(app, topic)
	}
	return unknownCommand(app, word)
}

// command fills in what every command has: texts by its name, our help layout,
// and no arguments unless its usage names some.
func (sh *shell) command(c *cli.Command) *cli.Command {
	c.Usage = sh.say.Text("command." + c.Name)
	if id := "command." + c.Name + ".description"; sh.say.Has(id) {
		c.Description = sh.say.Text(id)
	}
	if sh.asksHelp() {
		c.CustomHelpTemplate = sh.commandHelp(c)
	}
	if c.ArgsUsage == "" {
		action := c.Action
		c.Action = func(ctx *cli.Context) error {
			if err := noArguments(ctx); err != nil {
				return err
			}
			return action(ctx)
		}
	}
	return c
}
