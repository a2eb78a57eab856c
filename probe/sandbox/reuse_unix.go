//go:build unix

package sandbox

import (
	"cmp"
	"syscall"
)

// reuseAddress sets SO_REUSEADDR on a socket that dials, as package net sets it on
// those that listen: without it a port is taken while an old connection of it is
// in TIME_WAIT.
func reuseAddress(_, _ string, raw syscall.RawConn) error {
	var set error
	err := raw.Control(func(fd uintptr) {
		set = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	})
	return cmp.Or(err, set)
}
