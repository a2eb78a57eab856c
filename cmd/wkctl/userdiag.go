package main

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/measure"
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
func (sh *shell) userFlags() []cli.Flag {
	return []cli.Flag{
		sh.text("my-user", "uid", ""),
		sh.text("my-user", "token-file", ""),
		sh.text("my-user", "token", ""),
		sh.yes("my-user", "token-stdin"),
		sh.yes("my-user", "sweep"),
		sh.yes("my-user", "no-sweep"),
		sh.yes("my-user", "force"),
		sh.duration("my-user", "hold", defaultHold),
	}
}

// userPlan reads the flags of my-user mode.
func (sh *shell) userPlan(c *cli.Context, p *measure.Prober) (plan measure.UserPlan, err error) {
	if c.Bool("sweep") && c.Bool("no-sweep") {
		return plan, usage("contradiction", "one", "--sweep", "other", "--no-sweep")
	}
	plan = measure.UserPlan{UID: c.String("uid"), Sweep: c.Bool("sweep"), Force: c.Bool("force"), Hold: c.Duration("hold")}
	if plan.Hold < 0 || plan.Hold > maxHold {
		return plan, usage("hold", "value", plan.Hold.String())
	}
	if err := checkUserUID(plan.UID); err != nil {
		return plan, err
	}
	raw, err := sh.tokenInput(c)
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
	if uid == "" || len(uid) > maxUID || uid == "____manager" || strings.ContainsAny(uid, "\x00\r\n") {
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
