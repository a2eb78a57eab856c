package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

func TestParseFormat(t *testing.T) {
	t.Parallel()
	for _, f := range Formats() {
		if got, err := ParseFormat(string(f)); err != nil || got != f {
			t.Errorf("ParseFormat(%q) = %q, %v", f, got, err)
		}
	}
	_, err := ParseFormat("yaml")
	if err == nil || !strings.Contains(err.Error(), `"yaml"`) || !strings.Contains(err.Error(), "table, markdown, json, junit") {
		t.Errorf("ParseFormat: got %v", err)
	}
}

// TestFormatRows: what a command has to do for a format is told by its row alone.
func TestFormatRows(t *testing.T) {
	t.Parallel()
	steps := 0
	for _, f := range Formats() {
		traits := f.Traits()
		if traits.Mode != 0o600 && f != Prometheus {
			t.Errorf("%s: others may read it, mode %o", f, traits.Mode)
		}
		if traits.Step {
			steps++
		}
	}
	if steps != 1 || StepFormat() != GitHub || Formats()[0] != Table {
		t.Errorf("%d formats of a step, %s, default %s", steps, StepFormat(), Formats()[0])
	}
	if odd := Format("yaml").Traits(); odd.Mode != 0o600 || !odd.Lines {
		t.Errorf("an unknown format: %+v", odd)
	}
}

// limited is a writer that takes so many bytes.
type limited struct {
	left  int
	calls int
	err   error
}

func (l *limited) Write(b []byte) (int, error) {
	l.calls++
	n := min(l.left, len(b))
	l.left -= n
	if n < len(b) {
		return n, l.err
	}
	return n, nil
}

func TestWriteReportsTheWriter(t *testing.T) {
	t.Parallel()
	full, english := errors.New("no space left on device"), Style{Text: printer(text.English)}
	for _, f := range Formats() {
		w := &limited{left: 10, err: full}
		if err := Write(w, healthyV1(text.English), f, english); !errors.Is(err, full) {
			t.Errorf("%s on a full disk: got %v", f, err)
		}
		if err := Write(&limited{left: 10}, healthyV1(text.English), f, english); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s on a short write: got %v", f, err)
		}
		w = &limited{left: 1 << 20}
		if err := Write(w, healthyV1(text.English), f, english); err != nil || w.calls != 1 {
			t.Errorf("%s: %d writes, %v", f, w.calls, err)
		}
	}
	if err := Write(io.Discard, healthyV1(text.English), "yaml", Style{}); err == nil {
		t.Error("an unknown format was accepted")
	}
}

func TestJSONRoundTrips(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		first := rendered(t, s.make(text.Chinese), JSON, Style{})
		var d probe.Diagnosis
		dec := json.NewDecoder(bytes.NewReader(first))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&d); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if second := rendered(t, &d, JSON, Style{}); !bytes.Equal(first, second) {
			t.Errorf("%s: JSON changed on the way:\n%s\n%s", s.name, first, second)
		}
		style := Style{Color: true, Text: printer(text.Chinese)}
		for _, f := range Formats() {
			if !bytes.Equal(rendered(t, &d, f, style), rendered(t, s.make(text.Chinese), f, style)) {
				t.Errorf("%s: a saved diagnosis renders differently as %s", s.name, f)
			}
		}
		if bytes.Contains(first, []byte(": null")) {
			t.Errorf("%s: null in JSON:\n%s", s.name, first)
		}
		if s.name != "range" {
			golden(t, s.name+".json", rendered(t, s.make(text.English), JSON, Style{}))
		}
	}
}

func TestLocalize(t *testing.T) {
	t.Parallel()
	d := &probe.Diagnosis{Findings: []probe.Finding{{Code: "WK000", Title: "kept"}}}
	Localize(d, printer(text.Chinese))
	if f := d.Findings[0]; f.Title != "kept" || f.Cause != "" {
		t.Errorf("a finding without messages was changed: %+v", f)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	o := CredentialsOptions{RemoveCommand: "wkctl register --remove --uid wkctl-7f3a"}
	for name, change := range map[string]func(*CredentialsOptions){
		"credentials.txt":         func(*CredentialsOptions) {},
		"credentials.zh.txt":      func(o *CredentialsOptions) { o.Style = Style{Color: true, Text: printer(text.Chinese)} },
		"credentials.json":        func(o *CredentialsOptions) { o.Format = JSON },
		"credentials.tokens.json": func(o *CredentialsOptions) { o.Format, o.ShowTokens = JSON, true },
		"credentials.tokens.txt":  func(o *CredentialsOptions) { o.Format, o.ShowTokens = Table, true },
	} {
		o := o
		change(&o)
		var b bytes.Buffer
		o.Style = o.Style.spoken()
		if err := Credentials(&b, credentials(), o); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), rawToken); got != o.ShowTokens {
			t.Errorf("%s: shows the raw token: %t", name, got)
		}
		golden(t, "table/"+name, b.Bytes())
	}
	if err := Credentials(io.Discard, credentials(), CredentialsOptions{Format: "html"}); err == nil {
		t.Error("an unsupported format was accepted")
	}
}

// TestCredentialsDocument: what --show-tokens prints is what connect reads, and
// it is told apart from the aliases.
func TestCredentialsDocument(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := Credentials(&b, credentials(), CredentialsOptions{Format: JSON, ShowTokens: true}); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Schema string
		UID    string
		Tokens []struct {
			DeviceFlag  int `json:"device_flag"`
			DeviceLevel int `json:"device_level"`
			Token       string
		}
	}
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != probe.CredentialsSchema || doc.UID != "wkctl-7f3a" || len(doc.Tokens) != 3 ||
		doc.Tokens[0].Token != rawToken || doc.Tokens[1].Token != rawToken+"<&>" || doc.Tokens[2].Token != "" {
		t.Errorf("got %+v", doc)
	}
	want := reflect.TypeFor[probe.Credentials]().NumField()
	if got := reflect.TypeFor[credentialsDoc]().NumField(); got != want {
		t.Errorf("the document has %d fields, probe.Credentials %d", got, want)
	}
}

func TestConnection(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]view{
		"connection.txt":          {"", Table, text.English, false, false, 80},
		"connection.zh.color.txt": {"", Table, text.Chinese, true, false, 60},
		"connection.json":         {"", JSON, text.English, false, false, 80},
	} {
		var b bytes.Buffer
		if err := Connection(&b, connection(), v.format, v.style()); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), rawToken) {
			t.Errorf("%s shows the raw token", name)
		}
		golden(t, "table/"+name, b.Bytes())
	}
	kicked := connection()
	kicked.Result = acceptance()
	kicked.Disconnect = &probe.Disconnect{ReasonCode: 12, Reason: "ConnectKick", Text: "\x1b[31mother\ndevice", AfterMS: 40}
	var b bytes.Buffer
	if err := Connection(&b, kicked, Table, Style{}.spoken()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "DISCONNECT reason 12 (ConnectKick) 40 ms after the CONNACK: other device") {
		t.Errorf("got\n%s", b.String())
	}
}
