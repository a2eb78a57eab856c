package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/measure"
)

// whyCommand gives the command that finds out why a login failed: for the same
// user, server and SDK, the token given as it was given. What came from the
// environment is left out, for it is there the next time, too. A token that was
// typed, or that a credentials document holds, is not repeated.
func (a *app) whyCommand(c *cli.Context, p *measure.Prober, o measure.ConnectOptions) string {
	words := []string{"wkctl diagnose --uid", inShell(o.UID)}
	add := func(name, value string) { words = append(words, "--"+name, inShell(value)) }
	switch fromDocument := c.String("credentials") != "" && a.firstOf("uid", "token", "token-file", "token-stdin") == ""; {
	case fromDocument:
		words = append(words, "--token-file FILE")
	case a.fromCommandLine("token-file"):
		add("token-file", c.String("token-file"))
	case a.fromCommandLine("token-stdin"):
		words = append(words, "--token-stdin")
	case a.fromCommandLine("token"):
		words = append(words, "--token TOKEN")
	}
	add("sdk", c.String("sdk"))
	if a.fromCommandLine("connect-flag") {
		add("connect-flag", c.String("connect-flag"))
	}
	if p.API.Base != defaultAPI && (a.fromCommandLine("api") || !c.IsSet("api")) {
		add("api", measure.HideURL(p.API.Base))
	}
	if o.Given != "" && (a.fromCommandLine("ws") || !c.IsSet("ws")) {
		add("ws", measure.HideURL(o.Given))
	}
	for _, name := range []string{"manager-token-file", "ca-cert"} {
		if a.fromCommandLine(name) {
			add(name, c.String(name))
		}
	}
	if a.fromCommandLine("insecure") && c.Bool("insecure") {
		words = append(words, "--insecure")
	}
	return strings.Join(words, " ")
}

// inShell quotes a word that a shell would take apart.
func inShell(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:/,@%+=", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
