// Package casebook reads scenarios, sets their stage and judges what the command
// that their user would run comes to on it. A scenario is a ticket as a file: a
// stand-in server with its fault, what happened on it before, the command, and what
// the command must name.
package casebook
