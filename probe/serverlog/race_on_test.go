//go:build race

package serverlog

// raceEnabled: the race detector makes a scan some ten times slower.
const raceEnabled = true
