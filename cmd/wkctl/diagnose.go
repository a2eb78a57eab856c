package main

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/diagnose"
	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report"
)

func (a *app) diagnoseCommand() *cli.Command {
	return a.command(&cli.Command{
		Name: "diagnose",
		Flags: append(append(a.serverFlags(),
			a.only(asksTable, a.text("table", "flags", "0,1,2")),
			a.only(asksTable, a.text("table", "connect-flags", "")),
			a.only(asksTable|asksSetup, a.text("table", "uid-prefix", "")),
			a.only(asksTable|asksSetup, a.boolFlag("table", "keep")),
			a.only(asksSetup, a.text("set-up", "token-flag", "")),
			a.only(asksSetup|asksUser, a.text("set-up", "connect-flag", "")),
			a.sdkFlag("set-up"),
			a.boolFlag("table", "allow-no-auth"),
			a.ruled(a.text("server", "sandbox", ""),
				flagRule{against: []string{"server-log", "server-log-command"}, id: "sandbox-log"}, flagRule{against: []string{"api", "ws", "wait"}, typed: true}),
			a.text("server", "page-origin", ""),
		), append(append(append(a.userFlags(), a.logFlags()...), a.outputFlags()...), a.quietFlag(), a.text("output", "fail-on", string(probe.SeverityError)))...),
		Action: a.diagnose,
	})
}

func (a *app) diagnose(c *cli.Context) error {
	out, err := a.outputs(c)
	if err != nil {
		return err
	}
	p, err := a.prober(c, &secret.Vault{})
	if err != nil {
		return err
	}
	if err = a.useSDKs(c, p); err != nil {
		return err
	}
	if p.Origin, err = pageOrigin(c); err != nil {
		return err
	}
	run, logins, err := a.measurement(c, p)
	if err != nil {
		return err
	}
	if err = judgement(c, p); err != nil {
		return err
	}
	limit, err := maxTime(c, logins)
	if err != nil {
		return err
	}
	p.MaxTime = limit
	files, known := openFiles()
	if err := enoughFiles(logins, c.String("sandbox") != "", files, known); err != nil {
		return err
	}
	config, err := a.configSources(c)
	if err != nil {
		return err
	}
	stop, err := a.useSandbox(c, p)
	if err != nil {
		return err
	}
	defer stop()
	if _, err := a.await(c, p, probe.CheckAPI, probe.CheckWS); err != nil {
		return err
	}
	log, err := a.watchLog(c, p) // which a server that was waited for may have begun only now
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	bar := a.runProgress(limit)
	p.Progress = bar.update
	ctx, end := measure.Within(c.Context, limit)
	defer end()
	d := run(ctx)
	bar.clear()
	a.attachLog(ctx, log, d, bar)
	a.attachConfig(d, config)
	diagnose.Explain(d)
	return a.emitDiagnosis(d, out)
}

// measurement reads which of the three modes is asked for, and how many logins it
// takes.
func (a *app) measurement(c *cli.Context, p *measure.Prober) (f func(context.Context) *probe.Diagnosis, n int, err error) {
	asked := questionOf(c)
	if err := a.checkMode(c.Command.Flags, asked); err != nil {
		return nil, 0, err
	}
	if asked == asksUser {
		plan, err := a.userPlan(c, p)
		return func(ctx context.Context) *probe.Diagnosis { return p.DiagnoseUser(ctx, plan) }, 1, err
	}
	plan, err := a.plan(c)
	return func(ctx context.Context) *probe.Diagnosis { return p.Diagnose(ctx, plan) }, logins(plan), err
}

func (a *app) emitDiagnosis(d *probe.Diagnosis, out outputs) error {
	report.Localize(d, a.say)
	err := a.emit(out, func(buf *bytes.Buffer, f report.Format, s report.Style) error {
		return report.Write(buf, d, f, s)
	})
	if out.step {
		a.stepFiles(d, out.plain())
	}
	if err != nil {
		return err
	}
	return exitError(out.exitCode(d))
}

// judgement reads what is to count as a failure.
func judgement(c *cli.Context, p *measure.Prober) error {
	p.NoAuthOK = c.Bool("allow-no-auth")
	switch s := probe.Severity(c.String("fail-on")); s {
	case probe.SeverityError:
	case probe.SeverityWarning:
		p.FailOn = s
	default:
		return usage("choice", "flag", "fail-on", "value", strconv.Quote(string(s)), "choices", "error, warning")
	}
	return nil
}

// plan reads which pairings are asked for, and refuses flags that contradict.
func (a *app) plan(c *cli.Context) (measure.Plan, error) {
	plan := measure.Plan{Mode: probe.ModeTable, UIDPrefix: c.String("uid-prefix"), Keep: c.Bool("keep")}
	if err := checkUID("uid-prefix", plan.UIDPrefix); plan.UIDPrefix != "" && err != nil {
		return plan, err
	}
	if c.String("token-flag") != "" || c.String("connect-flag") != "" {
		return a.setupPlan(c, plan)
	}
	var err error
	if plan.TokenFlags, err = parseFlags("flags", c.String("flags")); err != nil {
		return plan, err
	}
	plan.ConnectFlags = plan.TokenFlags
	if s := c.String("connect-flags"); s != "" {
		if plan.ConnectFlags, err = parseFlags("connect-flags", s); err != nil {
			return plan, err
		}
	}
	if plan.SDKs, err = sdkRows(c); err != nil {
		return plan, err
	}
	if n := logins(plan); n > probe.MaxPairings {
		return plan, usage("too-many", "n", strconv.Itoa(n), "max", strconv.Itoa(probe.MaxPairings))
	}
	return plan, nil
}

// logins counts the logins of a plan, the controls aside.
func logins(plan measure.Plan) int {
	return len(plan.TokenFlags)*len(plan.ConnectFlags) + measure.SDKLogins(plan.SDKs, plan.TokenFlags)
}

// setupPlan is one pairing: the flag that the back end registers, and the flag
// that the client sends (its SDK's own unless it is given).
func (a *app) setupPlan(c *cli.Context, plan measure.Plan) (measure.Plan, error) {
	if c.String("token-flag") == "" {
		return plan, usage("token-flag-missing")
	}
	plan.Mode = probe.ModeSetup
	token, err := parseFlag("token-flag", c.String("token-flag"))
	if err != nil {
		return plan, err
	}
	connect, err := connectFlag(c)
	plan.TokenFlags, plan.ConnectFlags = []wire.DeviceFlag{token}, []wire.DeviceFlag{connect}
	return plan, err
}

// connectFlag is the flag that was asked for, else the SDK's own.
func connectFlag(c *cli.Context) (wire.DeviceFlag, error) {
	sdk, err := sdkOf(c)
	s := c.String("connect-flag")
	if err != nil || s == "" {
		return sdk.DefaultFlag(), err
	}
	flag, err := parseFlag("connect-flag", s)
	if err == nil {
		err = sendable(sdk, flag)
	}
	return flag, err
}

// checkUID refuses what a server could not take as the name of a test user.
func checkUID(flag, uid string) error {
	if err := inUTF8(flag, uid); err != nil {
		return err
	}
	if uid == "" || len(uid) > maxUID || strings.ContainsAny(uid, "@#& \t\r\n") {
		return usage("uid", "flag", flag, "value", strconv.Quote(uid))
	}
	return nil
}

// useSandbox starts the stand-in and points the prober at it.
func (a *app) useSandbox(c *cli.Context, p *measure.Prober) (stop func(), err error) {
	name := c.String("sandbox")
	if name == "" {
		return func() {}, nil
	}
	return a.startSandbox(context.WithoutCancel(c.Context), name, p)
}
