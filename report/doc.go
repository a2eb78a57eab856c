// Package report renders what package probe measured and package probe/diagnose
// explained: as a table on a terminal, and for tickets, CI systems, dashboards
// and programs. It opens no file and no socket, and decides nothing: verdicts
// and exit codes come with the diagnosis and are the same in every format.
//
// Whatever a server said is hostile until [Write] has cleaned it (see clean.go);
// each writer then escapes for its own format.
package report
