package text

import "testing"

// TestComplete: a message is complete when no field that it shows is missing;
// one that it only asks about may be.
func TestComplete(t *testing.T) {
	t.Parallel()
	p := New(English)
	for _, tc := range []struct {
		id   string
		args Args
		want bool
	}{
		{"error.hint", nil, true},
		{"error.write", Args{"file": "f", "why": "w"}, true},
		{"error.write", Args{"file": "f", "why": ""}, true},
		{"error.write", Args{"file": "f"}, false},
		{"error.write", nil, false},
		{"WK205.cause", Args{"status": "400"}, true}, // {{if .said}}: {{.said}}{{end}}
		{"WK205.cause", Args{"said": "no"}, false},
		{"no.such.message", nil, false},
	} {
		if got := p.Complete(tc.id, tc.args); got != tc.want {
			t.Errorf("Complete(%q, %v) = %v, want %v", tc.id, tc.args, got, tc.want)
		}
		if tc.id != "no.such.message" && p.Text("error.write", Args{"file": "f", "why": "w"}) != "cannot write f: w" {
			t.Fatal("asking spoilt the message")
		}
	}
}
