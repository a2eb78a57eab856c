package report

import (
	"math"
	"strconv"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// shortWait is a wait that nobody needs to hear of, in ms: the server was there.
const shortWait = 500

// waited says how long the server was waited for before the run, "" where it was
// not, or was there at once.
func (w words) waited(wait *probe.Wait) string {
	if wait == nil || wait.Missing == "" && wait.ElapsedMS < shortWait {
		return ""
	}
	args := text.Args{"waited": strconv.FormatFloat(math.Round(wait.ElapsedMS/100)/10, 'f', -1, 64) + " s"}
	switch wait.Missing {
	case "":
		return w.say("wait.over", args)
	case probe.CheckWS:
		return w.say("wait.ws", args)
	}
	return w.say("wait.api", args)
}
