package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/input"
	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/report/text"
)

func (sh *shell) sandboxCommand() *cli.Command {
	return sh.command(&cli.Command{
		Name: "sandbox",
		Flags: []cli.Flag{
			sh.text("sandbox", "generation", "v2"),
			sh.yes("sandbox", "no-token-auth"),
			sh.text("sandbox", "manager-token-file", ""),
			sh.text("sandbox", "api-addr", "127.0.0.1:5001"),
			sh.text("sandbox", "ws-addr", "127.0.0.1:5200"),
			sh.text("sandbox", "tcp-addr", "127.0.0.1:5100"),
			sh.list("sandbox", "fault"),
			sh.list("sandbox", "scenario"),
			sh.yes("sandbox", "check"),
			sh.yes("sandbox", "allow-commands"),
			sh.langFlag(),
		},
		Action: sh.sandbox,
	})
}

// sandbox runs the stand-in until it is interrupted, which is its proper end.
func (sh *shell) sandbox(c *cli.Context) error {
	switch {
	case len(c.StringSlice("scenario")) > 0:
		return sh.scenarios(c)
	case c.Bool("check"):
		return usage("check-alone", "flag", "check")
	case c.Bool("allow-commands"):
		return usage("check-alone", "flag", "allow-commands")
	}
	gen, err := generation("generation", c.String("generation"))
	if err != nil {
		return err
	}
	cfg := sandbox.Config{
		Generation: gen, NoTokenAuth: c.Bool("no-token-auth"), ManagerToken: sh.getenv(envPrefix + "MANAGER_TOKEN"),
		Addr:   sandbox.Addr{API: c.String("api-addr"), WS: c.String("ws-addr"), TCP: c.String("tcp-addr")},
		Listen: sh.network.listen, Dial: sh.network.dial,
	}
	for _, name := range []string{"api-addr", "ws-addr", "tcp-addr"} {
		if _, port, err := net.SplitHostPort(c.String(name)); err != nil || port != "0" && !validPort(port) {
			return usage("listen", "flag", name, "value", strconv.Quote(c.String(name)))
		}
	}
	if path := c.String("manager-token-file"); path != "" {
		if cfg.ManagerToken, err = sh.secretFile(c.Context, "manager-token-file", path); err != nil {
			return err
		}
	}
	for _, f := range c.StringSlice("fault") {
		fault, err := sandbox.ParseFault(f)
		if err != nil {
			return usage("fault", "value", strconv.Quote(f), "choices", strings.Join(sandbox.FaultHelp(), "\n"))
		}
		cfg.Faults = append(cfg.Faults, fault)
	}
	server, err := sandbox.Start(c.Context, cfg)
	if err != nil {
		return trouble("sandbox", "why", err.Error())
	}
	defer server.Close()
	_, err = fmt.Fprintln(sh.stdout, sh.say.Text("sandbox.running", text.Args{
		"generation": string(gen), "version": server.StandsFor(), "api": server.APIURL(), "ws": server.WSURL(), "tcp": server.TCPAddr(),
	}))
	if err != nil {
		return trouble("write", "file", "stdout", "why", input.Reason(err))
	}
	<-c.Context.Done()
	return nil
}

func generation(flag, name string) (sandbox.Generation, error) {
	gen, err := sandbox.ParseGeneration(name)
	if err == nil {
		return gen, nil
	}
	var names []string
	for _, g := range sandbox.Generations() {
		names = append(names, string(g))
	}
	return "", usage("choice", "flag", flag, "value", strconv.Quote(name), "choices", strings.Join(names, ", "))
}

// startSandbox points a prober at a stand-in of its own.
func (sh *shell) startSandbox(ctx context.Context, name string, p *measure.Prober) (stop func(), err error) {
	gen, err := generation("sandbox", name)
	if err != nil {
		return nil, err
	}
	server, err := sandbox.Start(ctx, sandbox.Config{
		Generation: gen, ManagerToken: p.API.ManagerToken.Reveal(), Listen: sh.network.listen, Dial: sh.network.dial,
	})
	if err != nil {
		return nil, trouble("sandbox", "why", err.Error())
	}
	p.API.Base, p.WS, p.Sandbox = server.APIURL(), "", name
	return server.Close, nil
}
