// Package probe is the vocabulary of wkctl: the types of a diagnosis, what a
// connection can come to, what can go wrong on the way, how generations of the
// server differ, and the JSON contract that all of it makes.
//
// It holds plain data and pure functions, so anyone may import it. Package
// probe/measure fills a [Diagnosis], probe/diagnose explains it and report
// prints it; a saved one can be explained and printed again. A pairing that
// fails is a result, not an error.
package probe
