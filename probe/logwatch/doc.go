// Package logwatch gives the lines of a server's log to the logins of a run that
// they are about.
package logwatch
