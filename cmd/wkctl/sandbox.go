package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/input"
	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

func (a *app) sandboxCommand() *cli.Command {
	return a.command(&cli.Command{
		Name: "sandbox",
		Flags: []cli.Flag{
			a.text("sandbox", "generation", "v2"),
			a.boolFlag("sandbox", "no-token-auth"),
			a.text("sandbox", "manager-token-file", ""),
			a.text("sandbox", "api-addr", "127.0.0.1:"+wire.PortAPI),
			a.text("sandbox", "ws-addr", "127.0.0.1:"+wire.PortWS),
			a.text("sandbox", "tcp-addr", "127.0.0.1:"+wire.PortTCP),
			a.list("sandbox", "fault"),
			a.ruled(a.list("sandbox", "scenario"), flagRule{id: "scenario-server", typed: true,
				against: []string{"generation", "no-token-auth", "manager-token-file", "fault", "api-addr", "ws-addr", "tcp-addr"}}),
			a.ruled(a.boolFlag("sandbox", "check"), flagRule{needs: "scenario"}),
			a.ruled(a.boolFlag("sandbox", "allow-commands"), flagRule{needs: "scenario"}),
			a.langFlag(),
		},
		Action: a.sandbox,
	})
}

// sandbox runs the stand-in until it is interrupted, which is its proper end.
func (a *app) sandbox(c *cli.Context) error {
	if len(c.StringSlice("scenario")) > 0 {
		return a.scenarios(c)
	}
	gen, err := generation("generation", c.String("generation"))
	if err != nil {
		return err
	}
	cfg := sandbox.Config{
		Generation: gen, NoTokenAuth: c.Bool("no-token-auth"), ManagerToken: a.getenv(envPrefix + "MANAGER_TOKEN"),
		Addr:   sandbox.Addr{API: c.String("api-addr"), WS: c.String("ws-addr"), TCP: c.String("tcp-addr")},
		Listen: a.network.listen, Dial: a.network.dial,
	}
	for _, name := range []string{"api-addr", "ws-addr", "tcp-addr"} {
		if _, port, err := net.SplitHostPort(c.String(name)); err != nil || port != "0" && !validPort(port) {
			return usage("listen", "flag", name, "value", strconv.Quote(c.String(name)))
		}
	}
	if path := c.String("manager-token-file"); path != "" {
		if cfg.ManagerToken, err = a.secretFile(c.Context, "manager-token-file", path); err != nil {
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
		return sandboxTrouble(c, err)
	}
	defer server.Close()
	_, err = fmt.Fprintln(a.stdout, a.say.Text("sandbox.running", text.Args{
		"generation": string(gen), "version": server.StandsFor(), "api": server.APIURL(), "ws": server.WSURL(), "tcp": server.TCPAddr(),
	}))
	if err != nil {
		return trouble("write", "file", "stdout", "why", input.Reason(err))
	}
	<-c.Context.Done()
	return nil
}

// sandboxTrouble says why the stand-in does not start: nearly always a port that is
// in use, and then which flag chooses another.
func sandboxTrouble(c *cli.Context, err error) error {
	var op *net.OpError
	if !errors.As(err, &op) || op.Addr == nil {
		return trouble("sandbox", "why", err.Error())
	}
	why, flag := op.Err, "api-addr"
	var call *os.SyscallError
	if errors.As(err, &call) {
		why = call.Err
	}
	_, port, _ := net.SplitHostPort(op.Addr.String())
	for _, name := range []string{"api-addr", "ws-addr", "tcp-addr"} {
		if _, wanted, err := net.SplitHostPort(c.String(name)); err == nil && wanted == port {
			flag = name
		}
	}
	return trouble("sandbox-port", "address", op.Addr.String(), "why", why.Error(), "flag", flag)
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
func (a *app) startSandbox(ctx context.Context, name string, p *measure.Prober) (stop func(), err error) {
	gen, err := generation("sandbox", name)
	if err != nil {
		return nil, err
	}
	server, err := sandbox.Start(ctx, sandbox.Config{
		Generation: gen, ManagerToken: p.API.ManagerToken.Reveal(), Listen: a.network.listen, Dial: a.network.dial,
	})
	if err != nil {
		return nil, trouble("sandbox", "why", err.Error())
	}
	p.API.Base, p.WS, p.Sandbox = server.APIURL(), "", name
	return server.Close, nil
}
