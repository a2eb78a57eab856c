// Package diagnose explains a Diagnosis: it judges the pairings, names the
// causes with their evidence and fixes, and gives the verdict. It is pure: all
// it knows stands in the Diagnosis, so a saved one can be explained again.
//
// The catalogue of causes is made of one file per family: api.go (WK2xx),
// network.go (WK3xx), address.go (WK4xx), auth.go and server.go (WK5xx). Their
// sentences are in package report/text, under the code.
package diagnose
