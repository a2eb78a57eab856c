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
func (sh *shell) manCommand(app *cli.App) *cli.Command {
	return sh.command(&cli.Command{
		Name: "man",
		Action: func(*cli.Context) error {
			page, err := sh.manPage(app)
			if err == nil {
				_, err = sh.stdout.Write(page)
			}
			if err != nil {
				return trouble("write", "file", "stdout", "why", input.Reason(err))
			}
			return nil
		},
	})
}

func (sh *shell) manPage(app *cli.App) ([]byte, error) {
	body, err := app.ToMarkdown()
	if err != nil {
		return nil, fmt.Errorf("making the manual page: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%% wkctl 1\n\n%s\n", body)
	fmt.Fprintf(&b, "\n# %s\n\n%s\n", sh.say.Text("man.environment"), sh.say.Text("app.environment"))
	fmt.Fprintf(&b, "\n# %s\n\n```\n%s\n```\n", sh.say.Text("help.exit-codes"), sh.say.Text("app.exit-codes"))
	fmt.Fprintf(&b, "\n# %s\n\n```\n%s\n```\n", sh.say.Text("help.examples"), sh.say.Text("app.examples"))
	return md2man.Render([]byte(b.String())), nil
}
