package secret

import (
	"strings"
	"testing"
)

// TestRedactForms: a token is found however a server, a gateway or a log writes
// it, and what stands around it stays as it was.
func TestRedactForms(t *testing.T) {
	t.Parallel()
	const token = `aB/+=&<>"'\% é中😀`
	var v Vault
	v.User(token)
	rows := []struct{ name, in, want string }{
		{"as it is", `t=aB/+=&<>"'\% é中😀;`, "t=T0;"},
		{"JSON, slashes escaped", `{"t":"aB\/+=&<>\"'\\% é中😀"}`, `{"t":"T0"}`},
		{"JSON, ASCII only", `"aB\u002f\u002B\u003d\u0026\u003c\u003e\u0022\u0027\u005c\u0025\u0020\u00e9\u4e2d\ud83d\uDE00"`, `"T0"`},
		{"JSON in JSON", `"{\"t\":\"aB\\\/+=&<>\\\"'\\\\% \\u00e9中\\uD83D\\ude00\"}"`, `"{\"t\":\"T0\"}"`},
		{"JSON in JSON in JSON", `aB\\\\\\\/+=&<>\\\\\\\"'\\\\\\\\% é中😀`, "T0"},
		{"HTML names", `aB&sol;&plus;&equals;&amp;&lt;&gt;&quot;&apos;&bsol;&percnt;&nbsp;&eacute;中😀`, "T0"},
		{"HTML names of old", `aB/+=&amp<>&quot'\%&nbsp&eacute中😀`, "T0"},
		{"HTML numbers", `aB&#47;&#x2B;&#X3d;&#38;&#0060;&#x003E;&#34;&#39;&#92;&#37;&#32;&#233;&#20013;&#x1F600;`, "T0"},
		{"HTML without semicolons", `aB&#x2F+&#61&&#60>&#34'\% é中😀`, "T0"},
		{"JSON in HTML", `&quot;aB\/+=&amp;&lt;&gt;\&quot;&#39;\\% é中😀&quot;`, "&quot;T0&quot;"},
		{"HTML in JSON", `"aB/+=\u0026amp;\u0026lt;\u0026#62;&quot;'\\% é中😀"`, `"T0"`},
		{"a query", `?t=aB%2F%2B%3D%26%3C%3E%22%27%5C%25+%C3%A9%E4%B8%AD%F0%9F%98%80&x`, "?t=T0&x"},
		{"a query, some of it", `?t=aB%2f+=&<%3e"'\%25%20%C3%a9中😀`, "?t=T0"},
		{"all of it percent-encoded", `%61%42%2f%2b%3d%26%3c%3e%22%27%5c%25%20%c3%a9%e4%b8%ad%f0%9f%98%80`, "T0"},
		{"percent-encoded twice", `aB%252F%252B%253D%2526%253C%253E%2522%2527%255C%2525%2520%25C3%25A9中😀`, "T0"},
		{"percent-encoded three times", `aB%25252F+=&<>"'\% é中😀`, "T0"},
		{"JavaScript's escape", `aB%2F+%3D%26%3C%3E%22%27%5C%25%20%E9%u4E2D%uD83D%uDE00`, "T0"},
		{"JavaScript's braces", `aB\u{2f}+=&<>"'\\% \xe9\u{4E2d}\u{1F600}`, "T0"},
		{"Go", `"aB/+=&<>\"'\\% \u00e9\u4e2d\U0001f600"`, `"T0"`},
		{"Go's bytes", `"aB/+=&<>\"'\\% \xc3\xa9\xE4\xb8\xad\xf0\x9f\x98\x80"`, `"T0"`},
		{"C", `"aB\57\053=&<>\"\'\134%\040\303\251\344\270\255\360\237\230\200"`, `"T0"`},
		{"a shell", `aB/+=\&\<\>\"\'\\\%\ é中😀`, "T0"},
		{"percent-encoded JSON", `%22aB%5C%2F+=&%3C%3E%5C%22'%5C%5C%25%20%5Cu00e9中😀%22`, "%22T0%22"},
		{"percent-encoded JSON, the letter too", `aB%5C%75002F+=&<>"'\% é中😀`, "T0"},
		{"percent-encoded HTML", `aB%26%23x2F%3B+=%26amp%3B<>"'\% é中😀`, "T0"},
		{"an escape with escaped digits", `aB%\u0032F+=&<>"'\% é中😀`, "T0"},
		{"in upper case it is another's", `AB/+=&<>"'\% É中😀`, `AB/+=&<>"'\% É中😀`},
	}
	for _, row := range rows {
		if got := v.Redact(row.in); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}

// TestRedactLooksEscaped: a token that looks like an escape is found as it is,
// and with one on top of it.
func TestRedactLooksEscaped(t *testing.T) {
	t.Parallel()
	var v Vault
	v.User("a%41b/c")
	v.User(`x\u0041\n`)
	v.User("y&lt;&#38;amp;")
	for in, want := range map[string]string{
		"a%41b/c":                        "T0",
		`a%41b\/c`:                       "T0",
		"a%2541b%2Fc":                    "T0",
		`a\u002541b\u002fc`:              "T0",
		"aAb/c":                          "aAb/c",
		"100%a%41b/c%41":                 "100%T0%41",
		"100%4a%41b/c":                   "100%4T0",
		`x\\u0041\\n`:                    "T1",
		`x\u0041\n`:                      "T1",
		`x%5cu0041%5Cn`:                  "T1",
		"y&amp;lt;&amp;#38;amp;":         "T2",
		"y&amp;amp;lt;&amp;amp;#38;amp;": "T2",
	} {
		if got := v.Redact(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// TestRedactPieces: what is left of a token that was cut is blanked where enough
// of it is left and the cut can be seen.
func TestRedactPieces(t *testing.T) {
	t.Parallel()
	var v Vault
	v.User("0123456789abcdef0123456789ABCDEF") // 32 bytes: from 12 on
	v.User("sesame/open")                      // 11: from 8 on
	v.User("user-42-key-1")
	rows := []struct{ name, in, want string }{
		{"an ellipsis", "tok=0123456789abcdef…", "tok=T0…"},
		{"three dots", "tok=0123456789abcdef...", "tok=T0..."},
		{"the end of the text", "tok=0123456789ab", "tok=T0…"},
		{"a quote", `"0123456789abcdef"`, `"T0…"`},
		{"stars", `0123456789abcdef****`, `T0…****`},
		{"a blank in a page", `0123456789abcdef&nbsp;`, `T0…&nbsp;`},
		{"in the middle of an escape", `sesame/op\u006`, `T1…\u006`},
		{"escaped", `sesame\/op…`, `T1…`},
		{"too short a piece", "tok=0123456789a…", "tok=0123456789a…"},
		{"a word goes on", "0123456789abcdefg", "0123456789abcdefg"},
		{"another uid", "user-42-key-2", "user-42-key-2"},
		{"its end", "…6789ABCDEF0123456789ABCDEF …23456789ABCDEF", "…6789ABCDEF0123456789ABCDEF …T0"},
		{"its end after dots", "...23456789ABCDEF", "...T0"},
		{"its end after a line end", `\n23456789ABCDEF`, `\n…T0`},
		{"its end after an escaped quote", `=%2223456789ABCDEF%22`, `=%22…T0%22`},
		{"its end in a word", "x23456789ABCDEF", "x23456789ABCDEF"},
		{"its middle", "=6789abcdef0123456=", "=6789abcdef0123456="},
		{"in hex", "7365736d652f6f70 736573616d652f6f70", "7365736d652f6f70 T1…"},
		{"in base64", "MDEyMzQ1Njc4OWFiY2RlZg…", "T0…"},
	}
	for _, row := range rows {
		if got := v.Redact(row.in); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}

// TestRedactShort: the rules for short tokens.
func TestRedactShort(t *testing.T) {
	t.Parallel()
	var v Vault
	for _, raw := range []string{"1", "abc", "%2F", "abcd", "12345678", "ab"} {
		v.User(raw)
	}
	for in, want := range map[string]string{
		"1 of 21 is abc":            "1 of 21 is abc",
		"\\u0061bc abc%2F":          "\\u0061bc abc%2F",
		"abcd a%62cd ab":            "T3 T3 ab",
		"1234567 of 12345678":       "1234567 of T4",
		strings.Repeat("1", 100):    strings.Repeat("1", 100),
		"a b c d e f &amp; %41 \\n": "a b c d e f &amp; %41 \\n",
	} {
		if got := v.Redact(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// TestRedactOverlapping: tokens that overlap are blanked together, neighbours
// each by itself.
func TestRedactOverlapping(t *testing.T) {
	t.Parallel()
	var v Vault
	v.User("abcdab")
	v.Manager("cdab")
	v.User("a%62cd")
	for in, want := range map[string]string{
		"abcdabcdab":   "T0",
		"abcdabab":     "T0ab",
		"cdabcdab":     "MANAGER",
		"cdabxcdab":    "MANAGERxMANAGER",
		"abcdababcdab": "T0T0",
		"abcdabcdab x": "T0 x",
		"abcdaba%62cd": "T0T1",
		"a%2562cd":     "T1",
		"a%2562cdab":   "T0",
	} {
		if got := v.Redact(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
