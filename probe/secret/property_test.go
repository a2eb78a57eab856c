package secret

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// hostileToken is made of what escapings are made of. It has nothing of an alias.
func hostileToken(d dice, length int) string {
	alphabet := []rune(`/+=&<>"'\% #;uxnfld412éß中😀/+=&\%`)
	token := make([]rune, length)
	for i := range token {
		token[i] = alphabet[d(len(alphabet))]
	}
	return string(token)
}

// TestRedactAnyMixture: however each character of a token is written, the token
// is found, what stands around it stays, and nothing of what is left can be read
// as the token.
func TestRedactAnyMixture(t *testing.T) {
	t.Parallel()
	read := decoders()
	for seed := range uint64(800) {
		d := generator(seed)
		token := hostileToken(d, 4+d(20))
		var v Vault
		v.User(token)
		written := mixed(d, token)
		if got := v.Redact("token: " + written + "\r\n"); got != "token: T0\r\n" {
			t.Fatalf("seed %d: %q, written %q, gave %q", seed, token, written, got)
		}
		if seed%20 == 0 {
			got := v.Redact(token + written + "|" + written + token)
			if how, found := read.decodable(got, token, 3); found {
				t.Fatalf("seed %d: %q can be read in %q: %s", seed, token, got, how)
			}
		}
	}
}

// sequences gives every sequence of one to three escapings.
func sequences() (all [][]escaping) {
	for _, a := range escapings() {
		all = append(all, []escaping{a})
		for _, b := range escapings() {
			all = append(all, []escaping{a, b})
			for _, c := range escapings() {
				all = append(all, []escaping{a, b, c})
			}
		}
	}
	return all
}

// TestRedactLayers: so it is with up to three escapings on top of each other, each
// of which leaves some characters as they are. Each sequence has ten tokens.
func TestRedactLayers(t *testing.T) {
	t.Parallel()
	all, read := sequences(), decoders()
	for seed := range uint64(10 * len(all)) {
		d := generator(seed)
		token := hostileToken(d, 4+d(20))
		var v Vault
		v.User(token)
		written, names := token, []string{}
		for _, e := range all[seed%uint64(len(all))] {
			written = e.all(d, written)
			names = append(names, e.name)
		}
		got := v.Redact("token: " + written + "\r\n")
		if got != "token: T0\r\n" {
			t.Errorf("seed %d, %v: %q, written %q, gave %q", seed, names, token, written, got)
		}
		if how, found := read.decodable(got, token, 3); found {
			t.Errorf("seed %d: %q can be read in %q: %s", seed, token, got, how)
		}
		if t.Failed() {
			return
		}
	}
}

// TestRedactNothing: a text that holds no token comes back byte for byte.
func TestRedactNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		d := generator(seed)
		var v Vault
		for range 5 { // of every eight bytes some are of a character that the text lacks
			v.User(strings.Join(strings.Split(hostileToken(d, 4+d(20)), ""), "龍"))
		}
		text := mixed(d, hostileToken(d, d(200))) + string([]byte{byte(d(256)), byte(d(256))}) + hostileToken(d, d(100))
		if got := v.Redact(text); got != text {
			t.Fatalf("seed %d: %q became %q", seed, text, got)
		}
		if spans := v.Find([]byte(text)); len(spans) != 0 {
			t.Fatalf("seed %d: found %v in %q", seed, spans, text)
		}
	}
}

// FuzzRedact: whatever the text, no known token of four bytes or more can be read
// in it, however its characters were written there; and the text is only changed
// where Find says so.
func FuzzRedact(f *testing.F) {
	f.Add("tokenvalue", "another", "x tokenvalue y", []byte{0})
	f.Add("abcdab", "cdab", "abcdabcdab", []byte{1, 2, 3, 4})
	f.Add("a/b c\"d", "a/b&", `{"token":"a/b c\"d"}`, []byte{2, 0, 1, 1, 3, 0, 2})
	f.Add("\xff\xfe\xfd\xfc", "%2f%2F", "\xff\xfe\xfd\xfc%2f%2f", []byte("3210"))
	f.Add(`\\u002f\/`, "&amp;lt;", `\\\\u002f&amp;amp;`, []byte{9, 8, 7, 6, 5, 4, 3, 2, 1})
	f.Fuzz(func(t *testing.T, one, two, text string, choices []byte) {
		if len(one)+len(two)+len(text) > 1<<12 {
			t.Skip("long")
		}
		for _, token := range []string{one, two} {
			if len(token) < shortest || strings.ContainsAny(token, "0123456789TMANGER…") {
				t.Skip("too short, or it can be made of aliases")
			}
		}
		var v Vault
		v.User(one)
		v.Manager(two)
		text = text + mixed(fromBytes(choices), one) + text + two
		got := v.Redact(text)
		if strings.HasSuffix(got, unreadable) {
			t.Skip("too periodic")
		}
		for _, token := range []string{one, two} {
			if strings.Contains(got, token) {
				t.Errorf("%q is left in %q, made of %q", token, got, text)
			}
		}
		kept := []string{} // what stands between the spans
		end := 0
		for _, s := range v.Find([]byte(text)) {
			if s.Start < end || s.Len <= 0 || s.Start+s.Len > len(text) {
				t.Fatalf("span %v behind %d in %q", s, end, text)
			}
			kept = append(kept, regexp.QuoteMeta(text[end:s.Start]))
			end = s.Start + s.Len
		}
		kept = append(kept, regexp.QuoteMeta(text[end:]))
		pattern := "^(?s:" + strings.Join(kept, ellipsis+"?(T0|"+managerAlias+")"+ellipsis+"?") + ")$"
		if utf8.ValidString(text) && !regexp.MustCompile(pattern).MatchString(got) {
			t.Errorf("%q became %q, want a match of %s", text, got, pattern)
		}
	})
}
