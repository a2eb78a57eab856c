// Package diagnose explains a Diagnosis: it judges the pairings, names the
// causes with their evidence and fixes, and gives the verdict. It is pure: all
// it knows is in the Diagnosis, so a saved one can be explained again.
//
// [Explain] alone writes. It asks the finding function of every cause, which
// only looks, and applies what is known of the causes in the order of the
// [Catalogue]: which of two explains a check, which comes first, which follows
// from which. A cause is one row: code, family, severity, what it follows from
// or yields to, the settings behind it, the log lines that prove it, and its
// traits. Nothing outside the row branches on a code.
//
// Rows and finding functions lie in one file per family or part of one:
// health.go and left.go (WK213, WK214, WK308), server.go, proxy.go and own.go
// (WK307, WK5xx), api.go, apianswer.go and gateway.go (WK2xx), cluster.go
// (WK208, WK212), network.go (WK3xx), address.go and advertised.go (WK4xx),
// sdk.go, auth.go, client.go and symptom.go (WK5xx), after.go (WK5xx, WK6xx),
// serverconf.go (WK7xx), residual.go (WK517, WK604). sdkjudge.go judges the
// second table, serverlog.go quotes the server's log, and logreport.go explains
// a log for itself ([ExplainLog]). Their sentences are in package report/text,
// under the code.
package diagnose
