package measure

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/secret"
)

// FuzzDump: wherever a frame repeats the token, whole, several times, overlapping or
// across the end of what is dumped, none of its bytes is shown, and every byte
// stands in its place.
func FuzzDump(f *testing.F) {
	f.Add([]byte("\x20\x10"), "secret-token", []byte("rest"), uint16(0))
	f.Add([]byte{}, "aa", []byte("aaaaa"), uint16(3))
	f.Add(bytes.Repeat([]byte{0xff}, 64), "T0", []byte{}, uint16(maxDumped-1))
	f.Add([]byte("x"), "é\x00/+=", []byte("é\x00/"), uint16(1020))
	f.Fuzz(func(t *testing.T, before []byte, token string, behind []byte, shift uint16) {
		if len(before)+len(token)+len(behind) > 8<<10 {
			return
		}
		raw := append(append(append(bytes.Repeat([]byte{'.'}, int(shift%2048)), before...), token...), behind...)
		raw = append(append(raw, token...), token...)
		vault := &secret.Vault{}
		a := &attempt{login: login{token: vault.User(token)}, dialer: &dialer{vault: vault}}
		shown := a.received(raw)
		inBounds(t, shown, raw)
		for from := 0; token != ""; from++ {
			i := bytes.Index(raw[from:], []byte(token))
			if i < 0 || from+i >= maxDumped {
				break
			}
			from += i
			for at := from; at < min(from+len(token), maxDumped); at++ {
				if shown[2*at:2*at+2] != "**" {
					t.Fatalf("byte %d of %q is shown as %q, the token %q begins at %d", at, raw, shown[2*at:2*at+2], token, from)
				}
			}
		}
	})
}

// FuzzMasked: exactly what the spans cover is blanked, whatever they are.
func FuzzMasked(f *testing.F) {
	f.Add([]byte("payload"), int16(2), int16(3), int16(0), int16(1))
	f.Add([]byte{}, int16(-1), int16(5), int16(7), int16(-9))
	f.Fuzz(func(t *testing.T, payload []byte, start, n, start2, n2 int16) {
		if len(payload) > 4<<10 {
			return
		}
		spans := []sdk.Span{{Start: int(start), Len: int(n)}, {Start: int(start2), Len: int(n2)}}
		shown := masked(sdk.Message{Payload: payload, TokenAt: spans})
		inBounds(t, shown, payload)
		for i := range payload {
			covered := false
			for _, s := range spans {
				covered = covered || i >= s.Start && i-s.Start < s.Len
			}
			if (shown[2*i:2*i+2] == "**") != covered {
				t.Fatalf("byte %d of %d with %+v is shown as %q", i, len(payload), spans, shown[2*i:2*i+2])
			}
		}
	})
}

// inBounds: two characters for each byte, at most maxDumped of a frame, and what is
// not blanked is that byte.
func inBounds(t *testing.T, shown string, raw []byte) {
	t.Helper()
	if len(shown)%2 != 0 || len(shown)/2 > len(raw) {
		t.Fatalf("%d characters for %d bytes", len(shown), len(raw))
	}
	for i := 0; i < len(shown); i += 2 {
		if pair := shown[i : i+2]; pair != "**" && pair != hex.EncodeToString(raw[i/2:i/2+1]) {
			t.Fatalf("byte %d is %02x, shown as %q", i/2, raw[i/2], pair)
		}
	}
}
