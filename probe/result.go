package probe

// LetIn says whether the server let a connection in, and whether that is known:
// silence alone is no answer, and a connection that was never made is none either.
func (r *Result) LetIn() (accepted, known bool) {
	switch {
	case r.Observed == Accepted:
		return true, true
	case r.Observed == Refused, r.Observed == Silent && r.Proof != ProofNone:
		return false, true
	}
	return false, false
}
