//go:build !unix

package sandbox

import "syscall"

// reuseAddress leaves a socket as it is: elsewhere the option means that two
// sockets may share a port.
func reuseAddress(_, _ string, _ syscall.RawConn) error { return nil }
