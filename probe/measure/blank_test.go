package measure

import (
	"testing"

	"github.com/wkctl/wkctl/probe/secret"
)

// TestBlank: a token is found before the text is cut, and not put together from
// pieces by the cleaning.
func TestBlank(t *testing.T) {
	t.Parallel()
	var v secret.Vault
	v.User("secret-token")
	v.User("a  b\x00c")
	rows := []struct {
		name, in string
		max      int
		want     string
	}{
		{"whole", "got secret-token", 40, "got T0"},
		{"at the cut", "got secret-token", 10, "got T0"},
		{"with a zero-width space in it", "got secret\u200b-token", 40, "got T0"},
		{"with an escape sequence in it", "got secret\x1b[0m-token", 40, "got T0"},
		{"one that cleaning would change", "got a  b\x00c", 40, "got T1"},
		{"unknown", "got other", 6, "got ot…"},
	}
	for _, row := range rows {
		if got := blank(&v, row.in, row.max); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
	if got := blank(nil, "a\x1b[0mb", 1); got != "a…" {
		t.Errorf("without a vault: got %q", got)
	}
}
