// Package logwatch follows a server's log while a run lasts (a file, standard input
// or what a command prints) and gives its lines to the logins of the run that they
// are about.
package logwatch
