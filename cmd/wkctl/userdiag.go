package main

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/wire"
)

const (
	defaultHold = 300 * time.Millisecond
	maxHold     = 10 * time.Minute
	maxUID      = 100 // bytes
	// sweepFlags are tried where the rows cannot be read: those that SDKs have
	// names for first, then what back ends make up.
	sweepFlags = "0-9"
)

// userFlags say whose login is diagnosed; with --uid the run writes nothing to
// the server.
func (a *app) userFlags() []cli.Flag {
	return []cli.Flag{
		a.textAs("my-user", "uid", "uid-mine"),
		a.only(asksUser, a.text("my-user", "token-file", "")),
		a.only(asksUser, a.text("my-user", "token", "")),
		a.only(asksUser, a.boolFlag("my-user", "token-stdin")),
		a.ruled(a.boolFlag("my-user", "sweep"), flagRule{of: asksUser, against: []string{"no-sweep"}}),
		a.only(asksUser, a.boolFlag("my-user", "no-sweep")),
		a.only(asksUser, a.boolFlag("my-user", "force")),
		a.only(asksUser, a.duration("my-user", "hold", defaultHold)),
	}
}

// userPlan reads the flags of my-user mode.
func (a *app) userPlan(c *cli.Context, p *measure.Prober) (plan measure.UserPlan, err error) {
	plan = measure.UserPlan{UID: c.String("uid"), Sweep: c.Bool("sweep"), Force: c.Bool("force"), Hold: c.Duration("hold")}
	if plan.Hold < 0 || plan.Hold > maxHold {
		return plan, usage("hold", "value", plan.Hold.String())
	}
	if err := checkUserUID(plan.UID); err != nil {
		return plan, err
	}
	raw, err := a.tokenInput(c)
	if err != nil {
		return plan, err
	}
	plan.Token = p.Vault.User(raw)
	if plan.Flag, err = connectFlag(c); err != nil {
		return plan, err
	}
	if !c.Bool("no-sweep") {
		plan.SweepFlags, err = parseFlags("flags", sweepFlags)
	}
	return plan, err
}

// checkUserUID refuses only what can harm a server: a real user may have a uid
// that newer servers would not register.
func checkUserUID(uid string) error {
	if err := inUTF8("uid", uid); err != nil {
		return err
	}
	if uid == "" || len(uid) > maxUID || uid == wire.ManagerUID || strings.ContainsAny(uid, "\x00\r\n") {
		return usage("user-uid", "value", strconv.Quote(uid))
	}
	return nil
}

// pageOrigin checks the origin of the page whose client is diagnosed.
func pageOrigin(c *cli.Context) (string, error) {
	raw := c.String("page-origin")
	if raw == "" {
		return "", nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return "", usage("page-origin", "value", strconv.Quote(raw))
	}
	return u.Scheme + "://" + u.Host, nil
}
