package main

import (
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/report/text"
)

// waitTime is how long the server is waited for; 0 = not at all.
func waitTime(c *cli.Context) (time.Duration, error) {
	limit := c.Duration("wait")
	if limit < 0 {
		return 0, usage("wait", "value", limit.String())
	}
	return limit, nil
}

// await waits until what is named answers, where that was asked for. It comes before
// the time of the run begins: that of --max-time is for measuring, and says the same
// whether the server was up or not.
func (a *app) await(c *cli.Context, p *measure.Prober, what ...probe.CheckID) (waited probe.Wait, err error) {
	limit, err := waitTime(c)
	if err != nil || limit == 0 || p.Sandbox != "" { // a variable may be meant for another run
		return waited, err
	}
	bar, before := a.runProgress(limit), p.Progress
	p.Progress = bar.update
	waited = p.Await(c.Context, limit, what...)
	p.Progress = before
	bar.clear()
	return waited, nil
}

// awaitFirst is await for the commands that have no report to say in what came of it.
func (a *app) awaitFirst(c *cli.Context, p *measure.Prober, what ...probe.CheckID) error {
	waited, err := a.await(c, p, what...)
	if waited.Missing != "" && c.Context.Err() == nil {
		a.warn("wait."+string(waited.Missing), text.Args{
			"waited": seconds(time.Duration(waited.ElapsedMS * float64(time.Millisecond))),
		})
	}
	return err
}
