package main

import (
	"embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/input"
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
			if err != nil {
				return trouble("write", "file", "stdout", "why", input.Reason(err))
			}
			return a.print(script)
		},
	})
}

// completeCommand answers the scripts. They give the words so far, the unfinished
// one last; it prints one candidate a line, each a whole word with a tab and a
// description, and last a directive.
func (a *app) completeCommand(app *cli.App) *cli.Command {
	return &cli.Command{
		Name: "__complete", Hidden: true, SkipFlagParsing: true,
		Action: func(c *cli.Context) error {
			words := c.Args().Slice()
			if len(words) > 0 && words[0] == "--" {
				words = words[1:]
			}
			got := a.complete(app, words)
			for _, line := range append(got.words, got.then.String()) {
				if _, err := fmt.Fprintln(a.stdout, line); err != nil {
					return nil // the shell has gone; there is nobody to tell
				}
			}
			return nil
		},
	}
}

// directive tells a script what goes with the candidates. The bits are those of
// cobra's, which people who write such scripts know: ":4" is no files.
type directive int

const (
	thenFiles   directive = 0 // a file is wanted, or may be: the shell completes it
	thenNoSpace directive = 2 // the word goes on behind the candidate
	thenNothing directive = 4 // no file is wanted
)

func (d directive) String() string { return ":" + strconv.Itoa(int(d)) }

// completed is an answer to a script.
type completed struct {
	words []string
	then  directive
}

// complete gives what could stand in place of the last word.
func (a *app) complete(app *cli.App, words []string) completed {
	if len(words) == 0 {
		words = []string{""}
	}
	word := words[len(words)-1]
	if len(words) == 1 || len(words) == 2 && words[0] == "help" {
		return completed{commandNames(app, word), thenNothing}
	}
	command := app.Command(words[0])
	if command == nil {
		return completed{nil, thenNothing}
	}
	before := words[len(words)-2]
	switch {
	case takesValue(command, before): // also one that begins with a dash
		return a.values(command, before, "", word)
	case strings.HasPrefix(word, "--") && strings.Contains(word, "="):
		name, value, _ := strings.Cut(word, "=")
		return a.values(command, name, name+"=", value)
	case strings.HasPrefix(word, "-"):
		return completed{flagNames(command, word), thenNothing}
	case command.ArgsUsage != "":
		return a.arguments(command, word)
	}
	return completed{flagNames(command, word), thenNothing}
}

// arguments completes a word that belongs to no flag.
func (a *app) arguments(c *cli.Command, word string) completed {
	switch c.Name {
	case "completion":
		return completed{withPrefix(strings.Split(shellNames, ", "), word), thenNothing}
	case "explain":
		return completed{withPrefixFold(a.codes(), word), thenNothing}
	}
	return completed{nil, thenFiles}
}

// codes lists what can be explained, with its title.
func (a *app) codes() (list []string) {
	for _, p := range codePages() {
		list = append(list, p.Code+"\t"+a.say.Text(p.Code+".title"))
	}
	return list
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
		if _, usage := placeholder(f); strings.HasPrefix(name, word) {
			list = append(list, strings.TrimSuffix(name+"\t"+usage, "\t"))
		}
	}
	return list
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

// withPrefixFold is withPrefix for words that may be typed in small letters. The
// shells drop what does not begin like the word itself, so that it keeps its own.
func withPrefixFold(list []string, prefix string) []string {
	var out []string
	for _, s := range list {
		if n := len(prefix); len(s) >= n && strings.EqualFold(s[:n], prefix) {
			out = append(out, prefix+s[n:])
		}
	}
	return out
}
