package main

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves the words that are no flags to the end, behind "--", where a
// command takes such words: the flag parser stops at the first of them, so that
// `wkctl report d.json --format html` would lose its format.
func flagsFirst(app *cli.App, args []string) []string {
	if len(args) < 2 {
		return args
	}
	command := app.Command(args[1])
	if command == nil || command.ArgsUsage == "" || command.SkipFlagParsing {
		return args
	}
	var flags, words []string
	for rest := args[2:]; len(rest) > 0; rest = rest[1:] {
		word := rest[0]
		switch {
		case word == "--":
			words = append(words, rest[1:]...)
			rest = rest[:1]
		case word == "-" || !strings.HasPrefix(word, "-"):
			words = append(words, word)
		case takesValue(command, word) && len(rest) == 1:
			return append(args[:2:2], append(flags, word)...) // the parser misses the value
		case takesValue(command, word):
			flags = append(flags, word, rest[1])
			rest = rest[1:]
		default:
			flags = append(flags, word)
		}
	}
	all := append(args[:2:2], flags...)
	if len(words) > 0 {
		all = append(append(all, "--"), words...)
	}
	return all
}

// takesValue says whether the word behind a flag belongs to it.
func takesValue(c *cli.Command, flag string) bool {
	name := strings.TrimLeft(flag, "-")
	for _, f := range c.Flags {
		for _, n := range f.Names() {
			doc, ok := f.(cli.DocGenerationFlag)
			if ok && n == name {
				return doc.TakesValue()
			}
		}
	}
	return false
}
