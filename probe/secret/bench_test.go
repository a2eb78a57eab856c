package secret

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// random gives n bytes of the usual alphabet of tokens.
func random(r *rand.Rand, n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

// crowd is a vault of n tokens.
func crowd(n int) (*Vault, []string) {
	r := rand.New(rand.NewPCG(1, 2))
	v, list := &Vault{}, make([]string, n)
	for i := range list {
		list[i] = random(r, 24+r.IntN(20))
		v.User(list[i])
	}
	return v, list
}

// texts are what a server may answer with, of the size n.
func texts(tokens []string, n int) map[string]string {
	fill := func(part func(i int) string) string {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			b.WriteString(part(i))
		}
		return b.String()[:n]
	}
	r := rand.New(rand.NewPCG(3, 4))
	list := map[string]string{
		"JSON": fill(func(i int) string {
			return fmt.Sprintf(`{"uid":"user-%d","msg":"token \"%s\" is wrong\n","path":"\/user\/token?t=%%2F"},`, i, tokens[i*7%len(tokens)])
		}),
		"prose":  fill(func(int) string { return "The server looks under another flag, finds nothing and refuses. " }),
		"words":  fill(func(int) string { return random(r, 1+r.IntN(9)) + " " }),
		"base64": fill(func(int) string { return random(r, 76) + "\n" }),
		"nested": fill(func(int) string { return `&#x26;amp;#x2525252fu;\\\\\\u002f` }),
	}
	for _, part := range []string{"%", `\`, "&", "%25", "&amp;", "&#x26;", `\\u005c`, "&a", "+", `\x5c`, "%5c", "&#0000000038;", "a", "\x00"} {
		list["all "+part] = strings.Repeat(part, n/len(part)+1)[:n]
	}
	return list
}

// BenchmarkRedact is about 64 KiB of text and 1,000 tokens.
func BenchmarkRedact(b *testing.B) {
	v, tokens := crowd(1000)
	for name, text := range texts(tokens, 64<<10) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				v.Redact(text)
			}
			known, _ := v.index()
			b.ReportMetric(float64(known.run(text).steps)/float64(len(text)), "steps/B")
		})
	}
}

// BenchmarkAdd is about a vault that gets 1,000 tokens and is used after each.
func BenchmarkAdd(b *testing.B) {
	_, tokens := crowd(1000)
	b.ReportAllocs()
	for b.Loop() {
		var v Vault
		for _, raw := range tokens {
			v.User(raw)
			v.Redact("nothing")
		}
	}
}
