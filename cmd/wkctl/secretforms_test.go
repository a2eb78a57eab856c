package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/wkctl/wkctl/probe/memnet"
)

// formSecret has what escapings are about, and characters that no URL and no
// ASCII text has.
const formSecret = `pässw/ord+tök=中"n<&>'\%2F😀 end-0f-it`

// each writes every character in one way.
func each(write func(c rune) string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, c := range s {
			b.WriteString(write(c))
		}
		return b.String()
	}
}

// eachByte writes every byte in one way.
func eachByte(format string) func(string) string {
	return each(func(c rune) (s string) {
		for _, b := range []byte(string(c)) {
			s += fmt.Sprintf(format, b)
		}
		return s
	})
}

func inJSON(s string) string {
	b, _ := json.Marshal(s)
	return string(b[1 : len(b)-1])
}

// cutTo gives so much of a token as a server shows that cuts it.
func cutTo(part float64, end string) func(string) string {
	return func(s string) string {
		runes := []rune(s)
		return string(runes[:int(part*float64(len(runes)))]) + end
	}
}

// secretForms are the ways in which servers and gateways write what they were told.
func secretForms() map[string]func(string) string {
	jsonASCII := each(func(c rune) (s string) {
		for _, u := range utf16.Encode([]rune{c}) {
			s += fmt.Sprintf(`\u%04x`, u)
		}
		return s
	})
	some := func(all func(string) string) func(string) string {
		return each(func(c rune) string {
			if c == '%' || c == '\\' || c == '&' || c == '"' || c%3 == 0 {
				return all(string(c))
			}
			return string(c)
		})
	}
	after := func(list ...func(string) string) func(string) string {
		return func(s string) string {
			for _, f := range list {
				s = f(s)
			}
			return s
		}
	}
	percent, percentSmall := eachByte("%%%02X"), eachByte("%%%02x")
	slashes := func(s string) string { return strings.ReplaceAll(inJSON(s), "/", `\/`) }
	hexEntities := each(func(c rune) string { return fmt.Sprintf("&#x%X;", c) })
	names := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;", "/", "&sol;", "+", "&plus;", "=", "&equals;", "%", "&percnt;", " ", "&nbsp;", "ö", "&ouml;")
	return map[string]func(string) string{
		"as it is": strings.Clone, "JSON": inJSON, "JSON with slashes escaped": slashes, "JSON in ASCII": jsonASCII, "JSON, some escaped": some(jsonASCII),
		"JSON in JSON": after(slashes, inJSON), "JSON in JSON in JSON": after(slashes, inJSON, inJSON), "Go": func(s string) string { return strings.Trim(strconv.QuoteToASCII(s), `"`) },
		"bytes": eachByte(`\x%02x`), "octal": eachByte(`\%03o`), "query": url.QueryEscape, "path": url.PathEscape, "all percent": percent, "all percent, small": percentSmall,
		"some percent": some(percent), "some percent, small": some(percentSmall), "percent twice": after(url.QueryEscape, url.QueryEscape), "percent three times": after(url.PathEscape, some(percent), url.PathEscape),
		"page": html.EscapeString, "page in hex": hexEntities, "page in decimal": each(func(c rune) string { return fmt.Sprintf("&#%d;", c) }), "page with names": names.Replace,
		"page, some": some(hexEntities), "page twice": after(html.EscapeString, html.EscapeString), "page in JSON": after(hexEntities, inJSON), "JSON in a page": after(slashes, html.EscapeString), "percent in JSON": after(percent, jsonASCII),
		"base64": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }, "hex": func(s string) string { return hex.EncodeToString([]byte(s)) },
		"base64 in JSON": after(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(`{"t":"` + s + `"}`)) }, slashes),
		"cut":            cutTo(0.5, "…"), "cut at three quarters": cutTo(0.75, "..."), "cut in a query": after(cutTo(0.6, ""), url.QueryEscape), "cut in JSON": after(cutTo(0.7, ""), slashes), "its end": func(s string) string { return "…" + s[len(s)/2:] },
	}
}

// The escapings that are taken off, beside those of HTML.
var (
	backslashForm = regexp.MustCompile(`(\\u[0-9a-fA-F]{4})+|(\\x[0-9a-fA-F]{2})+|(\\[0-3][0-7]{2})+|\\["'/\\]`)
	percentForm   = regexp.MustCompile(`(%[0-9a-fA-F]{2})+`)
)

// escapedLines gives the lines in which something may be escaped: the rest has
// nothing more to show.
func escapedLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.ContainsAny(line, `\%&`) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// showsSecret looks for the secret, or for its first or last half, in what can be
// read of a text with up to three escapings taken off, one after the other.
func showsSecret(text string, deep int) (string, bool) {
	for _, part := range []string{formSecret[:len(formSecret)/2], formSecret[(len(formSecret)+1)/2:]} {
		if i := strings.Index(text, part); i >= 0 {
			return text[max(0, i-60):min(len(text), i+60)], true
		}
	}
	text = escapedLines(text)
	if deep == 0 || text == "" {
		return "", false
	}
	for _, read := range []string{
		html.UnescapeString(text),
		percentForm.ReplaceAllStringFunc(text, func(m string) string { m, _ = url.PathUnescape(m); return m }),
		backslashForm.ReplaceAllStringFunc(text, func(m string) string {
			var s string
			if json.Unmarshal([]byte(`"`+m+`"`), &s) != nil {
				s, _ = strconv.Unquote(`"` + m + `"`)
			}
			return s
		}),
	} {
		if read != text {
			if where, shown := showsSecret(read, deep-1); shown {
				return where, shown
			}
		}
	}
	return "", false
}

// TestSecretForms: a server says the token in one form, in the errors of
// /user/token, the answer to an upgrade, the reasons of a close and of a
// DISCONNECT: no format prints it, nor a half of it.
func TestSecretForms(t *testing.T) {
	t.Parallel()
	for name, form := range secretForms() {
		says := func(heard []string) string {
			if slices.Contains(heard, formSecret) {
				return "no: " + form(formSecret)
			}
			return "nothing"
		}
		t.Run(strings.ReplaceAll(name, ",", ""), func(t *testing.T) { // a comma parts the files of --output
			t.Parallel()
			for _, mode := range []string{"refuse", "error", "upgrade", "close", ""} {
				dir, user := t.TempDir(), inFile(t, formSecret)
				args := []string{"diagnose", "--uid", "alice", "--token-file", user, "--sdk", "js", "--hold", "20ms"}
				if mode == "refuse" || mode == "error" {
					args = []string{"token", "--uid", "alice", "--token-file", user}
				}
				if args[0] == "diagnose" {
					args = append(args, everyOutput(dir)...)
				}
				bubble(t, func(t *testing.T, n *memnet.Network) {
					f := &terminal{net: n}
					f.run(t, append(args, "--api", rogueOn(t, n, mode, says).api.URL)...)
					hasNoSecret(t, mode+" "+args[0], dir, f)
				})
			}
		})
	}
}

func hasNoSecret(t *testing.T, where, dir string, f *terminal) {
	t.Helper()
	texts := map[string]string{"stdout": f.stdout.String(), "stderr": f.stderr.String()}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 && f.stderr.Len() == 0 {
		t.Fatalf("%s wrote nothing (%v)", where, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(file)] = string(b)
	}
	for name, text := range texts {
		if shown, yes := showsSecret(text, 3); yes {
			t.Errorf("%s %s shows the token: …%s…", where, name, shown)
		}
	}
}

// TestShowsSecret: the test above would see it.
func TestShowsSecret(t *testing.T) {
	t.Parallel()
	for name, form := range secretForms() {
		if strings.Contains(name, "base64") || name == "hex" || strings.Contains(name, "cut in") || name == "page with names" {
			continue // not read, or of another length
		}
		if _, shown := showsSecret("x "+form(formSecret)+" y", 3); !shown {
			t.Errorf("%s: %s is not seen", name, form(formSecret))
		}
	}
}
