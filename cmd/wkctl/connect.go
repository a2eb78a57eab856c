package main

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/report"
)

func (sh *shell) connectCommand() *cli.Command {
	return sh.command(&cli.Command{
		Name: "connect",
		Flags: append(append(sh.serverFlags(),
			sh.text("user", "uid", ""),
			sh.text("user", "token-file", ""),
			sh.text("user", "token", ""),
			sh.yes("user", "token-stdin"),
			sh.text("user", "credentials", ""),
			sh.text("client", "sdk", "js"),
			sh.text("client", "connect-flag", ""),
			sh.yes("client", "hex"),
		), sh.outputFlags(report.Table, report.JSON)...),
		Action: sh.connect,
	})
}

func (sh *shell) connect(c *cli.Context) error {
	out, err := sh.outputs(c, report.Table, report.JSON)
	if err != nil {
		return err
	}
	p, err := sh.prober(c, &secret.Vault{})
	if err != nil {
		return err
	}
	if p.SDK, err = sdkOf(c); err != nil {
		return err
	}
	o, err := sh.connectOptions(c, p)
	if err != nil {
		return err
	}
	limit, err := maxTime(c, 1)
	if err != nil {
		return err
	}
	var end context.CancelFunc
	c.Context, end = measure.Within(c.Context, limit)
	defer end()
	bar := sh.runProgress(limit)
	defer bar.clear()
	bar.update(measure.Progress{Stage: "connect", Limit: p.Timeout})
	o.Given = p.WS
	if p.WS, o.Source, err = p.WSAddress(c.Context); err != nil {
		return sh.apiTrouble(c, err)
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
	err = sh.emit(out, func(buf *bytes.Buffer, f report.Format, s report.Style) error {
		return report.Connection(buf, conn, f, s)
	})
	switch {
	case err != nil:
		return err
	case up:
		return noTime(limit)
	}
	return exitError(conn.Verdict.ExitCode)
}

// connectOptions takes uid and token from flags or from a credentials document.
func (sh *shell) connectOptions(c *cli.Context, p *measure.Prober) (o measure.ConnectOptions, err error) {
	if o.Flag, err = connectFlag(c); err != nil {
		return o, err
	}
	if path := c.String("credentials"); path != "" {
		other := sh.firstOf("uid", "token", "token-file", "token-stdin")
		switch {
		case other == "":
			return o, sh.fromDocument(c, path, p, &o)
		case sh.fromCommandLine("credentials"):
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
	raw, err := sh.tokenInput(c)
	o.Token = p.Vault.User(raw)
	return o, err
}

// tokenInput reads the user's token from exactly one place. One that is named
// on the command line beats those in the environment.
func (sh *shell) tokenInput(c *cli.Context) (string, error) {
	var given, line []string
	for _, name := range []string{"token-file", "token", "token-stdin"} {
		if c.IsSet(name) {
			given = append(given, name)
		}
		if sh.fromCommandLine(name) {
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
		return sh.secretFile(c.Context, "token-file", c.String("token-file"))
	case "token":
		if sh.fromCommandLine("token") {
			sh.warn("warning.token-in-history", nil)
		}
		return c.String("token"), inUTF8("token", c.String("token"))
	}
	b, err := sh.readInput(c.Context, "token-stdin", "-", maxToken)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(b), "\r\n"), inUTF8("token-stdin", string(b))
}

// sdkOf finds the SDK that is to be imitated.
func sdkOf(c *cli.Context) (sdk.SDK, error) {
	s, err := sdk.Find(c.String("sdk"))
	if err != nil {
		return s, usage("sdk", "value", strconv.Quote(c.String("sdk")), "said", err.Error())
	}
	return s, nil
}
