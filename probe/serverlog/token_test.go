package serverlog

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestTokenShowsAliasOnly prints a token in every way there is.
func TestTokenShowsAliasOnly(t *testing.T) {
	t.Parallel()
	const raw = "very-secret-token"
	var a Aliases
	tok := a.token([]byte(raw))
	box := struct {
		T Token
		p *Token
	}{tok, &tok}
	js, err := json.Marshal(box)
	if err != nil {
		t.Fatal(err)
	}
	text, err := tok.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %s %q %x %d %v %+v %#v %s", tok, tok, tok, tok, tok, tok, tok, box, box, box, &tok) +
		string(js) + string(text) + fmt.Sprint(slog.Any("t", tok), []Token{tok}, map[string]Token{"k": tok})
	if strings.Contains(shown, raw) || strings.Contains(shown, fmt.Sprintf("%x", raw)) || !strings.Contains(shown, "T0") {
		t.Errorf("expected T0 and never the token, got %s", shown)
	}
	if string(js) != `{"T":"T0"}` {
		t.Errorf(`expected {"T":"T0"}, got %s`, js)
	}
}

// TestTokenStates tells no field, an empty one and a token apart.
func TestTokenStates(t *testing.T) {
	t.Parallel()
	var a Aliases
	set, empty, none := a.token([]byte("abc")), a.token(nil), Token{}
	for _, c := range []struct {
		tok              Token
		present, empty   bool
		isABC, isNothing bool
		text, json       string
	}{
		{set, true, false, true, false, "T0", `"T0"`},
		{empty, true, true, false, true, "empty", `""`},
		{none, false, false, false, false, "", `null`},
	} {
		js, err := json.Marshal(c.tok)
		if err != nil {
			t.Fatal(err)
		}
		if c.tok.Present() != c.present || c.tok.Empty() != c.empty || c.tok.Is("abc") != c.isABC ||
			c.tok.Is("") != c.isNothing || c.tok.String() != c.text || string(js) != c.json || c.tok.Is("abd") {
			t.Errorf("expected %+v, got %v %v %v %v %q %s", c, c.tok.Present(), c.tok.Empty(), c.tok.Is("abc"), c.tok.Is(""), c.tok.String(), js)
		}
	}
	if !set.Equal(a.token([]byte("abc"))) || set.Equal(a.token([]byte("abcd"))) {
		t.Error("expected equal tokens to be equal, and others not")
	}
}

// TestAliases: names given before the scan are used, the scan's own do not clash
// with them, and there is an end to them.
func TestAliases(t *testing.T) {
	t.Parallel()
	a := &Aliases{}
	a.Add("stored-secret", "T0")
	a.Add("unused", "mine")
	a.Add("", "nothing")
	list, _ := scanAll(t, &Scanner{Aliases: a}, mismatchLine+"\n"+oldLine)
	if list[0].ExpectToken.String() != "T0" || list[0].ActToken.String() != "T1" || list[1].ActToken.String() != "T1" {
		t.Errorf("expected T0, T1 and T1, got %v %v %v", list[0].ExpectToken, list[0].ActToken, list[1].ActToken)
	}
	if !strings.Contains(list[0].Text, `"expectToken":"T0","actToken":"T1"`) {
		t.Errorf("expected the aliases in the text, got %s", list[0].Text)
	}
	own := &Aliases{Prefix: "L"}
	for i := range maxAliases {
		own.token(fmt.Appendf(nil, "token-%d", i))
	}
	if got := own.token([]byte("one more")).String(); got != "L+" {
		t.Errorf("expected L+ for a token too many, got %s", got)
	}
	if got := own.token([]byte("token-7")).String(); got != "L7" {
		t.Errorf("expected L7 still, got %s", got)
	}
	if one, two := own.token([]byte("one more")), own.token([]byte("two more")); one.Equal(two) || one.Is("two more") {
		t.Error("expected tokens without a name of their own to differ")
	}
}

// TestMask takes secrets out of lines of all shapes.
func TestMask(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`{"token":"SECRET"}`,
		`{"token": "SECRET" , "x":1}`,
		`{"req":{"uid":"u","token":"SECRET","device_flag":0}}`,
		`{"Token":"SECRET","TOKEN":"SECRET"}`,
		`{"token":"SEC\"RET"}`,
		`{"token":"SECRET`,
		`{"token":12345678}`,
		`{"msg":"body {\"token\":\"SECRET\",\"uid\":\"u\"}"}`,
		`{"msg":"body {\\\"token\\\":\\\"SECRET\\\"}"}`,
		`{"data":"\u0010SECRET"}`,
		`{"authUserStr":"admin:SECRET"}`,
		`{"oldConn":"ConnId:1, AesIV:SECRET, AesKey:SECRET"}`,
		`{"url":"http://x/route?token=SECRET&uid=u"}`,
		`{"req":"{Uid:u Token:SECRET DeviceFlag:0}"}`,
		`level=error expectToken=SECRET actToken="SECRET" uid=u`,
		`【handler】token verify fail","expectToken":"SECRET","actToken":"SECRET"}`,
		`{"token":"SECRET-LONG","conn":"uid: SECRET-LONG x","expectToken":"SECRET"}`,
		`password: SECRET, managerToken: SECRET`,
		`{"token":"SEC/RET+é","error":"no such token: SEC\/RET\u002b\u00e9 (SEC%2fRET%2B%C3%A9)"}`,
		`{"token":"SEC\/RET+é","msg":"page: &lt;b&gt;SEC&#x2F;RET&plus;&eacute;"}`,
	} {
		m := masker{aliases: &Aliases{}}
		got := m.text([]byte(line), 500)
		if strings.Contains(got, "SEC") || strings.Contains(got, "RET") || strings.Contains(got, "12345678") {
			t.Errorf("%s: shows the secret: %s", line, got)
		}
		if !strings.Contains(got, "T0") && !strings.Contains(got, hidden) {
			t.Errorf("%s: expected something in its place, got %s", line, got)
		}
	}
}

// TestMaskKeeps leaves the rest of a line as it is.
func TestMaskKeeps(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`{"level":"error","time":"2026-11-22 13:51:22","msg":"【Processor】token is empty"}`,
		`{"expectToken":"","actToken":""}`,
		`{"msg":"token verify fail","uid":"a:b=c","error":"no such token:"}`,
		``,
	} {
		m := masker{aliases: &Aliases{}}
		if got := m.text([]byte(line), 500); got != line {
			t.Errorf("expected %s, got %s", line, got)
		}
	}
}

// TestTokenAsUID: applications use the uid as the token (ticket JSSDK 7). The
// text hides it everywhere; the user stays known.
func TestTokenAsUID(t *testing.T) {
	t.Parallel()
	list, _ := scanAll(t, &Scanner{}, v2("error", "handler", "token verify fail", `,"uid":"user-77","expectToken":"","actToken":"user-77"`))
	e := list[0]
	if strings.Contains(e.Text, "user-77") || e.UID != "user-77" || !e.ActToken.Is("user-77") {
		t.Errorf("expected the text without it and the uid with it, got %+v", e)
	}
}

// TestTokenInOtherFields: the token also stands in the device id and in an error.
func TestTokenInOtherFields(t *testing.T) {
	t.Parallel()
	list, _ := scanAll(t, &Scanner{}, v2("error", "userReactor[1]", "token verify fail",
		`,"expectToken":"stored-1","actToken":"sent-1234","error":"bad sent-1234","conn":"uid: u connId: 6 deviceId: sent-1234 deviceFlag: WEB isRealConn: true"`))
	e := list[0]
	if e.Error != "bad T1" || strings.Contains(e.Text, "sent-1234") {
		t.Errorf("expected T1 in place of the token, got %+v", e)
	}
}

// TestText keeps what would act on a terminal out of every string.
func TestText(t *testing.T) {
	t.Parallel()
	evil := "a\x1b[31mb\x07c\x1b]0;title\x07d\u202ee\u0085f\u200bg\th\x00i"
	line := fmt.Sprintf(`{"level":"error","time":"2026-11-22T13:51:50+00:00","msg":"【handler】token verify fail","uid":"%s\u001b[31m","expectToken":"","actToken":"%s"}`, evil, evil)
	list, _ := scanAll(t, &Scanner{}, line)
	e := list[0]
	if bad := hostileIn(e); bad != "" {
		t.Errorf("hostile text: %q", bad)
	}
	if want := "ab\ufffdcd\ufffde\ufffdf\ufffdg h\ufffdi\ufffd[31m"; e.UID != want {
		t.Errorf("expected uid %q, got %q", want, e.UID)
	}
	for _, n := range []int{6, 7, 50, 100} {
		m := masker{aliases: &Aliases{}}
		if got := m.text([]byte(line), n); len(got) > n || !strings.HasSuffix(got, ellipsis) {
			t.Errorf("expected at most %d bytes and an ellipsis, got %q", n, got)
		}
	}
}

// hostileIn gives the first string of an entry that a terminal could obey.
func hostileIn(e Entry) string {
	for _, s := range []string{e.Text, e.UID, e.Error} {
		for _, r := range s {
			if hostile(r) {
				return s
			}
		}
		if !strings.EqualFold(s, strings.ToValidUTF8(s, "?")) {
			return s
		}
	}
	return ""
}
