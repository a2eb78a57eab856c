package main

import (
	"strconv"
	"time"

	"github.com/urfave/cli/v2"
)

// The time of a whole run where --max-time does not say it: enough for the default
// table of nine on a server that answers nothing but its API, and three minutes for
// the largest one.
const (
	maxTimeTable   = time.Minute
	maxTimeLogin   = 118 * time.Millisecond // for each login above those of the default table
	defaultLogins  = 9
	timeoutsInside = 12 // as many --timeout must fit in, where it is long
)

// maxTime is the time of a run of so many logins.
func maxTime(c *cli.Context, logins int) (time.Duration, error) {
	if c.IsSet("max-time") {
		limit := c.Duration("max-time")
		if limit <= 0 {
			return 0, usage("max-time", "value", limit.String())
		}
		return limit, nil
	}
	limit := maxTimeTable + time.Duration(max(0, logins-defaultLogins))*maxTimeLogin
	return max(limit.Round(time.Second), timeoutsInside*c.Duration("timeout")) + c.Duration("hold").Truncate(time.Second), nil
}

// noTime is the error of a command that has no report to say it in.
func noTime(limit time.Duration) error {
	return trouble("time-up", "max", seconds(limit))
}

// seconds writes a time as "60 s", "0.5 s".
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Round(100*time.Millisecond).Seconds(), 'f', -1, 64) + " s"
}
