package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

func (a *app) connectCommand() *cli.Command {
	return a.command(&cli.Command{
		Name: "connect",
		Flags: append(append(a.serverFlags(),
			a.text("user", "uid", ""),
			a.text("user", "token-file", ""),
			a.text("user", "token", ""),
			a.boolFlag("user", "token-stdin"),
			a.text("user", "credentials", ""),
			a.text("client", "sdk", "js"),
			a.text("client", "connect-flag", ""),
			a.boolFlag("client", "hex"),
		), a.outputFlags(report.Table, report.JSON)...),
		Action: a.connect,
	})
}

func (a *app) connect(c *cli.Context) error {
	out, err := a.outputs(c, report.Table, report.JSON)
	if err != nil {
		return err
	}
	p, err := a.prober(c, &secret.Vault{})
	if err != nil {
		return err
	}
	if p.SDK, err = sdkOf(c); err != nil {
		return err
	}
	o, err := a.connectOptions(c, p)
	if err != nil {
		return err
	}
	limit, err := maxTime(c, 1)
	if err != nil {
		return err
	}
	awaited := []probe.CheckID{probe.CheckAPI, probe.CheckWS}
	if p.WS != "" {
		awaited = awaited[1:] // the API is not asked
	}
	if err := a.awaitFirst(c, p, awaited...); err != nil {
		return err
	}
	var end context.CancelFunc
	c.Context, end = measure.Within(c.Context, limit)
	defer end()
	bar := a.runProgress(limit)
	defer bar.clear()
	bar.update(measure.Progress{Stage: "connect", Limit: p.Timeout})
	o.Given = p.WS
	if p.WS, o.Source, err = p.WSAddress(c.Context); err != nil {
		return a.apiTrouble(c, err)
	}
	conn := p.Connect(c.Context, o)
	bar.clear()
	if !c.Bool("hex") {
		conn.Frames = nil
	}
	_, up := measure.TimeUp(c.Context)
	if up = up && conn.Verdict.ExitCode == exitInterrupted; up {
		conn.Verdict.ExitCode = exitNoDiagnosis
	}
	err = a.emit(out, func(buf *bytes.Buffer, f report.Format, s report.Style) error {
		if err := report.Connection(buf, conn, f, s); err != nil {
			return err
		}
		return a.whyNext(buf, f, conn, a.whyCommand(c, p, o))
	})
	switch {
	case err != nil:
		return err
	case up:
		return noTime(limit)
	}
	return exitError(conn.Verdict.ExitCode)
}

// whyNext ends the table of a login that was not accepted with the command that
// says why.
func (a *app) whyNext(buf *bytes.Buffer, f report.Format, conn *probe.Connection, command string) error {
	if code := conn.Verdict.ExitCode; f != report.Table || code != exitFinding && code != exitNoDiagnosis {
		return nil
	}
	_, err := fmt.Fprintln(buf, a.say.Text("connect.why", printable(text.Args{"command": command})))
	return err
}

// connectOptions takes uid and token from flags or from a credentials document.
func (a *app) connectOptions(c *cli.Context, p *measure.Prober) (o measure.ConnectOptions, err error) {
	if o.Flag, err = connectFlag(c); err != nil {
		return o, err
	}
	if path := c.String("credentials"); path != "" {
		other := a.firstOf("uid", "token", "token-file", "token-stdin")
		switch {
		case other == "":
			return o, a.fromDocument(c, path, p, &o)
		case a.fromCommandLine("credentials"):
			return o, usage("contradiction", "one", "--credentials", "other", "--"+other)
		}
	}
	o.UID = c.String("uid")
	if o.UID == "" {
		return o, usage("uid-missing", "command", commandPath(c))
	}
	if err = inUTF8("uid", o.UID); err != nil {
		return o, err
	}
	raw, err := a.tokenInput(c)
	o.Token = p.Vault.User(raw)
	return o, err
}

// tokenInput reads the user's token from exactly one place. One that is named
// on the command line beats those in the environment.
func (a *app) tokenInput(c *cli.Context) (string, error) {
	var given, line []string
	for _, name := range []string{"token-file", "token", "token-stdin"} {
		if c.IsSet(name) {
			given = append(given, name)
		}
		if a.fromCommandLine(name) {
			line = append(line, name)
		}
	}
	if len(line) > 0 {
		given = line
	}
	if len(given) > 1 {
		return "", usage("contradiction", "one", "--"+given[0], "other", "--"+given[1])
	}
	if len(given) == 0 {
		return "", usage("token-missing", "command", commandPath(c))
	}
	switch given[0] {
	case "token-file":
		return a.secretFile(c.Context, "token-file", c.String("token-file"))
	case "token":
		if a.fromCommandLine("token") {
			a.warn("warning.token-in-history", nil)
		}
		return c.String("token"), inUTF8("token", c.String("token"))
	}
	b, err := a.readInput(c.Context, "token-stdin", "-", maxToken)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(b), "\r\n"), inUTF8("token-stdin", string(b))
}

// sdkOf finds the SDK that is to be imitated.
func sdkOf(c *cli.Context) (sdk.SDK, error) {
	s, err := sdk.Find(c.String("sdk"))
	if err != nil {
		return s, sdkError("sdk", c.String("sdk"), err)
	}
	return s, nil
}
