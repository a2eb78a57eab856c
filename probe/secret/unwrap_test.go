package secret

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// TestRedactEncoded: a token is blanked in hex, and in the base64 of a text that
// holds it, wherever in it.
func TestRedactEncoded(t *testing.T) {
	t.Parallel()
	var v Vault
	v.User(raw)
	for _, before := range []string{"", "a", "ab", "abc", "Basic user:"} {
		for _, after := range []string{"", "z", "zy", "and more"} {
			for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
				got := v.Redact(enc.EncodeToString([]byte(before + raw + after)))
				if !strings.Contains(got, "T0") || len(got) > len(before+after)*2+12 {
					t.Errorf("%q + token + %q in base64: %q", before, after, got)
				}
			}
		}
	}
	for shift, digits := range []string{"czNjcjN0LysgInEiPCY-w6", "zY3IzdC8rICJxIjwmPsOp", "M2NyM3QvKyAicSI8Jj7D"} { // what the token alone decides
		if got := v.Redact(digits); strings.Contains(got, digits[4:12]) {
			t.Errorf("piece %d: %s", shift, got)
		}
	}
	for _, digits := range []string{hex.EncodeToString([]byte(raw)), strings.ToUpper(hex.EncodeToString([]byte(raw)))} {
		if got := v.Redact("00" + digits + "ff"); got != "00T0ff" {
			t.Errorf("in hex: %q", got)
		}
	}
}
