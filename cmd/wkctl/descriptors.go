package main

import "strconv"

// What a run takes of the open files that the system allows: each login keeps its
// connection to the end of the run. The rest are API connections, address checks and
// files, measured with runs under ulimit -n.
const (
	controlLogins = 5  // beside the pairings
	openBeside    = 24 // beside the logins
	openStandIn   = 8  // of a stand-in in the same process, which holds the other end of each login as well
)

// filesFor gives how many open files a run of so many logins needs.
func filesFor(logins int, sandbox bool) uint64 {
	n := uint64(max(0, logins) + controlLogins)
	if sandbox {
		return 2*n + openBeside + openStandIn
	}
	return n + openBeside
}

// enoughFiles refuses a run that the system's limit of open files would cut short:
// its last logins would be dialled in vain, and nothing be known of them.
func enoughFiles(logins int, sandbox bool, limit uint64, known bool) error {
	need := filesFor(logins, sandbox)
	if !known || need <= limit {
		return nil
	}
	return usage("open-files", "n", strconv.Itoa(logins), "need", strconv.FormatUint(need, 10), "limit", strconv.FormatUint(limit, 10))
}
