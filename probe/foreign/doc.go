// Package foreign knows what of a text from elsewhere may be stored and shown:
// how much of it, which characters, and where an escape sequence ends.
package foreign
