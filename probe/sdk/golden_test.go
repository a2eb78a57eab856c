package sdk

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe/wire"
)

const framesDir = "../../testdata/frames"

// golden is a frame that an SDK sent (connect) or that its source says it sends
// (dialects, source "derived").
type golden struct {
	file   string
	raw    []byte
	SDK    string `json:"sdk"`
	Source string `json:"source"`
	UID    string `json:"uid"`
	Token  string `json:"token"`
	Ping   string `json:"ping"` // %ID% stands for the request id
	Fields struct {
		DeviceFlag      *uint8 `json:"deviceFlag"`
		DeviceID        string `json:"deviceID"`
		ClientTimestamp int64  `json:"clientTimestamp"`
		ClientKey       string `json:"clientKey"`
		RequestID       string `json:"requestID"`
	} `json:"fields"`
	JSON struct {
		ID     string `json:"id"`
		Params struct {
			DeviceID        string `json:"deviceId"`
			ClientTimestamp int64  `json:"clientTimestamp"`
		} `json:"params"`
	} `json:"json"`
	WebSocket struct {
		Opcode string `json:"opcode"`
	} `json:"websocket"`
}

// goldens reads every golden frame.
func goldens(t *testing.T) []golden {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(framesDir, "*", "*.hex"))
	if err != nil {
		t.Fatal(err)
	}
	var list []golden
	for _, file := range files {
		if filepath.Base(filepath.Dir(file)) == "connack" {
			continue
		}
		g := golden{file: filepath.Base(file)}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if g.raw, err = hex.DecodeString(strings.TrimSpace(string(text))); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		sidecar, err := os.ReadFile(strings.TrimSuffix(file, ".hex") + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(sidecar, &g); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		list = append(list, g)
	}
	return list
}

// row finds the catalogue row of a golden. The captured ones call the SDKs by
// names of their own.
func (g golden) row(t *testing.T) SDK {
	t.Helper()
	name := strings.NewReplacer("jssdk-", "js@", "npm-", "js@", "uniapp-", "uniapp@", "easy-", "easyjs@").Replace(g.SDK)
	s, err := Find(name)
	if err != nil {
		t.Fatalf("%s: %v", g.file, err)
	}
	return s
}

// login gives what the frame was made from: the user's part, and the random
// part. The rest, the flag included, is the catalogue's.
func (g golden) login(s SDK) Login {
	in := Login{
		UID: g.UID, Token: g.Token, Flag: s.WireFlag,
		DeviceID: g.Fields.DeviceID, ClientKey: g.Fields.ClientKey, RequestID: g.Fields.RequestID,
		Now: time.UnixMilli(g.Fields.ClientTimestamp),
	}
	if s.TimestampUnit == Seconds {
		in.Now = time.Unix(g.Fields.ClientTimestamp, 0)
	}
	if g.JSON.ID != "" {
		in.DeviceID, in.RequestID = g.JSON.Params.DeviceID, g.JSON.ID
		in.Now = time.UnixMilli(g.JSON.Params.ClientTimestamp)
	}
	return in
}

func TestGoldenFrames(t *testing.T) {
	t.Parallel()
	list := goldens(t)
	captured := 0
	for _, g := range list {
		s := g.row(t)
		in := g.login(s)
		m, err := s.Connect(in)
		if err != nil {
			t.Errorf("%s: %v", g.file, err)
			continue
		}
		if !bytes.Equal(m.Payload, g.raw) {
			t.Errorf("%s: row %s gives\n%q; want\n%q", g.file, s.ID, m.Payload, g.raw)
		}
		if g.Source != "derived" {
			captured++
		}
		if g.Fields.DeviceFlag != nil && wire.DeviceFlag(*g.Fields.DeviceFlag) != s.WireFlag {
			t.Errorf("%s: row %s sends flag %d; want %d", g.file, s.ID, s.WireFlag, *g.Fields.DeviceFlag)
		}
		if m.Text != (g.WebSocket.Opcode == "text") {
			t.Errorf("%s: got text %v; want opcode %q", g.file, m.Text, g.WebSocket.Opcode)
		}
		checkToken(t, g, m)
		checkPing(t, g, s)
	}
	if captured != 14 {
		t.Errorf("got %d captured frames; want 14", captured)
	}
}

// checkToken reads the token back from where the message says it is.
func checkToken(t *testing.T, g golden, m Message) {
	t.Helper()
	if len(m.TokenAt) != 1 {
		t.Errorf("%s: got %d places of the token; want 1", g.file, len(m.TokenAt))
		return
	}
	at := m.TokenAt[0]
	got := string(m.Payload[at.Start : at.Start+at.Len])
	if m.Payload[0] == '{' {
		if err := json.Unmarshal([]byte(`"`+got+`"`), &got); err != nil {
			t.Errorf("%s: the token's place holds %q: %v", g.file, got, err)
		}
	}
	if got != g.Token {
		t.Errorf("%s: the token's place holds %q; want %q", g.file, got, g.Token)
	}
}

func checkPing(t *testing.T, g golden, s SDK) {
	t.Helper()
	m, err := s.Ping(nil)
	if err != nil {
		t.Errorf("%s: ping: %v", s.ID, err)
		return
	}
	want := strings.ReplaceAll(g.Ping, "%ID%", m.ID)
	switch {
	case s.Protocol == WKProto:
		want = "\x70"
	case g.Ping == "": // the captured one: js-wire measured {"method":"ping","params":{},"id":"<uuid>"}
		want = fmt.Sprintf(`{"method":"ping","params":{},"id":%q}`, m.ID)
	}
	if string(m.Payload) != want || m.Text != (s.Opcode == TextFrame) {
		t.Errorf("%s: ping is %q, text %v; want %q", s.ID, m.Payload, m.Text, want)
	}
}

// dialect is all that decides the form of a CONNECT, the values aside.
func (s SDK) dialect() string {
	return fmt.Sprint(s.Protocol, s.Transport, s.ProtocolByte, s.Opcode, s.Encoder, s.Keys, s.DeviceID, s.RequestID, s.TimestampUnit)
}

func TestEveryDialectHasAGoldenFrame(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	escapes := map[Encoder]bool{}
	for _, g := range goldens(t) {
		s := g.row(t)
		covered[s.dialect()] = true
		if strings.Contains(g.file, ".escapes") {
			escapes[s.Encoder] = true
		}
	}
	for _, s := range All() {
		if !covered[s.dialect()] {
			t.Errorf("%s: no golden frame in testdata/frames has its dialect: %s", s.ID, s.dialect())
		}
		if s.Protocol == JSONRPC && !escapes[s.Encoder] {
			t.Errorf("%s: no golden frame with a token that encoder %s escapes", s.ID, s.Encoder)
		}
	}
}

func TestDerivedFramesNameTheirSource(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(framesDir, "dialects", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d files, error %v", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d struct{ Source, From string }
		if err := json.Unmarshal(b, &d); err != nil || d.Source != "derived" || d.From == "" {
			t.Errorf("%s: got source %q, from %q, error %v", file, d.Source, d.From, err)
		}
	}
}
