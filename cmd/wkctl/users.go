package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/diagnose"
	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

func (a *app) registerCommand() *cli.Command {
	return a.command(&cli.Command{
		Name: "register",
		Flags: append(append(a.serverFlags(),
			a.textAs("user", "uid", "uid-random"),
			a.text("user", "flags", "0,1,2"),
			a.text("user", "level", "0"),
			a.boolFlag("user", "show-tokens"),
			a.ruled(a.boolFlag("user", "remove"), flagRule{against: []string{"level", "show-tokens", "ws"}, typed: true}),
		), a.outputFlags(report.Table, report.JSON)...),
		Action: a.register,
	})
}

func (a *app) tokenCommand() *cli.Command {
	return a.command(&cli.Command{
		Name: "token",
		Flags: append(append(a.serverFlags(),
			a.text("user", "uid", ""),
			a.text("user", "flags", "1"),
			a.text("user", "level", "0"),
			a.text("user", "token-file", ""),
			a.boolFlag("user", "show-tokens"),
			a.ruled(a.boolFlag("user", "list"), flagRule{against: []string{"token-file", "flags", "level", "ws"}, typed: true}),
		), a.outputFlags(report.Table, report.JSON)...),
		Action: a.token,
	})
}

// userInput is what register and token have in common.
type userInput struct {
	out   outputs
	p     *measure.Prober
	uid   string
	flags []wire.DeviceFlag
	level wire.DeviceLevel
	limit time.Duration // of the whole command
}

func (a *app) userInput(c *cli.Context) (in userInput, err error) {
	if in.out, err = a.outputs(c, report.Table, report.JSON); err != nil {
		return in, err
	}
	if in.uid = c.String("uid"); in.uid != "" {
		if err = checkUID("uid", in.uid); err != nil {
			return in, err
		}
	}
	if in.flags, err = parseFlags("flags", c.String("flags")); err != nil {
		return in, err
	}
	n, err := strconv.ParseUint(c.String("level"), 10, 8)
	if err != nil || n > uint64(wire.LevelMaster) {
		return in, usage("level", "value", strconv.Quote(c.String("level")))
	}
	in.level = wire.DeviceLevel(n)
	if in.limit, err = maxTime(c, len(in.flags)); err != nil {
		return in, err
	}
	in.p, err = a.prober(c, &secret.Vault{})
	return in, err
}

// timed runs what a command does on the server within its time.
func (a *app) timed(c *cli.Context, in userInput, do func() error) error {
	if err := a.awaitFirst(c, in.p, probe.CheckAPI); err != nil {
		return err
	}
	var end context.CancelFunc
	c.Context, end = measure.Within(c.Context, in.limit)
	defer end()
	return do()
}

func (a *app) register(c *cli.Context) error {
	in, err := a.userInput(c)
	if err != nil {
		return err
	}
	if c.Bool("remove") {
		return a.timed(c, in, func() error { return a.remove(c, in) })
	}
	if in.uid == "" {
		if in.uid, err = in.p.NewUID(); err != nil {
			return trouble("random", "why", err.Error())
		}
	}
	return a.timed(c, in, func() error { return a.store(c, in, in.p.NewToken) })
}

func (a *app) token(c *cli.Context) error {
	in, err := a.userInput(c)
	if err != nil {
		return err
	}
	if in.uid == "" {
		return usage("uid-missing", "command", commandPath(c))
	}
	if c.Bool("list") {
		return a.timed(c, in, func() error { return a.listTokens(c, in) })
	}
	next := in.p.NewToken
	if path := c.String("token-file"); path != "" {
		raw, err := a.secretFile(c.Context, "token-file", path)
		if err != nil {
			return err
		}
		if raw == "" {
			return usage("token-empty", "file", path)
		}
		next = func() (secret.Token, error) { return in.p.Vault.User(raw), nil }
	}
	return a.timed(c, in, func() error { return a.store(c, in, next) })
}

// store registers one token per flag and prints them. When it cannot do both it
// takes back what it has stored: half a user would only mislead.
func (a *app) store(c *cli.Context, in userInput, next func() (secret.Token, error)) error {
	ledger := &measure.Ledger{API: in.p.API}
	cred := &probe.Credentials{
		Schema: probe.CredentialsSchema, API: in.p.API.Base, UID: in.uid, Source: string(probe.FromRegistering),
	}
	bar := a.runProgress(in.limit)
	defer bar.clear()
	for i, flag := range in.flags {
		bar.update(measure.Progress{Stage: "store", Done: i, Total: len(in.flags)})
		t, err := next()
		if err != nil {
			return trouble("random", "why", err.Error())
		}
		row := probe.StoredToken{DeviceFlag: flag, DeviceLevel: in.level, Token: t}
		if err := ledger.Register(c.Context, in.uid, row); err != nil {
			_, _ = ledger.Clear(c.Context)
			return a.apiTrouble(c, err)
		}
		cred.Tokens = append(cred.Tokens, row)
	}
	cred.WS, _, _ = in.p.WSAddress(c.Context) // for the reader; not having it is no failure
	bar.clear()
	err := a.emitCredentials(c, in, cred, "wkctl register --remove --api "+in.p.API.Base+" --uid "+in.uid+" --flags "+numbers(in.flags))
	if err != nil {
		_, _ = ledger.Clear(c.Context) // nobody has seen the tokens
		return err
	}
	a.warnOfNumbering(in.flags)
	return nil
}

// warnOfNumbering tells who registers 3 or 4 that it may not be the flag they mean.
// Higher ones show that somebody wants numbers, and not a kind of device.
func (a *app) warnOfNumbering(flags []wire.DeviceFlag) {
	var list []wire.DeviceFlag
	for _, f := range flags {
		switch {
		case diagnose.NumberedByDocs(f):
			list = append(list, f)
		case f > wire.FlagPC:
			return
		}
	}
	if len(list) > 0 {
		a.warn("warning.docs-flag", text.Args{"flags": numbers(list)})
	}
}

func (a *app) emitCredentials(c *cli.Context, in userInput, cred *probe.Credentials, remove string) error {
	return a.emit(in.out, func(buf *bytes.Buffer, f report.Format, s report.Style) error {
		return report.Credentials(buf, cred, report.CredentialsOptions{
			Format: f, Style: s, ShowTokens: c.Bool("show-tokens"), RemoveCommand: remove,
		})
	})
}

// remove clears the tokens of a user: WuKongIM knows no way to delete the user
// itself.
func (a *app) remove(c *cli.Context, in userInput) error {
	if in.uid == "" {
		return usage("uid-missing", "command", commandPath(c)+" --remove")
	}
	bar := a.runProgress(in.limit)
	defer bar.clear()
	for i, flag := range in.flags {
		bar.update(measure.Progress{Stage: "cleanup", Done: i, Total: len(in.flags)})
		if err := in.p.API.Quit(c.Context, in.uid, flag); err != nil {
			return a.apiTrouble(c, err)
		}
	}
	bar.clear()
	cred := &probe.Credentials{Schema: probe.CredentialsSchema, API: in.p.API.Base, UID: in.uid, Source: sourceCleared}
	for _, flag := range in.flags {
		cred.Tokens = append(cred.Tokens, probe.StoredToken{DeviceFlag: flag})
	}
	return a.emit(in.out, func(buf *bytes.Buffer, f report.Format, s report.Style) error {
		if f == report.JSON {
			return report.Credentials(buf, cred, report.CredentialsOptions{Format: f, Style: s})
		}
		_, err := fmt.Fprintln(buf, a.say.Count("register.removed", len(in.flags), printable(text.Args{"uid": in.uid, "flags": numbers(in.flags)})))
		return err
	})
}

// sourceCleared is the source of credentials that were taken away.
const sourceCleared = "cleared"

// listTokens shows what the server has stored, where it shows it (v2.0.1 to
// v2.2.5). It changes nothing.
func (a *app) listTokens(c *cli.Context, in userInput) error {
	bar := a.runProgress(in.limit)
	bar.update(measure.Progress{Stage: "list"})
	rows, ok, err := in.p.API.Stored(c.Context, in.uid)
	bar.clear()
	if err != nil {
		return a.apiTrouble(c, err)
	}
	if !ok {
		return trouble("no-store", "api", in.p.API.Base)
	}
	cred := &probe.Credentials{
		Schema: probe.CredentialsSchema, API: in.p.API.Base, UID: in.uid, Source: string(probe.FromStore), Tokens: rows,
	}
	if cred.Tokens == nil {
		cred.Tokens = []probe.StoredToken{}
	}
	return a.emitCredentials(c, in, cred, "")
}

// apiTrouble explains a failed API request in one line.
func (a *app) apiTrouble(c *cli.Context, err error) error {
	var f *probe.Fault
	if !errors.As(err, &f) {
		return trouble("other", "said", err.Error())
	}
	limit, up := measure.TimeUp(c.Context)
	switch {
	case f.Kind == probe.FaultCanceled && up:
		return noTime(limit)
	case f.Kind == probe.FaultCanceled:
		return exitError(exitInterrupted)
	case f.Status == 401 && a.getenv(envPrefix+"MANAGER_TOKEN") == "" && c.String("manager-token-file") == "":
		return trouble("manager-token-required")
	case f.Status == 401:
		return trouble("manager-token-wrong")
	}
	return trouble("api", "said", f.Error())
}

func numbers(flags []wire.DeviceFlag) string {
	s := ""
	for i, f := range flags {
		if i > 0 {
			s += ","
		}
		s += strconv.Itoa(int(f))
	}
	return s
}
