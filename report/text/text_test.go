package text

import (
	"testing"
	"testing/fstest"
)

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func TestDetect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		explicit string
		env      func(string) string
		want     Lang
	}{
		{"nothing set", "", env(), English},
		{"LANG", "", env("LANG", "zh_CN.UTF-8"), Chinese},
		{"LC_ALL wins", "auto", env("LC_ALL", "C", "LC_MESSAGES", "zh_CN", "LANG", "zh_CN"), English},
		{"LC_MESSAGES before LANG", "auto", env("LC_MESSAGES", "zh_TW.UTF-8", "LANG", "en_US"), Chinese},
		{"an empty LC_ALL counts as unset", "auto", env("LC_ALL", "", "LANG", "zh"), Chinese},
		{"explicit wins", "en", env("LC_ALL", "zh_CN.UTF-8"), English},
		{"explicit locale", "zh-Hans", env(), Chinese},
		{"another language", "", env("LANG", "de_DE.UTF-8"), English},
	}
	for _, tt := range tests {
		if got := Detect(tt.explicit, tt.env); got != tt.want {
			t.Errorf("%s: Detect(%q) = %q, want %q", tt.name, tt.explicit, got, tt.want)
		}
	}
}

func TestPrinter(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"en/a.yaml": {Data: []byte("plain: a sentence\nfield.one-only: \"hello {{.name}}\"\nWK501:\n  title: the title\n  fix: |\n    two\n    lines\n")},
		"en/b.yaml": {Data: []byte("n.apples:\n  one: \"{{.n}} apple for {{.who}}\"\n  other: \"{{.n}} apples for {{.who}}\"\n")},
	}
	bundle, err := load(files, English)
	if err != nil {
		t.Fatal(err)
	}
	p := newPrinter(English, bundle)
	tests := []struct{ got, want string }{
		{p.Text("plain"), "a sentence"},
		{p.Text("field.one-only", Args{"name": "you"}), "hello you"},
		{p.Text("field.one-only", Args{"name": "you"}, Args{"name": "me"}), "hello me"},
		{p.Text("field.one-only"), "hello "},
		{p.Text("WK501.title"), "the title"},
		{p.Text("WK501.fix"), "two\nlines"},
		{p.Count("n.apples", 1, Args{"who": "us"}), "1 apple for us"},
		{p.Count("n.apples", 2, Args{"who": "us"}), "2 apples for us"},
		{p.Text("no.such"), "[no.such]"},
		{p.Count("no.such", 3), "[no.such]"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
	if !p.Has("WK501.title") || p.Has("WK501.cause") {
		t.Error("Has: expected WK501.title only")
	}
}

func TestLoadReportsBrokenFiles(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"a: [", "- 1", "word"} {
		if _, err := load(fstest.MapFS{"en/a.yaml": {Data: []byte(data)}}, English); err == nil {
			t.Errorf("load(%q): expected an error", data)
		}
	}
}

func TestNewSpeaksItsLanguage(t *testing.T) {
	t.Parallel()
	if got := New(Chinese).Text("observed.accepted"); got != "接受" {
		t.Errorf("Chinese: got %q", got)
	}
	if got := New("fr").Lang(); got != English {
		t.Errorf("unknown language: got %q", got)
	}
}
