package casebook

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
)

// TestDifferences: what is expected and does not come is named.
func TestDifferences(t *testing.T) {
	t.Parallel()
	code := func(s string) *string { return &s }
	out := Outcome{Exit: 1, Stdout: "token is\n    stored", Findings: []probe.Finding{{Code: "WK501"}, {Code: "WK510"}}}
	for _, tc := range []struct {
		expect Expect
		want   []string
	}{
		{Expect{First: code("WK501"), Codes: []string{"WK510"}, Not: []string{"WK502"}, Says: []string{"is stored"}, Exit: 1}, nil},
		{Expect{First: code("WK502"), Exit: 1}, []string{"first finding: expected WK502, got WK501, WK510"}},
		{Expect{First: code(""), Exit: 1}, []string{"first finding: expected none, got WK501, WK510"}},
		{Expect{Codes: []string{"WK599"}, Exit: 1}, []string{"findings: expected WK599 among them, got WK501, WK510"}},
		{Expect{Not: []string{"WK510"}, Exit: 1}, []string{"findings: expected no WK510, got WK501, WK510"}},
		{Expect{Says: []string{"curl"}, Exit: 1}, []string{`output: expected the text "curl", got none of it in 19 bytes`}},
		{Expect{Unsaid: []string{"curl"}, Exit: 1}, nil},
		{Expect{Unsaid: []string{"Is Stored"}, Exit: 1}, []string{`output: expected nothing of the text "Is Stored", got it`}},
		{Expect{Exit: 0}, []string{"exit code: expected 0, got 1"}},
	} {
		if got := tc.expect.Differences(out); strings.Join(got, "|") != strings.Join(tc.want, "|") {
			t.Errorf("%+v: got %q, want %q", tc.expect, got, tc.want)
		}
	}
}
