// Package probe measures how a WuKongIM server authenticates its clients: it
// registers throw-away users, opens connections that imitate a client SDK, and
// writes down what came back.
//
// It measures and does not judge by itself: a Prober fills a Diagnosis, package
// probe/diagnose explains it, package report prints it. A pairing that fails is
// a result, not an error. Plain data passes between the three, so a saved
// Diagnosis can be explained and printed again.
package probe
