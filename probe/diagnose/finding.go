package diagnose

import "github.com/wkctl/wkctl/probe"

// finding is what a finding function hands back: a [probe.Finding] as far as
// one cause knows it, with the checks that it lays claim to. Explain adds code,
// id and what else the row holds, and settles the claims, because only the
// order of the catalogue decides which of two causes explains a check.
type finding struct {
	Severity  probe.Severity // "" = that of the row
	Pairings  []probe.PairingID
	Evidence  []probe.Evidence
	Args      map[string]string
	Fix       probe.Fix
	DependsOn string   // code; "" = as the row says
	Links     []string // nil = those of the row

	first []probe.CheckID // it explains the first of these that has a fault and no explanation yet
	each  []probe.CheckID // it explains all of these, whatever else does
}

// about makes a finding lay claim to the first of the checks that is in want of
// an explanation. An id that the run has no check for claims nothing.
func about(found finding, checks ...probe.CheckID) *finding {
	found.first = checks
	return &found
}

// stated makes a finding of a cause into the one in the document;
// lists are never null in JSON.
func stated(c *Cause, f *finding) probe.Finding {
	out := probe.Finding{
		Code: c.Code, ID: c.ID, Severity: f.Severity, Pairings: f.Pairings, Evidence: f.Evidence,
		Args: f.Args, Fix: f.Fix, DependsOn: f.DependsOn, Links: f.Links,
	}
	if out.Links == nil {
		out.Links = c.Links
	}
	if out.Links == nil {
		out.Links = []string{}
	}
	if out.Pairings == nil {
		out.Pairings = []probe.PairingID{}
	}
	if out.Evidence == nil {
		out.Evidence = []probe.Evidence{}
	}
	if out.Fix.Commands == nil {
		out.Fix.Commands = []string{}
	}
	return out
}
