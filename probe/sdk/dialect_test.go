package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/wkctl/wkctl/probe/wire"
)

const secretToken = "tok-SECRET-4711"

// What every row sends by itself: the right flag, ids of the right shape, new
// ones each time.
func TestConnectOfEveryRow(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_700_000_000_123)
	for _, s := range All() {
		var seen [2]sent
		for i := range seen {
			m, err := s.Connect(Login{UID: "alice", Token: secretToken, Flag: 1, Now: now})
			if err != nil {
				t.Fatalf("%s: %v", s.ID, err)
			}
			seen[i] = read(t, s, m)
		}
		got := seen[0]
		if got.uid != "alice" || got.token != secretToken || got.flag != s.Effective(1) {
			t.Errorf("%s: the server reads uid %q, token %q, flag %d; want flag %d", s.ID, got.uid, got.token, got.flag, s.Effective(1))
		}
		pattern, err := s.DeviceID.Pattern()
		if err != nil || !pattern.MatchString(got.deviceID) {
			t.Errorf("%s: device id %q does not match %v, error %v", s.ID, got.deviceID, pattern, err)
		}
		if strings.Contains(string(s.DeviceID), "{hex") && got.deviceID == seen[1].deviceID {
			t.Errorf("%s: device id %q twice", s.ID, got.deviceID)
		}
		if s.ClientKey && got.clientKey == seen[1].clientKey {
			t.Errorf("%s: client key %q twice", s.ID, got.clientKey)
		}
	}
}

// sent is what a server reads from a CONNECT; the device id as it was written,
// whatever its key is called.
type sent struct {
	uid, token, deviceID, clientKey string
	flag                            wire.DeviceFlag
}

func read(t *testing.T, s SDK, m Message) sent {
	t.Helper()
	if s.Protocol == WKProto {
		f, n, err := wire.Decode(m.Payload)
		if err != nil || n != len(m.Payload) {
			t.Fatalf("%s: n %d of %d, error %v", s.ID, n, len(m.Payload), err)
		}
		c := f.(*wire.Connect)
		return sent{c.UID, c.Token, c.DeviceID, c.ClientKey, c.DeviceFlag}
	}
	var r struct {
		ID     string
		Method string
		Params struct {
			UID, Token string
			DeviceID   string          `json:"deviceId"`
			Snake      string          `json:"device_id"`
			DeviceFlag wire.DeviceFlag `json:"deviceFlag"`
		}
	}
	if err := json.Unmarshal(m.Payload, &r); err != nil {
		t.Fatalf("%s: %v in %s", s.ID, err, m.Payload)
	}
	pattern, err := s.RequestID.Pattern()
	if err != nil || r.Method != "connect" || r.ID != m.ID || !pattern.MatchString(r.ID) {
		t.Errorf("%s: method %q, id %q; want %q like %v", s.ID, r.Method, r.ID, m.ID, pattern)
	}
	p := r.Params
	return sent{p.UID, p.Token, p.DeviceID + p.Snake, "", p.DeviceFlag}
}

func TestRandomnessFails(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for _, s := range All() {
		if s.DeviceID == "wkcli" && s.RequestID == "{n}" {
			continue // needs no randomness
		}
		if _, err := s.Connect(Login{UID: "a", Random: iotest.ErrReader(boom)}); !errors.Is(err, boom) {
			t.Errorf("%s: got error %v; want %v", s.ID, err, boom)
		}
	}
}

// The same randomness and clock give the same bytes.
func TestConnectIsDeterministic(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		var got [2][]byte
		for i := range got {
			m, err := s.Connect(Login{UID: "alice", Token: "t", Flag: s.WireFlag, Random: rand.NewChaCha8([32]byte{1}), Now: time.Unix(1, 0)})
			if err != nil {
				t.Fatal(err)
			}
			got[i] = m.Payload
		}
		if !bytes.Equal(got[0], got[1]) {
			t.Errorf("%s: got %q and %q", s.ID, got[0], got[1])
		}
	}
}

func TestBadClientKeyNeverLeaves(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		if s.Protocol != WKProto {
			continue
		}
		if m, err := s.Connect(Login{UID: "a", ClientKey: "c2hvcnQ="}); err == nil {
			t.Errorf("%s: got %d bytes; want an error", s.ID, len(m.Payload))
		}
	}
}

func TestStringsMustBeUTF8(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		_, err := s.Connect(Login{UID: "a", Token: secretToken + "\xff"})
		if s.Protocol == JSONRPC && err == nil {
			t.Errorf("%s: got no error for a token that is no UTF-8", s.ID)
		}
		if err != nil && strings.Contains(err.Error(), secretToken) {
			t.Errorf("%s: error %q shows the token", s.ID, err)
		}
	}
}

func TestTokenIsNeverPrinted(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		in := Login{UID: "alice", Token: secretToken}
		m, err := s.Connect(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []any{in, &in, m, &m, []Message{m}, struct{ M Message }{m}} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				got := fmt.Sprintf(verb, v)
				for _, form := range []string{secretToken, fmt.Sprintf("%x", secretToken), strings.Trim(fmt.Sprintf("%d", []byte(secretToken)), "[]")} {
					if strings.Contains(got, form) {
						t.Errorf("%s: %s of %T shows the token", s.ID, verb, v)
					}
				}
			}
		}
	}
}

// FuzzConnectJSON: whatever the user's strings are, every encoder writes JSON
// that says the same, and knows where the token is.
func FuzzConnectJSON(f *testing.F) {
	f.Add("alice", "tok-alice")
	f.Add("用户-é", "a/b+c=<&>'\"\\`\x00\x1f\x7f\u2028\u2029🦀")
	f.Add("", "")
	rows := All()
	f.Fuzz(func(t *testing.T, uid, token string) {
		for _, s := range rows {
			if s.Protocol != JSONRPC {
				continue
			}
			m, err := s.Connect(Login{UID: uid, Token: token, Random: rand.NewChaCha8([32]byte{}), Now: time.Unix(1, 0)})
			if !utf8.ValidString(uid) || !utf8.ValidString(token) {
				if err == nil {
					t.Fatalf("%s: no error for strings that are no UTF-8", s.ID)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", s.ID, err)
			}
			if got := read(t, s, m); got.uid != uid || got.token != token {
				t.Fatalf("%s: got %q, %q; want %q, %q", s.ID, got.uid, got.token, uid, token)
			}
			checkToken(t, golden{file: s.ID, Token: token}, m)
		}
	})
}

func TestShape(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_700_000_000_000)
	random := bytes.Repeat([]byte{0xff}, 16)
	for shape, want := range map[Shape]string{
		"{hex32}W": "ffffffffffffffffffffffffffffffffW", "{uuid}": "ffffffff-ffff-4fff-bfff-ffffffffffff",
		"{UUID}": "FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF", "{UUID32}ios": "FFFFFFFFFFFF4FFFBFFFFFFFFFFFFFFFios",
		"android_{uuid16}": "android_ffffffffffff4fff", "web_{hex8}_{ms}": "web_ffffffff_1700000000000", "{n}": "7", "wkcli": "wkcli", "": "",
	} {
		got, err := shape.make(bytes.NewReader(bytes.Repeat(random, 4)), now, 7)
		if err != nil || got != want {
			t.Errorf("%q: got %q, error %v; want %q", shape, got, err, want)
		}
		p, err := shape.Pattern()
		if err != nil || !p.MatchString(want) || p.MatchString(want+"x") || p.MatchString("x"+want) {
			t.Errorf("%q: pattern %v does not match %q alone, error %v", shape, p, want, err)
		}
	}
	for _, shape := range []Shape{"{hex9}", "{hex32", "{}"} {
		if got, err := shape.make(bytes.NewReader(random), now, 1); err == nil {
			t.Errorf("%q: got %q; want an error", shape, got)
		}
		if p, err := shape.Pattern(); err == nil {
			t.Errorf("%q: got pattern %v; want an error", shape, p)
		}
	}
}
