package main

import (
	"embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/input"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

//go:embed completion
var completionScripts embed.FS

// shells lists the shells that there is a script for, with its file's ending.
func shells() map[string]string {
	return map[string]string{"bash": "bash", "zsh": "zsh", "fish": "fish", "powershell": "ps1"}
}

const shellNames = "bash, zsh, fish, powershell"

// completionCommand prints a script. The scripts are ours and ask the hidden
// command below: the library's own scripts need functions of the bash-completion
// package, show no descriptions in zsh and know no values.
func (a *app) completionCommand() *cli.Command {
	return a.command(&cli.Command{
		Name:      "completion",
		ArgsUsage: "bash|zsh|fish|powershell",
		Action: func(c *cli.Context) error {
			ending := shells()[c.Args().First()]
			if ending == "" || c.NArg() != 1 {
				return usage("shell", "value", strconv.Quote(c.Args().First()), "choices", shellNames)
			}
			script, err := completionScripts.ReadFile("completion/wkctl." + ending)
			if err == nil {
				_, err = a.stdout.Write(script)
			}
			if err != nil {
				return trouble("write", "file", "stdout", "why", input.Reason(err))
			}
			return nil
		},
	})
}

// completeCommand answers the scripts: the words so far, the unfinished one
// last, give one candidate a line, with a tab and a description.
func (a *app) completeCommand(app *cli.App) *cli.Command {
	return &cli.Command{
		Name: "__complete", Hidden: true, SkipFlagParsing: true,
		Action: func(c *cli.Context) error {
			words := c.Args().Slice()
			if len(words) > 0 && words[0] == "--" {
				words = words[1:]
			}
			for _, line := range candidates(app, words) {
				if _, err := fmt.Fprintln(a.stdout, line); err != nil {
					return nil // the shell has gone; there is nobody to tell
				}
			}
			return nil
		},
	}
}

// candidates gives what could stand in place of the last word.
func candidates(app *cli.App, words []string) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	word := words[len(words)-1]
	if len(words) == 1 {
		return commandNames(app, word)
	}
	command := app.Command(words[0])
	if command == nil {
		return nil
	}
	if name, ok := strings.CutPrefix(words[len(words)-2], "--"); ok {
		if values := flagValues(name); values != nil {
			return withPrefix(values, word)
		}
	}
	switch {
	case command.Name == "completion":
		return withPrefix(strings.Split(shellNames, ", "), word)
	case command.Name == "report" && word == "":
		return nil // the shell offers files
	case strings.HasPrefix(word, "-") || word == "":
		return flagNames(command, word)
	}
	return nil
}

func commandNames(app *cli.App, word string) []string {
	var list []string
	for _, c := range app.Commands {
		if !c.Hidden && strings.HasPrefix(c.Name, word) {
			list = append(list, c.Name+"\t"+c.Usage)
		}
	}
	return list
}

func flagNames(c *cli.Command, word string) []string {
	var list []string
	for _, f := range c.Flags {
		name := "--" + f.Names()[0]
		doc, ok := f.(cli.DocGenerationFlag)
		if ok && strings.HasPrefix(name, word) {
			list = append(list, name+"\t"+strings.ReplaceAll(doc.GetUsage(), "`", ""))
		}
	}
	return list
}

// flagValues lists the values of the flags that have a fixed set.
func flagValues(name string) []string {
	switch name {
	case "format":
		var list []string
		for _, f := range report.Formats() {
			list = append(list, string(f))
		}
		return list
	case "lang":
		return append([]string{text.Auto}, spoken()...)
	case "color":
		return []string{"auto", "always", "never"}
	case "fail-on":
		return []string{string(probe.SeverityError), string(probe.SeverityWarning)}
	case "level":
		return []string{"0", "1"}
	case "sandbox", "generation":
		var list []string
		for _, g := range sandbox.Generations() {
			list = append(list, string(g))
		}
		return list
	case "sdk":
		return append(sdk.Families(), "all")
	case "token-flag", "connect-flag":
		return []string{"0\tAPP", "1\tWEB", "2\tPC"}
	}
	return nil
}

func withPrefix(list []string, prefix string) []string {
	var out []string
	for _, s := range list {
		if strings.HasPrefix(s, prefix) {
			out = append(out, s)
		}
	}
	return out
}
