//go:build !race

package secret

// slower is 1: the texts have their full length.
const slower = 1
