package main

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe/memnet"
)

// TestDocsNumbering: flags 3 and 4 lead to the page of the documentation that
// numbers them, in both languages; others do not.
func TestDocsNumbering(t *testing.T) {
	t.Parallel()
	const page = "getting-started/concepts/user"
	for line, want := range map[string]bool{
		"diagnose --sandbox v2 --token-flag 3 --sdk js":           true,
		"diagnose --sandbox v2 --token-flag 4 --sdk js --lang zh": true,
		"diagnose --sandbox v1 --token-flag 1 --connect-flag 3":   true,
		"diagnose --sandbox v2 --token-flag 0 --sdk js":           false,
		"diagnose --sandbox v2 --token-flag 5 --sdk js":           false,
	} {
		bubble(t, func(t *testing.T, n *memnet.Network) {
			f := &terminal{net: n}
			f.run(t, append(strings.Fields(line), "--verbose")...)
			if got := strings.Contains(f.stdout.String(), page); got != want {
				t.Errorf("%s: the page is named: %v, want %v\n%s%s", line, got, want, &f.stdout, &f.stderr)
			}
		})
	}
}
