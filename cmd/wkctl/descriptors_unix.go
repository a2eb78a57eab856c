//go:build unix

package main

import "syscall"

// openFiles gives how many files this process may have open, ulimit -n. The soft
// limit was raised to the hard one when the process started: package os does that
// (Go 1.19 and later).
func openFiles() (limit uint64, known bool) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, false
	}
	return uint64(l.Cur), true
}
