package diagnose

import (
	"strconv"

	"github.com/wkctl/wkctl/probe"
)

// tokensLeft: test users still have tokens although the server is there to clear
// them.
func tokensLeft(f *facts) *finding {
	if len(f.Left) == 0 || f.gone() != nil {
		return nil // WK308 and WK213 say so themselves
	}
	var evidence []probe.Evidence
	if c := f.Check(probe.CheckCleanup); c != nil && c.Fault != nil {
		evidence = faultEvidence("api", c.Fault)
	}
	for i, l := range f.Left {
		if i == maxEvidence {
			break
		}
		evidence = append(evidence, probe.Say("not-confirmed", "POST /user/device_quit uid={{.uid}} device_flag={{.flag}}: not confirmed",
			map[string]any{"uid": strconv.Quote(l.UID), "flag": uint8(l.DeviceFlag)}).By("api"))
	}
	return about(finding{
		Evidence: evidence, Args: f.leftArgs(map[string]string{}), Fix: probe.Fix{Commands: f.clearLeft()},
	}, probe.CheckCleanup)
}

// maxClear bounds the commands of one finding that clear left tokens.
const maxClear = 3

// leftUsers lists the uids that have tokens left, with their flags.
func (f *facts) leftUsers() (uids []string, flags map[string]string) {
	flags = map[string]string{}
	for _, l := range f.Left {
		if flags[l.UID] == "" {
			uids = append(uids, l.UID)
		} else {
			flags[l.UID] += ","
		}
		flags[l.UID] += strconv.Itoa(int(l.DeviceFlag))
	}
	return uids, flags
}

func (f *facts) leftArgs(args map[string]string) map[string]string {
	uids, _ := f.leftUsers()
	if len(uids) > 0 {
		args["left"], args["left_users"] = strconv.Itoa(len(f.Left)), strconv.Itoa(len(uids))
	}
	if n := len(uids) - maxClear; n > 0 {
		args["more"] = strconv.Itoa(n)
	}
	return args
}

// clearLeft gives the commands that clear the tokens that are left.
func (f *facts) clearLeft() (commands []string) {
	uids, flags := f.leftUsers()
	for _, uid := range uids[:min(len(uids), maxClear)] {
		commands = append(commands, "wkctl register --remove --api "+f.Target.API+" --uid "+shellWord(uid)+" --flags "+flags[uid]+f.managerFlag())
	}
	return commands
}
