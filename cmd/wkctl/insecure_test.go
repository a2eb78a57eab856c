package main

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// TestInsecureIsSaid: a report of a run that checked no certificate says so, in
// every format that people read, and no other does.
func TestInsecureIsSaid(t *testing.T) {
	t.Parallel()
	bubble(t, insecureIsSaid)
}

func insecureIsSaid(t *testing.T, n *memnet.Network) {
	s := serveOn(t, n, sandbox.Config{Generation: sandbox.V1})
	s.Register("u", "secret", 1, 0)
	connect := []string{"connect", "--uid", "u", "--token", "secret"}
	for _, base := range [][]string{{"diagnose"}, append([]string{"diagnose"}, connect[1:]...), connect} {
		for _, format := range []string{"table", "short", "markdown", "html", "json"} {
			if base[0] == "connect" && format != "table" && format != "json" {
				continue
			}
			for lang, want := range map[string]string{"en": "certificates were not checked", "zh": "未检查证书"} {
				if format == "json" {
					want = `"insecure": true`
				}
				for _, insecure := range []bool{true, false} {
					args := append([]string{base[0], "--api", s.APIURL(), "--format", format, "--lang", lang}, base[1:]...)
					if insecure {
						args = append(args, "--insecure")
					}
					f := &terminal{net: n}
					f.run(t, args...)
					if got := strings.Contains(f.stdout.String(), want); got != insecure {
						t.Errorf("%v: %q said: %v\n%s", args, want, got, &f.stdout)
					}
				}
			}
		}
	}
}
