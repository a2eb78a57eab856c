package main

import (
	"testing"
	"testing/synctest"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// bubble runs f on a network in memory and a clock of its own: waiting costs no
// time there, and how long something took is exact. All that f starts must have
// ended when it returns.
func bubble(t *testing.T, f func(t *testing.T, n *memnet.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, memnet.New()) })
}

// serveOn starts a stand-in on a network in memory, as serve does on the
// machine's.
func serveOn(t *testing.T, n *memnet.Network, cfg sandbox.Config) *sandbox.Server {
	t.Helper()
	cfg.Listen, cfg.Dial = n.Listen, n.Dial
	return serve(t, cfg)
}
