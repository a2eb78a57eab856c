package main

import (
	"fmt"
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/input"
)

// manCommand prints the manual page, section 1. The library's own page leaves
// out the environment and the exit codes; they are added here.
func (a *app) manCommand(app *cli.App) *cli.Command {
	return a.command(&cli.Command{
		Name: "man",
		Action: func(*cli.Context) error {
			page, err := a.manPage(app)
			if err == nil {
				_, err = a.stdout.Write(page)
			}
			if err != nil {
				return trouble("write", "file", "stdout", "why", input.Reason(err))
			}
			return nil
		},
	})
}

func (a *app) manPage(app *cli.App) ([]byte, error) {
	body, err := app.ToMarkdown()
	if err != nil {
		return nil, fmt.Errorf("making the manual page: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%% wkctl 1\n\n%s\n", body)
	fmt.Fprintf(&b, "\n# %s\n\n%s\n", a.say.Text("man.environment"), a.say.Text("app.environment"))
	fmt.Fprintf(&b, "\n# %s\n\n```\n%s\n```\n", a.say.Text("help.exit-codes"), a.say.Text("app.exit-codes"))
	fmt.Fprintf(&b, "\n# %s\n\n```\n%s\n```\n", a.say.Text("help.examples"), a.say.Text("app.examples"))
	return md2man.Render([]byte(b.String())), nil
}
