package probe

// MaxPairings bounds one run: every pairing holds a socket until the end.
const MaxPairings = 1024
