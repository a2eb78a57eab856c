package wire

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// captured is a frame that was recorded on the wire, with its sidecar. The
// fields of both kinds stand side by side; a frame has its own kind's only.
type captured struct {
	name    string
	raw     []byte
	Server  string `json:"server"`
	Version int    `json:"clientVersion"`
	Fields  struct {
		FixedHeader     string  `json:"fixedHeader"`
		Size            int     `json:"size"`
		Trailing        int     `json:"trailing"`
		Version         uint8   `json:"version"`
		DeviceFlag      uint8   `json:"deviceFlag"`
		DeviceID        string  `json:"deviceID"`
		UID             string  `json:"uid"`
		Token           string  `json:"token"`
		ClientTimestamp int64   `json:"clientTimestamp"`
		ClientKey       string  `json:"clientKey"`
		ServerVersion   uint8   `json:"serverVersion"`
		TimeDiff        int64   `json:"timeDiff"`
		ReasonCode      uint8   `json:"reasonCode"`
		Reason          string  `json:"reason"`
		ServerKey       string  `json:"serverKey"`
		Salt            string  `json:"salt"`
		NodeID          *string `json:"nodeId"`
	} `json:"fields"`
	WebSocket struct {
		Opcode string `json:"opcode"`
	} `json:"websocket"`
	Derivation struct {
		PrivateKeyHex string `json:"privateKeyHex"`
	} `json:"derivation"`
	Layout []struct {
		Field  string `json:"field"`
		Offset int    `json:"offset"`
		Length int    `json:"length"`
	} `json:"layout"`
}

const framesDir = "../../testdata/frames"

// frames reads every captured frame of one kind. JSON-RPC frames, which are no
// frames of WKProto, are left out.
func frames(t testing.TB, kind string) []captured {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(framesDir, kind, "*.hex"))
	if err != nil || len(files) == 0 {
		t.Fatalf("finding frames of kind %q: got %d files, error %v", kind, len(files), err)
	}
	var list []captured
	for _, file := range files {
		c := captured{name: strings.TrimSuffix(filepath.Base(file), ".hex")}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if c.raw, err = hex.DecodeString(strings.TrimSpace(string(text))); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		sidecar, err := os.ReadFile(strings.TrimSuffix(file, ".hex") + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(sidecar, &c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if c.WebSocket.Opcode == "text" {
			continue
		}
		list = append(list, c)
	}
	return list
}

// connect gives the frame that the sidecar of a captured CONNECT describes.
func (c captured) connect() *Connect {
	f := c.Fields
	return &Connect{
		Version: f.Version, DeviceFlag: DeviceFlag(f.DeviceFlag), DeviceID: f.DeviceID,
		UID: f.UID, Token: f.Token, ClientTimestamp: f.ClientTimestamp, ClientKey: f.ClientKey,
	}
}

func TestConnectIsWhatTheSDKsSend(t *testing.T) {
	t.Parallel()
	list := frames(t, "connect")
	if len(list) != 13 {
		t.Errorf("got %d captured CONNECT frames; want 13", len(list))
	}
	for _, c := range list {
		want := c.connect()
		got, err := want.Encode()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !bytes.Equal(got, c.raw) {
			t.Errorf("%s: got\n%x; want\n%x", c.name, got, c.raw)
		}
		back, n, err := Decode(c.raw)
		if err != nil || n != len(c.raw) {
			t.Errorf("%s: decoding: got n %d, error %v; want n %d", c.name, n, err, len(c.raw))
			continue
		}
		if cc, ok := back.(*Connect); !ok || *cc != *want {
			t.Errorf("%s: decoded %T differs from its sidecar", c.name, back)
		}
		if n != c.Fields.Size {
			t.Errorf("%s: got size %d; want %d", c.name, n, c.Fields.Size)
		}
	}
}

func TestTokenOffsetIsTheSidecars(t *testing.T) {
	t.Parallel()
	for _, c := range frames(t, "connect") {
		start, n := c.connect().TokenOffset(c.raw)
		for _, l := range c.Layout {
			if l.Field == "token" && (l.Offset != start || l.Length != n) {
				t.Errorf("%s: got token at %d+%d; want %d+%d", c.name, start, n, l.Offset, l.Length)
			}
		}
		if got := string(c.raw[start : start+n]); got != c.Fields.Token {
			t.Errorf("%s: got token bytes %q; want %q", c.name, got, c.Fields.Token)
		}
	}
}

func TestClientKeyIsDerivedAsTheSDKsDo(t *testing.T) {
	t.Parallel()
	for _, c := range frames(t, "connect") {
		private, err := hex.DecodeString(c.Derivation.PrivateKeyHex)
		if err != nil || len(private) != clientKeySize {
			t.Fatalf("%s: private key %q: %v", c.name, c.Derivation.PrivateKeyHex, err)
		}
		got, err := NewClientKey(bytes.NewReader(private))
		if err != nil || got != c.Fields.ClientKey {
			t.Errorf("%s: got %q, error %v; want %q", c.name, got, err, c.Fields.ClientKey)
		}
	}
}

func TestConnackIsWhatTheServersSend(t *testing.T) {
	t.Parallel()
	list := frames(t, "connack")
	if len(list) != 32 {
		t.Errorf("got %d captured CONNACK frames; want 32", len(list))
	}
	for _, c := range list {
		want := Connack{
			ServerVersion: c.Fields.ServerVersion, TimeDiff: c.Fields.TimeDiff,
			Reason: Reason(c.Fields.ReasonCode), ServerKey: c.Fields.ServerKey,
			Salt: c.Fields.Salt, Trailing: c.Fields.Trailing,
		}
		if id := c.Fields.NodeID; id != nil {
			n, err := strconv.ParseUint(*id, 10, 64)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			want.NodeID, want.HasNodeID = n, true
		}
		f, n, err := Decode(c.raw)
		if err != nil || n != len(c.raw) || n != c.Fields.Size {
			t.Errorf("%s: got n %d, error %v; want n %d", c.name, n, err, len(c.raw))
			continue
		}
		got, ok := f.(*Connack)
		if !ok || *got != want {
			t.Errorf("%s: got %+v; want %+v", c.name, f, want)
			continue
		}
		if got.Reason.String() != c.Fields.Reason {
			t.Errorf("%s: got reason %q; want %q", c.name, got.Reason, c.Fields.Reason)
		}
		if back, err := got.Encode(); err != nil || !bytes.Equal(back, c.raw) {
			t.Errorf("%s: encoding again: got %x, error %v; want %x", c.name, back, err, c.raw)
		}
	}
}

// v2.0.1 to v2.0.7 refuse with a node id and without a server version.
func TestConnackOfV20(t *testing.T) {
	t.Parallel()
	raw, _ := hex.DecodeString("2015" + "0000000000000000" + "02" + "0000" + "0000" + "00000000000003e9")
	f, n, err := Decode(raw)
	want := Connack{Reason: ReasonAuthFail, NodeID: 1001, HasNodeID: true}
	if got, ok := f.(*Connack); err != nil || n != 23 || !ok || *got != want {
		t.Fatalf("got %+v, n %d, error %v; want %+v, n 23", f, n, err, want)
	}
	if back, err := f.(*Connack).Encode(); err != nil || !bytes.Equal(back, raw) {
		t.Errorf("encoding again: got %x, error %v; want %x", back, err, raw)
	}
}

// A frame that stops early is incomplete at every byte; a body that stops early
// inside a frame of a shorter length is malformed, and says where.
func TestTruncated(t *testing.T) {
	t.Parallel()
	for _, c := range append(frames(t, "connect"), frames(t, "connack")...) {
		for i := range c.raw {
			if _, n, err := Decode(c.raw[:i]); !errors.Is(err, ErrIncomplete) || n != 0 {
				t.Fatalf("%s cut to %d bytes: got n %d, error %v; want ErrIncomplete", c.name, i, n, err)
			}
		}
		_, size, err := bodyLength(c.raw[1:])
		if err != nil {
			t.Fatal(err)
		}
		body := c.raw[1+size:]
		for i := range body {
			short, err := appendFrame(Type(c.raw[0]>>4), c.raw[0]&0x0f, body[:i])
			if err != nil {
				t.Fatal(err)
			}
			_, n, err := Decode(short)
			var f *FormatError
			if !errors.As(err, &f) {
				if err != nil || n != len(short) || !optionalTail(c.raw, len(body)-i) {
					t.Errorf("%s with a body of %d bytes: got error %v; want a FormatError", c.name, i, err)
				}
				continue
			}
			if n != 0 || f.Type != Type(c.raw[0]>>4) || f.Offset > len(short) || f.Field == "" {
				t.Errorf("%s with a body of %d bytes: got n %d, %+v", c.name, i, n, f)
			}
		}
	}
}

// optionalTail says whether the last n bytes of a frame may be missing: the
// node id of a CONNACK that states no server version.
func optionalTail(raw []byte, n int) bool {
	return raw[0] == byte(TypeConnack)<<4 && n == nodeIDSize
}

func TestDecodeTakesOneFrame(t *testing.T) {
	t.Parallel()
	connack := frames(t, "connack")[0].raw
	stream := append(append([]byte{}, connack...), 0x80, 0x51, 0x02, 0xff, 0xfe, 0x70)
	var types []Type
	for len(stream) > 0 {
		f, n, err := Decode(stream)
		if err != nil {
			t.Fatal(err)
		}
		types = append(types, f.Type())
		stream = stream[n:]
	}
	want := []Type{TypeConnack, TypePong, 5, TypePing}
	if len(types) != len(want) {
		t.Fatalf("got types %v; want %v", types, want)
	}
	for i := range want {
		if types[i] != want[i] {
			t.Errorf("got types %v; want %v", types, want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, hex, field string }{
		{"type 0", "00", "header"},
		{"type 13", "d0", "header"},
		{"type 14", "e000", "header"},
		{"type 15", "ff", "header"},
		{"length of five bytes", "20808080800d", "length"},
		{"length over the limit", "2081808001", "length"},
		{"HTTP answer", hex.EncodeToString([]byte("HTTP/1.1 400 Bad Request\r\n")), ""},
	} {
		raw, err := hex.DecodeString(tc.hex)
		if err != nil {
			t.Fatal(err)
		}
		f, n, err := Decode(raw)
		if tc.field == "" {
			if err == nil && f.Type() == TypeConnack {
				t.Errorf("%s: got %+v; want anything but a CONNACK", tc.name, f)
			}
			continue
		}
		var fe *FormatError
		if !errors.As(err, &fe) || fe.Field != tc.field || n != 0 {
			t.Errorf("%s: got n %d, error %v; want a FormatError in %s", tc.name, n, err, tc.field)
		}
	}
}

func TestDisconnect(t *testing.T) {
	t.Parallel()
	d := &Disconnect{Reason: ReasonConnectKick, Text: "账号在其他设备上登录"}
	raw, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	f, n, err := Decode(raw)
	if got, ok := f.(*Disconnect); err != nil || n != len(raw) || !ok || *got != *d {
		t.Errorf("got %+v, n %d, error %v; want %+v", f, n, err, d)
	}
}
