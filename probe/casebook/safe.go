package casebook

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// MaxTime is how long the command of one scenario may take. The longest of the
// casebook take some 12 s, for servers that refuse in silence.
const MaxTime = time.Minute

// playable lists the commands that a scenario may run. A sandbox in it could play
// the same scenario again, without end.
func playable() []string {
	return []string{"diagnose", "connect", "register", "token", "sdks", "explain", "report", "version"}
}

// checkRun finds what the command of a scenario must not be, whoever wrote it.
func (sc *Scenario) checkRun() error {
	switch {
	case len(sc.Run) == 0:
		return errors.New("run: expected a command, such as [diagnose, --api, \"{api}\"]")
	case !slices.Contains(playable(), sc.Run[0]):
		return fmt.Errorf("run: expected one of %s, got %q", strings.Join(playable(), ", "), sc.Run[0])
	}
	return nil
}

// ReachesOut gives the flag by which the command of a scenario would run a command
// of the shell, or write a file outside of its own folder; "" = it does neither. A
// scenario is a file that somebody sends, and playing it looks harmless.
func (sc *Scenario) ReachesOut() string {
	for i, arg := range sc.Run {
		name, value, joined := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if !strings.HasPrefix(arg, "-") {
			continue
		}
		switch name {
		case "server-log-command":
			return "--" + name
		case "output":
			if !joined && i+1 < len(sc.Run) {
				value = sc.Run[i+1]
			}
			_, path, _ := strings.Cut(value, "=")
			if !strings.HasPrefix(path, "{dir}/") || strings.Contains(path, "..") {
				return "--" + name
			}
		}
	}
	return ""
}
