//go:build race

package secret

// slower is by how much the race detector slows down the longest texts. They are
// read by one goroutine, so it has nothing to find in them.
const slower = 16
