package secret

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

const raw = "s3cr3t/+ \"q\"<&>é"

// TestTokenPrints: nothing that prints shows the value, wherever the token is.
func TestTokenPrints(t *testing.T) {
	t.Parallel()
	var v Vault
	v.User("another one")
	token := v.User(raw)
	type exported struct{ Token Token }
	type hidden struct{ token Token }
	holders := map[string]any{
		"itself": token, "a pointer": &token, "a field": exported{token}, "an unexported field": hidden{token},
		"a pointer to one": &hidden{token}, "a slice": []Token{token}, "a slice of hidden": []hidden{{token}},
		"a map": map[string]Token{"k": token}, "a key": map[Token]int{token: 1}, "an interface": []any{hidden{token}},
	}
	for name, holder := range holders {
		for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%x", "%X", "%s", "%d", "%p", "%t", "%10.3v", "%!"} {
			if got := fmt.Sprintf(verb, holder); leaks(got) {
				t.Errorf("%s as %s: %s", name, verb, got)
			}
		}
	}
	for verb, want := range map[string]string{"%v": "T1", "%s": "T1", "%+v": "T1", "%#v": "T1", "%x": "T1", "%q": `"T1"`} {
		if got := fmt.Sprintf(verb, token); got != want {
			t.Errorf("%s: got %s, want %s", verb, got, want)
		}
	}
}

// leaks finds the value as it is, in Go's quotes and in hex.
func leaks(s string) bool {
	return strings.Contains(s, "s3cr3t") || strings.Contains(strings.ToLower(s), fmt.Sprintf("%x", "s3cr3t"))
}

// TestTokenEncodes: JSON, XML, text, slog and errors show the alias.
func TestTokenEncodes(t *testing.T) {
	t.Parallel()
	var v Vault
	token := v.User(raw)
	holder := struct {
		Token Token            `json:"token"`
		Map   map[string]Token `json:"map"`
		Key   map[Token]int    `json:"key"`
	}{token, map[string]Token{"k": token}, map[Token]int{token: 1}}
	got, err := json.Marshal(holder)
	if want := `{"token":"T0","map":{"k":"T0"},"key":{"T0":1}}`; err != nil || string(got) != want {
		t.Errorf("JSON: got %s, %v, want %s", got, err, want)
	}
	type element struct{ Token Token }
	if got, err := xml.Marshal(element{token}); err != nil || leaks(string(got)) || !strings.Contains(string(got), "T0") {
		t.Errorf("XML: got %s, %v", got, err)
	}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("m", "token", token, "group", slog.GroupValue(slog.Any("t", token)), "struct", holder, "list", []Token{token})
	}
	if leaks(log.String()) || strings.Count(log.String(), "T0") < 8 {
		t.Errorf("slog: %s", log.String())
	}
	err = errors.Join(fmt.Errorf("sending %v: %w", token, errors.New("x")), fmt.Errorf("%q %s", token, &token))
	if leaks(err.Error()) {
		t.Errorf("error: %v", err)
	}
}

func TestTokenEmpty(t *testing.T) {
	t.Parallel()
	var v Vault
	for _, token := range []Token{{}, v.User(""), v.Manager("")} {
		if !token.Empty() || token.Reveal() != "" || token.String() != "" || fmt.Sprint(token) != "" || !token.Equal(Token{}) {
			t.Errorf("no token: got %q, %q", token, token.Reveal())
		}
	}
	if token := v.User(raw); token.Empty() || token.Reveal() != raw || token.String() != "T0" {
		t.Errorf("the first token: got %s, revealed %t", token, token.Reveal() == raw)
	}
}

// TestVaultAliases: equal values have equal names, in order of appearance, for
// any number of callers.
func TestVaultAliases(t *testing.T) {
	t.Parallel()
	var v Vault
	m := v.Manager("manager-token")
	a, b := v.User("aaaa"), v.User("bbbb")
	if m.String() != "MANAGER" || a.String() != "T0" || b.String() != "T1" {
		t.Errorf("got %s %s %s, want MANAGER T0 T1", m, a, b)
	}
	if again := v.User("aaaa"); again.String() != "T0" || !again.Equal(a) || again.Equal(b) {
		t.Errorf("the first again: got %s", again)
	}
	if both := v.User("manager-token"); !both.Equal(m) || both.String() != "MANAGER" {
		t.Errorf("the manager token as a user's: got %s, want MANAGER", both)
	}
	if known, ok := v.Known("bbbb"); !ok || known.String() != "T1" {
		t.Errorf("known: got %s, %t", known, ok)
	}
	if _, ok := v.Known("cccc"); ok {
		t.Error("a value never seen is known")
	}

	var many Vault
	names := make([]sync.Map, 8)
	var wg sync.WaitGroup
	for g := range names {
		wg.Go(func() {
			for i := range 50 {
				value := fmt.Sprintf("value-%02d", i)
				names[g].Store(value, many.User(value).String())
				many.Redact(value)
			}
		})
	}
	wg.Wait()
	names[0].Range(func(value, name any) bool {
		for g := range names {
			if other, _ := names[g].Load(value); other != name {
				t.Errorf("%s is called %s and %s", value, name, other)
			}
		}
		return true
	})
}

func TestRedact(t *testing.T) {
	t.Parallel()
	var v Vault
	v.Manager("manage/me")
	v.User(raw)
	v.User("tok")
	v.User("token-1")
	v.User("token-1-and-more")
	v.User("\xff\xfe-binary")
	v.User(`ends in a quote"`)
	jsonRaw, _ := json.Marshal(raw)
	rows := []struct{ name, in, want string }{
		{"nothing known", "all is well", "all is well"},
		{"as it is", "bad token " + raw + "!", "bad token T0!"},
		{"twice", raw + raw, "T0T0"},
		{"in JSON", `{"token":` + string(jsonRaw) + `}`, `{"token":"T0"}`},
		{"in JSON without HTML escapes", `{"token":"s3cr3t/+ \"q\"<&>é"}`, `{"token":"T0"}`},
		{"quoted by Go", fmt.Sprintf("%q", raw), `"T0"`},
		{"quoted by Go, a quote at the end", fmt.Sprintf("%q", `ends in a quote"`), `"T5"`},
		{"in a query", "?t=s3cr3t%2F%2B+%22q%22%3C%26%3E%C3%A9&x", "?t=T0&x"},
		{"in a query, small hex", "?t=s3cr3t%2f%2b+%22q%22%3c%26%3e%c3%a9&x", "?t=T0&x"},
		{"in a path", "/x/s3cr3t%2F+%20%22q%22%3C&%3E%C3%A9/y", "/x/T0/y"},
		{"in a web page", "<b>s3cr3t/+ &#34;q&#34;&lt;&amp;&gt;é</b>", "<b>T0</b>"},
		{"the manager's", `token "manage/me", "manage%2Fme", "manage%2fme"`, `token "MANAGER", "MANAGER", "MANAGER"`},
		{"the longest first", "token-1-and-more token-1", "T3 T2"},
		{"no UTF-8", "got \xff\xfe-binary", "got T4"},
		{"too short to be blanked", "tok token", "tok token"},
	}
	for _, row := range rows {
		if got := v.Redact(row.in); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
	v.User("well")
	if got := v.Redact("all is well"); got != "all is T6" {
		t.Errorf("a token that came after the first use: got %s", got)
	}
}

// TestFind: every place of a known value, in each of its forms, and none else.
func TestFind(t *testing.T) {
	t.Parallel()
	var v Vault
	v.User("tok/en-1")
	v.User("abc")
	text := "x tok/en-1 y tok%2Fen-1tok/en-1 746f6b2f656e2d31 abc"
	hidden := []byte(text)
	for _, s := range v.Find([]byte(text)) {
		copy(hidden[s.Start:s.Start+s.Len], strings.Repeat("*", s.Len))
	}
	if got, want := string(hidden), "x ******** y ****************** **************** abc"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := v.Find([]byte("tok/en-2")); len(got) != 0 {
		t.Errorf("something else: found %v", got)
	}
	v.User("en-2")
	if got := v.Find([]byte("tok/en-2")); len(got) == 0 || got[0] != (Span{4, 4}) {
		t.Errorf("a token that came later: found %v", got)
	}
}

// TestVaultPrints: a vault shows how many tokens it has and none of them.
func TestVaultPrints(t *testing.T) {
	t.Parallel()
	v := &Vault{}
	v.User(raw)
	v.Manager("manager-token")
	v.Redact("build everything")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%p"} {
		if got := fmt.Sprintf(verb, v) + fmt.Sprintf(verb, struct{ v *Vault }{v}); leaks(got) || strings.Contains(got, "manager-token") {
			t.Errorf("%s: %s", verb, got)
		}
	}
	if got := len(v.Tokens()); got != 2 {
		t.Errorf("%d tokens, want 2", got)
	}
	if user, manager := v.User(raw), v.Manager("manager-token"); user.IsManager() || !manager.IsManager() {
		t.Errorf("the manager's: %t, a user's: %t", manager.IsManager(), user.IsManager())
	}
}
